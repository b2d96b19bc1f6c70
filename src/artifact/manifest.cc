#include <algorithm>
#include <limits>

#include "artifact/artifact.h"
#include "artifact/data_file.h"
#include "artifact/json_fields.h"
#include "base/checksum.h"
#include "base/json.h"
#include "base/utf8.h"

namespace slip {
namespace {

Status fault(std::string sentence) { return Status(SLIP_ARTIFACT_INVALID, std::move(sentence)); }

std::string format(const Manifest& manifest, const std::string& digest) {
  const FoldMeta& meta = manifest.meta;
  JsonWriter json(2);
  json.begin_object();
  json.member_u64("schema", manifest.schema);
  json.member("bucket", meta.identity.bucket).member_u64("epoch", meta.identity.epoch);
  json.key("scope");
  write_strings(&json, meta.scope.prefixes);
  json.member_u64("revision", meta.revision).member_i64("server_time_ns", manifest.server_time_ns);
  json.member_u64("entries", meta.entries).member_u64("tombstones", meta.tombstones);
  json.member_u64("payload_bytes", meta.payload_bytes);
  json.key("fingerprints").begin_array();
  for (const Fingerprint& print : meta.fingerprints)
    json.begin_object()
        .member_u64("revision", print.revision)
        .member_i64("timestamp_ns", print.timestamp_ns)
        .member_u64("key_hash", print.key_hash)
        .end_object();
  json.end_array();
  json.member("compression", manifest.compression);
  json.member_u64("logical_bytes", manifest.logical_bytes);
  json.member("logical_digest", manifest.logical_digest);
  json.key("files").begin_array();
  for (const ArtifactFile& file : manifest.files)
    json.begin_object()
        .member("path", file.path)
        .member_u64("size", file.size)
        .member("sha256", file.sha256)
        .end_object();
  json.end_array();
  json.member("digest", digest).end_object();
  return json.take() + "\n";
}

Status parse_fingerprints(const JsonValue& root, FoldMeta* meta) {
  const JsonValue list = root.get("fingerprints");
  if (!list.is_array()) return fault("\"fingerprints\" is not an array");
  if (list.size() > kFingerprintsMax)
    return fault("it has " + std::to_string(list.size()) + " fingerprints, over " +
                 std::to_string(kFingerprintsMax));
  for (const JsonValue& item : list.items()) {
    Fingerprint print;
    SLIP_ASSIGN(print.revision, item.u64_at("revision"));
    SLIP_ASSIGN(print.timestamp_ns, i64_at(item, "timestamp_ns"));
    SLIP_ASSIGN(print.key_hash, item.u64_at("key_hash"));
    const uint64_t before = meta->fingerprints.empty() ? 0 : meta->fingerprints.back().revision;
    if (print.revision < before || print.revision > meta->revision)
      return fault("its fingerprints are not in order up to the cursor");
    meta->fingerprints.push_back(print);
  }
  return Status();
}

Status parse_meta(const JsonValue& root, FoldMeta* meta) {
  SLIP_ASSIGN(meta->identity.bucket, root.string_at("bucket"));
  SLIP_ASSIGN(meta->identity.epoch, root.u64_at("epoch"));
  SLIP_ASSIGN(meta->revision, root.u64_at("revision"));
  SLIP_ASSIGN(meta->entries, root.u64_at("entries"));
  SLIP_ASSIGN(meta->tombstones, root.u64_at("tombstones"));
  SLIP_ASSIGN(meta->payload_bytes, root.u64_at("payload_bytes"));
  SLIP_TRY(check_identity(meta->identity, meta->revision));
  SLIP_ASSIGN(meta->scope, scope_at(root, "scope"));
  return parse_fingerprints(root, meta);
}

Status parse_file(const JsonValue& item, size_t number, ArtifactFile* file) {
  SLIP_ASSIGN(file->path, item.string_at("path"));
  SLIP_ASSIGN(file->size, item.u64_at("size"));
  SLIP_ASSIGN(file->sha256, item.string_at("sha256"));
  const std::string expected = data_file_path(number);
  if (file->path != expected)
    return fault("file " + std::to_string(number) + " is named " + quoted(file->path) + ", not " +
                 quoted(expected));
  if (file->size <= kDataHeaderBytes || file->size > kDataFileStoredBytesMax)
    return fault(file->path + " is stated to have " + std::to_string(file->size) + " bytes, not " +
                 std::to_string(kDataHeaderBytes + 1) + " to " +
                 std::to_string(kDataFileStoredBytesMax));
  if (!is_sha256(file->sha256)) return fault("the sha256 of " + file->path + " is not one");
  return Status();
}

Status parse_files(const JsonValue& root, Manifest* manifest) {
  const JsonValue list = root.get("files");
  if (!list.is_array()) return fault("\"files\" is not an array");
  if (list.size() > kArtifactFilesMax)
    return fault("it names " + std::to_string(list.size()) + " files, over " +
                 std::to_string(kArtifactFilesMax));
  manifest->files.reserve(list.size());
  for (const JsonValue& item : list.items()) {
    ArtifactFile file;
    SLIP_TRY(parse_file(item, manifest->files.size() + 1, &file));
    manifest->files.push_back(std::move(file));
  }
  return Status();
}

// Counts and sizes that no artifact can have are refused before anything is read or kept on their
// word.
Status check_sums(const Manifest& manifest) {
  const FoldMeta& meta = manifest.meta;
  const uint64_t records_max = manifest.logical_bytes / kRecordBytesMin;
  if (meta.entries > records_max || meta.tombstones > records_max - meta.entries)
    return fault("it states more records than " + std::to_string(manifest.logical_bytes) +
                 " logical bytes can hold");
  if (meta.payload_bytes > manifest.logical_bytes)
    return fault("it states more payload bytes than logical bytes");
  if (manifest.logical_bytes > manifest.files.size() * kDataFileLogicalBytesMax)
    return fault("it states " + std::to_string(manifest.logical_bytes) +
                 " logical bytes, more than its files can hold");
  if ((meta.entries + meta.tombstones == 0) != manifest.files.empty())
    return fault("its files do not fit its count of records");
  return Status();
}

Status parse_schema(const JsonValue& root, Manifest* manifest) {
  SLIP_ASSIGN(const uint64_t schema, root.u64_at("schema"));
  if (schema > kArtifactSchema)
    return Status(SLIP_NEWER_FORMAT, "its schema " + std::to_string(schema) +
                                         " was written by a later version (use that one)");
  if (schema != kArtifactSchema) return fault("its schema is " + std::to_string(schema));
  manifest->schema = static_cast<uint32_t>(schema);
  return Status();
}

Result<Manifest> parse(std::string_view text) {
  SLIP_ASSIGN(const JsonDocument document, JsonDocument::parse(text, kManifestBytesMax));
  const JsonValue root = document.root();
  if (!root.is_object()) return fault("it is not a JSON object");
  Manifest manifest;
  SLIP_TRY(parse_schema(root, &manifest));
  SLIP_TRY(parse_meta(root, &manifest.meta));
  SLIP_ASSIGN(manifest.server_time_ns, i64_at(root, "server_time_ns"));
  SLIP_ASSIGN(manifest.compression, root.string_at("compression"));
  if (manifest.compression != "zstd" && manifest.compression != "none")
    return fault("its compression " + quoted(manifest.compression) + " is not known");
  SLIP_ASSIGN(manifest.logical_bytes, root.u64_at("logical_bytes"));
  SLIP_ASSIGN(manifest.logical_digest, root.string_at("logical_digest"));
  if (!is_sha256(manifest.logical_digest)) return fault("its logical digest is not one");
  SLIP_TRY(parse_files(root, &manifest));
  SLIP_TRY(check_sums(manifest));
  // Every byte is decided by the content, so that whatever was altered shows.
  const std::string digest = sha256_hex(format(manifest, ""));
  if (root.get("digest").as_string() != digest)
    return fault("its digest is not that of its content: it was altered");
  if (format(manifest, digest) != text) return fault("it is not written as it must be");
  return manifest;
}

}  // namespace

uint64_t Manifest::stored_bytes() const {
  uint64_t sum = 0;
  for (const ArtifactFile& file : files) sum += file.size;
  return sum;
}

std::string format_manifest(const Manifest& manifest) {
  return format(manifest, sha256_hex(format(manifest, "")));
}

Result<Manifest> parse_manifest(std::string_view json) {
  Result<Manifest> manifest = parse(json);
  // What the JSON reader finds fault with is the artifact's fault.
  if (manifest.status().is(SLIP_INVALID)) return fault(manifest.status().message());
  return manifest;
}

}  // namespace slip
