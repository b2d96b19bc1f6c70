// The log: one process-wide sink set by slip_log_set. Any thread.
#ifndef SLIP_BASE_LOG_H
#define SLIP_BASE_LOG_H

#include <string>

#include "base/status.h"

namespace slip {

// Replaces the sink; returns when no call of the old one runs. DEADLOCK from inside a log function.
Status set_log(slip_log_function function, void* user, int32_t level);
bool log_enabled(int32_t level);
// `room` is a folder of src/: "kv", "watch", ... Swallows its own failures. Never a secret.
void log_line(int32_t level, const char* room, const std::string& message) noexcept;

}  // namespace slip
#endif
