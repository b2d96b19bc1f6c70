// Section LOG.
#include "base/log.h"

#include "capi/guard.h"

slip_status slip_log_set(slip_log_function function, void* user, int32_t level,
                         slip_error** error) {
  return slip::capi::guard(__func__, error, {},
                           [&] { return slip::set_log(function, user, level); });
}
