// What can be known of data.mdb before LMDB maps it, and why a write to it failed.
//
// LMDB trusts the bytes that it maps; what is refused here would otherwise be a crash. Raw calls:
// LMDB's file is LMDB's.
#ifndef SLIP_FOLD_LMDB_DATA_FILE_H
#define SLIP_FOLD_LMDB_DATA_FILE_H

#include <string>

#include "base/status.h"

namespace slip::lmdb {

struct DataFile {
  bool present = false;  // and not empty
  uint64_t device = 0;
  uint64_t inode = 0;
};

// Both meta pages have their marks, at least one of them can be followed, and the file is as long
// as its last used page says. CORRUPT, NEWER_FORMAT; IO. Absent or empty is fine: `present` says
// so.
Result<DataFile> inspect_data_file(const std::string& path);

// After a write that failed with `code`: LMDB makes EIO of a short write, which is how a disk fills
// up. ENOSPC or the like where the file cannot grow, else `code`. Leaves the file as it was.
int why_write_failed(int fd, int code);

}  // namespace slip::lmdb
#endif
