// Reads every row of a foreign fold and compares it with what the meta says. Any thread.
#ifndef SLIP_FOLD_FOREIGN_CHECK_H
#define SLIP_FOLD_FOREIGN_CHECK_H

#include "fold/foreign/snapshot.h"

namespace slip::foreign {

// The rows that were read. CORRUPT, CALLBACK_FAILED.
Result<uint64_t> check_rows(std::shared_ptr<ReadState> state);

}  // namespace slip::foreign
#endif
