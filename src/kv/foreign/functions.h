// A caller's own kind of bucket: his functions, called so that nothing of them gets past here but a
// status with a sentence, or an answer that was checked.
//
// Any thread. The struct is ours to end: destroy is called exactly once, whatever becomes of the
// call that took it.
#ifndef SLIP_KV_FOREIGN_FUNCTIONS_H
#define SLIP_KV_FOREIGN_FUNCTIONS_H

#include <array>
#include <exception>
#include <string>
#include <utility>

#include "base/limits.h"
#include "base/status.h"

namespace slip {

class ForeignFunctions {
 public:
  ForeignFunctions() = default;
  ForeignFunctions(ForeignFunctions&& other) noexcept
      : functions(
            std::exchange(other.functions, slip_bucket_functions SLIP_BUCKET_FUNCTIONS_INIT)) {}
  ForeignFunctions& operator=(ForeignFunctions&&) = delete;
  ~ForeignFunctions();

  const slip_bucket_functions* operator->() const { return &functions; }
  void* user() const { return functions.user; }
  bool can(uint32_t capability) const { return (functions.capabilities & capability) != 0; }

  // Calls `body(text, text_size)`, which calls the function `name`: its status with its sentence.
  template <typename Body>
  static Status call(const char* name, Body&& body) {
    std::array<char, kErrorTextBytesMax> text;
    text[0] = '\0';
    slip_status code = SLIP_OK;
    SLIP_TRY(run(name, [&] { code = body(text.data(), text.size()); }));
    text.back() = '\0';
    return code == SLIP_OK ? Status() : told(code, text.data(), name);
  }
  // The same for a function without a status; what it throws is logged.
  template <typename Body>
  static void call_void(const char* name, Body&& body) noexcept {
    log_failure(run(name, std::forward<Body>(body)));
  }
  // What a foreign side said, or a sentence of ours where it said none.
  static Status told(slip_status code, const char* text, const char* name);

  slip_bucket_functions functions = SLIP_BUCKET_FUNCTIONS_INIT;

 private:
  template <typename Body>
  static Status run(const char* name, Body&& body) noexcept {
    try {
      body();
      return Status();
    } catch (const std::exception& exception) {
      return thrown(name, exception.what());
    } catch (...) {
      return thrown(name, "something that is no std::exception");
    }
  }
  static Status thrown(const char* name, const char* what) noexcept;
  static void log_failure(const Status& status) noexcept;
};

}  // namespace slip
#endif
