#include "base/thread.h"

#include <pthread.h>

#include <atomic>
#include <cassert>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace slip {
namespace {

constexpr char kNamePrefix[] = "slip-";
constexpr size_t kNameBytesMax = 10;  // the kernel keeps 15 of a name

std::atomic<unsigned> generation{0};
void count_fork() { generation.fetch_add(1, std::memory_order_relaxed); }
[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, count_fork);

}  // namespace

Status start_thread(const char* name, std::function<void()> body, std::thread* out) {
  assert(strlen(name) <= kNameBytesMax);
  assert(!out->joinable());
  const std::string full = kNamePrefix + std::string(name, strnlen(name, kNameBytesMax));
  const SignalsBlocked blocked;
  try {
    *out = std::thread([full, body = std::move(body)] {
      pthread_setname_np(pthread_self(), full.c_str());
      body();
    });
  } catch (const std::system_error& error) {
    // The limit of threads, most likely: it passes.
    return Status(SLIP_OUT_OF_MEMORY,
                  "cannot start thread " + full + ": " + error.code().message());
  }
  return Status();
}

unsigned fork_generation() { return generation.load(std::memory_order_relaxed); }

}  // namespace slip
