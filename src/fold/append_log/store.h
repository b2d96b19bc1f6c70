// An open append-log fold: its hold on the path, its log, and its contents in memory. The handle
// and its writer share one Store; snapshots share the table alone and outlive it.
//
// Any thread. `writing_` is held by whoever writes the log, `mutex_` guards the small state. A
// compaction runs beside the writer and holds `writing_` only to look and to swap lists.
// Locks are taken in this order: compacting_, files_, writing_, mutex_.
#ifndef SLIP_FOLD_APPEND_LOG_STORE_H
#define SLIP_FOLD_APPEND_LOG_STORE_H

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/options.h"
#include "fold/append_log/batch.h"
#include "fold/append_log/compaction.h"
#include "fold/append_log/log.h"
#include "fold/append_log/table.h"
#include "fold/positions.h"
#include "fold/root_claim.h"

namespace slip::append_log {

class Store {
 public:
  struct Request : RootRequest {
    bool sync_commits = true;
    uint64_t segment_bytes = 64u << 20;
    FileSystem* fs = &posix_file_system();
    uint64_t salt = 0;                    // see LogSettings
    uint64_t compact_dead_percent = 100;  // 100: by call only
    uint64_t min_segments = 2;            // that are sealed
    bool values_on_disk = false;          // else in memory
    bool compact_in_background = true;    // else in apply(), after the commit
    CompactionWitness witness = [](const char*) {};
    // Of the log beyond index.snap: where there is as much, and an eighth of all, closing writes
    // it.
    uint64_t index_after_bytes = 8u << 20;
  };
  static Result<std::shared_ptr<Store>> open(const Request& request);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::string& path() const { return path_; }
  Result<std::shared_ptr<Table>> table() const;  // CLOSED after close()
  Result<FoldStats> stats();
  Result<uint64_t> check();

  // The right to write: BUSY, PERMISSION_DENIED, CLOSED.
  Status claim_writer();
  void release_writer();
  Status apply(const Update* updates, size_t count, const Commit& commit);
  Result<uint64_t> narrow(const Scope& scope);
  // PERMISSION_DENIED where it is read-only.
  Status hide(RevisionRange range) { return change_hidden(range, &HiddenSet::add); }
  Status unhide(RevisionRange range) { return change_hidden(range, &HiddenSet::remove); }

  Result<Compaction> compact();
  Status sync();
  // Writes index.snap, which makes the next open fast; see there. The fold is as it was.
  Status save_index();
  Status close();
  Positions& positions() { return *positions_; }

 private:
  explicit Store(const Request& request) : request_(request), path_(request.path) {}
  Status make_generation();
  Status open_generation();
  Result<LogEnd> replay();
  // `known`: see read_snap().
  Result<LogEnd> replay_from(bool snap, std::optional<LogPlace>* known);
  Status check_reaches(const LogPlace& known, const LogEnd& end) const;
  Status lost_end(uint64_t segment, uint64_t reached, const std::string& known) const;
  Status read_end_again(const LogEnd& end);
  Status write_index();  // under `writing_`
  void ease_next_open();
  Status closed() const;
  Status miscounted() const;
  LogSettings settings() const;
  // One batch, under `writing_`: what `fill` adds to it, and `next` as the fold's meta after it.
  struct Draft {
    FoldMeta next;
    uint64_t unknown_as = 1;  // see Batch
    size_t bytes = 0;         // about what its records take
    std::function<Status(Batch& batch)> fill;
  };
  Status write(Table& table, Draft draft);
  Status change_hidden(RevisionRange range, Status (HiddenSet::*change)(RevisionRange));

  class Swap;
  Compaction run_compaction();
  Status sync_live(Log::Point* needed);
  void swap(MergedSegment* merged, size_t count, const Log::Point& needed, Compaction* compaction);
  Status write_list(const std::vector<Segment>& segments);
  bool is_listed(const std::vector<Segment>& segments) const;
  Status repoint_values();
  void retire(const std::vector<Segment>& segments);
  bool is_compaction_due();
  void compact_by_itself() noexcept;
  void start_compaction();
  std::unique_lock<std::mutex> stop_compaction();
  std::string cannot_compact() const;
  // How much of the log counts. Under `writing_`.
  struct Extent {
    std::vector<Segment> segments;
    uint64_t end;  // in the last one
    uint64_t sealed_bytes;
  };
  Extent extent() const;
  uint64_t beyond_index() const;

  const Request request_;
  std::string path_;
  HeldRoot root_;
  std::unique_ptr<Positions> positions_;
  std::string directory_;  // of the generation

  std::mutex writing_;
  std::unique_ptr<Log> log_;       // null where read-only
  std::vector<Segment> segments_;  // as they were opened
  uint64_t read_only_end_ = 0;
  uint64_t live_bytes_ = 0;       // of the records that count
  std::vector<Segment> indexed_;  // what index.snap covers; of the last segment so many bytes
  uint64_t commits_ = 0;
  uint64_t considered_ = 0;  // the live segment when it was asked whether a compaction is due

  std::mutex compacting_;  // held by a compaction; taken before all others
  std::mutex files_;       // held by whoever reads sealed segments, or removes them
  std::atomic<bool> stop_{false};
  std::mutex compactor_mutex_;
  std::thread compactor_;
  std::atomic<bool> compactor_busy_{false};

  mutable std::mutex mutex_;
  std::shared_ptr<Table> table_;
  bool writer_ = false;
  bool opened_ = false;
  bool closed_ = false;
  Status close_status_;
};

}  // namespace slip::append_log
#endif
