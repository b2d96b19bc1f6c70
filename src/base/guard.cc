#include "base/guard.h"

#ifdef SLIP_TEST_GUARDS
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>

namespace slip {
namespace {

struct Switches {
  std::mutex mutex;
  std::set<std::string> off;
  std::set<std::string> always_off;  // by the environment
  std::atomic<bool> any{false};

  Switches() {
    const char* list = getenv("SLIP_GUARDS_OFF");  // NOLINT(concurrency-mt-unsafe): read once
    if (list == nullptr) return;
    std::string name;
    for (const char* c = list;; ++c) {
      if (*c != ',' && *c != '\0') {
        name += *c;
        continue;
      }
      if (!name.empty()) off.insert(name);
      name.clear();
      if (*c == '\0') break;
    }
    always_off = off;
    any = !off.empty();
  }
};

Switches& switches() {
  static auto* instance = new Switches;  // outlives every thread
  return *instance;
}

}  // namespace

bool guard_on(const char* name) {
  Switches& all = switches();
  if (!all.any.load(std::memory_order_acquire)) return true;
  const std::lock_guard<std::mutex> lock(all.mutex);
  return all.off.count(name) == 0;
}

void guard_switch(const char* name, bool on) {
  Switches& all = switches();
  const std::lock_guard<std::mutex> lock(all.mutex);
  if (!on)
    all.off.insert(name);
  else if (all.always_off.count(name) == 0)
    all.off.erase(name);
  all.any.store(!all.off.empty(), std::memory_order_release);
}

}  // namespace slip
#endif
