// The options handle, and how a function that takes options reads them.
#ifndef SLIP_CAPI_OPTIONS_H
#define SLIP_CAPI_OPTIONS_H

#include "base/options.h"
#include "capi/handle.h"
#include "slipstream.h"

struct slip_options : slip::capi::Handle {
  explicit slip_options(int32_t kind) : options(kind) {}
  slip::Options options;
};

namespace slip::capi {

// A copy of the caller's options, or every default where there are none. INVALID: made for another
// kind of thing.
Result<Options> options_of(const slip_options* options, int32_t kind);

}  // namespace slip::capi
#endif
