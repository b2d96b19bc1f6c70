// Calls of the functions that a caller gave for a kind of his own: nothing of them gets past here
// but a status with a sentence, whatever they throw. Any thread.
#ifndef SLIP_BASE_FOREIGN_CALL_H
#define SLIP_BASE_FOREIGN_CALL_H

#include <array>
#include <exception>
#include <utility>

#include "base/limits.h"
#include "base/status.h"

namespace slip {

// What a sentence calls it: "the foreign bucket's info".
struct ForeignName {
  const char* room;  // for the log
  const char* noun;
  const char* function;
};

// What a foreign side said, or a sentence of ours where it said none.
Status foreign_told(slip_status code, const char* text, ForeignName name);
Status foreign_threw(ForeignName name, const char* what) noexcept;
// For functions that end something: nobody is left to be told but the log.
void log_foreign_failure(const Status& status, ForeignName name) noexcept;

template <typename Body>
Status run_foreign(ForeignName name, Body&& body) noexcept {
  try {
    body();
    return Status();
  } catch (const std::exception& exception) {
    return foreign_threw(name, exception.what());
  } catch (...) {
    return foreign_threw(name, "something that is no std::exception");
  }
}

// Calls `body(text, text_size)`, which calls the function: its status with its sentence.
template <typename Body>
Status call_foreign(ForeignName name, Body&& body) {
  std::array<char, kErrorTextBytesMax> text;
  text[0] = '\0';
  slip_status code = SLIP_OK;
  SLIP_TRY(run_foreign(name, [&] { code = body(text.data(), text.size()); }));
  text.back() = '\0';
  return code == SLIP_OK ? Status() : foreign_told(code, text.data(), name);
}

// The same for a function without a status; what it throws is logged.
template <typename Body>
void call_foreign_void(ForeignName name, Body&& body) noexcept {
  log_foreign_failure(run_foreign(name, std::forward<Body>(body)), name);
}

}  // namespace slip
#endif
