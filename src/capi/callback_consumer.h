// The callback form of a watch: the caller's functions behind the Consumer interface.
//
// Lives on the watch's thread, but for its construction and for destroy, which runs wherever the
// last reference goes. An item that parse made goes to apply or to discard, exactly once. Nothing
// that a callback throws gets past here.
#ifndef SLIP_CAPI_CALLBACK_CONSUMER_H
#define SLIP_CAPI_CALLBACK_CONSUMER_H

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "capi/guard.h"
#include "watch/watch.h"

namespace slip::capi {

// The caller's struct, ours to end: destroy is called exactly once, whatever becomes of the call
// that took it.
class OwnedCallbacks {
 public:
  OwnedCallbacks() = default;
  OwnedCallbacks(OwnedCallbacks&& other) noexcept
      : callbacks_(
            std::exchange(other.callbacks_, slip_watch_callbacks SLIP_WATCH_CALLBACKS_INIT)) {}
  OwnedCallbacks& operator=(OwnedCallbacks&&) = delete;
  ~OwnedCallbacks();

  // Where struct_size cannot be true, nothing is taken: not even destroy can be found then.
  Argument take(const slip_watch_callbacks* callbacks, const char* name) {
    return input_struct(callbacks, &callbacks_, name);
  }
  const slip_watch_callbacks& get() const { return callbacks_; }

 private:
  slip_watch_callbacks callbacks_ = SLIP_WATCH_CALLBACKS_INIT;
};

class CallbackConsumer final : public Consumer {
 public:
  explicit CallbackConsumer(OwnedCallbacks&& callbacks) : owned_(std::move(callbacks)) {}

  Status apply(Batch& batch, Cursor cursor, bool replay) override;
  void discard(const Batch& batch) override;
  void applied(Cursor cursor, size_t updates) override;
  Retry commit_failed(const Status&) override { return Retry::by_time; }
  void ended(const Status& status, Cursor cursor) override;

  // Updates that parse rejected; any thread.
  uint64_t rejected() const { return rejected_.load(std::memory_order_relaxed); }

 private:
  Status parse_all(const Batch& batch);
  Status apply_items();
  void discard_items();

  const OwnedCallbacks owned_;
  const slip_watch_callbacks& callbacks_ = owned_.get();
  std::vector<slip_item> items_;  // parsed and given to nobody yet
  std::array<char, kErrorTextBytesMax> text_{};
  Status broken_;  // on_applied threw, where no status can be returned: said by the next apply
  std::atomic<uint64_t> rejected_{0};
};

}  // namespace slip::capi
#endif
