#include "base/foreign_call.h"

#include <string>

#include "base/log.h"
#include "base/status_table.h"

namespace slip {
namespace {

std::string named(ForeignName name) {
  return std::string("the foreign ") + name.noun + "'s " + name.function;
}

}  // namespace

Status foreign_told(slip_status code, const char* text, ForeignName name) {
  if (text[0] != '\0') return Status(code, text);
  return Status(code, named(name) + " failed with status " + std::to_string(code) + " (" +
                          status_name(code) + ") and no sentence");
}

Status foreign_threw(ForeignName name, const char* what) noexcept {
  try {
    return Status(SLIP_CALLBACK_FAILED, named(name) + " threw: " + what);
  } catch (...) {
    return Status(SLIP_CALLBACK_FAILED, std::string());
  }
}

void log_foreign_failure(const Status& status, ForeignName name) noexcept {
  if (!status.ok()) log_line(SLIP_LOG_ERROR, name.room, status.message());
}

}  // namespace slip
