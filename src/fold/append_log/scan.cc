#include "fold/append_log/scan.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/utf8.h"

namespace slip::append_log {
namespace {

constexpr size_t kWindowBytes = 1u << 20;

}  // namespace

Result<std::unique_ptr<SegmentScan>> SegmentScan::open(FileSystem& fs, const std::string& path) {
  auto opened = fs.open(path, OpenMode::read);
  if (opened.status().is(SLIP_NOT_FOUND))
    return Status(SLIP_CORRUPT,
                  "segment " + quoted(path) + " is missing (restore the fold from an artifact)");
  SLIP_ASSIGN(std::unique_ptr<File> file, std::move(opened));
  SLIP_ASSIGN(const uint64_t size, file->size());
  std::unique_ptr<SegmentScan> scan(new SegmentScan(std::move(file), path, size));
  SLIP_ASSIGN(const Bytes bytes,
              scan->view(0, static_cast<size_t>(std::min<uint64_t>(size, kSegmentHeaderBytes))));
  SLIP_TRY(decode_segment_header(bytes, "segment " + quoted(path), &scan->header_));
  return scan;
}

Result<Bytes> SegmentScan::view(uint64_t offset, size_t size) {
  if (offset < window_begin_ || offset + size > window_begin_ + window_.size()) {
    const uint64_t wanted = std::min<uint64_t>(size_ - offset, std::max(size, kWindowBytes));
    window_.resize(static_cast<size_t>(wanted));
    window_begin_ = offset;
    auto read = file_->read_at(offset, window_.data(), window_.size());
    if (!read.ok() || *read < window_.size()) {
      window_.clear();
      SLIP_TRY(read.status());
      return Status(SLIP_IO, "cannot read " + quoted(path_) + ": it ended at " +
                                 std::to_string(offset + *read) + " of " + std::to_string(size_) +
                                 " bytes");
    }
  }
  return Bytes(window_).substr(static_cast<size_t>(offset - window_begin_), size);
}

Status SegmentScan::damaged(uint64_t place, const std::string& why) const {
  return Status(SLIP_CORRUPT, "segment " + quoted(path_) + ": at " + std::to_string(place) + " " +
                                  why +
                                  " (nothing was changed: restore the fold from an artifact)");
}

Result<SegmentScan::Found> SegmentScan::next(Record* record) {
  record->place = record_place(end_);
  if (record->place >= size_) {
    // Padding is no record.
    record->place = end_;
    return Found::end;
  }
  if (size_ - record->place < kRecordHeaderBytes) return Found::damage;
  SLIP_ASSIGN(Bytes bytes, view(record->place, kRecordHeaderBytes));
  if (is_zero_header(bytes)) return Found::damage;
  if (!decode_record_header(bytes, header_.salt, record->place, &record->header))
    return damaged(record->place, "the header of a record is damaged");
  const uint64_t body = record->place + kRecordHeaderBytes;
  if (record->header.body_size > size_ - body) return Found::damage;
  SLIP_ASSIGN(record->body, view(body, record->header.body_size));
  // guard: log_body_checksum
  if (guard_on("log_body_checksum") && xxh3(record->body) != record->header.body_checksum)
    return Found::damage;
  end_ = record->end = body + record->header.body_size;
  return Found::record;
}

Result<bool> SegmentScan::synced_later(uint64_t place) {
  // guard: log_synced_through
  if (!guard_on("log_synced_through")) return false;
  const uint64_t first = (place + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
  for (uint64_t at = first; at + kRecordHeaderBytes <= size_; at += kRecordAlignment) {
    if (record_place(at) != at) continue;
    SLIP_ASSIGN(const Bytes bytes, view(at, kRecordHeaderBytes));
    RecordHeader header;
    if (is_zero_header(bytes) || !decode_record_header(bytes, header_.salt, at, &header)) continue;
    if (header.synced_through > place) return true;
  }
  return false;
}

}  // namespace slip::append_log
