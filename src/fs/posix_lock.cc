#include <sys/stat.h>

#include <string>
#include <utility>

#include "base/decimal.h"
#include "base/thread.h"
#include "fs/descriptor.h"
#include "fs/posix_file.h"

namespace slip {
namespace {

constexpr int kReplacedAttemptsMax = 100;

// Locks of open file descriptions hold between processes and, unlike those of processes, between
// two openings within one. A forked child shares the description: it must not unlock.
int lock_call(int fd, short type, bool wait) {
  struct flock range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  return uninterrupted([&] { return ::fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range); });
}

// The holder writes its process id into the file, for the sentence of those who come too late.
void write_holder(int fd) {
  const std::string text = std::to_string(::getpid()) + "\n";
  // Not written, the lock holds all the same: only a sentence is poorer.
  if (::ftruncate(fd, 0) != 0) return;
  [[maybe_unused]] const ssize_t put = ::write(fd, text.data(), text.size());
}

std::string holder_of(int fd) {
  char text[32];
  const ssize_t size = uninterrupted([&] { return ::pread(fd, text, sizeof text, 0); });
  std::string_view digits(text, size > 0 ? static_cast<size_t>(size) : 0);
  digits = digits.substr(0, digits.find('\n'));
  uint64_t process = 0;
  if (parse_decimal(digits, &process) != Decimal::ok) return "held by another holder";
  if (process == static_cast<uint64_t>(::getpid())) return "held by this process already";
  return "held by process " + std::to_string(process);
}

class PosixLock : public FileLock {
 public:
  explicit PosixLock(Descriptor fd) : fd_(std::move(fd)), generation_(fork_generation()) {}
  ~PosixLock() override {
    if (generation_ != fork_generation()) return;
    [[maybe_unused]] const int emptied = ::ftruncate(fd_.get(), 0);
    lock_call(fd_.get(), F_UNLCK, false);
  }
  int descriptor() const { return fd_.get(); }
  PosixLock(const PosixLock&) = delete;
  PosixLock& operator=(const PosixLock&) = delete;

 private:
  const Descriptor fd_;
  const unsigned generation_;
};

Status lock_failed(const std::string& path, int error_number) {
  return errno_status(error_number, "cannot lock \"" + path + "\"");
}

// Whether the path still names the file that was locked: somebody may have removed it meanwhile.
bool is_still_at(int fd, const std::string& path) {
  struct ::stat opened;
  struct ::stat named;
  return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

Result<std::unique_ptr<FileLock>> lock_posix_file(const std::string& path, bool wait) {
  for (int attempt = 0; attempt < kReplacedAttemptsMax; ++attempt) {
    SLIP_ASSIGN(Descriptor fd, open_regular(path, OpenMode::append));
    if (lock_call(fd.get(), F_WRLCK, wait) != 0) {
      const int error_number = errno;
      if (error_number != EAGAIN && error_number != EACCES) return lock_failed(path, error_number);
      return Status(SLIP_BUSY, "cannot lock \"" + path + "\": " + holder_of(fd.get()));
    }
    if (!is_still_at(fd.get(), path)) continue;
    auto lock = std::make_unique<PosixLock>(std::move(fd));
    write_holder(lock->descriptor());
    return std::unique_ptr<FileLock>(std::move(lock));
  }
  return Status(SLIP_BUSY, "cannot lock \"" + path + "\": it is being replaced again and again");
}

}  // namespace slip
