#include "fold/append_log/store.h"

#include <algorithm>

#include "base/guard.h"
#include "base/log.h"
#include "base/utf8.h"
#include "fold/append_log/recovery.h"

namespace slip::append_log {
namespace {

// Of a read-only opening whose log is compacted meanwhile.
constexpr int kOpenAttempts = 8;

// Reads only.
class LastMeta : public LogVisitor {
 public:
  void update(const Update&) override {}
  void commit(const FoldMeta& meta) override { meta_ = meta; }
  const FoldMeta& meta() const { return meta_; }

 private:
  FoldMeta meta_;
};

bool same_counts(const FoldMeta& a, const FoldMeta& b) {
  return a.entries == b.entries && a.tombstones == b.tombstones &&
         a.payload_bytes == b.payload_bytes;
}

bool changes_nothing(const FoldMeta& meta, size_t count, const Commit& commit) {
  return count == 0 && meta.identity.bound() && meta.revision == commit.revision &&
         meta.loading == commit.loading;
}

}  // namespace

// --- opening -------------------------------------------------------------------------------------

Result<std::shared_ptr<Store>> Store::open(const Request& request) {
  std::shared_ptr<Store> store(new Store(request));
  FileSystem& fs = *request.fs;
  SLIP_ASSIGN(store->root_, hold_root(fs, request));
  store->path_ = store->root_.path;
  store->positions_ = std::make_unique<Positions>(fs, store->path_, request.read_only);
  SLIP_ASSIGN(const bool is_new, is_new_root(fs, store->path_, request.create));
  if (is_new) SLIP_TRY(store->make_generation().with_context(cannot_open_fold(store->path_)));
  SLIP_ASSIGN(const Current current, read_current(fs, store->path_, FoldKind::append_log));
  store->directory_ = generation_path(store->path_, current.generation);
  SLIP_TRY(store->open_generation().with_context(cannot_open_fold(store->path_)));
  store->opened_ = true;
  return store;
}

LogSettings Store::settings() const {
  LogSettings settings;
  settings.fs = request_.fs;
  settings.directory = directory_;
  settings.path = path_;
  settings.segment_bytes = request_.segment_bytes;
  settings.sync_commits = request_.sync_commits;
  settings.salt = request_.salt;
  settings.before_cut = [this](uint64_t number, uint64_t from, uint64_t to) {
    Values* const values = table_ == nullptr ? nullptr : table_->values();
    return values == nullptr ? Status() : values->detach(number, from, to);
  };
  return settings;
}

// A creation that was cut short left nothing that was ever acknowledged, so it is carried on with,
// unless what it left holds more than a beginning.
Status Store::make_generation() {
  FileSystem& fs = *request_.fs;
  directory_ = generation_path(path_, 1);
  const Status exists = fs.make_directory(directory_);
  if (!exists.ok() && !exists.is(SLIP_EXISTS)) return exists;
  SLIP_ASSIGN(const FileStat list, fs.stat(join_path(directory_, "SEGMENTS")));
  if (list.kind == FileKind::absent) {
    SLIP_TRY(Log::create(settings()));
  } else {
    LastMeta left;
    SLIP_ASSIGN(const std::vector<Segment> segments, read_segment_list(fs, directory_));
    SLIP_TRY(read_log(fs, directory_, segments, UINT64_MAX, &left).status());
    if (left.meta().identity.bound())
      return Status(SLIP_CORRUPT, "CURRENT is missing although " + quoted(directory_) +
                                      " holds a fold (restore the fold from an artifact)");
  }
  // guard: log_generation_sync
  if (guard_on("log_generation_sync")) SLIP_TRY(fs.sync_directory(path_));
  Current current;
  current.kind = FoldKind::append_log;
  current.generation = 1;
  return write_current(fs, path_, current);
}

Status Store::open_generation() {
  FileSystem& fs = *request_.fs;
  auto replayed = replay();
  // Beside a writer in another process what the list named may have been merged meanwhile.
  for (int again = 0; !replayed.ok() && request_.read_only && again < kOpenAttempts; ++again) {
    if (is_listed(segments_)) break;
    replayed = replay();
  }
  SLIP_ASSIGN(const LogEnd end, std::move(replayed));
  SLIP_ASSIGN(HiddenSet hidden, read_hidden(fs, path_));
  table_->adopt(table_->with_hidden(std::move(hidden)));
  read_only_end_ = end.committed_end;
  if (!request_.read_only) {
    SLIP_TRY(read_end_again(end));
    // An earlier process may have seen the name of CURRENT before it was durable.
    // guard: log_current_sync
    if (guard_on("log_current_sync")) SLIP_TRY(fs.sync_directory(path_));
    SLIP_ASSIGN(log_, Log::open(settings(), segments_, end));
  }
  return Status();
}

// What looks torn is about to be cut off, and a disk may have answered wrongly once.
Status Store::read_end_again(const LogEnd& end) {
  // guard: log_read_twice
  if (end.file_size == end.committed_end || !guard_on("log_read_twice")) return Status();
  FileSystem& fs = *request_.fs;
  LastMeta again;
  // From where it was read the first time.
  SLIP_ASSIGN(const LogEnd second,
              indexed_.empty()
                  ? read_log(fs, directory_, segments_, UINT64_MAX, &again)
                  : read_log_after({indexed_.size() - 1, indexed_.back().size_bytes, FoldMeta()},
                                   fs, directory_, segments_, &again));
  if (second.committed_end == end.committed_end) return Status();
  return Status(SLIP_IO,
                "the log in " + quoted(directory_) +
                    " reads differently the second time (nothing was changed: try again, and "
                    "look after the disk)",
                true);
}

Store::~Store() {
  try {
    const std::unique_lock<std::mutex> stopped = stop_compaction();
    if (opened_ && !closed_) {
      const Status synced = sync();
      if (!synced.ok()) log_line(SLIP_LOG_WARNING, "fold", synced.message());
      if (synced.ok()) ease_next_open();
    }
  } catch (...) {  // the next open finds what the disk has
  }
}

// --- the open fold -------------------------------------------------------------------------------

Status Store::miscounted() const {
  return Status(SLIP_CORRUPT, "fold " + quoted(path_) +
                                  " does not hold what its counts say (rebuild it, or restore it)");
}

Status Store::closed() const { return Status(SLIP_CLOSED, "fold " + quoted(path_) + " is closed"); }

Result<std::shared_ptr<Table>> Store::table() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return closed();
  return table_;
}

