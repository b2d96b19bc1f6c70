#include "fold/append_log/format.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/little_endian.h"
#include "fold/fields.h"

namespace slip::append_log {
namespace {

constexpr char kMagic[] = "SLIPLOG\0";
constexpr size_t kMagicBytes = 8;

constexpr uint8_t kHasTtl = 1;
// In the header of a record: checksum, synced_through, and this.
constexpr size_t kBodyChecksumAt = 2 * sizeof(uint64_t);
constexpr uint32_t kStoredFlags = SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER;

constexpr uint32_t kLoading = 1;
constexpr uint32_t kRepairing = 2;
constexpr uint32_t kNarrowing = 4;
constexpr uint32_t kMarks = kLoading | kRepairing | kNarrowing;
constexpr uint32_t kScopeFollows = 1;

// The checksum of a header belongs to its file and to its place in it.
uint64_t header_checksum(Bytes rest, uint64_t salt, uint64_t place) {
  const uint64_t mixed = (salt ^ place) * 0x9e3779b97f4a7c15u;
  return xxh3(rest) ^ mixed ^ (mixed >> 29);
}

// But for its checksum.
std::string encode_header(const RecordHeader& header) {
  std::string rest;
  rest.reserve(kRecordHeaderBytes);
  append_le(&rest, header.synced_through);
  append_le(&rest, header.body_checksum);
  append_le(&rest, header.revision);
  append_le(&rest, header.timestamp_ns);
  append_le(&rest, header.body_size);
  append_le(&rest, static_cast<uint8_t>(header.type));
  append_le(&rest, header.operation);
  append_le(&rest, header.flags);
  append_le(&rest, header.shape);
  assert(rest.size() == kRecordHeaderBytes - sizeof(uint64_t));
  return rest;
}

void append_scope(std::string* out, const Scope& scope) {
  append_le(out, static_cast<uint32_t>(scope.prefixes.size()));
  for (const std::string& prefix : scope.prefixes) append_text(out, prefix);
}

bool read_scope(FieldReader* reader, Scope* out) {
  const auto count = reader->integer<uint32_t>();
  if (reader->failed() || count == 0 || count > kScopePrefixesMax) return false;
  out->prefixes.clear();
  for (uint32_t i = 0; i < count && !reader->failed(); ++i) out->prefixes.push_back(reader->text());
  return !reader->failed();
}

bool read_fingerprints(FieldReader* reader, std::vector<Fingerprint>* out) {
  const auto count = reader->integer<uint32_t>();
  if (reader->failed() || count > kFingerprintsMax) return false;
  out->resize(count);
  for (Fingerprint& fingerprint : *out) {
    fingerprint.revision = reader->integer<uint64_t>();
    fingerprint.timestamp_ns = reader->integer<int64_t>();
    fingerprint.key_hash = reader->integer<uint64_t>();
  }
  return !reader->failed();
}

}  // namespace

// --- segments ------------------------------------------------------------------------------------

std::string encode_segment_header(const SegmentHeader& header) {
  std::string rest(kMagic, kMagicBytes);
  append_le(&rest, kLogFormat);
  append_le(&rest, uint32_t{0});  // features that a reader must know
  append_le(&rest, header.number);
  append_le(&rest, header.salt);
  rest.resize(kSegmentHeaderBytes - sizeof(uint64_t));
  std::string bytes;
  append_le(&bytes, xxh3(rest));
  return bytes += rest;
}

Status decode_segment_header(Bytes bytes, const std::string& what, SegmentHeader* out) {
  const auto damaged = [&](const char* why) {
    return Status(SLIP_CORRUPT, what + ": its header " + why);
  };
  if (bytes.size() < kSegmentHeaderBytes) return damaged("is cut short");
  const Bytes rest = bytes.substr(sizeof(uint64_t), kSegmentHeaderBytes - sizeof(uint64_t));
  // guard: log_segment_checksum
  if (guard_on("log_segment_checksum") && read_le<uint64_t>(bytes.data()) != xxh3(rest))
    return damaged("does not match its checksum");
  FieldReader reader(rest);
  if (reader.bytes(kMagicBytes) != Bytes(kMagic, kMagicBytes))
    return damaged("has another magic number");
  const auto format = reader.integer<uint32_t>();
  const auto features = reader.integer<uint32_t>();
  if (format > kLogFormat || features != 0)
    return Status(SLIP_NEWER_FORMAT, what + ": it has format " + std::to_string(format) +
                                         " with features of a later version (use that)");
  out->number = reader.integer<uint64_t>();
  out->salt = reader.integer<uint64_t>();
  return Status();
}

// --- records -------------------------------------------------------------------------------------

uint64_t record_place(uint64_t end) {
  uint64_t place = (end + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
  if (place % kSectorBytes > kSectorBytes - kRecordHeaderBytes)
    place += kSectorBytes - place % kSectorBytes;
  return place;
}

bool is_zero_header(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + kRecordHeaderBytes,
                     [](char byte) { return byte == '\0'; });
}

std::string encode_record_header(const RecordHeader& header) {
  std::string bytes;
  append_le(&bytes, header.checksum);
  return bytes += encode_header(header);
}

bool decode_record_header(Bytes bytes, uint64_t salt, uint64_t place, RecordHeader* out) {
  assert(bytes.size() >= kRecordHeaderBytes);
  const Bytes rest = bytes.substr(sizeof(uint64_t), kRecordHeaderBytes - sizeof(uint64_t));
  out->checksum = read_le<uint64_t>(bytes.data());
  // guard: log_header_checksum
  if (guard_on("log_header_checksum") && out->checksum != header_checksum(rest, salt, place))
    return false;
  FieldReader reader(rest);
  out->synced_through = reader.integer<uint64_t>();
  out->body_checksum = reader.integer<uint64_t>();
  out->revision = reader.integer<uint64_t>();
  out->timestamp_ns = reader.integer<int64_t>();
  out->body_size = reader.integer<uint32_t>();
  out->type = static_cast<RecordType>(reader.integer<uint8_t>());
  out->operation = reader.integer<uint8_t>();
  out->flags = reader.integer<uint8_t>();
  out->shape = reader.integer<uint8_t>();
  return out->synced_through <= place;
}

bool decode_update(const RecordHeader& header, Bytes body, Update* out) {
  *out = Update{};
  FieldReader reader(body);
  if ((header.shape & kHasTtl) != 0) out->ttl_ns = reader.integer<int64_t>();
  const Bytes key = reader.bytes(reader.integer<uint16_t>());
  if (reader.failed() || key.empty() || key.size() > kFoldKeyBytesMax) return false;
  const Bytes value = body.substr(static_cast<size_t>(key.data() + key.size() - body.data()));
  const bool is_put = header.type == RecordType::put;
  if (is_put != (header.operation == SLIP_PUT)) return false;
  if (!is_put && (header.type != RecordType::remove || header.operation < SLIP_PUT ||
                  header.operation > SLIP_PURGE || !value.empty()))
    return false;
  if (is_put && (header.revision == 0 || value.size() > kValueBytesMax)) return false;
  if ((header.flags & ~kStoredFlags) != 0 || (header.shape & ~kHasTtl) != 0) return false;
  out->key = as_slip_bytes(key);
  out->value = as_slip_bytes(value);
  out->revision = header.revision;
  out->timestamp_ns = header.timestamp_ns;
  out->operation = header.operation;
  out->flags = header.flags;
  return true;
}

bool is_record_around(const Update& put) {
  const size_t key_at = (put.ttl_ns != 0 ? sizeof(int64_t) : 0) + sizeof(uint16_t);
  const size_t body_size = key_at + put.key.size + put.value.size;
  const char* const body = value_of(put).data() - put.key.size - key_at;
  FieldReader header(
      Bytes(body - kRecordHeaderBytes + kBodyChecksumAt, kRecordHeaderBytes - kBodyChecksumAt));
  const auto body_checksum = header.integer<uint64_t>();
  const auto revision = header.integer<uint64_t>();
  header.integer<int64_t>();
  return revision == put.revision && header.integer<uint32_t>() == body_size &&
         Bytes(body + key_at, put.key.size) == key_of(put) &&
         xxh3(Bytes(body, body_size)) == body_checksum;
}

uint64_t update_record_bytes(uint64_t key_size, uint64_t value_size, bool has_ttl) {
  return kRecordHeaderBytes + (has_ttl ? sizeof(int64_t) : 0) + sizeof(uint16_t) + key_size +
         value_size;
}

bool decode_commit(const RecordHeader& header, Bytes body, CommitRecord* out) {
  FieldReader reader(body);
  FoldMeta& meta = out->meta;
  out->records = reader.integer<uint64_t>();
  out->chain = reader.integer<uint64_t>();
  meta.revision = header.revision;
  meta.identity.epoch = reader.integer<uint64_t>();
  meta.entries = reader.integer<uint64_t>();
  meta.tombstones = reader.integer<uint64_t>();
  meta.payload_bytes = reader.integer<uint64_t>();
  const auto marks = reader.integer<uint32_t>();
  const auto features = reader.integer<uint32_t>();
  meta.loading = (marks & kLoading) != 0;
  meta.repairing = (marks & kRepairing) != 0;
  meta.narrowing = (marks & kNarrowing) != 0;
  meta.identity.bucket = reader.text();
  if (!read_fingerprints(&reader, &meta.fingerprints)) return false;
  if ((marks & ~kMarks) != 0 || (features & ~kScopeFollows) != 0) return false;
  out->has_scope = (features & kScopeFollows) != 0;
  if (out->has_scope && !read_scope(&reader, &meta.scope)) return false;
  return reader.complete();
}

uint64_t next_chain(uint64_t chain, uint64_t checksum) {
  chain = (chain ^ checksum) * 0x9e3779b97f4a7c15u;
  return chain ^ (chain >> 32);
}

// --- writing -------------------------------------------------------------------------------------

void RecordWriter::append(RecordHeader header, Bytes first, Bytes second, Bytes third) {
  const uint64_t place = record_place(end());
  bytes_.resize(place - begin_);
  const size_t at = bytes_.size();
  bytes_.append(kRecordHeaderBytes, '\0');
  bytes_.append(first).append(second).append(third);
  const Bytes body = Bytes(bytes_).substr(at + kRecordHeaderBytes);
  header.synced_through = synced_through_;
  header.body_size = static_cast<uint32_t>(body.size());
  header.body_checksum = xxh3(body);
  const std::string rest = encode_header(header);
  std::string checksum;
  header.checksum = header_checksum(rest, salt_, place);
  append_le(&checksum, header.checksum);
  bytes_.replace(at, checksum.size(), checksum);
  bytes_.replace(at + checksum.size(), rest.size(), rest);
  ++records_;
  chain_ = next_chain(chain_, header.checksum);
}

void RecordWriter::add(const Update& update) {
  RecordHeader header;
  header.type = is_live(update) ? RecordType::put : RecordType::remove;
  header.revision = update.revision;
  header.timestamp_ns = update.timestamp_ns;
  header.operation = static_cast<uint8_t>(update.operation);
  header.flags = static_cast<uint8_t>(update.flags & kStoredFlags);
  header.shape = update.ttl_ns != 0 ? kHasTtl : 0;
  std::string prelude;
  if (update.ttl_ns != 0) append_le(&prelude, update.ttl_ns);
  append_le(&prelude, static_cast<uint16_t>(update.key.size));
  append(header, prelude, key_of(update), is_live(update) ? value_of(update) : Bytes());
}

void RecordWriter::commit(const FoldMeta& meta, bool scope) {
  RecordHeader header;
  header.type = RecordType::commit;
  header.revision = meta.revision;
  std::string body;
  append_le(&body, records_);
  append_le(&body, chain_);
  append_le(&body, meta.identity.epoch);
  append_le(&body, meta.entries);
  append_le(&body, meta.tombstones);
  append_le(&body, meta.payload_bytes);
  append_le(&body, (meta.loading ? kLoading : 0) | (meta.repairing ? kRepairing : 0) |
                       (meta.narrowing ? kNarrowing : 0));
  append_le(&body, scope ? kScopeFollows : 0);
  append_text(&body, meta.identity.bucket);
  append_le(&body, static_cast<uint32_t>(meta.fingerprints.size()));
  for (const Fingerprint& fingerprint : meta.fingerprints) {
    append_le(&body, fingerprint.revision);
    append_le(&body, fingerprint.timestamp_ns);
    append_le(&body, fingerprint.key_hash);
  }
  if (scope) append_scope(&body, meta.scope);
  append(header, body, Bytes(), Bytes());
  records_ = 0;
  chain_ = 0;
}

void RecordWriter::move_to(uint64_t salt, uint64_t end, uint64_t synced_through) {
  salt_ = salt;
  begin_ = end;
  synced_through_ = synced_through;
  bytes_.clear();
}

}  // namespace slip::append_log
