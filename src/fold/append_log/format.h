// The bytes of the log (docs/formats.md): a segment's header and its records.
//
// A record is a header of 48 bytes, which has a checksum of its own and never straddles 512 bytes,
// and a body. A sector of a disk is written whole or not at all, so a header that was being written
// when the power failed is there or is zeros; anything else is damage.
//
// Plain functions and values; any thread.
#ifndef SLIP_FOLD_APPEND_LOG_FORMAT_H
#define SLIP_FOLD_APPEND_LOG_FORMAT_H

#include <cstdint>
#include <string>

#include "fold/fold.h"

namespace slip::append_log {

constexpr uint32_t kLogFormat = 1;
constexpr size_t kSegmentHeaderBytes = 64;
constexpr size_t kRecordHeaderBytes = 48;
constexpr size_t kRecordAlignment = 8;
constexpr size_t kSectorBytes = 512;

struct SegmentHeader {
  uint64_t number = 0;
  uint64_t salt = 0;  // so that no value can look like a record of this file
};
std::string encode_segment_header(const SegmentHeader& header);
// CORRUPT, NEWER_FORMAT; `what` begins the sentence.
Status decode_segment_header(Bytes bytes, const std::string& what, SegmentHeader* out);

enum class RecordType : uint8_t { put = 1, remove = 2, commit = 3 };

struct RecordHeader {
  uint64_t checksum = 0;
  uint64_t synced_through = 0;  // of this segment, when the record was written
  uint64_t body_checksum = 0;
  uint64_t revision = 0;
  int64_t timestamp_ns = 0;
  uint32_t body_size = 0;
  RecordType type = RecordType::put;
  uint8_t operation = 0;
  uint8_t flags = 0;
  uint8_t shape = 0;  // bit 0: a TTL precedes the key
};
// Where a record stands that follows what ends at `end`.
uint64_t record_place(uint64_t end);
// With the checksum that it has.
std::string encode_record_header(const RecordHeader& header);
bool is_zero_header(Bytes bytes);
// False where it is not a header that was written for this place.
bool decode_record_header(Bytes bytes, uint64_t salt, uint64_t place, RecordHeader* out);
// Of a put or a remove; false where it makes no sense. Views into the body.
bool decode_update(const RecordHeader& header, Bytes body, Update* out);
// Whether the value of a put stands at the end of the record that says the same of it: as it was
// written, and whole.
bool is_record_around(const Update& put);
// Where the value of a put begins in the log.
struct ValuePlace {
  uint64_t segment = 0;  // its number
  uint64_t offset = 0;
};
// What a put or a remove takes, place apart.
uint64_t update_record_bytes(uint64_t key_size, uint64_t value_size, bool has_ttl);

// What ends a batch: the fold's meta after it, and proof of the batch before it.
struct CommitRecord {
  FoldMeta meta;
  bool has_scope = false;
  uint64_t records = 0;  // before it, since the last commit
  uint64_t chain = 0;    // of their headers' checksums
};
bool decode_commit(const RecordHeader& header, Bytes body, CommitRecord* out);
uint64_t next_chain(uint64_t chain, uint64_t checksum);

// Writes records one after the other into bytes that will be appended at `end`.
class RecordWriter {
 public:
  RecordWriter(uint64_t salt, uint64_t end, uint64_t synced_through)
      : salt_(salt), begin_(end), synced_through_(synced_through) {}
  // Revision 0: the key goes.
  void add(const Update& update);
  // Ends the batch. `scope`: with the meta's scope.
  void commit(const FoldMeta& meta, bool scope);
  // The batch goes on in another place, where what was written here has gone to.
  void move_to(uint64_t salt, uint64_t end, uint64_t synced_through);

  void reserve(size_t bytes) { bytes_.reserve(bytes); }
  uint64_t synced_through() const { return synced_through_; }
  const std::string& bytes() const { return bytes_; }
  uint64_t end() const { return begin_ + bytes_.size(); }

 private:
  void append(RecordHeader header, Bytes first, Bytes second, Bytes third);

  uint64_t salt_;
  uint64_t begin_;
  uint64_t synced_through_;
  std::string bytes_;
  uint64_t records_ = 0;
  uint64_t chain_ = 0;
};

}  // namespace slip::append_log
#endif
