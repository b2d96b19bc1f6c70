#include "fold/append_log/index_snap.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fold/append_log/format.h"
#include "fold/append_log/scan.h"
#include "fold/fields.h"
#include "fs/atomic_file.h"

namespace slip::append_log {
namespace {

constexpr char kMagic[] = "SLIPSNAP";
constexpr size_t kMagicBytes = sizeof kMagic - 1;
constexpr size_t kPreludeBytes = 32;
constexpr size_t kBlockHeaderBytes = 16;
constexpr size_t kBlockBytes = 1u << 20;
constexpr size_t kRecordFixedBytes = 32;
constexpr size_t kBlockBytesMax =
    kBlockBytes + kRecordFixedBytes + kFoldKeyBytesMax + kValueBytesMax;
constexpr size_t kHeaderBytesMax = (16u << 20) + 24 * kLogSegmentsMax;
constexpr size_t kUpdatesPerRead = 256;
// Features that a reader must know: a value that is not empty is its segment's number and its
// offset.
constexpr uint32_t kPlaces = 1;

// Of a block: it belongs to this file and to its place in it.
uint64_t block_checksum(uint64_t file, uint64_t block, Bytes rest) {
  std::string place;
  append_le(&place, file);
  append_le(&place, block);
  return xxh3(place, rest);
}

// --- writing -------------------------------------------------------------------------------------

// The segments up to the commit, and the fold's meta there as a record of the log.
Result<std::string> encode_header(FileSystem& fs, const std::string& directory,
                                  const std::vector<Segment>& segments, uint64_t end,
                                  uint32_t features, const FoldMeta& meta) {
  std::string rest(kMagic, kMagicBytes);
  append_le(&rest, kSnapFormat);
  append_le(&rest, features);
  std::string body;
  append_le(&body, static_cast<uint32_t>(segments.size()));
  for (const Segment& segment : segments) {
    SLIP_ASSIGN(const std::unique_ptr<SegmentScan> scan,
                SegmentScan::open(fs, segment_path(directory, segment.number)));
    append_le(&body, segment.number);
    append_le(&body, &segment == &segments.back() ? end : segment.size_bytes);
    append_le(&body, scan->header().salt);
  }
  RecordWriter commit(0, 0, 0);
  commit.commit(meta, true);
  body += commit.bytes();
  append_le(&rest, static_cast<uint64_t>(body.size()));
  rest += body;
  std::string bytes;
  append_le(&bytes, xxh3(rest));
  return bytes += rest;
}

// `place` of segment 0: the value itself is kept.
void append_record(std::string* out, const Update& update, const ValuePlace& place) {
  append_le(out, static_cast<uint16_t>(update.key.size));
  append_le(out, static_cast<uint8_t>(update.operation));
  append_le(out, static_cast<uint8_t>(update.flags));
  append_le(out, static_cast<uint32_t>(is_live(update) ? update.value.size : 0));
  append_le(out, update.revision);
  append_le(out, update.timestamp_ns);
  append_le(out, update.ttl_ns);
  out->append(key_of(update));
  if (place.segment != 0) {
    append_le(out, place.segment);
    append_le(out, place.offset);
  } else if (is_live(update)) {
    out->append(value_of(update));
  }
}

// Segment 0 where the value is to be kept itself. BUSY: it lies in what a compaction merged.
Result<ValuePlace> place_of(const Update& update, const std::set<uint64_t>& listed,
                            const Values* values) {
  if (values == nullptr || !is_live(update) || update.value.size == 0) return ValuePlace();
  const ValuePlace place = values->place_of(value_of(update).data());
  if (listed.count(place.segment) > 0) return place;
  return Status(SLIP_BUSY, "its values are being moved by a compaction");
}

class SnapWriter {
 public:
  SnapWriter(StagedFile& file, uint64_t checksum) : file_(file), checksum_(checksum) {}
  Status add(const Update& update, const ValuePlace& place) {
    append_record(&block_, update, place);
    ++records_;
    return block_.size() < kBlockBytes ? Status() : flush();
  }
  Status flush() {
    if (records_ == 0) return Status();
    std::string rest;
    append_le(&rest, static_cast<uint32_t>(block_.size()));
    append_le(&rest, records_);
    rest += block_;
    std::string bytes;
    append_le(&bytes, block_checksum(checksum_, blocks_++, rest));
    SLIP_TRY(file_.append(bytes += rest));
    block_.clear();
    records_ = 0;
    return Status();
  }

 private:
  StagedFile& file_;
  const uint64_t checksum_;  // the header's
  std::string block_;
  uint32_t records_ = 0;
  uint64_t blocks_ = 0;
};

// --- reading -------------------------------------------------------------------------------------

class SnapReader {
 public:
  SnapReader(FileSystem& fs, const std::string& directory, std::unique_ptr<File> file,
             uint64_t size)
      : fs_(fs), directory_(directory), file_(std::move(file)), size_(size) {}

