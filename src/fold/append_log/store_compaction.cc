// Compaction of an open fold: when, by whom, and how it ends.
#include <algorithm>
#include <optional>

#include "base/guard.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/utf8.h"
#include "fold/append_log/compaction.h"
#include "fold/append_log/store.h"

namespace slip::append_log {
namespace {

Compaction ended(Compaction compaction, uint32_t outcome, const Status& why) {
  compaction.outcome = outcome;
  compaction.status = why.code();
  compaction.reason = why.message();
  return compaction;
}

}  // namespace

Result<Compaction> Store::compact() {
  if (request_.read_only)
    return Status(SLIP_PERMISSION_DENIED,
                  "cannot compact fold " + quoted(path_) + ": it was opened with read_only");
  const std::unique_lock<std::mutex> running(compacting_, std::try_to_lock);
  if (!running.owns_lock())
    return Status(SLIP_BUSY, "cannot compact fold " + quoted(path_) +
                                 ": a compaction is running (wait for its end)");
  SLIP_TRY(table().status());
  return run_compaction();
}

// With `compacting_` held.
Compaction Store::run_compaction() {
  Compaction compaction;
  std::shared_ptr<Table> table;
  size_t count = 0;
  uint64_t number = 0;
  {
    const std::lock_guard<std::mutex> lock(writing_);
    auto opened = this->table();
    if (!opened.ok()) return ended(compaction, SLIP_COMPACTION_FAILED, opened.status());
    table = opened.take();
    const Extent now = extent();
    compaction.bytes_before = compaction.bytes_after = now.sealed_bytes + now.end;
    compaction.segments_before = compaction.segments_after = now.segments.size();
    count = now.segments.size() - 1;
    if (count < request_.min_segments || count == 0) {
      compaction.reason = "fold " + quoted(path_) + " has " + std::to_string(count) +
                          " sealed segments, and a compaction begins at " +
                          std::to_string(std::max<uint64_t>(request_.min_segments, 1));
      return compaction;
    }
    auto begun = log_->begin_compaction();
    if (!begun.ok()) return ended(compaction, SLIP_COMPACTION_FAILED, begun.status());
    number = *begun;
  }
  MergedSegment merged(settings(), number);
  // What is hidden has to be known: nothing is rewritten of a fold that would not open.
  Status failed = read_hidden(*request_.fs, path_).status();
  if (failed.ok()) failed = merged.write(*table, stop_, request_.witness);
  Log::Point needed;
  if (failed.ok()) failed = sync_live(&needed);
  if (!failed.ok())
    return ended(compaction, SLIP_COMPACTION_FAILED, failed.with_context(cannot_compact()));
  swap(&merged, count, needed, &compaction);
  const Status repointed = repoint_values();
  if (!repointed.ok())
    log_line(
        SLIP_LOG_WARNING, "fold",
        "fold " + quoted(path_) +
            " keeps segments that it does not need until it is closed: " + repointed.message());
  const std::lock_guard<std::mutex> lock(writing_);
  const Extent now = extent();
  compaction.bytes_after = now.sealed_bytes + now.end;
  compaction.segments_after = now.segments.size();
  return compaction;
}

std::string Store::cannot_compact() const { return "cannot compact fold " + quoted(path_); }

// The log as far as the merged segment may have seen it. By a handle of its own: the writer goes
// on.
Status Store::sync_live(Log::Point* needed) {
  {
    const std::lock_guard<std::mutex> lock(writing_);
    *needed = log_->point();
  }
  if (needed->synced) return Status();
  // guard: log_live_sync
  if (!guard_on("log_live_sync")) return Status();
  request_.witness("live_sync");
  FileSystem& fs = *request_.fs;
  SLIP_ASSIGN(const std::unique_ptr<File> file,
              fs.open(segment_path(directory_, needed->number), OpenMode::append));
  const Status synced = file->sync();
  if (synced.ok()) return synced;
  const std::lock_guard<std::mutex> lock(writing_);
  log_->lose_faith(needed->number, synced);
  return synced;
}

// Holds the list still while another one is written, and puts back what it was unless told
// otherwise.
class Store::Swap {
 public:
  Swap(Store& store, std::vector<Segment> before) : store_(store), list_(std::move(before)) {}
  ~Swap() {
    const std::lock_guard<std::mutex> lock(store_.writing_);
    store_.log_->end_swap(std::move(list_));
  }
  Swap(const Swap&) = delete;
  Swap& operator=(const Swap&) = delete;
  void adopt(std::vector<Segment> segments) { list_ = std::move(segments); }

