// The file index.snap of a generation: what the fold held at one commit, in key order, so that
// opening reads it and the log after it, where it would read the whole log and sort.
//
// It is a copy and no more: it names the segments that it was made from (numbers, sizes, salts) and
// the place of the commit, and where any of that is not what the generation has, or one byte is not
// what was written, it does not count and the log is read. Stateless; any thread.
#ifndef SLIP_FOLD_APPEND_LOG_INDEX_SNAP_H
#define SLIP_FOLD_APPEND_LOG_INDEX_SNAP_H

#include <optional>
#include <string>
#include <vector>

#include "fold/append_log/recovery.h"
#include "fold/append_log/segment_list.h"
#include "fold/append_log/values.h"
#include "fold/fold.h"
#include "fs/file_system.h"

namespace slip::append_log {

constexpr uint32_t kSnapFormat = 1;

std::string snap_path(const std::string& directory);
// Replaces it, durably. `segments`: the log; `end`: of the commit in the last one, whose state the
// snapshot is, and which is on the disk. `values`: where they stay, so that it holds their places;
// null: it holds them.
Status write_snap(FileSystem& fs, const std::string& directory,
                  const std::vector<Segment>& segments, uint64_t end, Snapshot& snapshot,
                  const Values* values);
// Tells the visitor what it holds, in several commits; where the log goes on. NOT_FOUND: there is
// none. CORRUPT: it does not count, and what the visitor was told is to be thrown away.
// NEWER_FORMAT. `known`: how far this log had been on the disk, as soon as that is read, whatever
// is wrong with the rest.
Result<LogPlace> read_snap(FileSystem& fs, const std::string& directory,
                           const std::vector<Segment>& segments, LogVisitor* visitor,
                           std::optional<LogPlace>* known);

}  // namespace slip::append_log
#endif
