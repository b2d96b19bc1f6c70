// Reading a whole log: every committed batch, in order, and where its end is.
#ifndef SLIP_FOLD_APPEND_LOG_RECOVERY_H
#define SLIP_FOLD_APPEND_LOG_RECOVERY_H

#include <cstdint>
#include <string>
#include <vector>

#include "fold/append_log/scan.h"
#include "fold/append_log/segment_list.h"
#include "fold/fold.h"

namespace slip::append_log {

// Is told the batches of a log. An update belongs to the commit that follows it.
class LogVisitor {
 public:
  virtual ~LogVisitor() = default;
  virtual void update(const Update& update) = 0;
  // The same with where its value stands; where places are wanted, its bytes may be
  // left out.
  virtual void update_at(const Update& update, const ValuePlace&) { this->update(update); }
  // Whether values are to stay in the log.
  virtual bool wants_places() const { return false; }
  virtual void commit(const FoldMeta& meta) = 0;
  // So many keys will come, about.
  virtual void expect(uint64_t) {}
};

// A commit in a log: everything up to it is known.
struct LogPlace {
  size_t segment = 0;  // which one of the list
  uint64_t end = 0;    // of the commit, in it
  FoldMeta meta;
};

struct LogEnd {
  SegmentHeader live;
  uint64_t committed_end = 0;    // in the live segment
  uint64_t file_size = 0;        // of it: what lies beyond the committed end was torn by a crash
  uint64_t segment_commits = 0;  // in the live segment
  // Of the live segment so much is proven to be on the disk: somebody had synced it and went on.
  // The end of a commit, or 0.
  uint64_t proven_end = 0;
};

// CORRUPT where what is wrong is no torn end. `size_max`: how much of the live segment to read.
Result<LogEnd> read_log(FileSystem& fs, const std::string& directory,
                        const std::vector<Segment>& segments, uint64_t size_max,
                        LogVisitor* visitor);
// What follows `place`; of the segments before it only the headers are looked at.
Result<LogEnd> read_log_after(const LogPlace& place, FileSystem& fs, const std::string& directory,
                              const std::vector<Segment>& segments, LogVisitor* visitor);

}  // namespace slip::append_log
#endif
