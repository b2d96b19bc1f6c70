// The one file that base reads: the kernel's, and nothing durable of ours.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"

namespace slip {
namespace {

struct BootId {
  char text[64] = {};
  BootId() {
    const int fd = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t size = 0;
    do size = ::read(fd, text, sizeof text - 1);
    while (size < 0 && errno == EINTR);
    ::close(fd);
    text[size > 0 ? size : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
  }
};

}  // namespace

const char* boot_id() {
  static const BootId id;
  return id.text;
}

}  // namespace slip