 private:
  Store& store_;
  std::vector<Segment> list_;
};

void Store::swap(MergedSegment* merged, size_t count, const Log::Point& needed,
                 Compaction* compaction) {
  // What is read of sealed segments is read before they go, or after.
  const std::lock_guard<std::mutex> files(files_);
  std::vector<Segment> before;
  std::vector<Segment> after;
  std::optional<Swap> swap;  // ends without the lock
  {
    const std::lock_guard<std::mutex> lock(writing_);
    before = log_->segments();
    std::vector<Segment> put_back = before;
    auto begun = log_->begin_swap(count, merged->segment(), needed);
    if (!begun.ok()) {
      *compaction = ended(*compaction, SLIP_COMPACTION_FAILED, begun.status());
      return;
    }
    swap.emplace(*this, std::move(put_back));
    after = begun.take();
  }
  merged->keep();  // until it is known that no list names it
  const Status swapped = write_list(after).with_context(cannot_compact());
  const bool is_after = swapped.ok() || is_listed(after);
  if (is_after) swap->adopt(std::move(after));
  swap.reset();
  // guard: log_retire_last
  if (!swapped.ok() && guard_on("log_retire_last")) {
    const bool is_before = !is_after && is_listed(before);
    if (is_before) merged->discard();
    *compaction = ended(
        *compaction, is_before ? SLIP_COMPACTION_FAILED : SLIP_COMPACTION_INDETERMINATE, swapped);
    return;
  }
  compaction->outcome = SLIP_COMPACTION_PERFORMED;
  before.resize(count);
  retire(before);
}

Status Store::write_list(const std::vector<Segment>& segments) {
  request_.witness("stage");
  SLIP_ASSIGN(StagedFile staged, stage_segment_list(*request_.fs, directory_, segments));
  request_.witness("swap");
  return staged.persist();
}

bool Store::is_listed(const std::vector<Segment>& segments) const {
  auto seen = read_segment_list(*request_.fs, directory_);
  return seen.ok() && *seen == segments;
}

// What cannot be removed now is removed by the next opening.
void Store::retire(const std::vector<Segment>& segments) {
  FileSystem& fs = *request_.fs;
  Status failed;
  for (const Segment& segment : segments) {
    request_.witness("retire");
    const Status removed = fs.remove(segment_path(directory_, segment.number));
    if (!removed.ok()) failed = removed;
  }
  request_.witness("retire_sync");
  const Status synced = fs.sync_directory(directory_);
  if (!synced.ok()) failed = synced;
  if (!failed.ok())
    log_line(SLIP_LOG_WARNING, "fold",
             "fold " + quoted(path_) + " was compacted, but " + failed.message());
}

// --- by itself -----------------------------------------------------------------------------------

// Whether enough of the log is dead. Asked at the first commit, and when a segment was sealed. Under
// `writing_`.
bool Store::is_compaction_due() {
  const uint64_t live = log_->point().number;
  if (live == considered_ || request_.compact_dead_percent >= 100) return false;
  considered_ = live;
  const size_t segments = log_->segments().size();
  if (segments - 1 < std::max<uint64_t>(request_.min_segments, 1)) return false;
  const uint64_t bytes = log_->sealed_bytes() + log_->end();
  const uint64_t dead = bytes - std::min(bytes, live_bytes_ + segments * kSegmentHeaderBytes);
  return dead * 100 >= bytes * request_.compact_dead_percent;
}

void Store::compact_by_itself() noexcept {
  try {
    const std::unique_lock<std::mutex> running(compacting_, std::try_to_lock);
    if (!running.owns_lock()) return;
    const Compaction compaction = run_compaction();
    if (compaction.status != SLIP_OK && compaction.status != SLIP_CLOSED)
      log_line(SLIP_LOG_WARNING, "fold", compaction.reason);
  } catch (...) {  // no memory: another time
  }
  compactor_busy_ = false;
}

void Store::start_compaction() {
  if (!request_.compact_in_background) {
    compact_by_itself();
    return;
  }
  const std::lock_guard<std::mutex> lock(compactor_mutex_);
  if (stop_ || compactor_busy_) return;
  if (compactor_.joinable()) compactor_.join();
  compactor_busy_ = true;
  const Status started = start_thread(
      "compact", [this] { compact_by_itself(); }, &compactor_);
  if (started.ok()) return;
  compactor_busy_ = false;
  log_line(SLIP_LOG_WARNING, "fold", cannot_compact() + ": " + started.message());
}

// One that is running ends after its slice; none begins while the lock is held.
std::unique_lock<std::mutex> Store::stop_compaction() {
  stop_ = true;
  {
    const std::lock_guard<std::mutex> lock(compactor_mutex_);
    if (compactor_.joinable()) compactor_.join();
  }
  return std::unique_lock<std::mutex>(compacting_);
}

}  // namespace slip::append_log
