#include "fold/foreign/stored_meta.h"

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "fold/fields.h"
#include "fold/foreign/functions.h"

namespace slip::foreign {
namespace {

constexpr uint32_t kLoading = 1;
constexpr uint32_t kRepairing = 2;
constexpr uint32_t kNarrowing = 4;
constexpr uint32_t kImporting = 8;
constexpr uint32_t kKnownMarks = kLoading | kRepairing | kNarrowing | kImporting;

uint32_t marks_of(const StoredMeta& stored) {
  return (stored.meta.loading ? kLoading : 0) | (stored.meta.repairing ? kRepairing : 0) |
         (stored.meta.narrowing ? kNarrowing : 0) | (stored.importing ? kImporting : 0);
}

void set_marks(uint32_t marks, StoredMeta* stored) {
  stored->meta.loading = (marks & kLoading) != 0;
  stored->meta.repairing = (marks & kRepairing) != 0;
  stored->meta.narrowing = (marks & kNarrowing) != 0;
  stored->importing = (marks & kImporting) != 0;
}

bool read_fingerprints(FieldReader* reader, FoldMeta* meta) {
  const auto count = reader->integer<uint32_t>();
  if (reader->failed() || count > kFingerprintsMax) return false;
  meta->fingerprints.resize(count);
  for (Fingerprint& fingerprint : meta->fingerprints) {
    fingerprint.revision = reader->integer<uint64_t>();
    fingerprint.timestamp_ns = reader->integer<int64_t>();
    fingerprint.key_hash = reader->integer<uint64_t>();
  }
  return !reader->failed();
}

bool read_scope(FieldReader* reader, Scope* scope) {
  const auto count = reader->integer<uint32_t>();
  if (reader->failed() || count == 0 || count > kScopePrefixesMax) return false;
  scope->prefixes.clear();
  for (uint32_t i = 0; i < count && !reader->failed(); ++i)
    scope->prefixes.push_back(reader->text());
  return !reader->failed();
}

bool read_fields(FieldReader* reader, StoredMeta* out) {
  FoldMeta& meta = out->meta;
  out->sequence = reader->integer<uint64_t>();
  out->digest = reader->integer<uint64_t>();
  meta.identity.epoch = reader->integer<uint64_t>();
  meta.revision = reader->integer<uint64_t>();
  meta.entries = reader->integer<uint64_t>();
  meta.tombstones = reader->integer<uint64_t>();
  meta.payload_bytes = reader->integer<uint64_t>();
  const auto marks = reader->integer<uint32_t>();
  set_marks(marks, out);
  meta.identity.bucket = reader->text();
  return (marks & ~kKnownMarks) == 0 && read_fingerprints(reader, &meta) &&
         read_scope(reader, &meta.scope) && reader->complete() && out->sequence != 0;
}

}  // namespace

uint64_t row_digest(const Update& row) {
  std::string fields;
  fields.reserve(64);
  append_le(&fields, xxh3(key_of(row)));
  append_le(&fields, xxh3(value_of(row)));
  append_le(&fields, row.revision);
  append_le(&fields, row.timestamp_ns);
  append_le(&fields, row.ttl_ns);
  append_le(&fields, row.operation);
  append_le(&fields, row.flags);
  return xxh3(fields);
}

void count_row(StoredMeta* stored, const Update& row) {
  stored->digest += row_digest(row);
  if (!is_live(row)) {
    ++stored->meta.tombstones;
    return;
  }
  ++stored->meta.entries;
  stored->meta.payload_bytes += row.key.size + row.value.size;
}

bool uncount_row(StoredMeta* stored, const Update& row) {
  FoldMeta& meta = stored->meta;
  const uint64_t bytes = is_live(row) ? row.key.size + row.value.size : 0;
  uint64_t& count = is_live(row) ? meta.entries : meta.tombstones;
  if (count == 0 || meta.payload_bytes < bytes) return false;
  --count;
  meta.payload_bytes -= bytes;
  stored->digest -= row_digest(row);
  return true;
}

std::string encode_meta(const StoredMeta& stored) {
  const FoldMeta& meta = stored.meta;
  std::string rest;
  rest.reserve(512);
  append_le(&rest, kFormat);
  append_le(&rest, uint32_t{0});  // features that a reader must know
  append_le(&rest, stored.sequence);
  append_le(&rest, stored.digest);
  append_le(&rest, meta.identity.epoch);
  append_le(&rest, meta.revision);
  append_le(&rest, meta.entries);
  append_le(&rest, meta.tombstones);
  append_le(&rest, meta.payload_bytes);
  append_le(&rest, marks_of(stored));
  append_text(&rest, meta.identity.bucket);
  append_le(&rest, static_cast<uint32_t>(meta.fingerprints.size()));
  for (const Fingerprint& fingerprint : meta.fingerprints) {
    append_le(&rest, fingerprint.revision);
    append_le(&rest, fingerprint.timestamp_ns);
    append_le(&rest, fingerprint.key_hash);
  }
  append_le(&rest, static_cast<uint32_t>(meta.scope.prefixes.size()));
  for (const std::string& prefix : meta.scope.prefixes) append_text(&rest, prefix);
  std::string bytes;
  bytes.reserve(sizeof(uint64_t) + rest.size());
  append_le(&bytes, xxh3(rest));
  return bytes += rest;
}

Status decode_meta(Bytes bytes, const std::string& fold, StoredMeta* out) {
  const auto refused = [&fold] { return damaged(fold, "its meta is damaged"); };
  if (bytes.size() < sizeof(uint64_t)) return refused();
  const Bytes rest = bytes.substr(sizeof(uint64_t));
  // guard: foreign_meta_checksum
  if (guard_on("foreign_meta_checksum") && read_le<uint64_t>(bytes.data()) != xxh3(rest))
    return refused();
  FieldReader reader(rest);
  const auto format = reader.integer<uint32_t>();
  const auto features = reader.integer<uint32_t>();
  if (!reader.failed() && (format > kFormat || features != 0))
    return Status(SLIP_NEWER_FORMAT, "foreign fold " + quoted(fold) + " has format " +
                                         std::to_string(format) +
                                         " with features of a later version (use that)");
  return read_fields(&reader, out) ? Status() : refused();
}

}  // namespace slip::foreign
