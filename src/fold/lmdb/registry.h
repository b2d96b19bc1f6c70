// The LMDB environments that this process has open: one per data file, which its snapshots may keep
// alive beyond the fold. LMDB must not open a file twice in a process.
//
// Any thread. A forked child starts with an empty one.
#ifndef SLIP_FOLD_LMDB_REGISTRY_H
#define SLIP_FOLD_LMDB_REGISTRY_H

#include <memory>
#include <string>

#include "base/status.h"
#include "fold/lmdb/environment.h"

namespace slip::lmdb {

// The environment of a generation: the living one, or a new one. BUSY where snapshots of a
// read-only one are left and it is wanted for writing.
Result<std::shared_ptr<Environment>> environment_at(const std::string& directory,
                                                    const Environment::Mode& mode);

}  // namespace slip::lmdb
#endif
