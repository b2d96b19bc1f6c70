// A file descriptor that closes itself, and the system calls that a signal may interrupt.
// Internal to fs; a Descriptor is used by one thread at a time.
#ifndef SLIP_FS_DESCRIPTOR_H
#define SLIP_FS_DESCRIPTOR_H

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>

namespace slip {

// Repeats a call while a signal interrupts it.
template <typename Call>
auto uninterrupted(Call call) {
  decltype(call()) result;
  do result = call();
  while (result == -1 && errno == EINTR);
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    // Linux releases the descriptor even where close is interrupted: never twice.
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

// Close-on-exec always.
inline Descriptor open_descriptor(const char* path, int flags, mode_t mode = 0) {
  return Descriptor(
      uninterrupted([&] { return ::openat(AT_FDCWD, path, flags | O_CLOEXEC, mode); }));
}

}  // namespace slip
#endif
