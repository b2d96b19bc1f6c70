#include <zstd.h>
#include <zstd_errors.h>

#include <new>

#include "artifact/data_file.h"
#include "artifact/data_format.h"
#include "base/little_endian.h"

namespace slip {
namespace {

constexpr size_t kGatherBytes = 128u << 10;

}  // namespace

std::string data_file_path(size_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < kDataFileDigits) digits.insert(0, kDataFileDigits - digits.size(), '0');
  return "data/" + digits + ".rec";
}

void DataWriter::Deleter::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

DataWriter::DataWriter(FileSystem& fs, const std::string& directory, const ExportSettings& settings)
    : fs_(fs), directory_(directory), settings_(settings) {
  if (!settings_.compress) return;
  compressor_.reset(ZSTD_createCCtx());
  if (compressor_ == nullptr) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_compressionLevel, settings_.level);
  out_.resize(ZSTD_CStreamOutSize());
}

DataWriter::~DataWriter() = default;

Status DataWriter::add(std::string_view record) {
  if (file_ != nullptr && logical_bytes_ + record.size() > kArtifactFileLogicalBytes)
    SLIP_TRY(end_file());
  if (file_ == nullptr) SLIP_TRY(begin_file());
  logical_bytes_ += record.size();
  pending_.append(record);
  if (pending_.size() < kGatherBytes) return Status();
  const Status written = write(pending_, false);
  pending_.clear();
  return written;
}

Result<std::vector<ArtifactFile>> DataWriter::finish() {
  if (file_ != nullptr) SLIP_TRY(end_file());
  return std::move(files_);
}

Status DataWriter::begin_file() {
  if (files_.size() == kArtifactFilesMax)
    return Status(SLIP_TOO_LARGE, "the fold needs more than " + std::to_string(kArtifactFilesMax) +
                                      " data files, the limit of an artifact");
  ArtifactFile next;
  next.path = data_file_path(files_.size() + 1);
  SLIP_ASSIGN(file_, fs_.open(join_path(directory_, next.path), OpenMode::create));
  files_.push_back(std::move(next));
  digest_ = std::make_unique<Sha256>();
  logical_bytes_ = 0;
  std::string header(kDataMagic);
  append_le<uint32_t>(&header, kDataVersion);
  append_le<uint32_t>(&header, settings_.compress ? kDataZstd : 0);
  return emit(header);
}

Status DataWriter::end_file() {
  SLIP_TRY(write(pending_, true));
  pending_.clear();
  SLIP_TRY(file_->sync());
  file_.reset();
  files_.back().sha256 = digest_->hex();
  return Status();
}

Status DataWriter::write(std::string_view logical, bool last) {
  if (!settings_.compress) return emit(logical);
  ZSTD_inBuffer in{logical.data(), logical.size(), 0};
  for (;;) {
    ZSTD_outBuffer out{out_.data(), out_.size(), 0};
    const size_t left =
        ZSTD_compressStream2(compressor_.get(), &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left) != 0) {
      if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation) throw std::bad_alloc();
      return Status(SLIP_INTERNAL, std::string("cannot compress: ") + ZSTD_getErrorName(left));
    }
    SLIP_TRY(emit(std::string_view(out_.data(), out.pos)));
    if (last ? left == 0 : in.pos == in.size) return Status();
  }
}

Status DataWriter::emit(std::string_view stored) {
  if (stored.empty()) return Status();
  digest_->update(stored);
  files_.back().size += stored.size();
  return file_->append(stored);
}

}  // namespace slip
