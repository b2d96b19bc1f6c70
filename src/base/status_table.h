// The table of all statuses: the one place that says which of them may pass by themselves.
// Static and constant; any thread.
#ifndef SLIP_BASE_STATUS_TABLE_H
#define SLIP_BASE_STATUS_TABLE_H

#include <cstddef>

#include "slipstream.h"

namespace slip {

// Ascending by value.
const slip_status_row* status_table(size_t* count);
// nullptr for a value that is not in the table.
const slip_status_row* find_status(slip_status status);
// "SLIP_?" for a value that is not in the table.
const char* status_name(slip_status status);

}  // namespace slip
#endif
