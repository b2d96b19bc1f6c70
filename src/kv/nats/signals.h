// A guest's manners towards signals, around calls into the NATS client. Any thread.
#ifndef SLIP_KV_NATS_SIGNALS_H
#define SLIP_KV_NATS_SIGNALS_H

#include <signal.h>

namespace slip {

// Around whatever may write to a socket: the client's plain sockets raise no SIGPIPE, its TLS ones
// do, and the process's disposition is not ours to change. The signal is blocked, and one that our
// writing raised is taken back before the mask is restored.
class PipeSignalBlocked {
 public:
  PipeSignalBlocked() {
    sigset_t pending;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  }
  ~PipeSignalBlocked() {
    const timespec at_once = {0, 0};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  PipeSignalBlocked(const PipeSignalBlocked&) = delete;
  PipeSignalBlocked& operator=(const PipeSignalBlocked&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_;
};

}  // namespace slip
#endif
