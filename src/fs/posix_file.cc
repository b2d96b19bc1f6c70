#include "fs/posix_file.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "base/guard.h"
#include "fs/descriptor.h"

namespace slip {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr size_t kTransferBytesMax = 1u << 30;  // of one system call
constexpr int kOpenAttemptsMax = 100;

Status failed(const char* what, const std::string& path) {
  const int error_number = errno;
  return errno_status(error_number, std::string("cannot ") + what + " \"" + path + "\"");
}

class Pages {
 public:
  Pages(void* begin, size_t size) : begin_(begin), size_(size) {}
  ~Pages() {
    if (begin_ != MAP_FAILED) ::munmap(begin_, size_);
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  bool valid() const { return begin_ != MAP_FAILED; }
  char* begin() const { return static_cast<char*>(begin_); }
  size_t size() const { return size_; }
  void release() { begin_ = MAP_FAILED; }

 private:
  void* begin_;
  const size_t size_;
};

class PosixMapping : public FileMapping {
 public:
  PosixMapping(void* begin, size_t size, std::string path)
      : pages_(begin, size), path_(std::move(path)) {}
  bool valid() const { return pages_.valid(); }
  const char* begin() const override { return pages_.begin(); }

  // A copy takes the place of the file's pages in one step, so that whoever reads sees the one or
  // the other.
  Status detach(uint64_t from, uint64_t to) override {
    assert(from <= to && to <= pages_.size());
    if (from == to) return Status();
    const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    const uint64_t first = from / page * page;
    Pages copy(
        ::mmap(nullptr, to - first, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        to - first);
    if (!copy.valid()) return failed("copy a part of", path_);
    memcpy(copy.begin(), begin() + first, copy.size());
    if (::mprotect(copy.begin(), copy.size(), PROT_READ) != 0)
      return failed("copy a part of", path_);
    if (::mremap(copy.begin(), copy.size(), copy.size(), MREMAP_MAYMOVE | MREMAP_FIXED,
                 pages_.begin() + first) == MAP_FAILED)
      return failed("copy a part of", path_);
    copy.release();
    return Status();
  }

 private:
  Pages pages_;
  const std::string path_;
};

class PosixFile : public File {
 public:
  PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    size_t done = 0;
    while (done < size) {
      const size_t part = std::min(size - done, kTransferBytesMax);
      const ssize_t got = uninterrupted(
          [&] { return ::pread(fd_.get(), out + done, part, static_cast<off_t>(offset + done)); });
      if (got < 0) return failed("read", path_);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  // After an error an unknown part of the bytes may stand in the file.
  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t part = std::min(bytes.size(), kTransferBytesMax);
      const ssize_t put = uninterrupted([&] { return ::write(fd_.get(), bytes.data(), part); });
      if (put < 0) return failed("write", path_);
      bytes.remove_prefix(static_cast<size_t>(put));
    }
    return Status();
  }

  Status write_at(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t part = std::min(bytes.size(), kTransferBytesMax);
      const ssize_t put = uninterrupted(
          [&] { return ::pwrite(fd_.get(), bytes.data(), part, static_cast<off_t>(offset)); });
      if (put < 0) return failed("write", path_);
      bytes.remove_prefix(static_cast<size_t>(put));
      offset += static_cast<uint64_t>(put);
    }
    return Status();
  }

  // fdatasync brings the size too, and a failed one is never repeated: the kernel has marked the
  // pages clean by then.
  Status sync() override {
    // guard: file_sync
    if (!guard_on("file_sync")) return Status();
    if (uninterrupted([&] { return ::fdatasync(fd_.get()); }) != 0) return failed("sync", path_);
    return Status();
  }

  void start_writeback() override {
    [[maybe_unused]] const int ignored = ::sync_file_range(fd_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  }

  Result<uint64_t> size() override {
    struct ::stat info;
    if (::fstat(fd_.get(), &info) != 0) return failed("look at", path_);
    return static_cast<uint64_t>(info.st_size);
  }

  Status truncate(uint64_t size) override {
    if (uninterrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0)
      return failed("truncate", path_);
    return Status();
  }

  Result<std::unique_ptr<FileMapping>> map(uint64_t size) override {
    assert(size > 0);
    auto mapping = std::make_unique<PosixMapping>(
        ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd_.get(), 0), size, path_);
    if (!mapping->valid()) return failed("map", path_);
    return std::unique_ptr<FileMapping>(std::move(mapping));
  }

 private:
  const Descriptor fd_;
  const std::string path_;
};

// A new file, readable by us alone whatever the umask. Invalid with errno EEXIST where there is
// one.
Descriptor create_file(const std::string& path) {
  Descriptor fd =
      open_descriptor(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, kFileMode);
  if (!fd.valid() || ::fchmod(fd.get(), kFileMode) == 0) return fd;
  const int error_number = errno;
  ::unlink(path.c_str());
  errno = error_number;
  return Descriptor();
}

// O_NONBLOCK: a pipe in the place of a file must not hold us up. It changes nothing for files.
Descriptor open_existing(const std::string& path, int access) {
  return open_descriptor(path.c_str(), access | O_NOFOLLOW | O_NONBLOCK);
}

Descriptor open_or_create(const std::string& path) {
  for (int attempt = 0; attempt < kOpenAttemptsMax; ++attempt) {
    Descriptor fd = open_existing(path, O_RDWR | O_APPEND);
    if (fd.valid() || errno != ENOENT) return fd;
    Descriptor made = create_file(path);
    if (made.valid() || errno != EEXIST) return made;
  }
  return Descriptor();
}

Descriptor open_as(const std::string& path, OpenMode mode) {
  switch (mode) {
    case OpenMode::read:
      return open_existing(path, O_RDONLY);
    case OpenMode::create:
      return create_file(path);
    case OpenMode::append:
      return open_or_create(path);
    case OpenMode::write:
      return open_existing(path, O_RDWR);
  }
  errno = EINVAL;
  return Descriptor();
}

Status check_regular(const Descriptor& fd, const std::string& path) {
  struct ::stat info;
  if (::fstat(fd.get(), &info) != 0) return failed("look at", path);
  if (!S_ISREG(info.st_mode))
    return Status(SLIP_NOT_OURS, "cannot open \"" + path + "\": it is not a regular file");
  return Status();
}

}  // namespace

Result<Descriptor> open_regular(const std::string& path, OpenMode mode) {
  Descriptor fd = open_as(path, mode);
  if (!fd.valid()) {
    const int error_number = errno;
    if (error_number == ELOOP)
      return Status(SLIP_NOT_OURS,
                    "cannot open \"" + path + "\": it is a symbolic link, which is not followed");
    if (error_number == EISDIR || error_number == ENXIO)
      return Status(SLIP_NOT_OURS, "cannot open \"" + path + "\": it is not a regular file");
    return errno_status(
        error_number,
        (mode == OpenMode::create ? "cannot create \"" : "cannot open \"") + path + "\"");
  }
  SLIP_TRY(check_regular(fd, path));
  return fd;
}

Result<std::unique_ptr<File>> open_posix_file(const std::string& path, OpenMode mode) {
  SLIP_ASSIGN(Descriptor fd, open_regular(path, mode));
  return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), path));
}

}  // namespace slip
