// Artifacts: a fold as a directory of files. Runs on the calling thread; holds nothing.
//
// MANIFEST.json is written last and names every file with size and sha256, so an artifact that
// exists is complete (P6). The record stream is sorted by key and cut into data/NNNNNN.rec at
// kArtifactFileLogicalBytes. docs/formats.md has the bytes.
#ifndef SLIP_ARTIFACT_ARTIFACT_H
#define SLIP_ARTIFACT_ARTIFACT_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/cursor.h"
#include "base/options.h"
#include "base/status.h"
#include "fold/fold.h"
#include "fs/file_system.h"

namespace slip {

constexpr uint32_t kArtifactSchema = 1;

struct ArtifactFile {
  std::string path;  // "data/000001.rec"
  uint64_t size = 0;
  std::string sha256;
};

struct Manifest {
  uint32_t schema = kArtifactSchema;
  FoldMeta meta;               // identity, scope, cursor, counts, fingerprints
  int64_t server_time_ns = 0;  // of the newest update
  std::string compression;     // "zstd" or "none"
  uint64_t logical_bytes = 0;
  std::string logical_digest;  // sha256 of the record stream before compression
  std::vector<ArtifactFile> files;
  uint64_t stored_bytes() const;
};
// The one way to write this manifest, byte for byte, its own digest included.
std::string format_manifest(const Manifest& manifest);
// NEWER_FORMAT, ARTIFACT_INVALID: refuses unknown schema, paths other than data/NNNNNN.rec in
// order, absurd counts and sizes, a cursor above kRevisionMax, and any text but format_manifest's.
Result<Manifest> parse_manifest(std::string_view json);

struct ExportSettings {
  bool compress = true;
  int level = 3;
};
Result<ExportSettings> export_settings(const Options& options);  // SLIP_OPTIONS_EXPORT

// Writes the snapshot into `directory` (absent or empty).
Result<Manifest> export_artifact(FileSystem& fs, Snapshot& snapshot, const std::string& directory,
                                 const ExportSettings& settings);
// Form of the manifest only.
Result<Manifest> read_manifest(FileSystem& fs, const std::string& directory);
// Every byte. ARTIFACT_INVALID names the file and what is wrong with it.
Result<Manifest> verify_artifact(FileSystem& fs, const std::string& directory);
// The same where the manifest is known from elsewhere and MANIFEST.json does not stand there yet.
Status verify_artifact_data(FileSystem& fs, const std::string& directory, const Manifest& manifest);
// Verifies while loading; commits only when every byte was right.
Result<Manifest> load_artifact(FileSystem& fs, const std::string& directory, FoldLoader& loader);
// The same into a new fold; nothing is visible at `fold_url` until every byte was right.
Result<Manifest> import_artifact(FileSystem& fs, const std::string& directory,
                                 const std::string& fold_url);

}  // namespace slip
#endif
