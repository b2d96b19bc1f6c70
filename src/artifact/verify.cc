#include "artifact/artifact.h"
#include "artifact/data_file.h"
#include "artifact/layout.h"
#include "artifact/record.h"
#include "base/guard.h"
#include "base/utf8.h"

namespace slip {
namespace {

using RecordSink = std::function<Status(const Update*, size_t)>;

Status fault(std::string sentence) { return Status(SLIP_ARTIFACT_INVALID, std::move(sentence)); }

// "cannot use artifact "/x": REASON (get it anew)".
Status artifact_status(const Status& status, const std::string& directory) {
  if (status.ok()) return status;
  const Status located = status.with_context("cannot use artifact " + quoted(directory));
  if (!status.is(SLIP_ARTIFACT_INVALID)) return located;
  return Status(SLIP_ARTIFACT_INVALID, located.message() + " (export or download it again)");
}

Result<Manifest> manifest_in(FileSystem& fs, const std::string& directory) {
  SLIP_ASSIGN(const FileStat itself, fs.stat(directory));
  if (itself.kind == FileKind::absent) return Status(SLIP_NOT_FOUND, "there is no such directory");
  if (itself.kind != FileKind::directory)
    return fault("it is not a directory, and links are not followed");
  const std::string path = join_path(directory, kManifestName);
  SLIP_ASSIGN(const FileStat found, fs.stat(path));
  if (found.kind == FileKind::absent) return fault("MANIFEST.json is missing: it is not complete");
  if (found.kind != FileKind::file) return fault("MANIFEST.json is a link or not a file");
  if (found.size > kManifestBytesMax)
    return fault("MANIFEST.json has " + std::to_string(found.size) + " bytes, over " +
                 std::to_string(kManifestBytesMax));
  SLIP_ASSIGN(const std::string text, read_file(fs, path, kManifestBytesMax));
  Result<Manifest> manifest = parse_manifest(text);
  if (!manifest.ok()) return manifest.status().with_context("MANIFEST.json");
  return manifest;
}

// Parses what a file yields and hands the records on. What the sink says is kept apart from what is
// wrong with the stream.
Status take_records(RecordParser* parser, std::string_view chunk, const RecordSink& sink) {
  parser->feed(chunk);
  const Result<const std::vector<Update>*> updates = parser->take();
  if (!updates.ok()) return fault(updates.status().message());
  if (updates.value()->empty()) return Status();
  return sink(updates.value()->data(), updates.value()->size());
}

Status check_totals(const Manifest& manifest, StreamTally* tally) {
  const Status counted = tally->check_counts();
  if (!counted.ok()) return fault(counted.message());
  if (tally->logical_bytes() != manifest.logical_bytes)
    return fault("it has " + std::to_string(tally->logical_bytes()) + " logical bytes, and " +
                 std::to_string(manifest.logical_bytes) + " are stated");
  if (tally->server_time_ns() != manifest.server_time_ns)
    return fault("its server time is not that of its newest record");
  // guard: logical_digest
  if (guard_on("logical_digest") && tally->digest() != manifest.logical_digest)
    return fault("its logical digest is not the one that the manifest states");
  return Status();
}

// Every byte of the data files, in order.
Status read_records(FileSystem& fs, const std::string& directory, const Manifest& manifest,
                    const RecordSink& sink) {
  StreamTally tally(manifest.meta);
  DataReader reader;
  for (const ArtifactFile& file : manifest.files) {
    RecordParser parser(&tally);
    const uint64_t left = manifest.logical_bytes - tally.logical_bytes();
    Status read =
        reader.read(fs, join_path(directory, file.path), file, manifest.compression == "zstd",
                    std::min(left, kDataFileLogicalBytesMax),
                    [&](std::string_view chunk) { return take_records(&parser, chunk, sink); });
    if (read.ok() && parser.pending() > 0) read = fault("it ends inside a record");
    if (read.is(SLIP_NOT_FOUND)) read = fault("it is missing");
    if (!read.ok()) return read.with_context(file.path);
  }
  return check_totals(manifest, &tally);
}

Status accept(const Update*, size_t) { return Status(); }

}  // namespace

Result<Manifest> read_manifest(FileSystem& fs, const std::string& directory) {
  Result<Manifest> manifest = manifest_in(fs, directory);
  if (!manifest.ok()) return artifact_status(manifest.status(), directory);
  return manifest;
}

Result<Manifest> verify_artifact(FileSystem& fs, const std::string& directory) {
  SLIP_ASSIGN(Manifest manifest, read_manifest(fs, directory));
  Status status = check_layout(fs, directory, manifest, true);
  if (status.ok()) status = read_records(fs, directory, manifest, accept);
  SLIP_TRY(artifact_status(status, directory));
  return manifest;
}

Status verify_artifact_data(FileSystem& fs, const std::string& directory,
                            const Manifest& manifest) {
  Status status = check_layout(fs, directory, manifest, false);
  if (status.ok()) status = read_records(fs, directory, manifest, accept);
  return artifact_status(status, directory);
}

Result<Manifest> load_artifact(FileSystem& fs, const std::string& directory, FoldLoader& loader) {
  SLIP_ASSIGN(Manifest manifest, read_manifest(fs, directory));
  Status status = check_layout(fs, directory, manifest, true);
  if (status.ok())
    status = read_records(fs, directory, manifest, [&loader](const Update* updates, size_t count) {
      return loader.add(updates, count);
    });
  SLIP_TRY(artifact_status(status, directory));
  SLIP_TRY(loader.commit(manifest.meta));
  return manifest;
}

}  // namespace slip