  // What the file says of itself, against the segments that there are and what is wanted.
  Status read_header(const std::vector<Segment>& segments, bool wants_places,
                     std::optional<LogPlace>* known) {
    SLIP_TRY(read(kPreludeBytes));
    const auto checksum = read_le<uint64_t>(buffer_.data());
    const std::string prelude = buffer_.substr(sizeof checksum);
    FieldReader reader(prelude);
    if (reader.bytes(kMagicBytes) != Bytes(kMagic, kMagicBytes))
      return damaged("another magic number");
    const auto format = reader.integer<uint32_t>();
    const auto features = reader.integer<uint32_t>();
    const auto body_bytes = reader.integer<uint64_t>();
    if (body_bytes > kHeaderBytesMax) return damaged("a header of no sense");
    SLIP_TRY(read(body_bytes));
    // guard: snap_header_checksum
    if (guard_on("snap_header_checksum") && xxh3(prelude, buffer_) != checksum)
      return damaged("a header that does not match its checksum");
    if (format > kSnapFormat || (features & ~kPlaces) != 0)
      return Status(SLIP_NEWER_FORMAT,
                    quoted(snap_path(directory_)) + " has format " + std::to_string(format) +
                        " with features of a later version (use that, or remove the file)");
    checksum_ = checksum;
    SLIP_TRY(read_place(segments));
    *known = place_;
    if ((features & kPlaces) != (wants_places ? kPlaces : 0))
      return damaged(wants_places ? "values, not their places"
                                  : "places of values, not the values");
    has_places_ = wants_places;
    return check_sizes(segments);
  }

  Status read_blocks(LogVisitor* visitor) {
    // Memory is taken for no more than the file can hold.
    const uint64_t records_max = (size_ - at_) / kRecordFixedBytes;
    if (meta_.entries > records_max || meta_.tombstones > records_max - meta_.entries)
      return damaged("another number of records than it says");
    visitor->expect(meta_.entries + meta_.tombstones);
    for (uint64_t block = 0; at_ < size_; ++block) {
      SLIP_TRY(read(kBlockHeaderBytes));
      const std::string header = buffer_;
      const auto bytes = read_le<uint32_t>(header.data() + 8);
      const auto records = read_le<uint32_t>(header.data() + 12);
      if (bytes > kBlockBytesMax) return damaged("a block of no sense");
      SLIP_TRY(read(bytes, header.substr(8)));
      // guard: snap_block_checksum
      if (guard_on("snap_block_checksum") &&
          block_checksum(checksum_, block, buffer_) != read_le<uint64_t>(header.data()))
        return damaged("a block that does not match its checksum");
      SLIP_TRY(read_records(records, visitor));
      visitor->commit(meta_);
    }
    if (found_ != meta_.entries + meta_.tombstones)
      return damaged("another number of records than it says");
    // A fold that holds nothing has a cursor, and no block.
    visitor->commit(meta_);
    return Status();
  }
  const LogPlace& place() const { return place_; }

 private:
  // The next `bytes` of the file, behind `before`.
  Status read(uint64_t bytes, const std::string& before = std::string()) {
    if (bytes > size_ - at_) return damaged("an end too early");
    buffer_ = before;
    buffer_.resize(before.size() + static_cast<size_t>(bytes));
    SLIP_ASSIGN(const size_t got,
                file_->read_at(at_, buffer_.data() + before.size(), static_cast<size_t>(bytes)));
    if (got < bytes) return damaged("an end too early");
    at_ += bytes;
    return Status();
  }

  Status damaged(const std::string& what) const {
    return Status(SLIP_CORRUPT, quoted(snap_path(directory_)) + " has " + what);
  }
  Status foreign() const { return damaged("been made from another log"); }

  Status read_place(const std::vector<Segment>& segments) {
    FieldReader reader(buffer_);
    const auto count = reader.integer<uint32_t>();
    if (count == 0 || count > segments.size()) return foreign();
    for (uint32_t i = 0; i < count; ++i) {
      const auto number = reader.integer<uint64_t>();
      const auto size = reader.integer<uint64_t>();
      const auto salt = reader.integer<uint64_t>();
      SLIP_TRY(check_segment(segments[i], number, salt));
      sizes_.push_back(size);
      place_.segment = i;
      place_.end = size;
      covered_[number] = size;
    }
    const size_t taken = sizeof count + size_t{24} * count;
    const Bytes record = Bytes(buffer_).substr(std::min(taken, buffer_.size()));
    RecordHeader header;
    CommitRecord commit;
    if (reader.failed() || record.size() < kRecordHeaderBytes ||
        !decode_record_header(record, 0, 0, &header) ||
        !decode_commit(header, record.substr(kRecordHeaderBytes), &commit) || !commit.has_scope)
      return damaged("a header of no sense");
    meta_ = place_.meta = std::move(commit.meta);
    return Status();
  }

  Status check_segment(const Segment& segment, uint64_t number, uint64_t salt) {
    // guard: snap_segments
    if (!guard_on("snap_segments")) return Status();
    if (segment.number != number) return foreign();
    SLIP_ASSIGN(const std::unique_ptr<SegmentScan> scan,
                SegmentScan::open(fs_, segment_path(directory_, number)));
    if (scan->header().number != number || scan->header().salt != salt) return foreign();
    file_sizes_.push_back(scan->size());
    return Status();
  }

