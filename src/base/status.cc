#include "base/status.h"

#include <string.h>

#include <cerrno>

#include "base/status_table.h"

namespace slip {
namespace {

bool is_retriable(slip_status code) {
  const slip_status_row* row = find_status(code);
  return row != nullptr && row->retriable != 0;
}

slip_status code_of_errno(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return SLIP_NO_SPACE;
    case EACCES:
    case EPERM:
    case EROFS:
      return SLIP_PERMISSION_DENIED;
    case ENOENT:
      return SLIP_NOT_FOUND;
    case EEXIST:
      return SLIP_EXISTS;
    case ENOTEMPTY:
      return SLIP_NOT_EMPTY;
    case ENOMEM:
      return SLIP_OUT_OF_MEMORY;
    default:
      return SLIP_IO;
  }
}

}  // namespace

Status::Status(slip_status code, std::string message)
    : code_(code), retriable_(is_retriable(code)), message_(std::move(message)) {}

Status Status::with_context(const std::string& context) const {
  if (ok()) return Status();
  return Status(code_, context + ": " + message_, retriable_);
}

Status errno_status(int error_number, const std::string& what) {
  // Not strerror: that one depends on the locale and is not safe on every thread.
  const char* description = strerrordesc_np(error_number);
  return Status(code_of_errno(error_number),
                what + ": " + (description != nullptr ? description : "unknown error"));
}

}  // namespace slip
