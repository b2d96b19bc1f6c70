// A fold's root directory, held: within this process by device and inode, so by whatever path, and
// against other processes by the lock in it.
//
// Any thread. A forked child holds nothing.
#ifndef SLIP_FOLD_ROOT_CLAIM_H
#define SLIP_FOLD_ROOT_CLAIM_H

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "fold/root.h"
#include "fs/file_system.h"

namespace slip {

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

enum class Create { if_missing, never, always };

// What opening a fold of any kind asks for first.
struct RootRequest {
  std::string path;
  bool read_only = false;
  Create create = Create::if_missing;
};
struct HeldRoot {
  std::string path;  // links resolved
  std::unique_ptr<RootClaim> claim;
  std::unique_ptr<FileLock> lock;  // null where read-only
};

// The directory exists, is ours or empty, and nobody else has it. NOT_FOUND, EXISTS as `create`
// says, NOT_OURS, BUSY.
Result<HeldRoot> hold_root(FileSystem& fs, const RootRequest& request);
// With the lock held, what another process was making or had made is seen as it is now: whether a
// fold is still to be made. Then the name of the lock is durable, which tells a creation that is cut
// short from somebody else's directory.
Result<bool> is_new_root(FileSystem& fs, const std::string& path, Create create);

// Whether one may begin to write a fold that was opened so: PERMISSION_DENIED, or BUSY where it has a
// writer.
Status may_write(const RootRequest& request, const std::string& path, bool has_writer);

std::string cannot_open_fold(const std::string& path);

}  // namespace slip
#endif
