// Values that stay in the log: its segments mapped, and what a version points at.
//
// A version on disk is the address of its value within a mapping of its segment. The record around
// it lies there whole and is committed: it ends with the value, and its checksum is compared by
// every read. A compaction points the versions that count at the merged segment; the mappings that
// nobody can see any more go with the states that were open then (see Table::retire).
//
// Any thread.
#ifndef SLIP_FOLD_APPEND_LOG_VALUES_H
#define SLIP_FOLD_APPEND_LOG_VALUES_H

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/update.h"
#include "fold/append_log/format.h"
#include "fold/append_log/segment_list.h"
#include "fs/file_system.h"

namespace slip::append_log {

// A segment mapped from its beginning. Of one that grew there may be several.
struct MappedSegment {
  uint64_t number = 0;
  uint64_t size = 0;
  std::unique_ptr<FileMapping> mapping;
  bool retired = false;  // waits for the states that may see it

  uintptr_t begin() const { return reinterpret_cast<uintptr_t>(mapping->begin()); }
};

class Values {
 public:
  Values(FileSystem& fs, std::string directory) : fs_(fs), directory_(std::move(directory)) {}

  // Where segment `number` begins, mapped so that `end` of it lies within; a new mapping reaches
  // `spare` further, for what will be appended.
  Result<uintptr_t> reach(uint64_t number, uint64_t end, uint64_t spare);
  // Of a value that lies in no mapping: segment 0.
  ValuePlace place_of(const char* value) const;
  // CORRUPT where a record is not what was written: `read` is what a version says of it.
  Status check(const Update& read) const;

  // Before a segment is cut off at `from`, which had `to` bytes: what was read of it stays.
  Status detach(uint64_t number, uint64_t from, uint64_t to);
  // Those of segments that the list does not name.
  std::vector<MappedSegment*> unlisted(const std::vector<Segment>& segments) const;
  void remove(MappedSegment* segment) noexcept;

 private:
  const MappedSegment* find(uintptr_t address) const;
  Status damaged(const Update& read) const;

  FileSystem& fs_;
  const std::string directory_;  // of the generation
  mutable std::mutex mutex_;
  std::map<uintptr_t, std::unique_ptr<MappedSegment>> mapped_;  // by where they begin
  std::map<uint64_t, const MappedSegment*> longest_;            // by number
};

}  // namespace slip::append_log
#endif
