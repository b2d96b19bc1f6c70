// A caller's own kind of fold: his functions. The struct is ours to end: destroy is called exactly
// once, whatever becomes of the call that took it. Any thread.
#ifndef SLIP_FOLD_FOREIGN_FUNCTIONS_H
#define SLIP_FOLD_FOREIGN_FUNCTIONS_H

#include <string>
#include <utility>

#include "base/foreign_call.h"
#include "base/utf8.h"

namespace slip::foreign {

class Functions {
 public:
  Functions() = default;
  Functions(Functions&& other) noexcept
      : functions(std::exchange(other.functions, slip_fold_functions SLIP_FOLD_FUNCTIONS_INIT)) {}
  Functions& operator=(Functions&&) = delete;
  ~Functions() {
    if (functions.destroy == nullptr) return;
    call_void("destroy", [this] { functions.destroy(functions.user); });
  }

  const slip_fold_functions* operator->() const { return &functions; }
  void* user() const { return functions.user; }

  template <typename Body>
  static Status call(const char* name, Body&& body) {
    return call_foreign({"fold", "fold", name}, std::forward<Body>(body));
  }
  template <typename Body>
  static void call_void(const char* name, Body&& body) noexcept {
    call_foreign_void({"fold", "fold", name}, std::forward<Body>(body));
  }

  slip_fold_functions functions = SLIP_FOLD_FUNCTIONS_INIT;
};

// A function did what it must not.
inline Status breach(const std::string& fold, const std::string& what) {
  return Status(SLIP_CALLBACK_FAILED, "foreign fold " + quoted(fold) + ": " + what);
}
// What is stored is not what was committed.
inline Status damaged(const std::string& fold, const std::string& what) {
  return Status(SLIP_CORRUPT,
                "foreign fold " + quoted(fold) + ": " + what + " (rebuild it, or restore it)");
}

}  // namespace slip::foreign
#endif
