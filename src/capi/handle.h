// What every handle has: the process it belongs to, and whether it was closed.
//
// A handle is what the caller's pointer points to: it holds shared references to the objects behind
// it and to their parents, so any order of freeing is legal. Handles are made and freed by one
// thread; between that, whatever slipstream.h allows at once.
#ifndef SLIP_CAPI_HANDLE_H
#define SLIP_CAPI_HANDLE_H

#include <atomic>

#include "base/thread.h"

namespace slip::capi {

class Handle {
 public:
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  // In a forked child the threads and locks behind a handle of the parent are not there.
  bool forked() const { return generation_ != fork_generation(); }
  bool closed() const { return closed_.load(std::memory_order_acquire); }
  void set_closed() { closed_.store(true, std::memory_order_release); }

 protected:
  ~Handle() = default;

 private:
  const unsigned generation_ = fork_generation();
  std::atomic<bool> closed_{false};
};

// What a _free function does: in a forked child it only forgets the handle.
template <typename T>
void release(T* object) noexcept {
  if (object != nullptr && !object->forked()) delete object;
}

}  // namespace slip::capi
#endif
