// The folds that this process has open: one claim per root directory (device and inode, so by
// whatever path), and one LMDB environment per data file, which its snapshots may keep alive beyond
// the fold. LMDB must not open a file twice in a process.
//
// Any thread. A forked child starts with an empty one.
#ifndef SLIP_FOLD_LMDB_REGISTRY_H
#define SLIP_FOLD_LMDB_REGISTRY_H

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "fold/lmdb/environment.h"

namespace slip::lmdb {

// The right to have a root open in this process; given up when destroyed.
class RootClaim {
 public:
  RootClaim(uint64_t device, uint64_t inode) : device_(device), inode_(inode) {}
  ~RootClaim();
  RootClaim(const RootClaim&) = delete;
  RootClaim& operator=(const RootClaim&) = delete;

 private:
  const uint64_t device_;
  const uint64_t inode_;
};

// BUSY where it is open already.
Result<std::unique_ptr<RootClaim>> claim_root(uint64_t device, uint64_t inode,
                                              const std::string& path);
// The environment of a generation: the living one, or a new one. BUSY where snapshots of a
// read-only one are left and it is wanted for writing.
Result<std::shared_ptr<Environment>> environment_at(const std::string& directory,
                                                    const Environment::Mode& mode);

}  // namespace slip::lmdb
#endif
