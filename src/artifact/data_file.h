// The data files of an artifact: data/000001.rec and on. Each begins with 16 bytes (magic, version,
// flags), then holds its part of the record stream, as it is or as one zstd frame. A file is cut
// before the record that would take its part over kArtifactFileLogicalBytes. One thread.
#ifndef SLIP_ARTIFACT_DATA_FILE_H
#define SLIP_ARTIFACT_DATA_FILE_H

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "artifact/artifact.h"
#include "artifact/record.h"
#include "base/checksum.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace slip {

constexpr size_t kDataHeaderBytes = 16;
// One record alone may be larger than the cut.
constexpr uint64_t kDataFileLogicalBytesMax =
    kRecordBytesMax > kArtifactFileLogicalBytes ? kRecordBytesMax : kArtifactFileLogicalBytes;
// zstd makes what it cannot compress larger by less than one part in a hundred.
constexpr uint64_t kDataFileStoredBytesMax =
    kDataHeaderBytes + kDataFileLogicalBytesMax + kDataFileLogicalBytesMax / 100 + (1u << 20);

// "data/000001.rec" is number 1.
std::string data_file_path(size_t number);

class DataWriter {
 public:
  // `directory` and its data/ exist.
  DataWriter(FileSystem& fs, const std::string& directory, const ExportSettings& settings);
  ~DataWriter();
  Status add(std::string_view record);
  // Ends and syncs the last file.
  Result<std::vector<ArtifactFile>> finish();

 private:
  struct Deleter {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  Status begin_file();
  Status end_file();
  Status write(std::string_view logical, bool last);
  Status emit(std::string_view stored);

  FileSystem& fs_;
  const std::string directory_;
  const ExportSettings settings_;
  std::unique_ptr<ZSTD_CCtx_s, Deleter> compressor_;
  std::string pending_;  // logical bytes gathered for one call of the compressor
  std::string out_;
  std::unique_ptr<File> file_;
  std::unique_ptr<Sha256> digest_;
  uint64_t logical_bytes_ = 0;  // of the open file
  std::vector<ArtifactFile> files_;
};

// Reads data files that somebody else wrote. Memory is bounded whatever they hold.
class DataReader {
 public:
  // Takes a chunk of the record stream.
  using Sink = std::function<Status(std::string_view)>;

  DataReader();
  ~DataReader();
  // Every byte of one file, `path`, which must be what `stated` says and yield at most
  // `logical_max` bytes. ARTIFACT_INVALID, NEWER_FORMAT, or the status of the sink.
  Status read(FileSystem& fs, const std::string& path, const ArtifactFile& stated, bool compressed,
              uint64_t logical_max, const Sink& sink);

 private:
  struct Deleter {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  Status begin_frame();
  Status take_stored(std::string_view stored, bool compressed, const Sink& sink);
  Status decompress(std::string_view stored, const Sink& sink);
  Status hand_over(std::string_view logical, const Sink& sink);

  std::unique_ptr<ZSTD_DCtx_s, Deleter> decompressor_;
  std::string in_;
  std::string out_;
  bool frame_ended_ = false;
  uint64_t logical_left_ = 0;
};

}  // namespace slip
#endif
