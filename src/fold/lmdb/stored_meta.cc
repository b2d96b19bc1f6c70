#include "fold/lmdb/stored_meta.h"

#include "base/checksum.h"
#include "base/clock.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fold/fields.h"
#include "fold/root.h"

namespace slip::lmdb {
namespace {

constexpr uint32_t kLoading = 1;
constexpr uint32_t kRepairing = 2;
constexpr uint32_t kNarrowing = 4;
constexpr uint32_t kKnownMarks = kLoading | kRepairing | kNarrowing;

std::string with_checksum(const std::string& rest) {
  std::string bytes;
  bytes.reserve(sizeof(uint64_t) + rest.size());
  append_le(&bytes, xxh3(rest));
  return bytes += rest;
}

Status damaged(const std::string& path, const char* record) {
  return Status(SLIP_CORRUPT, "fold " + quoted(path) + ": its " + record +
                                  " record is damaged (rebuild the fold, or restore it)");
}

// What follows the checksum, or false.
bool verified(Bytes bytes, Bytes* rest) {
  if (bytes.size() < sizeof(uint64_t)) return false;
  *rest = bytes.substr(sizeof(uint64_t));
  // guard: fold_meta_checksum
  return !guard_on("fold_meta_checksum") || read_le<uint64_t>(bytes.data()) == xxh3(*rest);
}

}  // namespace

std::string unsynced_mark() {
  const std::string id = boot_id();
  return id.empty() ? "unknown boot" : id;
}

std::string encode_meta(const StoredMeta& stored) {
  const FoldMeta& meta = stored.meta;
  std::string rest;
  rest.reserve(512);
  append_le(&rest, kFoldFormat);
  append_le(&rest, uint32_t{0});  // features that a reader must know
  append_le(&rest, meta.identity.epoch);
  append_le(&rest, meta.revision);
  append_le(&rest, meta.entries);
  append_le(&rest, meta.tombstones);
  append_le(&rest, meta.payload_bytes);
  append_le(&rest, (meta.loading ? kLoading : 0) | (meta.repairing ? kRepairing : 0) |
                       (meta.narrowing ? kNarrowing : 0));
  append_text(&rest, meta.identity.bucket);
  append_text(&rest, stored.unsynced);
  append_le(&rest, static_cast<uint32_t>(meta.fingerprints.size()));
  for (const Fingerprint& fingerprint : meta.fingerprints) {
    append_le(&rest, fingerprint.revision);
    append_le(&rest, fingerprint.timestamp_ns);
    append_le(&rest, fingerprint.key_hash);
  }
  return with_checksum(rest);
}

std::string encode_scope(const Scope& scope) {
  std::string rest;
  append_le(&rest, static_cast<uint32_t>(scope.prefixes.size()));
  for (const std::string& prefix : scope.prefixes) append_text(&rest, prefix);
  return with_checksum(rest);
}

Status decode_meta(Bytes bytes, const std::string& path, StoredMeta* out) {
  Bytes rest;
  if (!verified(bytes, &rest)) return damaged(path, "meta");
  FieldReader reader(rest);
  const auto format = reader.integer<uint32_t>();
  const auto features = reader.integer<uint32_t>();
  if (!reader.failed() && (format > kFoldFormat || features != 0))
    return Status(SLIP_NEWER_FORMAT, "fold " + quoted(path) + " has format " +
                                         std::to_string(format) +
                                         " with features of a later version (use that)");
  FoldMeta& meta = out->meta;
  meta.identity.epoch = reader.integer<uint64_t>();
  meta.revision = reader.integer<uint64_t>();
  meta.entries = reader.integer<uint64_t>();
  meta.tombstones = reader.integer<uint64_t>();
  meta.payload_bytes = reader.integer<uint64_t>();
  const auto marks = reader.integer<uint32_t>();
  meta.loading = (marks & kLoading) != 0;
  meta.repairing = (marks & kRepairing) != 0;
  meta.narrowing = (marks & kNarrowing) != 0;
  meta.identity.bucket = reader.text();
  out->unsynced = reader.text();
  const auto fingerprints = reader.integer<uint32_t>();
  if (reader.failed() || fingerprints > kFingerprintsMax || (marks & ~kKnownMarks) != 0)
    return damaged(path, "meta");
  meta.fingerprints.resize(fingerprints);
  for (Fingerprint& fingerprint : meta.fingerprints) {
    fingerprint.revision = reader.integer<uint64_t>();
    fingerprint.timestamp_ns = reader.integer<int64_t>();
    fingerprint.key_hash = reader.integer<uint64_t>();
  }
  return reader.complete() ? Status() : damaged(path, "meta");
}

Status decode_scope(Bytes bytes, const std::string& path, Scope* out) {
  Bytes rest;
  if (!verified(bytes, &rest)) return damaged(path, "scope");
  FieldReader reader(rest);
  const auto count = reader.integer<uint32_t>();
  if (reader.failed() || count == 0 || count > kScopePrefixesMax) return damaged(path, "scope");
  out->prefixes.clear();
  for (uint32_t i = 0; i < count && !reader.failed(); ++i) out->prefixes.push_back(reader.text());
  return reader.complete() ? Status() : damaged(path, "scope");
}

}  // namespace slip::lmdb
