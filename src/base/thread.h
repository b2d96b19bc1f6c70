// Threads of ours: named "slip-...", every signal blocked. A failed start is a Status, not a throw.
#ifndef SLIP_BASE_THREAD_H
#define SLIP_BASE_THREAD_H

#include <pthread.h>
#include <signal.h>

#include <functional>
#include <thread>

#include "base/status.h"

namespace slip {

// All signals blocked in this thread while it lives: threads that are made meanwhile, by us or by a
// library that we call, inherit the mask.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// `name` without the "slip-" prefix, at most 10 bytes. `body` must not throw.
Status start_thread(const char* name, std::function<void()> body, std::thread* out);

// True in a process forked from the one in which `generation` was taken.
unsigned fork_generation();

}  // namespace slip
#endif
