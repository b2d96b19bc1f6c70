// Status and Result: how every room says whether it succeeded.
//
// Owns nothing but a code and a sentence. Any thread. Codes are those of slipstream.h, so nothing
// is translated on the way out. A sentence says what was being done, to what, what happened and
// what to do; it never holds a secret.
#ifndef SLIP_BASE_STATUS_H
#define SLIP_BASE_STATUS_H

#include <optional>
#include <string>
#include <utility>

#include "slipstream.h"

namespace slip {

class [[nodiscard]] Status {
 public:
  Status() = default;
  // Retriable as slip_status_table() says for the code.
  Status(slip_status code, std::string message);
  Status(slip_status code, std::string message, bool retriable)
      : code_(code), retriable_(retriable), message_(std::move(message)) {}

  bool ok() const { return code_ == SLIP_OK; }
  slip_status code() const { return code_; }
  bool is(slip_status code) const { return code_ == code; }
  bool retriable() const { return retriable_; }
  const std::string& message() const { return message_; }

  // The same outcome, its sentence prefixed with what was being done: "context: message".
  Status with_context(const std::string& context) const;

 private:
  slip_status code_ = SLIP_OK;
  bool retriable_ = false;
  std::string message_;
};

// Maps an errno of a file operation: ENOSPC, EDQUOT -> NO_SPACE; EACCES, EPERM, EROFS ->
// PERMISSION_DENIED; ENOENT -> NOT_FOUND; ENOMEM -> OUT_OF_MEMORY; else IO. The sentence is
// "WHAT: strerror".
Status errno_status(int error_number, const std::string& what);

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(Status status) : status_(std::move(status)) {}  // NOLINT: conversion is the point
  Result(T value) : value_(std::move(value)) {}          // NOLINT

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() { return *value_; }
  const T& value() const { return *value_; }
  T take() { return std::move(*value_); }
  T* operator->() { return &*value_; }
  T& operator*() { return *value_; }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace slip

// Return early with the status of an expression that failed.
#define SLIP_TRY(expression)                              \
  do {                                                    \
    ::slip::Status slip_try_status = (expression);        \
    if (!slip_try_status.ok()) return slip_try_status;    \
  } while (0)

#define SLIP_CONCAT_INNER(a, b) a##b
#define SLIP_CONCAT(a, b) SLIP_CONCAT_INNER(a, b)

// Declare or assign `target` from a Result, or return its status.
#define SLIP_ASSIGN(target, expression) \
  SLIP_ASSIGN_INNER(SLIP_CONCAT(slip_result_, __LINE__), target, expression)
#define SLIP_ASSIGN_INNER(result, target, expression) \
  auto result = (expression);                         \
  if (!result.ok()) return result.status();           \
  target = result.take()

#endif
