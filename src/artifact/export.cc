#include <vector>

#include "artifact/artifact.h"
#include "artifact/data_file.h"
#include "artifact/layout.h"
#include "artifact/record.h"
#include "base/utf8.h"
#include "fs/atomic_file.h"

namespace slip {
namespace {

constexpr size_t kUpdatesAtOnce = 256;

Status check_exportable(const FoldMeta& meta) {
  if (!meta.identity.bound() || meta.identity.epoch == 0)
    return Status(SLIP_MISUSE, "the fold was never bound to a bucket (watch one first)");
  if (meta.loading)
    return Status(SLIP_MISUSE, "the fold's first load has not ended (wait until it has caught up)");
  if (meta.repairing)
    return Status(SLIP_MISUSE, "the fold is being repaired (wait until it has caught up)");
  return Status();
}

Status write_records(Snapshot& snapshot, StreamTally* tally, DataWriter* writer) {
  RangeQuery everything;
  everything.tombstones = true;
  everything.hidden = true;
  SLIP_ASSIGN(const std::unique_ptr<FoldIterator> iterator, snapshot.range(everything));
  std::vector<Update> updates(kUpdatesAtOnce);
  std::string record;
  for (;;) {
    SLIP_ASSIGN(const size_t count, iterator->next(updates.data(), updates.size()));
    if (count == 0) return Status();
    for (size_t i = 0; i < count; ++i) {
      record.clear();
      append_record(updates[i], &record);
      const Status added = tally->add(updates[i], record);
      if (!added.ok())
        return Status(SLIP_CORRUPT, "the fold's record " + std::to_string(tally->records() + 1) +
                                        ": " + added.message() + " (check the fold)");
      SLIP_TRY(writer->add(record));
    }
  }
}

Result<Manifest> write_data(FileSystem& fs, Snapshot& snapshot, const std::string& directory,
                            const ExportSettings& settings) {
  Manifest manifest;
  manifest.meta = snapshot.meta();
  manifest.compression = settings.compress ? "zstd" : "none";
  StreamTally tally(manifest.meta);
  DataWriter writer(fs, directory, settings);
  SLIP_TRY(write_records(snapshot, &tally, &writer));
  SLIP_ASSIGN(manifest.files, writer.finish());
  const Status counted = tally.check_counts();
  if (!counted.ok())
    return Status(SLIP_CORRUPT, "the fold: " + counted.message() + " (check the fold)");
  manifest.server_time_ns = tally.server_time_ns();
  manifest.logical_bytes = tally.logical_bytes();
  manifest.logical_digest = tally.digest();
  return manifest;
}

// A manifest that could not be read again is never written.
Result<std::string> manifest_text(const Manifest& manifest) {
  std::string text = format_manifest(manifest);
  if (text.size() > kManifestBytesMax)
    return Status(SLIP_TOO_LARGE, "its manifest would have " + std::to_string(text.size()) +
                                      " bytes, over " + std::to_string(kManifestBytesMax));
  const Result<Manifest> again = parse_manifest(text);
  if (!again.ok())
    return Status(SLIP_UNSUPPORTED, "its manifest cannot be written: " + again.status().message());
  return text;
}

Result<Manifest> write_artifact(FileSystem& fs, Snapshot& snapshot, const std::string& directory,
                                const ExportSettings& settings) {
  const std::string data = join_path(directory, kDataDirectory);
  SLIP_TRY(make_directories(fs, data));
  SLIP_ASSIGN(Manifest manifest, write_data(fs, snapshot, directory, settings));
  SLIP_ASSIGN(const std::string text, manifest_text(manifest));
  SLIP_TRY(fs.sync_directory(data));
  SLIP_TRY(write_file_atomically(fs, join_path(directory, kManifestName), text));
  return manifest;
}

}  // namespace

Result<ExportSettings> export_settings(const Options& options) {
  ExportSettings settings;
  settings.compress = options.string("compression") == "zstd";
  settings.level = static_cast<int>(options.u64("level"));
  return settings;
}

Result<Manifest> export_artifact(FileSystem& fs, Snapshot& snapshot, const std::string& directory,
                                 const ExportSettings& settings) {
  const auto run = [&]() -> Result<Manifest> {
    SLIP_TRY(check_exportable(snapshot.meta()));
    SLIP_TRY(require_empty_destination(fs, directory));
    SLIP_ASSIGN(const FileStat before, fs.stat(directory));
    UnfinishedArtifact unfinished(fs, directory, before.kind == FileKind::absent);
    Result<Manifest> manifest = write_artifact(fs, snapshot, directory, settings);
    if (manifest.ok()) unfinished.keep();
    return manifest;
  };
  Result<Manifest> manifest = run();
  if (!manifest.ok())
    return manifest.status().with_context("cannot export to " + quoted(directory));
  return manifest;
}

}  // namespace slip