  // The last one may have grown since, and may have been sealed.
  Status check_sizes(const std::vector<Segment>& segments) const {
    for (size_t i = 0; i < file_sizes_.size(); ++i) {
      const bool sealed = i + 1 < segments.size();
      const bool is_last = i == place_.segment;
      if (is_last ? file_sizes_[i] < sizes_[i] : segments[i].size_bytes != sizes_[i])
        return foreign();
      if (sealed && file_sizes_[i] != segments[i].size_bytes) return foreign();
    }
    return Status();
  }

  Status read_records(uint32_t records, LogVisitor* visitor) {
    FieldReader reader(Bytes(buffer_).substr(kBlockHeaderBytes - sizeof(uint64_t)));
    for (uint32_t i = 0; i < records; ++i, ++found_) {
      Update update{};
      const auto key_size = reader.integer<uint16_t>();
      update.operation = reader.integer<uint8_t>();
      update.flags = reader.integer<uint8_t>();
      const auto value_size = reader.integer<uint32_t>();
      update.revision = reader.integer<uint64_t>();
      update.timestamp_ns = reader.integer<int64_t>();
      update.ttl_ns = reader.integer<int64_t>();
      const Bytes key = reader.bytes(key_size);
      update.key = as_slip_bytes(key);
      ValuePlace place;
      update.value.size = value_size;
      if (has_places_ && value_size > 0) {
        place.segment = reader.integer<uint64_t>();
        place.offset = reader.integer<uint64_t>();
        if (!is_within(place, update)) return damaged("a place of no sense");
      } else {
        update.value = as_slip_bytes(reader.bytes(value_size));
      }
      // A key that comes twice would be counted once.
      if (reader.failed() || key.empty() || (found_ > 0 && key <= Bytes(last_key_)) ||
          update.revision == 0 || update.operation < SLIP_PUT || update.operation > SLIP_PURGE)
        return damaged("a record of no sense");
      last_key_.assign(key);
      visitor->update_at(update, place);
    }
    return reader.complete() ? Status() : damaged("a block of no sense");
  }

  // Whether a segment that is covered has room for the record there.
  bool is_within(const ValuePlace& place, const Update& update) const {
    const auto size = covered_.find(place.segment);
    return size != covered_.end() && place.offset <= size->second &&
           place.offset >=
               kSegmentHeaderBytes + update_record_bytes(update.key.size, 0, update.ttl_ns != 0) &&
           update.value.size <= size->second - place.offset;
  }

  FileSystem& fs_;
  const std::string& directory_;
  const std::unique_ptr<File> file_;
  const uint64_t size_;
  bool has_places_ = false;
  std::map<uint64_t, uint64_t> covered_;  // the sizes by number
  uint64_t at_ = 0;
  std::string buffer_;
  uint64_t checksum_ = 0;
  LogPlace place_;
  std::vector<uint64_t> sizes_;       // of the segments, as it names them
  std::vector<uint64_t> file_sizes_;  // and as they are
  FoldMeta meta_;
  uint64_t found_ = 0;
  std::string last_key_;
};

}  // namespace

std::string snap_path(const std::string& directory) { return join_path(directory, "index.snap"); }

Status write_snap(FileSystem& fs, const std::string& directory,
                  const std::vector<Segment>& segments, uint64_t end, Snapshot& snapshot,
                  const Values* values) {
  SLIP_ASSIGN(StagedFile file, StagedFile::create(fs, snap_path(directory)));
  SLIP_ASSIGN(const std::string header,
              encode_header(fs, directory, segments, end, values != nullptr ? kPlaces : 0,
                            snapshot.meta()));
  SLIP_TRY(file.append(header));
  SnapWriter writer(file, read_le<uint64_t>(header.data()));
  std::set<uint64_t> listed;
  for (const Segment& segment : segments) listed.insert(segment.number);
  RangeQuery all;
  all.tombstones = true;
  all.hidden = true;
  SLIP_ASSIGN(const std::unique_ptr<FoldIterator> iterator, snapshot.range(all));
  std::vector<Update> updates(kUpdatesPerRead);
  for (;;) {
    SLIP_ASSIGN(const size_t count, iterator->next(updates.data(), updates.size()));
    if (count == 0) break;
    for (size_t i = 0; i < count; ++i) {
      SLIP_ASSIGN(const ValuePlace place, place_of(updates[i], listed, values));
      SLIP_TRY(writer.add(updates[i], place));
    }
  }
  SLIP_TRY(writer.flush());
  return file.persist();
}

Result<LogPlace> read_snap(FileSystem& fs, const std::string& directory,
                           const std::vector<Segment>& segments, LogVisitor* visitor,
                           std::optional<LogPlace>* known) {
  SLIP_ASSIGN(std::unique_ptr<File> file, fs.open(snap_path(directory), OpenMode::read));
  SLIP_ASSIGN(const uint64_t size, file->size());
  SnapReader reader(fs, directory, std::move(file), size);
  SLIP_TRY(reader.read_header(segments, visitor->wants_places(), known));
  SLIP_TRY(reader.read_blocks(visitor));
  return reader.place();
}

}  // namespace slip::append_log