Store::Extent Store::extent() const {
  if (log_ != nullptr) return {log_->segments(), log_->end(), log_->sealed_bytes()};
  uint64_t sealed = 0;
  for (size_t i = 0; i + 1 < segments_.size(); ++i) sealed += segments_[i].size_bytes;
  return {segments_, read_only_end_, sealed};
}

Result<FoldStats> Store::stats() {
  const std::lock_guard<std::mutex> lock(writing_);
  SLIP_ASSIGN(const std::shared_ptr<Table> table, this->table());
  const Extent now = extent();
  FoldStats stats;
  stats.format = kFoldFormat;
  stats.file_bytes = now.sealed_bytes + now.end;
  const uint64_t counts = live_bytes_ + now.segments.size() * kSegmentHeaderBytes;
  stats.free_bytes = stats.file_bytes - std::min(stats.file_bytes, counts);
  stats.commits = commits_;
  stats.snapshots = table->open_states();
  stats.read_only = request_.read_only;
  return stats;
}

// The log as it was at one commit against the state of that commit.
Result<uint64_t> Store::check() {
  const std::lock_guard<std::mutex> files(files_);
  std::unique_lock<std::mutex> lock(writing_);
  SLIP_ASSIGN(const std::shared_ptr<Table> table, this->table());
  const Extent now = extent();
  const std::shared_ptr<const TableState> state = table->newest();
  lock.unlock();
  LastMeta last;
  auto read = read_log(*request_.fs, directory_, now.segments, now.end, &last);
  if (!read.ok() && request_.read_only && !is_listed(now.segments))
    return Status(SLIP_BUSY, "cannot check fold " + quoted(path_) +
                                 ": its writer has compacted it since (open it again)");
  SLIP_TRY(read.status());
  if (read->committed_end < now.end)
    return lost_end(now.segments.back().number, read->committed_end,
                    "this fold has them up to " + std::to_string(now.end));
  if (last.meta().revision != state->meta.revision || !same_counts(last.meta(), state->meta))
    return miscounted();
  SLIP_TRY(read_hidden(*request_.fs, path_).status());
  SLIP_TRY(positions_->check_all());
  return state->meta.entries + state->meta.tombstones;
}

