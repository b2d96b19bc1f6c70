// The two clocks. Spans and deadlines use the steady one; only what is stored or shown uses the wall.
#ifndef SLIP_BASE_CLOCK_H
#define SLIP_BASE_CLOCK_H

#include <chrono>
#include <cstdint>

namespace slip {

using Steady = std::chrono::steady_clock;
using Deadline = Steady::time_point;

int64_t unix_now_ns();

// Deadline::max() for a negative span: no limit.
Deadline deadline_after_ms(int64_t timeout_ms);
// Milliseconds left, rounded up, at least 0, at most `cap_ms`.
int64_t ms_until(Deadline deadline, int64_t cap_ms);

// Full jitter: a uniformly random span in [0, min(cap, base * 2^attempt)], at least 1 ms.
int64_t backoff_ms(unsigned attempt, int64_t base_ms, int64_t cap_ms);

// The boot id of this machine ("" where the system does not say): tells a crash of the process from
// a power loss.
const char* boot_id();

}  // namespace slip
#endif
