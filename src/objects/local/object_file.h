// The file of one object: header, content, trailer. Tag and content are one file, so that a rename
// changes both at once. docs/formats.md has the bytes.
//
//   header   64 bytes   magic, version, flags, tag (32 hex digits, random), size, XXH3-64 of these
//   content  `size` bytes
//   trailer   8 bytes   XXH3-64 chained over header and content
#ifndef SLIP_OBJECTS_LOCAL_OBJECT_FILE_H
#define SLIP_OBJECTS_LOCAL_OBJECT_FILE_H

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "fs/file_system.h"

namespace slip {

constexpr size_t kObjectHeaderBytes = 64;
constexpr size_t kObjectTrailerBytes = 8;
constexpr size_t kObjectChunkBytes = 256u << 10;  // of the chained checksum; part of the format

// Where the bytes of a new object come from.
class ObjectContent {
 public:
  virtual ~ObjectContent() = default;
  virtual uint64_t size() const = 0;
  // The bytes at `offset`, kObjectChunkBytes of them or the rest. Live until the next call.
  virtual Result<std::string_view> chunk(uint64_t offset) = 0;
};
// Appends the whole file of an object and syncs it.
Status write_object_file(File& file, const std::string& tag, ObjectContent& content);

// An object's file, opened for reading. Refuses what is not whole or not ours.
class ObjectFile {
 public:
  // NOT_OURS, NEWER_FORMAT, CORRUPT.
  static Result<ObjectFile> open(FileSystem& fs, const std::string& path);
  const std::string& tag() const { return tag_; }
  uint64_t size() const { return size_; }

  class Sink {
   public:
    virtual ~Sink() = default;
    virtual Status take(std::string_view chunk) = 0;
  };
  // Hands the content over in order. CORRUPT where a checksum differs: what the sink took is void.
  Status read(Sink& sink);

 private:
  ObjectFile() = default;
  std::unique_ptr<File> file_;
  std::string header_;
  std::string tag_;
  uint64_t size_ = 0;
};

}  // namespace slip
#endif
