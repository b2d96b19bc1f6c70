// The log of one generation, open for writing: batches are appended to its last segment, and a full
// one is sealed and followed by a new one.
//
// What a batch is made of is written at once and synced once. After a failure the log is as it was
// before, or, where that cannot be had, refuses everything until it is opened again: nothing is
// built on pages that a failed sync may have lost.
//
// Used under one lock.
#ifndef SLIP_FOLD_APPEND_LOG_LOG_H
#define SLIP_FOLD_APPEND_LOG_LOG_H

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fold/append_log/format.h"
#include "fold/append_log/recovery.h"
#include "fold/append_log/segment_list.h"
#include "fs/file_system.h"

namespace slip::append_log {

struct LogSettings {
  FileSystem* fs = nullptr;
  std::string directory;  // of the generation
  std::string path;       // of the fold, for sentences
  uint64_t segment_bytes = 0;
  bool sync_commits = true;
  uint64_t salt = 0;  // 0: a random one for each segment
  // Told before commits from..to of a segment are cut off its file, which readers may still see.
  std::function<Status(uint64_t number, uint64_t from, uint64_t to)> before_cut =
      [](uint64_t, uint64_t, uint64_t) { return Status(); };
};

class Log {
 public:
  // A directory that is there and empty (or holds what a creation left that was cut short) becomes
  // the log of an empty fold. Durable when it returns.
  static Status create(const LogSettings& settings);
  // What read_log() found. Cuts off a torn end, and syncs.
  static Result<std::unique_ptr<Log>> open(const LogSettings& settings,
                                           std::vector<Segment> segments, const LogEnd& end);

  // Begins a batch that follows the last one; where the segment is full, in a new one that begins
  // with the fold's `meta`.
  Result<RecordWriter> begin_batch(const FoldMeta& meta);
  // A batch that begin_batch() gave. Durable as the settings say.
  Status append(const RecordWriter& batch);
  Status sync();
  // What is synced is said in the log, where that is worth a record: the next opening need not
  // renew it (see renew.h). The last thing that is done with a log. The record itself is not
  // synced.
  void leave_proof(const FoldMeta& meta);

  // A compaction, in three steps under the lock, between which it is not held.
  // A number that no segment has, or will have.
  Result<uint64_t> begin_compaction();
  struct Point {
    uint64_t number = 0;  // of the live segment
    uint64_t end = 0;
    bool synced = false;
  };
  Point point() const { return {live_.number, end_, synced_ >= end_}; }
  // The list with `merged` in place of the first `count` segments, which needs the log up to
  // `needed`, and that is on the disk. No segment is begun until end_swap().
  Result<std::vector<Segment>> begin_swap(size_t count, const Segment& merged, const Point& needed);
  // What the list is now.
  void end_swap(std::vector<Segment> segments) noexcept;
  // Somebody else's sync of segment `number` failed, with the same consequences as one of ours.
  void lose_faith(uint64_t number, const Status& failed);

  const std::vector<Segment>& segments() const { return segments_; }
  uint64_t end() const { return end_; }
  uint64_t sealed_bytes() const;

 private:
  explicit Log(const LogSettings& settings) : settings_(settings) {}
  Status settle_tail();
  Status roll(const FoldMeta& meta);
  Status seal();
  Status append_failed(const Status& failed);
  Status sync_failed(const Status& failed);
  Status poison(const Status& reason);
  std::string cannot_commit() const;

  const LogSettings settings_;
  std::vector<Segment> segments_;
  uint64_t next_number_ = 1;
  std::unique_ptr<File> file_;
  SegmentHeader live_;
  uint64_t end_ = 0;      // of the last batch
  uint64_t synced_ = 0;   // how much of the file is on the disk
  uint64_t proven_ = 0;   // how much of that a record says
  uint64_t begun_ = 0;    // how much of it the disk was told to begin with
  bool was_cut_ = false;  // what a failed append left was cut off, and that is not synced yet
  // Set while something is under way whose failure may come as an exception.
  bool appending_ = false;
  bool rolling_ = false;
  bool swapping_ = false;  // somebody is writing another list
  Status poison_;
};

// Makes segment `number` with `first` in it, durable but for its name. `salt` 0: a random one.
struct NewSegment {
  SegmentHeader header;
  std::unique_ptr<File> file;
};
Result<NewSegment> make_segment(FileSystem& fs, const std::string& directory, uint64_t number,
                                uint64_t salt);

}  // namespace slip::append_log
#endif
