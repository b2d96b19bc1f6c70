#include "fold/append_log/recovery.h"

#include <algorithm>

#include "base/guard.h"

namespace slip::append_log {
namespace {

// Memory is taken for no more than the file can hold.
uint64_t at_most(const FoldMeta& meta, uint64_t records_max) {
  const uint64_t entries = std::min(meta.entries, records_max);
  return entries + std::min(meta.tombstones, records_max - entries);
}

class LogReader {
 public:
  LogReader(FileSystem& fs, const std::string& directory, uint64_t size_max, LogVisitor* visitor)
      : fs_(fs), directory_(directory), size_max_(size_max), visitor_(visitor) {}

  // What is before `place` was read before.
  void begin_after(const LogPlace& place) {
    meta_ = place.meta;
    has_meta_ = true;
  }

  // From `begin` on: 0, or the end of a commit.
  Status read_segment(const Segment& segment, bool sealed, uint64_t begin = 0) {
    SLIP_ASSIGN(const std::unique_ptr<SegmentScan> scan,
                SegmentScan::open(fs_, segment_path(directory_, segment.number)));
    if (scan->header().number != segment.number)
      return scan->damaged(0,
                           "it has the header of segment " + std::to_string(scan->header().number));
    if (sealed && scan->size() != segment.size_bytes)
      return scan->damaged(
          scan->size(), "it ends, where it had " + std::to_string(segment.size_bytes) + " bytes");
    if (begin > 0) scan->go_to(begin);
    end_ = LogEnd{scan->header(), std::max<uint64_t>(begin, kSegmentHeaderBytes), scan->size(), 0,
                  std::max(begin, segment.size_bytes)};
    began_here_ = records_ == 0;
    uint64_t damage = 0;
    SLIP_TRY(read_records(*scan, sealed ? UINT64_MAX : size_max_, &damage));
    if (damage != 0) SLIP_TRY(judge(*scan, sealed, damage));
    // guard: log_needed
    if (!guard_on("log_needed") || end_.committed_end >= segment.size_bytes) return Status();
    return scan->damaged(end_.committed_end, "its commits end, which a compaction had seen up to " +
                                                 std::to_string(segment.size_bytes));
  }

  Result<LogEnd> finish() const {
    const std::string what = "the log in \"" + directory_ + "\" ";
    if (!has_meta_)
      return Status(SLIP_CORRUPT, what + "holds no commit (restore the fold from an artifact)");
    if (records_ > 0 && !began_here_)
      return Status(SLIP_CORRUPT, what + "ends within a batch (restore the fold from an artifact)");
    return end_;
  }

 private:
  // `damage`: where the log cannot go on; 0 where the file ends as it should.
  Status read_records(SegmentScan& scan, uint64_t size_max, uint64_t* damage) {
    SegmentScan::Record record;
    while (record.end < size_max) {
      SLIP_ASSIGN(const SegmentScan::Found found, scan.next(&record));
      if (found == SegmentScan::Found::end) return Status();
      if (found == SegmentScan::Found::damage) {
        *damage = record.place;
        return Status();
      }
      end_.proven_end = std::max(end_.proven_end, record.header.synced_through);
      if (record.header.type == RecordType::commit) {
        SLIP_TRY(take_commit(scan, record, damage));
        if (*damage != 0) return Status();
        continue;
      }
      Update update{};
      if (!decode_update(record.header, record.body, &update))
        return scan.damaged(record.place, "a record makes no sense");
      visitor_->update_at(update, {scan.header().number, record.end - update.value.size});
      ++records_;
      chain_ = next_chain(chain_, record.header.checksum);
    }
    return Status();
  }

  Status take_commit(const SegmentScan& scan, const SegmentScan::Record& record, uint64_t* damage) {
    CommitRecord commit;
    if (!decode_commit(record.header, record.body, &commit) || (!has_meta_ && !commit.has_scope))
      return scan.damaged(record.place, "a commit makes no sense");
    // Of a batch that was being written twice, parts of both may be there.
    // guard: log_batch_chain
    if (guard_on("log_batch_chain") && (commit.records != records_ || commit.chain != chain_)) {
      *damage = end_.committed_end;
      return Status();
    }
    if (!commit.has_scope) commit.meta.scope = std::move(meta_.scope);
    // A log that was compacted begins with nearly all that the fold holds, and says how much that
    // is.
    if (!has_meta_) visitor_->expect(at_most(commit.meta, scan.size() / kRecordHeaderBytes));
    meta_ = std::move(commit.meta);
    has_meta_ = true;
    visitor_->commit(meta_);
    records_ = 0;
    chain_ = 0;
    began_here_ = true;
    end_.committed_end = record.end;
    ++end_.segment_commits;
    return Status();
  }

  // A torn end is what a crash leaves of what was never synced.
  Status judge(SegmentScan& scan, bool sealed, uint64_t damage) {
    if (sealed) return scan.damaged(damage, "a record is damaged");
    SLIP_ASSIGN(const bool synced, scan.synced_later(damage));
    return synced ? scan.damaged(damage, "a record is damaged or missing that was synced")
                  : Status();
  }

  FileSystem& fs_;
  const std::string& directory_;
  const uint64_t size_max_;
  LogVisitor* visitor_;
  FoldMeta meta_;
  bool has_meta_ = false;
  // Of the batch that is being read.
  uint64_t records_ = 0;
  uint64_t chain_ = 0;
  bool began_here_ = true;
  LogEnd end_;
};

}  // namespace

Result<LogEnd> read_log(FileSystem& fs, const std::string& directory,
                        const std::vector<Segment>& segments, uint64_t size_max,
                        LogVisitor* visitor) {
  LogReader reader(fs, directory, size_max, visitor);
  for (const Segment& segment : segments)
    SLIP_TRY(reader.read_segment(segment, &segment != &segments.back()));
  return reader.finish();
}

Result<LogEnd> read_log_after(const LogPlace& place, FileSystem& fs, const std::string& directory,
                              const std::vector<Segment>& segments, LogVisitor* visitor) {
  LogReader reader(fs, directory, UINT64_MAX, visitor);
  reader.begin_after(place);
  for (size_t i = place.segment; i < segments.size(); ++i)
    SLIP_TRY(reader.read_segment(segments[i], i + 1 < segments.size(),
                                 i == place.segment ? place.end : 0));
  return reader.finish();
}

}  // namespace slip::append_log
