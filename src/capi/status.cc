// Section STATUS.
#include "base/status_table.h"
#include "slipstream.h"

const char* slip_status_name(slip_status status) { return slip::status_name(status); }

const slip_status_row* slip_status_table(size_t* out_count) {
  size_t count = 0;
  const slip_status_row* rows = slip::status_table(&count);
  if (out_count != nullptr) *out_count = count;
  return rows;
}
