#include "kv/foreign/functions.h"

#include "base/log.h"
#include "base/status_table.h"

namespace slip {

ForeignFunctions::~ForeignFunctions() {
  if (functions.destroy == nullptr) return;
  call_void("destroy", [this] { functions.destroy(functions.user); });
}

Status ForeignFunctions::told(slip_status code, const char* text, const char* name) {
  if (text[0] != '\0') return Status(code, text);
  return Status(code, std::string("the foreign bucket's ") + name + " failed with status " +
                          std::to_string(code) + " (" + status_name(code) + ") and no sentence");
}

Status ForeignFunctions::thrown(const char* name, const char* what) noexcept {
  try {
    return Status(SLIP_CALLBACK_FAILED,
                  std::string("the foreign bucket's ") + name + " threw: " + what);
  } catch (...) {
    return Status(SLIP_CALLBACK_FAILED, std::string());
  }
}

// For functions that end something: nobody is left to be told but the log.
void ForeignFunctions::log_failure(const Status& status) noexcept {
  if (!status.ok()) log_line(SLIP_LOG_ERROR, "kv", status.message());
}

}  // namespace slip
