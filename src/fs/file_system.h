// The seam: every durable byte that we write goes through a FileSystem (LMDB's own I/O is the
// declared exception). Production has posix_file_system(); tests bring a simulated one.
//
// Stateless but for open files; any thread. A File is used by one thread at a time, read_at by many.
// Directories are made with mode 0700 and files with 0600 whatever the umask; every descriptor is
// close-on-exec; the last component of an opened path is never followed when it is a link.
#ifndef SLIP_FS_FILE_SYSTEM_H
#define SLIP_FS_FILE_SYSTEM_H

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace slip {

enum class OpenMode {
  read,      // NOT_FOUND where there is none
  create,    // new file, O_EXCL: EXISTS where there is one
  append,    // existing or new, writes go to the end
  write,     // existing: NOT_FOUND where there is none; for write_at()
};

// The bytes of a file in place, read-only, for as long as this lives: the File and the file's name
// may go before. What is appended to the file shows up in it. Any thread.
class FileMapping {
 public:
  virtual ~FileMapping() = default;
  virtual const char* begin() const = 0;
  // [from, to), which the file has, stays as it is whatever becomes of the file, while others read
  // it.
  virtual Status detach(uint64_t from, uint64_t to) = 0;
};

class File {
 public:
  virtual ~File() = default;
  // Up to `size` bytes at `offset`; fewer only at the end of the file.
  virtual Result<size_t> read_at(uint64_t offset, char* out, size_t size) = 0;
  virtual Status append(std::string_view bytes) = 0;  // all or an error
  // Over bytes that are there, of a file that was opened to write; all or an error.
  virtual Status write_at(uint64_t offset, std::string_view bytes) = 0;
  virtual Status sync() = 0;                          // data and size reach the disk
  // A hint that the disk may begin with what was written, so that a later sync() has less to do.
  virtual void start_writeback() {}
  virtual Result<uint64_t> size() = 0;
  virtual Status truncate(uint64_t size) = 0;
  // The first `size` bytes, of which the file may have fewer yet: those must not be touched before
  // it does, nor those that it lost by a truncation. That, or a disk that fails, is a fatal signal.
  virtual Result<std::unique_ptr<FileMapping>> map(uint64_t size) = 0;
};

// Held until destroyed. Between processes and within one.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class FileKind { absent, file, directory, link, other };
struct FileStat {
  FileKind kind = FileKind::absent;
  uint64_t size = 0;
  int64_t modified_ns = 0;
  uint64_t device = 0;
  uint64_t inode = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<FileStat> stat(const std::string& path) = 0;  // of the name itself, not a link's target
  // Names in a directory, sorted, without . and ..
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Status make_directory(const std::string& path) = 0;  // one level; EXISTS where there is one
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  // link(2): `to` must not exist (EXISTS). What makes a name appear at once and only once.
  virtual Status link(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;            // a file or an empty directory
  virtual Status sync_directory(const std::string& path) = 0;    // names in it reach the disk
  // An advisory lock on a file that is made where missing. BUSY names the holder's process where it
  // is known. `wait`: block instead.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool wait) = 0;
  virtual Result<uint64_t> free_bytes(const std::string& path) = 0;
  // The path with its links resolved, where it exists; else as it is.
  virtual Result<std::string> real_path(const std::string& path) { return path; }
};

FileSystem& posix_file_system();

// Built on the seam alone.
std::string join_path(std::string_view directory, std::string_view name);
std::string parent_path(const std::string& path);  // "." for a bare name
Result<std::string> read_file(FileSystem& fs, const std::string& path, size_t bytes_max);
// Makes missing parents too, each synced into its parent.
Status make_directories(FileSystem& fs, const std::string& path);
// NOT_EMPTY unless the path is absent or an empty directory (NOT_OURS: something else).
Status require_empty_destination(FileSystem& fs, const std::string& path);
// Removes a tree without following links. Missing is fine.
Status remove_tree(FileSystem& fs, const std::string& path);

}  // namespace slip
#endif
