// How a fold comes to its contents: from index.snap and the log after it, else from the log alone.
#include <algorithm>

#include "base/guard.h"
#include "base/log.h"
#include "base/utf8.h"
#include "fold/append_log/index_snap.h"
#include "fold/append_log/snapshot.h"
#include "fold/append_log/store.h"

namespace slip::append_log {
namespace {

// Replays a log into a table. `in_memory`: a segment whose values are kept in memory whatever is
// wanted.
class Replay : public LogVisitor {
 public:
  Replay(Table& table, uint64_t in_memory)
      : load_(table), values_(table.values()), in_memory_(in_memory) {}
  void update(const Update& update) override { load_.stage(update); }
  void update_at(const Update& update, const ValuePlace& at) override {
    const bool stays = values_ != nullptr && is_live(update) && update.value.size > 0 &&
                       (at.segment != in_memory_ || update.value.data == nullptr);
    if (!stays) return load_.stage(update);
    if (!failed_.ok()) return;
    const auto segment = values_->reach(at.segment, at.offset + update.value.size, 0);
    if (segment.ok())
      load_.stage(update, segment.value() + at.offset);
    else
      failed_ = segment.status();
  }
  bool wants_places() const override { return values_ != nullptr; }
  // Of the mapping of segments.
  const Status& failed() const { return failed_; }
  void commit(const FoldMeta& meta) override {
    load_.commit();
    meta_ = meta;
  }
  void expect(uint64_t keys) override { load_.expect(keys); }
  bool finish(uint64_t* record_bytes) { return load_.finish(std::move(meta_), record_bytes); }

 private:
  TableLoad load_;
  Values* const values_;
  const uint64_t in_memory_;
  Status failed_;
  FoldMeta meta_;
};

}  // namespace

// Whatever is wrong with a snap or with what follows it: the whole log has the last word, unless it
// ends before what the snap knows to have been on the disk. A snap that nobody could read of a log
// that was cut shorter since must be gone before that grows again and looks like its own.
Result<LogEnd> Store::replay() {
  SLIP_ASSIGN(segments_, read_segment_list(*request_.fs, directory_));
  std::optional<LogPlace> known;
  auto fast = replay_from(true, &known);
  const Status& status = fast.status();
  if (fast.ok() || status.is(SLIP_NEWER_FORMAT)) return fast;
  auto whole = replay_from(false, nullptr);
  if (!whole.ok() || status.is(SLIP_NOT_FOUND)) return whole;
  // guard: snap_proves_log
  if (known.has_value() && guard_on("snap_proves_log")) SLIP_TRY(check_reaches(*known, *whole));
  log_line(SLIP_LOG_INFO, "fold",
           "fold " + quoted(path_) + " was opened by reading all of its log: " + status.message());
  // guard: snap_removed
  if (!request_.read_only && guard_on("snap_removed"))
    SLIP_TRY(request_.fs->remove(snap_path(directory_)));
  return whole;
}

// Else commits are gone that were acknowledged, and a cursor would go back without a word.
Status Store::check_reaches(const LogPlace& known, const LogEnd& end) const {
  const bool is_live = known.segment + 1 == segments_.size();
  const uint64_t reached = is_live ? end.committed_end : segments_[known.segment].size_bytes;
  if (reached >= known.end) return Status();
  return lost_end(segments_[known.segment].number, reached,
                  "index.snap knows that they were on the disk up to " + std::to_string(known.end) +
                      ", revision " + std::to_string(known.meta.revision));
}

Status Store::lost_end(uint64_t segment, uint64_t reached, const std::string& known) const {
  return Status(SLIP_CORRUPT,
                "the log in " + quoted(directory_) + " lost its end: segment " +
                    std::to_string(segment) + " has commits up to " + std::to_string(reached) +
                    ", and " + known +
                    " (nothing was changed: rebuild the fold, or restore it, and look "
                    "after the disk)");
}

Result<LogEnd> Store::replay_from(bool snap, std::optional<LogPlace>* known) {
  FileSystem& fs = *request_.fs;
  auto table = std::make_shared<Table>();
  if (request_.values_on_disk) table->keep_values_in(std::make_unique<Values>(fs, directory_));
  LogEnd end;
  live_bytes_ = 0;
  {
    // What a writer in another process has not synced it may have to cut off again.
    Replay replay(*table, request_.read_only ? segments_.back().number : 0);
    if (snap) {
      SLIP_ASSIGN(const LogPlace place, read_snap(fs, directory_, segments_, &replay, known));
      SLIP_ASSIGN(end, read_log_after(place, fs, directory_, segments_, &replay));
      indexed_.assign(segments_.begin(),
                      segments_.begin() + static_cast<std::ptrdiff_t>(place.segment) + 1);
      indexed_.back().size_bytes = place.end;
    } else {
      indexed_.clear();
      SLIP_ASSIGN(end, read_log(fs, directory_, segments_, UINT64_MAX, &replay));
    }
    SLIP_TRY(replay.failed());
    // guard: log_counts
    if (!replay.finish(&live_bytes_) && guard_on("log_counts")) return miscounted();
  }
  table_ = std::move(table);
  return end;
}

Status Store::save_index() {
  const std::lock_guard<std::mutex> lock(writing_);
  SLIP_TRY(table().status());
  if (log_ == nullptr)
    return Status(SLIP_PERMISSION_DENIED, "cannot write the index of fold " + quoted(path_) +
                                              ": it was opened with read_only");
  return write_index();
}

// It must not know of a commit that a loss of power could take back.
Status Store::write_index() {
  // guard: snap_log_sync
  if (guard_on("snap_log_sync")) SLIP_TRY(log_->sync());
  SLIP_ASSIGN(std::shared_ptr<ReadState> state, ReadState::open(table_, path_));
  LogSnapshot snapshot(std::move(state), false);
  SLIP_TRY(write_snap(*request_.fs, directory_, log_->segments(), log_->end(), snapshot,
                      table_->values())
               .with_context("cannot write the index of fold " + quoted(path_)));
  indexed_ = log_->segments();
  indexed_.back().size_bytes = log_->end();
  return Status();
}

// All of the log where it was compacted since.
uint64_t Store::beyond_index() const {
  const Extent now = extent();
  const uint64_t all = now.sealed_bytes + now.end;
  uint64_t covered = 0;
  for (size_t i = 0; i < indexed_.size(); ++i) {
    if (i >= now.segments.size() || now.segments[i].number != indexed_[i].number) return all;
    covered += indexed_[i].size_bytes;
  }
  return all - std::min(all, covered);
}

// The log is synced. Where the next open would have much to read, an index; else a proof, so that
// it has little to renew. The fold is whole without either.
void Store::ease_next_open() {
  if (log_ == nullptr) return;
  const Extent now = extent();
  if (beyond_index() < std::max(request_.index_after_bytes, (now.sealed_bytes + now.end) / 8)) {
    log_->leave_proof(table_->newest()->meta);
    return;
  }
  const Status written = write_index();
  if (!written.ok()) log_line(SLIP_LOG_WARNING, "fold", written.message());
}

}  // namespace slip::append_log
