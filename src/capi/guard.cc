#include "capi/guard.h"

#include <exception>
#include <new>
#include <string>

#include "capi/error.h"

namespace slip::capi {
namespace {

Status problem_status(const char* function, Argument argument) {
  const std::string what = std::string(function) + ": " + argument.name;
  switch (argument.problem) {
    case Problem::none:
      break;
    case Problem::null:
      return Status(SLIP_INVALID, what + " is NULL");
    case Problem::null_bytes:
      return Status(SLIP_INVALID, what + " is NULL and its size is not 0");
    case Problem::closed:
      return Status(SLIP_CLOSED, what + " was closed");
    case Problem::forked:
      return Status(SLIP_FORKED,
                    what + " belongs to the parent process: open your own after a fork");
    case Problem::struct_size:
      return Status(SLIP_INVALID, what + "->struct_size is not the size of a published version: " +
                                      "set it to sizeof, as the _INIT macro does");
    case Problem::newer_struct:
      return Status(SLIP_UNSUPPORTED, what + " has members that this library (" + slip_version() +
                                          ") does not know: use a newer library");
  }
  return Status(SLIP_INTERNAL, what + ": not a problem");
}

// An exception on its way out, as a status. Called from a handler only.
Status exception_status(const char* function) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return Status(SLIP_OUT_OF_MEMORY, std::string());
  } catch (const std::exception& exception) {
    return Status(SLIP_INTERNAL, std::string(function) + ": " + exception.what());
  } catch (...) {
    return Status(SLIP_INTERNAL, std::string(function) + ": an exception of unknown type");
  }
}

}  // namespace

slip_status report(const Status& status, slip_error** error) noexcept {
  const slip_status code = status.code();
  if (error == nullptr) return code;
  try {
    *error = new slip_error{code, status.retriable(), status.message()};
  } catch (...) {
    // Memory does not allow it: the code alone goes out (convention 4).
  }
  return code;
}

slip_status report_problem(const char* function, Argument argument, slip_error** error) noexcept {
  try {
    return report(problem_status(function, argument), error);
  } catch (...) {
    return SLIP_OUT_OF_MEMORY;
  }
}

slip_status report_exception(const char* function, slip_error** error) noexcept {
  try {
    return report(exception_status(function), error);
  } catch (...) {
    return SLIP_OUT_OF_MEMORY;
  }
}

}  // namespace slip::capi
