#include <dirent.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/guard.h"
#include "base/limits.h"
#include "fs/descriptor.h"
#include "fs/file_system.h"
#include "fs/posix_file.h"

namespace slip {
namespace {

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kModeBits = 0777;

Status failed(const char* what, const std::string& path) {
  const int error_number = errno;
  return errno_status(error_number, std::string("cannot ") + what + " \"" + path + "\"");
}

Status failed(const char* what, const std::string& from, const std::string& to) {
  const int error_number = errno;
  return errno_status(error_number,
                      std::string("cannot ") + what + " \"" + from + "\" to \"" + to + "\"");
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::file;
  if (S_ISDIR(mode)) return FileKind::directory;
  if (S_ISLNK(mode)) return FileKind::link;
  return FileKind::other;
}

struct Directory {
  DIR* stream = nullptr;
  ~Directory() {
    if (stream != nullptr) ::closedir(stream);
  }
};

Status read_names(DIR* stream, const std::string& path, std::vector<std::string>* names) {
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream);  // NOLINT(concurrency-mt-unsafe): a stream of our own
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (names->size() >= kDirectoryNamesMax)
      return Status(SLIP_TOO_LARGE, "cannot list \"" + path + "\": it holds more than " +
                                        std::to_string(kDirectoryNamesMax) + " names");
    names->emplace_back(name);
  }
  if (errno != 0) return failed("list", path);
  std::sort(names->begin(), names->end());
  return Status();
}

class PosixFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    return open_posix_file(path, mode);
  }

  Result<FileStat> stat(const std::string& path) override {
    struct ::stat info;
    FileStat result;
    if (::lstat(path.c_str(), &info) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return result;
      return failed("look at", path);
    }
    result.kind = kind_of(info.st_mode);
    result.size = static_cast<uint64_t>(info.st_size);
    result.modified_ns = int64_t{info.st_mtim.tv_sec} * 1000000000 + info.st_mtim.tv_nsec;
    result.device = info.st_dev;
    result.inode = info.st_ino;
    return result;
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    Descriptor fd = open_descriptor(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!fd.valid()) return failed("list", path);
    Directory directory;
    directory.stream = ::fdopendir(fd.get());
    if (directory.stream == nullptr) return failed("list", path);
    fd.release();
    std::vector<std::string> names;
    SLIP_TRY(read_names(directory.stream, path, &names));
    return names;
  }

  Status make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), kDirectoryMode) != 0) return failed("make directory", path);
    // A umask takes bits away; only then the mode has to be set again, without following a link.
    struct ::stat info;
    if (::lstat(path.c_str(), &info) != 0) return failed("look at", path);
    if ((info.st_mode & kModeBits) == kDirectoryMode) return Status();
    if (::fchmodat(AT_FDCWD, path.c_str(), kDirectoryMode, AT_SYMLINK_NOFOLLOW) == 0)
      return Status();
    Status status = failed("set the mode of directory", path);
    ::rmdir(path.c_str());
    return status;
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename", from, to);
    return Status();
  }

  Status link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) != 0) return failed("link", from, to);
    return Status();
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0) return Status();
    if (errno == EISDIR && ::rmdir(path.c_str()) == 0) return Status();
    return failed("remove", path);
  }

  // Follows a link: the directory that holds the names is meant, however it is reached.
  Status sync_directory(const std::string& path) override {
    const Descriptor fd = open_descriptor(path.c_str(), O_RDONLY | O_DIRECTORY);
    if (!fd.valid()) return failed("open directory", path);
    // guard: directory_sync
    if (guard_on("directory_sync") && uninterrupted([&] { return ::fsync(fd.get()); }) != 0)
      return failed("sync directory", path);
    return Status();
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool wait) override {
    return lock_posix_file(path, wait);
  }

  Result<uint64_t> free_bytes(const std::string& path) override {
    struct ::statvfs info;
    if (uninterrupted([&] { return ::statvfs(path.c_str(), &info); }) != 0)
      return failed("measure the free space at", path);
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }

  Result<std::string> real_path(const std::string& path) override {
    const std::unique_ptr<char, decltype(&::free)> resolved(::realpath(path.c_str(), nullptr),
                                                            &::free);
    if (resolved != nullptr) return std::string(resolved.get());
    return errno == ENOENT ? Result<std::string>(path) : failed("resolve the links of", path);
  }
};

}  // namespace

FileSystem& posix_file_system() {
  static auto* instance = new PosixFileSystem;  // no state: outlives every user
  return *instance;
}

}  // namespace slip