Status Store::claim_writer() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return closed();
  SLIP_TRY(may_write(request_, path_, writer_));
  writer_ = true;
  return Status();
}

void Store::release_writer() {
  const std::lock_guard<std::mutex> lock(mutex_);
  writer_ = false;
}

Status Store::apply(const Update* updates, size_t count, const Commit& commit) {
  std::unique_lock<std::mutex> lock(writing_);
  SLIP_ASSIGN(const std::shared_ptr<Table> table, this->table());
  const std::shared_ptr<const TableState> before = table->newest();
  SLIP_TRY(check_commit(before->meta, commit, path_));
  size_t bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    SLIP_TRY(check_update(updates[i], path_));
    bytes += 2 * kRecordHeaderBytes + updates[i].key.size + updates[i].value.size;
  }
  if (changes_nothing(before->meta, count, commit)) return Status();
  Draft draft;
  draft.next = before->meta;
  advance_meta(&draft.next, updates, count, commit);
  draft.unknown_as = std::max<uint64_t>(commit.revision, 1);
  draft.bytes = bytes;
  draft.fill = [&](Batch& batch) { return batch.add(updates, count, path_); };
  SLIP_TRY(write(*table, std::move(draft)));
  const bool compacts = is_compaction_due();
  lock.unlock();
  if (compacts) start_compaction();
  return Status();
}

// Prepared in memory, then made durable, then published: the first two may fail and leave no trace,
// the last cannot.
Status Store::write(Table& table, Draft draft) {
  const std::shared_ptr<const TableState> before = table.newest();
  SLIP_ASSIGN(RecordWriter records, log_->begin_batch(before->meta));
  records.reserve(draft.bytes + kSectorBytes);
  TableEdit edit(table);
  Batch batch(edit, records, &draft.next, draft.unknown_as);
  SLIP_TRY(draft.fill(batch));
  records.commit(draft.next, !(draft.next.scope == before->meta.scope));
  edit.prepare(std::move(draft.next));
  if (edit.needs_segment()) {
    // Mapped before it is written, so that nothing can fail afterwards.
    SLIP_ASSIGN(const uintptr_t segment,
                table.values()->reach(log_->point().number, records.end(), request_.segment_bytes));
    edit.locate_values(segment);
  }
  SLIP_TRY(log_->append(records));
  edit.publish();
  live_bytes_ += static_cast<uint64_t>(batch.record_bytes());
  ++commits_;
  return Status();
}

// The file first: what a reader passes over is durable. Afterwards nothing can fail.
Status Store::change_hidden(RevisionRange range, Status (HiddenSet::*change)(RevisionRange)) {
  const std::string what = "cannot change the hidden revisions of fold " + quoted(path_);
  const std::lock_guard<std::mutex> lock(writing_);
  SLIP_ASSIGN(const std::shared_ptr<Table> table, this->table());
  if (request_.read_only)
    return Status(SLIP_PERMISSION_DENIED, what + ": it was opened with read_only");
  const std::shared_ptr<const HiddenSet> before = table->newest()->hidden;
  HiddenSet set = before == nullptr ? HiddenSet() : *before;
  SLIP_TRY((set.*change)(range).with_context(what));
  std::shared_ptr<TableState> next = table->with_hidden(set);
  SLIP_TRY(write_hidden(*request_.fs, path_, set).with_context(what));
  table->adopt(std::move(next));
  return Status();
}

Status Store::sync() {
  const std::lock_guard<std::mutex> lock(writing_);
  SLIP_TRY(table().status());
  return log_ == nullptr ? Status() : log_->sync();
}

Status Store::close() {
  const std::unique_lock<std::mutex> stopped = stop_compaction();
  const std::lock_guard<std::mutex> lock(writing_);
  {
    const std::lock_guard<std::mutex> state(mutex_);
    if (closed_) return close_status_;
    if (writer_) {
      stop_ = false;
      return Status(SLIP_BUSY, "cannot close fold " + quoted(path_) +
                                   ": it has a writer (close the watch first)");
    }
  }
  Status synced = log_ == nullptr ? Status() : log_->sync();
  if (synced.ok()) ease_next_open();
  positions_->close();
  const std::lock_guard<std::mutex> state(mutex_);
  closed_ = true;
  close_status_ = std::move(synced);
  log_.reset();
  table_.reset();
  root_.lock.reset();
  root_.claim.reset();
  return close_status_;
}

}  // namespace slip::append_log
