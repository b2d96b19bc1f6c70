#include "artifact/layout.h"
#include "base/checksum.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fs/atomic_file.h"
#include "publish/names.h"
#include "publish/payload.h"
#include "publish/standing.h"

namespace slip {
namespace {

Status corrupt(std::string sentence) { return Status(SLIP_CORRUPT, std::move(sentence)); }

// The manifest that a pointer names. NOT_FOUND where it is not there (any more).
Result<Manifest> manifest_of(ObjectStore& store, const std::string& key, const Pointer& pointer) {
  if (pointer.payload != payload_name(key, pointer.revision, pointer.manifest_sha256))
    return corrupt("the pointer names the payload " + quoted(pointer.payload) +
                   ", which is not one of its key and revision");
  SLIP_ASSIGN(const Object object,
              store.get(join_path(pointer.payload, kManifestName), kManifestBytesMax));
  if (sha256_hex(object.data) != pointer.manifest_sha256)
    return corrupt("the manifest of payload " + quoted(pointer.payload) +
                   " is not the one that the pointer names: its sha256 differs");
  SLIP_ASSIGN(Manifest manifest, parse_manifest(object.data));
  if (!(manifest.meta.identity == pointer.identity) || manifest.meta.revision != pointer.revision ||
      !(manifest.meta.scope == pointer.scope))
    return corrupt("pointer and manifest of payload " + quoted(pointer.payload) +
                   " differ in bucket, epoch, revision or scope");
  return manifest;
}

Status dangling(const Pointer& pointer, const Status& missing) {
  return corrupt("the pointer names the payload " + quoted(pointer.payload) +
                 ", and it is not complete: " + missing.message() + " (publish it again)");
}

// Reads the pointer and hands what it names to `use`. Where that finds something missing, the
// pointer may have moved on and the payload have been pruned: it is read again.
template <typename Use>
Status with_published(ObjectStore& store, const std::string& key, const Use& use) {
  std::string nonce;
  for (int attempt = 0;; ++attempt) {
    SLIP_ASSIGN(const Standing standing, read_standing(store, key));
    if (!standing.pointer) return Status(SLIP_NOT_FOUND, "nothing is published there");
    const Status used = use(*standing.pointer);
    if (!used.is(SLIP_NOT_FOUND)) return used;
    if (standing.pointer->nonce == nonce) return dangling(*standing.pointer, used);
    if (attempt == kPointerAttemptsMax)
      return Status(SLIP_NOT_FOUND,
                    "what was published vanished while it was read, again and again (try again)",
                    true);
    nonce = standing.pointer->nonce;
    pause_before_retry(0);
  }
}

Status fetch_files(ObjectStore& store, const std::string& payload, FileSystem& fs,
                   const std::string& directory, const Manifest& manifest) {
  const std::string data = join_path(directory, kDataDirectory);
  SLIP_TRY(make_directories(fs, data));
  SLIP_ASSIGN(const uint64_t free_bytes, fs.free_bytes(directory));
  if (manifest.stored_bytes() > free_bytes)
    return Status(SLIP_NO_SPACE, "it has " + std::to_string(manifest.stored_bytes()) +
                                     " bytes, and " + std::to_string(free_bytes) + " are free at " +
                                     quoted(directory) + " (make room)");
  for (const ArtifactFile& file : manifest.files)
    SLIP_TRY(store.get_file(join_path(payload, file.path), fs, join_path(directory, file.path),
                            file.size));
  return fs.sync_directory(data);
}

Status fetch(ObjectStore& store, const Pointer& pointer, FileSystem& fs,
             const std::string& directory, const Manifest& manifest, bool verify) {
  SLIP_ASSIGN(const FileStat before, fs.stat(directory));
  UnfinishedArtifact unfinished(fs, directory, before.kind == FileKind::absent);
  SLIP_TRY(fetch_files(store, pointer.payload, fs, directory, manifest));
  if (verify) SLIP_TRY(verify_artifact_data(fs, directory, manifest));
  SLIP_TRY(
      write_file_atomically(fs, join_path(directory, kManifestName), format_manifest(manifest)));
  unfinished.keep();
  return Status();
}

std::string context(const char* verb, ObjectStore& store, const std::string& key) {
  return std::string("cannot ") + verb + " what is published under key " + quoted(key) +
         " of store " + quoted(store.url());
}

}  // namespace

Result<PointerAndManifest> read_pointer(ObjectStore& store, const std::string& key) {
  SLIP_TRY(check_publish_key(key));
  PointerAndManifest found;
  const Status read = with_published(store, key, [&](const Pointer& pointer) -> Status {
    SLIP_ASSIGN(found.manifest, manifest_of(store, key, pointer));
    found.pointer = pointer;
    return Status();
  });
  if (!read.ok()) return read.with_context(context("read", store, key));
  return found;
}

Result<Manifest> fetch_published(ObjectStore& store, const std::string& key, FileSystem& fs,
                                 const std::string& directory, bool verify) {
  SLIP_TRY(check_publish_key(key));
  SLIP_TRY(require_empty_destination(fs, directory));
  Manifest manifest;
  const Status fetched = with_published(store, key, [&](const Pointer& pointer) -> Status {
    SLIP_ASSIGN(manifest, manifest_of(store, key, pointer));
    return fetch(store, pointer, fs, directory, manifest, verify);
  });
  if (!fetched.ok()) return fetched.with_context(context("download", store, key));
  return manifest;
}

Result<Manifest> download_artifact(ObjectStore& store, const std::string& key, FileSystem& fs,
                                   const std::string& directory) {
  return fetch_published(store, key, fs, directory, true);
}

}  // namespace slip
