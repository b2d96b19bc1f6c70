// Owners of what the library hands out: each frees its handle when it goes.
#ifndef SLIP_CLI_HANDLES_H
#define SLIP_CLI_HANDLES_H

#include <utility>

#include "slipstream.h"

namespace cli {

template <typename T, void (*release)(T*)>
class Handle {
 public:
  Handle() = default;
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) reset(std::exchange(other.raw_, nullptr));
    return *this;
  }
  ~Handle() { release(raw_); }

  T* get() const { return raw_; }
  explicit operator bool() const { return raw_ != nullptr; }
  void reset(T* raw = nullptr) { release(std::exchange(raw_, raw)); }
  // For an out-parameter of the library.
  T** out() {
    reset();
    return &raw_;
  }

 private:
  T* raw_ = nullptr;
};

using Connection = Handle<slip_connection, slip_connection_free>;
using Bucket = Handle<slip_bucket, slip_bucket_free>;
using Fold = Handle<slip_fold, slip_fold_free>;
using Watch = Handle<slip_watch, slip_watch_free>;
using Batch = Handle<slip_batch, slip_batch_free>;
using Snapshot = Handle<slip_snapshot, slip_snapshot_free>;
using Iterator = Handle<slip_iterator, slip_iterator_free>;
using ObjectStore = Handle<slip_object_store, slip_object_store_free>;
using Options = Handle<slip_options, slip_options_free>;
using Text = Handle<slip_text, slip_text_free>;
using Entry = Handle<slip_entry, slip_entry_free>;
using Error = Handle<slip_error, slip_error_free>;

}  // namespace cli
#endif
