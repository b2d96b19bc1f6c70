// The file SEGMENTS of a generation: which segments make up the log, in its order. All but the last
// are sealed: complete, synced and of a known size. Replaced atomically; what it does not name does
// not count. Stateless; any thread.
#ifndef SLIP_FOLD_APPEND_LOG_SEGMENT_LIST_H
#define SLIP_FOLD_APPEND_LOG_SEGMENT_LIST_H

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "fs/atomic_file.h"
#include "fs/file_system.h"

namespace slip::append_log {

struct Segment {
  uint64_t number = 0;
  // Of a sealed one exactly; of the last one, which grows, as much as must be there.
  uint64_t size_bytes = 0;
};
inline bool operator==(const Segment& a, const Segment& b) {
  return a.number == b.number && a.size_bytes == b.size_bytes;
}

std::string segment_path(const std::string& directory, uint64_t number);
// CORRUPT, NEWER_FORMAT. Never empty.
Result<std::vector<Segment>> read_segment_list(FileSystem& fs, const std::string& directory);
// A staged list, which counts when it is persisted.
Result<StagedFile> stage_segment_list(FileSystem& fs, const std::string& directory,
                                      const std::vector<Segment>& segments);
Status write_segment_list(FileSystem& fs, const std::string& directory,
                          const std::vector<Segment>& segments);
// Segments that the list does not name and staged files: left by a crash. What cannot be removed
// stays and does not count.
Status remove_unlisted(FileSystem& fs, const std::string& directory,
                       const std::vector<Segment>& segments);

}  // namespace slip::append_log
#endif
