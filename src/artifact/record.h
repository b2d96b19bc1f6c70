// The record stream of an artifact: the bytes of one record, and what a whole stream must be.
//
//   u32 key size, u32 value size, u64 revision, i64 timestamp_ns, i64 ttl_ns, u32 operation, u32
//   zero, key, value, u64 XXH3-64 of all of this
//
// The exporter and the reader hold the stream against the same rules (StreamTally), so nothing is
// written that would be refused.
#ifndef SLIP_ARTIFACT_RECORD_H
#define SLIP_ARTIFACT_RECORD_H

#include <cstdint>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "base/limits.h"
#include "base/status.h"
#include "base/update.h"
#include "fold/fold.h"

namespace slip {

constexpr size_t kRecordHeaderBytes = 40;
constexpr size_t kRecordSumBytes = 8;
constexpr uint64_t kRecordBytesMin = kRecordHeaderBytes + 1 + kRecordSumBytes;
constexpr uint64_t kRecordBytesMax =
    kRecordHeaderBytes + kFoldKeyBytesMax + kValueBytesMax + kRecordSumBytes;

uint64_t record_bytes(const Update& update);
void append_record(const Update& update, std::string* out);

// What a record stream adds up to. Refuses a record that no fold can hold or that is out of order.
class StreamTally {
 public:
  // The stream belongs to this fold: its cursor bounds the revisions, its scope the keys.
  explicit StreamTally(const FoldMeta& meta) : meta_(meta) {}
  // `encoded` are the record's bytes. INVALID: one sentence, without the record's place.
  Status add(const Update& update, std::string_view encoded);
  // The counts are those of the meta. INVALID names the first that is not.
  Status check_counts() const;

  uint64_t records() const { return entries_ + tombstones_; }
  uint64_t logical_bytes() const { return logical_bytes_; }
  int64_t server_time_ns() const { return server_time_ns_; }  // of the newest record
  std::string digest() { return digest_.hex(); }              // once, at the end

 private:
  Status check(const Update& update) const;

  const FoldMeta& meta_;
  std::string last_key_;
  uint64_t entries_ = 0;
  uint64_t tombstones_ = 0;
  uint64_t payload_bytes_ = 0;
  uint64_t logical_bytes_ = 0;
  uint64_t newest_revision_ = 0;
  int64_t server_time_ns_ = 0;
  Sha256 digest_;
};

// Cuts a run of bytes into records. Needs memory for the bytes that have arrived, never for those
// that a header merely promises.
class RecordParser {
 public:
  explicit RecordParser(StreamTally* tally) : tally_(tally) {}
  void feed(std::string_view bytes);
  // Takes every whole record out of what was fed. Views live until the next feed. INVALID.
  Result<const std::vector<Update>*> take();
  // Bytes of a record that is not whole yet.
  size_t pending() const { return buffer_.size() - taken_; }

 private:
  Result<size_t> parse_one(std::string_view bytes, Update* out) const;

  StreamTally* tally_;
  std::string buffer_;
  size_t taken_ = 0;
  std::vector<Update> updates_;
};

}  // namespace slip
#endif
