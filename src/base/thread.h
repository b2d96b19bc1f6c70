// Threads of ours: named "slip-...", every signal blocked. A failed start is a Status, not a throw.
#ifndef SLIP_BASE_THREAD_H
#define SLIP_BASE_THREAD_H

#include <functional>
#include <thread>

#include "base/status.h"

namespace slip {

// `name` without the "slip-" prefix, at most 10 bytes. `body` must not throw.
Status start_thread(const char* name, std::function<void()> body, std::thread* out);

// True in a process forked from the one in which `generation` was taken.
unsigned fork_generation();

}  // namespace slip
#endif
