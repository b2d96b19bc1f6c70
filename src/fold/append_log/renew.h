// Writing the end of a segment once more, as it is.
//
// A sync that fails may leave pages that the system takes for written and that never reached the
// disk, and no later sync writes them. Whose sync that was may have died before telling anybody. So
// what is found in a segment beyond what is proven to be on the disk is not made durable by a sync
// alone: it is written over with itself first, which makes its pages dirty again. A crash on the
// way finds the old bytes or the new ones, and they are the same.
#ifndef SLIP_FOLD_APPEND_LOG_RENEW_H
#define SLIP_FOLD_APPEND_LOG_RENEW_H

#include <string>

#include "fs/file_system.h"

namespace slip::append_log {

// What the segment holds between two ends of commits (or from 0 on), not synced. Only what still
// matches its checksums is written: IO where that is less.
Status renew(FileSystem& fs, const std::string& path, uint64_t begin, uint64_t end);

}  // namespace slip::append_log
#endif
