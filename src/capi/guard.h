// guard(): the border between C and everything behind it. Every entry point runs through it.
//
// An entry point describes its arguments with the functions below and gives a body. The outputs are
// cleared while the description is built, so they are clear whatever comes next; then the first
// argument that breaks the contract (NULL, closed, forked, wrong struct_size) fails the call; then
// the body runs. No exception leaves: std::bad_alloc becomes SLIP_OUT_OF_MEMORY, any other one
// SLIP_INTERNAL with its text. Any thread; holds nothing.
#ifndef SLIP_CAPI_GUARD_H
#define SLIP_CAPI_GUARD_H

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "base/status.h"
#include "capi/handle.h"
#include "capi/struct_size.h"

namespace slip::capi {

enum class Problem : uint8_t { none, null, null_bytes, closed, forked, struct_size, newer_struct };

struct Argument {
  const char* name;
  Problem problem;
};

// A handle that the call works on. `even_closed`: the few functions that a closed one still
// answers.
inline Argument handle(const Handle* object, const char* name) {
  if (object == nullptr) return {name, Problem::null};
  if (object->forked()) return {name, Problem::forked};
  return {name, object->closed() ? Problem::closed : Problem::none};
}
inline Argument handle_even_closed(const Handle* object, const char* name) {
  if (object == nullptr) return {name, Problem::null};
  return {name, object->forked() ? Problem::forked : Problem::none};
}
// A handle that may be left out.
inline Argument maybe_handle(const Handle* object, const char* name) {
  return object == nullptr ? Argument{name, Problem::none} : handle(object, name);
}

// A pointer that must be there.
inline Argument given(const void* pointer, const char* name) {
  return {name, pointer == nullptr ? Problem::null : Problem::none};
}
// Bytes or an array: the pointer may be NULL only where there is nothing.
inline Argument bytes(const void* data, size_t size, const char* name) {
  return {name, data == nullptr && size > 0 ? Problem::null_bytes : Problem::none};
}

template <typename T>
Argument output(T* out, const char* name) {
  if (out == nullptr) return {name, Problem::null};
  *out = T{};
  return {name, Problem::none};
}
template <typename T>
Argument maybe_output(T* out, const char* name) {
  if (out != nullptr) *out = T{};
  return {name, Problem::none};
}
// A struct that begins with struct_size. One whose size cannot be true is not touched.
template <typename T>
Argument output_struct(T* out, const char* name) {
  if (out == nullptr) return {name, Problem::null};
  return {name, clear_struct(out) ? Problem::none : Problem::struct_size};
}
template <typename T>
Argument maybe_output_struct(T* out, const char* name) {
  return out == nullptr ? Argument{name, Problem::none} : output_struct(out, name);
}

// A struct that the caller filled; *copy becomes ours.
template <typename T>
Argument input_struct(const T* in, T* copy, const char* name) {
  if (in == nullptr) return {name, Problem::null};
  switch (read_struct(*in, copy)) {
    case StructProblem::size:
      return {name, Problem::struct_size};
    case StructProblem::newer:
      return {name, Problem::newer_struct};
    default:
      return {name, Problem::none};
  }
}
template <typename T>
Argument maybe_input_struct(const T* in, T* copy, const char* name) {
  return in == nullptr ? Argument{name, Problem::none} : input_struct(in, copy, name);
}

// The three ways in which a call ends; each fills *error where the caller gave one.
slip_status report(const Status& status, slip_error** error) noexcept;
slip_status report_problem(const char* function, Argument argument, slip_error** error) noexcept;
slip_status report_exception(const char* function, slip_error** error) noexcept;

template <typename Body>
slip_status guard(const char* function, slip_error** error,
                  std::initializer_list<Argument> arguments, Body&& body) noexcept {
  if (error != nullptr) *error = nullptr;
  for (const Argument& argument : arguments)
    if (argument.problem != Problem::none) return report_problem(function, argument, error);
  try {
    Status status = body();
    return status.ok() ? SLIP_OK : report(status, error);
  } catch (...) {
    return report_exception(function, error);
  }
}

}  // namespace slip::capi
#endif
