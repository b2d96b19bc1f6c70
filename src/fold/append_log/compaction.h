// What a compaction writes: one segment that holds what the fold holds, in place of the sealed
// ones.
//
// It is copied from memory, a slice of the keys at a time, each slice as of its own moment. That is
// enough: what changed since the sealed segments ended stands in the log behind them, and is
// replayed over it. It must only not be ahead of the log, so the log is on the disk as far as the
// last slice saw it before the list names the merged segment, and the list says how far that is.
//
// Used by one thread, beside the writer and without its lock.
#ifndef SLIP_FOLD_APPEND_LOG_COMPACTION_H
#define SLIP_FOLD_APPEND_LOG_COMPACTION_H

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "fold/append_log/log.h"
#include "fold/append_log/table.h"

namespace slip::append_log {

// Is told the name of each step of a compaction that begins (docs/formats.md), for tests.
using CompactionWitness = std::function<void(const char* window)>;

class MergedSegment {
 public:
  MergedSegment(const LogSettings& settings, uint64_t number) : settings_(settings) {
    made_.header.number = number;
  }
  ~MergedSegment();  // removed unless it was kept
  MergedSegment(const MergedSegment&) = delete;
  MergedSegment& operator=(const MergedSegment&) = delete;

  // Everything that `table` holds. CLOSED once `stop` is set. Durable when it returns, its name
  // too.
  Status write(Table& table, const std::atomic<bool>& stop, const CompactionWitness& witness);
  Segment segment() const { return {made_.header.number, records_.end()}; }
  void keep() { remove_ = false; }
  void discard() { remove_ = true; }

 private:
  Result<bool> copy_slice(Table& table);
  Status append();

  const LogSettings settings_;
  NewSegment made_;
  RecordWriter records_{0, 0, 0};
  std::string from_;  // the first key of the next slice
  bool has_scope_ = false;
  uint64_t unsynced_bytes_ = 0;
  bool remove_ = false;
};

}  // namespace slip::append_log
#endif
