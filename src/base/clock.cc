#include "base/clock.h"

#include <sys/random.h>

#include <algorithm>
#include <atomic>

namespace slip {
namespace {

// splitmix64 over a shared counter: good enough to spread tries, and no lock.
uint64_t next_random() {
  static std::atomic<uint64_t> state = [] {
    auto seed = static_cast<uint64_t>(unix_now_ns());
    uint64_t drawn = 0;
    if (getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) == sizeof drawn) seed ^= drawn;
    return seed;
  }();
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15u;
  uint64_t z = state.fetch_add(kStep, std::memory_order_relaxed) + kStep;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

int64_t unix_now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Deadline deadline_after_ms(int64_t timeout_ms) {
  if (timeout_ms < 0) return Deadline::max();
  const Deadline now = Steady::now();
  const int64_t room_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(Deadline::max() - now).count();
  if (timeout_ms >= room_ms) return Deadline::max();
  return now + std::chrono::milliseconds(timeout_ms);
}

int64_t ms_until(Deadline deadline, int64_t cap_ms) {
  if (deadline == Deadline::max()) return cap_ms;
  const Deadline now = Steady::now();
  if (deadline <= now) return 0;
  return std::min<int64_t>(cap_ms,
                           std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count());
}

int64_t backoff_ms(unsigned attempt, int64_t base_ms, int64_t cap_ms) {
  const int64_t base = std::max<int64_t>(base_ms, 1);
  const int64_t cap = std::max<int64_t>(cap_ms, 1);
  int64_t span = std::min(base, cap);
  for (unsigned doubling = 0; doubling < attempt && span < cap; ++doubling)
    span = span > cap / 2 ? cap : span * 2;
  const auto drawn = static_cast<int64_t>(next_random() % (static_cast<uint64_t>(span) + 1));
  return std::max<int64_t>(drawn, 1);
}

}  // namespace slip
