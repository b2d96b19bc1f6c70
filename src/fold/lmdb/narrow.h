// A fold whose scope gets narrower: what lies outside leaves it.
//
// The first commit sets the new scope and the mark, then the entries outside go in commits of
// kNarrowKeysPerCommit, the last of which clears the mark. So whatever ends it in between, the next
// call finds the mark and goes on, and everybody else is told.
#ifndef SLIP_FOLD_LMDB_NARROW_H
#define SLIP_FOLD_LMDB_NARROW_H

#include "fold/lmdb/store.h"

namespace slip::lmdb {

// With store.writing held. How many keys left.
Result<uint64_t> narrow(Store& store, const Scope& scope);

}  // namespace slip::lmdb
#endif
