// A caller's own kind of bucket: his functions, called so that nothing of them gets past here but a
// status with a sentence, or an answer that was checked.
//
// Any thread. The struct is ours to end: destroy is called exactly once, whatever becomes of the
// call that took it.
#ifndef SLIP_KV_FOREIGN_FUNCTIONS_H
#define SLIP_KV_FOREIGN_FUNCTIONS_H

#include <utility>

#include "base/foreign_call.h"

namespace slip {

class ForeignFunctions {
 public:
  ForeignFunctions() = default;
  ForeignFunctions(ForeignFunctions&& other) noexcept
      : functions(
            std::exchange(other.functions, slip_bucket_functions SLIP_BUCKET_FUNCTIONS_INIT)) {}
  ForeignFunctions& operator=(ForeignFunctions&&) = delete;
  ~ForeignFunctions() {
    if (functions.destroy == nullptr) return;
    call_void("destroy", [this] { functions.destroy(functions.user); });
  }

  const slip_bucket_functions* operator->() const { return &functions; }
  void* user() const { return functions.user; }
  bool can(uint32_t capability) const { return (functions.capabilities & capability) != 0; }

  template <typename Body>
  static Status call(const char* name, Body&& body) {
    return call_foreign({"kv", "bucket", name}, std::forward<Body>(body));
  }
  template <typename Body>
  static void call_void(const char* name, Body&& body) noexcept {
    call_foreign_void({"kv", "bucket", name}, std::forward<Body>(body));
  }

  slip_bucket_functions functions = SLIP_BUCKET_FUNCTIONS_INIT;
};

}  // namespace slip
#endif
