#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <new>

#include "artifact/data_file.h"
#include "artifact/data_format.h"
#include "base/guard.h"
#include "base/little_endian.h"

namespace slip {
namespace {

constexpr size_t kReadBytes = 256u << 10;
constexpr size_t kOutBytes = 128u << 10;
// The largest window of the levels that the exporter offers; bounds the memory of decompressing.
constexpr int kWindowLogMax = 23;

Status fault(std::string sentence) { return Status(SLIP_ARTIFACT_INVALID, std::move(sentence)); }

Status check_header(const std::string& header, bool compressed) {
  if (header.compare(0, kDataMagic.size(), kDataMagic) != 0)
    return fault("it does not begin as a data file does");
  const auto version = read_le<uint32_t>(&header[kDataVersionAt]);
  if (version > kDataVersion)
    return Status(SLIP_NEWER_FORMAT, "its version " + std::to_string(version) +
                                         " was written by a later version (use that one)");
  if (version != kDataVersion) return fault("its version is " + std::to_string(version));
  if (read_le<uint32_t>(&header[kDataFlagsAt]) != (compressed ? kDataZstd : 0))
    return fault("its flags do not fit the compression that the manifest states");
  return Status();
}

}  // namespace

void DataReader::Deleter::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

DataReader::DataReader() : in_(kReadBytes, '\0'), out_(kOutBytes, '\0') {}
DataReader::~DataReader() = default;

Status DataReader::read(FileSystem& fs, const std::string& path, const ArtifactFile& stated,
                        bool compressed, uint64_t logical_max, const Sink& sink) {
  logical_left_ = logical_max;
  if (compressed) SLIP_TRY(begin_frame());
  SLIP_ASSIGN(const std::unique_ptr<File> file, fs.open(path, OpenMode::read));
  Sha256 digest;
  std::string header;
  for (uint64_t offset = 0; offset < stated.size;) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(in_.size(), stated.size - offset));
    SLIP_ASSIGN(const size_t got, file->read_at(offset, in_.data(), wanted));
    if (got != wanted) return fault("it became shorter while it was read");
    std::string_view stored(in_.data(), got);
    digest.update(stored);
    offset += got;
    if (header.empty()) {
      header = stored.substr(0, kDataHeaderBytes);
      if (header.size() != kDataHeaderBytes) return fault("it is too short for a data file");
      SLIP_TRY(check_header(header, compressed));
      stored.remove_prefix(kDataHeaderBytes);
    }
    SLIP_TRY(take_stored(stored, compressed, sink));
  }
  if (compressed && !frame_ended_) return fault("its compressed stream ends early");
  // guard: file_digest
  if (guard_on("file_digest") && digest.hex() != stated.sha256)
    return fault("its sha256 is not the one in the manifest");
  return Status();
}

Status DataReader::begin_frame() {
  frame_ended_ = false;
  if (decompressor_ == nullptr) decompressor_.reset(ZSTD_createDCtx());
  if (decompressor_ == nullptr) throw std::bad_alloc();
  ZSTD_DCtx_reset(decompressor_.get(), ZSTD_reset_session_and_parameters);
  const size_t set =
      ZSTD_DCtx_setParameter(decompressor_.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  if (ZSTD_isError(set) != 0) return Status(SLIP_INTERNAL, ZSTD_getErrorName(set));
  return Status();
}

Status DataReader::take_stored(std::string_view stored, bool compressed, const Sink& sink) {
  if (compressed) return decompress(stored, sink);
  return hand_over(stored, sink);
}

Status DataReader::decompress(std::string_view stored, const Sink& sink) {
  ZSTD_inBuffer in{stored.data(), stored.size(), 0};
  bool full = false;
  while (in.pos < in.size || full) {
    if (frame_ended_) return fault("bytes follow its compressed stream");
    ZSTD_outBuffer out{out_.data(), out_.size(), 0};
    const size_t left = ZSTD_decompressStream(decompressor_.get(), &out, &in);
    if (ZSTD_isError(left) != 0) {
      const ZSTD_ErrorCode code = ZSTD_getErrorCode(left);
      if (code == ZSTD_error_memory_allocation) throw std::bad_alloc();
      if (code == ZSTD_error_frameParameter_windowTooLarge)
        return fault("its compressed stream asks for a window over 8 MiB");
      return fault(std::string("its compressed stream is damaged: ") + ZSTD_getErrorName(left));
    }
    SLIP_TRY(hand_over(std::string_view(out_.data(), out.pos), sink));
    frame_ended_ = left == 0;
    full = !frame_ended_ && out.pos == out.size;  // there may be more without further input
  }
  return Status();
}

Status DataReader::hand_over(std::string_view logical, const Sink& sink) {
  if (logical.empty()) return Status();
  if (logical.size() > logical_left_)
    return fault("it expands to more than the manifest states or a data file may hold");
  logical_left_ -= logical.size();
  return sink(logical);
}

}  // namespace slip
