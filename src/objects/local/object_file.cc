#include "objects/local/object_file.h"

#include <algorithm>
#include <cassert>

#include "base/checksum.h"
#include "base/little_endian.h"

namespace slip {
namespace {

constexpr std::string_view kMagic("SLIPOBJ\0", 8);
constexpr uint32_t kVersion = 1;
constexpr size_t kTagBytes = 32;
constexpr size_t kVersionAt = 8, kFlagsAt = 12, kTagAt = 16, kSizeAt = 48, kHeaderSumAt = 56;

std::string make_header(const std::string& tag, uint64_t size) {
  assert(tag.size() == kTagBytes);
  std::string header(kMagic);
  append_le<uint32_t>(&header, kVersion);
  append_le<uint32_t>(&header, 0);
  header += tag;
  append_le<uint64_t>(&header, size);
  append_le<uint64_t>(&header, xxh3(header));
  return header;
}

// A checksum of a stream of which only one chunk is in memory.
class ChainedSum {
 public:
  explicit ChainedSum(std::string_view header) : sum_(xxh3(header)) {}
  void add(std::string_view chunk) {
    std::string before;
    append_le<uint64_t>(&before, sum_);
    sum_ = xxh3(before, chunk);
  }
  std::string trailer() const {
    std::string bytes;
    append_le<uint64_t>(&bytes, sum_);
    return bytes;
  }

 private:
  uint64_t sum_;
};

Status corrupt(const char* what) {
  return Status(SLIP_CORRUPT, std::string(what) + " (remove the object, or write it again)");
}

Status read_exactly(File& file, uint64_t offset, char* out, size_t size) {
  SLIP_ASSIGN(const size_t got, file.read_at(offset, out, size));
  if (got != size) return corrupt("the file ended early");
  return Status();
}

Status check_header(const std::string& header, uint64_t file_size) {
  if (header.compare(0, kMagic.size(), kMagic) != 0)
    return Status(SLIP_NOT_OURS, "the file was not written as an object (move it elsewhere)");
  const bool intact = read_le<uint64_t>(&header[kHeaderSumAt]) ==
                      xxh3(std::string_view(header).substr(0, kHeaderSumAt));
  const auto version = read_le<uint32_t>(&header[kVersionAt]);
  if (intact && version > kVersion)
    return Status(SLIP_NEWER_FORMAT, "object format " + std::to_string(version) +
                                         " was written by a later version (use that one)");
  if (!intact || version != kVersion || read_le<uint32_t>(&header[kFlagsAt]) != 0)
    return corrupt("its header is damaged");
  if (file_size - kObjectHeaderBytes - kObjectTrailerBytes != read_le<uint64_t>(&header[kSizeAt]))
    return corrupt("its size is not the one in its header");
  return Status();
}

}  // namespace

Status write_object_file(File& file, const std::string& tag, ObjectContent& content) {
  const uint64_t size = content.size();
  const std::string header = make_header(tag, size);
  ChainedSum sum(header);
  SLIP_TRY(file.append(header));
  for (uint64_t offset = 0; offset < size;) {
    SLIP_ASSIGN(const std::string_view chunk, content.chunk(offset));
    assert(chunk.size() == std::min<uint64_t>(kObjectChunkBytes, size - offset));
    sum.add(chunk);
    SLIP_TRY(file.append(chunk));
    offset += chunk.size();
  }
  SLIP_TRY(file.append(sum.trailer()));
  return file.sync();
}

Result<ObjectFile> ObjectFile::open(FileSystem& fs, const std::string& path) {
  ObjectFile object;
  SLIP_ASSIGN(object.file_, fs.open(path, OpenMode::read));
  SLIP_ASSIGN(const uint64_t file_size, object.file_->size());
  if (file_size < kObjectHeaderBytes + kObjectTrailerBytes)
    return Status(SLIP_NOT_OURS, "the file is too short for an object (move it elsewhere)");
  object.header_.resize(kObjectHeaderBytes);
  SLIP_TRY(read_exactly(*object.file_, 0, object.header_.data(), kObjectHeaderBytes));
  SLIP_TRY(check_header(object.header_, file_size));
  object.tag_ = object.header_.substr(kTagAt, kTagBytes);
  object.size_ = read_le<uint64_t>(&object.header_[kSizeAt]);
  return object;
}

Status ObjectFile::read(Sink& sink) {
  ChainedSum sum(header_);
  std::string buffer(static_cast<size_t>(std::min<uint64_t>(kObjectChunkBytes, size_)), '\0');
  for (uint64_t offset = 0; offset < size_;) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(buffer.size(), size_ - offset));
    SLIP_TRY(read_exactly(*file_, kObjectHeaderBytes + offset, buffer.data(), size));
    const std::string_view chunk(buffer.data(), size);
    sum.add(chunk);
    SLIP_TRY(sink.take(chunk));
    offset += size;
  }
  char trailer[kObjectTrailerBytes];
  SLIP_TRY(read_exactly(*file_, kObjectHeaderBytes + size_, trailer, sizeof trailer));
  if (sum.trailer() != std::string_view(trailer, sizeof trailer))
    return corrupt("its content is damaged");
  return Status();
}

}  // namespace slip
