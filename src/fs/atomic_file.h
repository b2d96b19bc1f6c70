// The one way to replace a small file: staged beside it, synced, renamed over it, the parent synced.
// A crash at any instruction leaves the old bytes or the new ones.
#ifndef SLIP_FS_ATOMIC_FILE_H
#define SLIP_FS_ATOMIC_FILE_H

#include <memory>
#include <string>
#include <string_view>

#include "fs/file_system.h"

namespace slip {

// A file being written under a temporary name in the destination's folder; removed again unless
// persisted.
class StagedFile {
 public:
  static Result<StagedFile> create(FileSystem& fs, const std::string& path);
  StagedFile(StagedFile&& other) noexcept;
  StagedFile& operator=(StagedFile&&) = delete;
  ~StagedFile();
  Status append(std::string_view bytes);
  // fsync, rename over `path`, fsync of the parent.
  Status persist();
  // The same, only where `path` does not exist: EXISTS.
  Status persist_new();

 private:
  StagedFile(FileSystem& fs, std::string path, std::string staged);
  Status seal();  // synced and closed
  Status sync_parent();
  void discard() noexcept;
  FileSystem* fs_;
  std::string path_;
  std::string staged_;
  std::unique_ptr<File> file_;
};

Status write_file_atomically(FileSystem& fs, const std::string& path, std::string_view bytes);

}  // namespace slip
#endif
