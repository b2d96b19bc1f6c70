#include "fold/append_log/log.h"

#include <algorithm>
#include <cassert>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/utf8.h"
#include "fold/append_log/renew.h"

namespace slip::append_log {
namespace {

constexpr size_t kSaltRandomBytes = 16;
constexpr uint64_t kProofWorthBytes = 64u << 10;
constexpr uint64_t kWritebackBytes = 4 << 20;

uint64_t salt_of(uint64_t salt, uint64_t number) {
  return salt != 0 ? salt + number : xxh3(random_hex(kSaltRandomBytes));
}

}  // namespace

Result<NewSegment> make_segment(FileSystem& fs, const std::string& directory, uint64_t number,
                                uint64_t salt) {
  const std::string path = segment_path(directory, number);
  // One of this name that no list has ever named.
  SLIP_ASSIGN(const FileStat there, fs.stat(path));
  if (there.kind == FileKind::file) SLIP_TRY(fs.remove(path));
  NewSegment made;
  SLIP_ASSIGN(made.file, fs.open(path, OpenMode::create));
  made.header.number = number;
  made.header.salt = salt_of(salt, number);
  SLIP_TRY(made.file->append(encode_segment_header(made.header)));
  return made;
}

// --- making and opening --------------------------------------------------------------------------

Status Log::create(const LogSettings& settings) {
  FileSystem& fs = *settings.fs;
  SLIP_ASSIGN(const NewSegment first, make_segment(fs, settings.directory, 1, settings.salt));
  RecordWriter batch(first.header.salt, kSegmentHeaderBytes, 0);
  batch.commit(FoldMeta(), true);
  SLIP_TRY(first.file->append(batch.bytes()));
  // guard: log_first_sync
  if (guard_on("log_first_sync")) SLIP_TRY(first.file->sync());
  // guard: log_first_directory_sync
  if (guard_on("log_first_directory_sync")) SLIP_TRY(fs.sync_directory(settings.directory));
  return write_segment_list(fs, settings.directory, {{first.header.number, 0}});
}

Result<std::unique_ptr<Log>> Log::open(const LogSettings& settings, std::vector<Segment> segments,
                                       const LogEnd& end) {
  FileSystem& fs = *settings.fs;
  std::unique_ptr<Log> log(new Log(settings));
  // What an earlier process saw of names may not be durable yet, nor the list that is seen now.
  // guard: log_open_directory_sync
  if (guard_on("log_open_directory_sync")) SLIP_TRY(fs.sync_directory(settings.directory));
  SLIP_TRY(remove_unlisted(fs, settings.directory, segments));
  const std::string path = segment_path(settings.directory, end.live.number);
  SLIP_ASSIGN(log->file_, fs.open(path, OpenMode::append));
  // guard: log_cut_tail
  if (guard_on("log_cut_tail") && end.file_size > end.committed_end)
    SLIP_TRY(log->file_->truncate(end.committed_end));
  // Nor is what it saw of bytes, and where a sync of it failed, no other sync makes it so.
  // guard: log_renew
  if (guard_on("log_renew") && end.proven_end < end.committed_end)
    SLIP_TRY(renew(fs, path, end.proven_end, end.committed_end));
  // guard: log_open_sync
  if (guard_on("log_open_sync")) SLIP_TRY(log->file_->sync());
  for (const Segment& segment : segments)
    log->next_number_ = std::max(log->next_number_, segment.number + 1);
  log->segments_ = std::move(segments);
  log->live_ = end.live;
  log->end_ = log->synced_ = end.committed_end;
  log->proven_ = end.proven_end;
  return log;
}

uint64_t Log::sealed_bytes() const {
  uint64_t bytes = 0;
  for (size_t i = 0; i + 1 < segments_.size(); ++i) bytes += segments_[i].size_bytes;
  return bytes;
}

// --- batches -------------------------------------------------------------------------------------

std::string Log::cannot_commit() const { return "cannot commit to fold " + quoted(settings_.path); }

Result<RecordWriter> Log::begin_batch(const FoldMeta& meta) {
  SLIP_TRY(poison_);
  SLIP_TRY(settle_tail());
  if (end_ >= settings_.segment_bytes && !swapping_)
    SLIP_TRY(roll(meta).with_context(cannot_commit() + ": a new segment is needed"));
  return RecordWriter(live_.salt, end_, synced_);
}

// What an append that failed left behind is cut off, and that is on the disk.
Status Log::settle_tail() {
  if (rolling_) return poison(Status(SLIP_IO, "a new segment could not be finished"));
  if (appending_) {
    const Status cut = file_->truncate(end_);
    if (!cut.ok()) return poison(cut);
    appending_ = false;
    was_cut_ = true;
  }
  // guard: log_cut_sync
  if (!was_cut_ || !guard_on("log_cut_sync")) return Status();
  const Status synced = file_->sync();
  if (!synced.ok()) return poison(synced);
  was_cut_ = false;
  return Status();
}

Status Log::append(const RecordWriter& batch) {
  SLIP_TRY(poison_);
  appending_ = true;
  const Status put = file_->append(batch.bytes());
  if (!put.ok()) return append_failed(put);
  // guard: log_commit_sync
  if (settings_.sync_commits && guard_on("log_commit_sync")) {
    const Status synced = file_->sync();
    if (!synced.ok()) return sync_failed(synced);
    synced_ = batch.end();
  }
  end_ = batch.end();
  proven_ = batch.synced_through();
  appending_ = false;
  if (end_ - std::max(begun_, synced_) >= kWritebackBytes) {
    file_->start_writeback();
    begun_ = end_;
  }
  return Status();
}

Status Log::sync() {
  SLIP_TRY(poison_);
  SLIP_TRY(settle_tail());
  // guard: log_sync
  if (synced_ == end_ || !guard_on("log_sync")) return Status();
  const Status synced = file_->sync();
  if (!synced.ok()) return sync_failed(synced);
  synced_ = end_;
  return Status();
}

void Log::leave_proof(const FoldMeta& meta) {
  if (!poison_.ok() || synced_ != end_ || synced_ - proven_ < kProofWorthBytes) return;
  RecordWriter proof(live_.salt, end_, synced_);
  proof.commit(meta, false);
  // A part of it is a torn end like any other.
  [[maybe_unused]] const Status put = file_->append(proof.bytes());
}

// --- failures ------------------------------------------------------------------------------------

Status Log::poison(const Status& reason) {
  Status failed(reason.code(),
                cannot_commit() + ": " + reason.message() +
                    " (nothing more is written: mend the disk and open the fold again)",
                false);
  // guard: log_poison
  if (guard_on("log_poison")) poison_ = failed;
  return failed;
}

// A part of the batch may stand in the file.
Status Log::append_failed(const Status& failed) {
  const Status cut = file_->truncate(end_);
  if (!cut.ok() || !failed.is(SLIP_NO_SPACE)) return poison(failed);
  // Until this is on the disk, parts of the old batch and of a new one could be mixed by a crash.
  was_cut_ = true;
  appending_ = false;
  return Status(SLIP_NO_SPACE, cannot_commit() + ": " + failed.message() +
                                   " (make room: it may then be tried again)");
}

// The system may hold pages that it believes to be on the disk and that are not; it forgets them
// when they are cut off.
Status Log::sync_failed(const Status& failed) {
  const bool loses_commits = end_ > synced_;
  if (loses_commits)
    log_line(SLIP_LOG_WARNING, "fold",
             "fold " + quoted(settings_.path) + " lost its commits since the last sync");
  // guard: value_detach
  const Status kept = loses_commits && guard_on("value_detach")
                          ? settings_.before_cut(live_.number, synced_, end_)
                          : Status();
  const bool cut = kept.ok() && file_->truncate(synced_).ok();
  if (loses_commits || !cut || !failed.is(SLIP_NO_SPACE)) return poison(failed);
  // guard: log_lost_sync
  if (guard_on("log_lost_sync") && !file_->sync().ok()) return poison(failed);
  appending_ = false;
  return Status(SLIP_NO_SPACE, cannot_commit() + ": " + failed.message() +
                                   " (make room: it may then be tried again)");
}

void Log::lose_faith(uint64_t number, const Status& failed) {
  // What the next opening would read of lost pages must go, or it would take them for durable.
  if (number == live_.number && poison_.ok()) [[maybe_unused]]
    const Status told = sync_failed(failed);
  if (poison_.ok()) [[maybe_unused]]
    const Status told = poison(failed);
}

// --- a new segment -------------------------------------------------------------------------------

// The old segment is complete and on the disk, the new one begins with all that the fold knows of
// itself, and only then does the list name both.
Status Log::roll(const FoldMeta& meta) {
  FileSystem& fs = *settings_.fs;
  SLIP_TRY(seal());
  const std::string& directory = settings_.directory;
  SLIP_ASSIGN(NewSegment next, make_segment(fs, directory, next_number_, settings_.salt));
  RecordWriter first(next.header.salt, kSegmentHeaderBytes, 0);
  first.commit(meta, true);
  SLIP_TRY(next.file->append(first.bytes()));
  // guard: log_segment_sync
  if (guard_on("log_segment_sync")) SLIP_TRY(next.file->sync());
  // guard: log_segment_directory_sync
  if (guard_on("log_segment_directory_sync")) SLIP_TRY(fs.sync_directory(directory));
  std::vector<Segment> segments = segments_;
  segments.back().size_bytes = end_;
  segments.push_back({next.header.number, 0});
  rolling_ = true;
  const Status listed = write_segment_list(fs, directory, segments);
  if (!listed.ok()) {
    // Where the new list is seen although it may not be durable, neither segment can be gone on
    // with.
    auto seen = read_segment_list(fs, directory);
    if (!seen.ok() || !(*seen == segments_)) return poison(listed);
    rolling_ = false;
    return listed;
  }
  segments_ = std::move(segments);
  file_ = std::move(next.file);
  live_ = next.header;
  ++next_number_;
  end_ = synced_ = first.end();
  proven_ = 0;
  begun_ = 0;
  rolling_ = false;
  return Status();
}

// --- compaction ----------------------------------------------------------------------------------

Result<uint64_t> Log::begin_compaction() {
  SLIP_TRY(poison_);
  // A list may name the number that would be given.
  if (rolling_) return poison(Status(SLIP_IO, "a new segment could not be finished"));
  return next_number_++;
}

Result<std::vector<Segment>> Log::begin_swap(size_t count, const Segment& merged,
                                             const Point& needed) {
  SLIP_TRY(poison_);
  if (rolling_) return poison(Status(SLIP_IO, "a new segment could not be finished"));
  assert(count < segments_.size() && !swapping_);
  std::vector<Segment> segments = {merged};
  segments.insert(segments.end(), segments_.begin() + static_cast<std::ptrdiff_t>(count),
                  segments_.end());
  // A segment that was sealed since is on the disk whole.
  if (needed.number == live_.number) {
    assert(needed.end <= end_);
    synced_ = std::max(synced_, needed.end);
    segments.back().size_bytes = needed.end;
  }
  swapping_ = true;
  return segments;
}

void Log::end_swap(std::vector<Segment> segments) noexcept {
  segments_ = std::move(segments);
  swapping_ = false;
}

Status Log::seal() {
  if (synced_ == end_) return Status();
  // guard: log_seal_sync
  if (!guard_on("log_seal_sync")) return Status();
  return sync();
}

}  // namespace slip::append_log
