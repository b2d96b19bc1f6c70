/*
 * The witness: an LD_PRELOAD object that makes disks fail and processes die where a test wants it,
 * without a hook in the product. It looks only at files whose path contains SLIP_MATCH.
 *
 *   SLIP_KILL_AT_COMMIT=n     SIGKILL in place of the nth write, sync, rename or removal of a matching file
 *   SLIP_WITNESS=path         the kill is first told there: "OPERATION n PATH by THREAD"
 *   SLIP_FULL_WHILE=path      while this path exists, writes to matching files fail with ENOSPC
 *   SLIP_FAIL_AFTER_BYTES=n   after n bytes written to matching files, writes fail with ENOSPC
 *   SLIP_SYNC_FAILS_WHILE=path  while this path exists, syncs of matching files fail with EIO
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long operations;
static atomic_long bytes_written;

static int matches(int fd, char *path, size_t size) {
  const char *match = getenv("SLIP_MATCH");
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, size - 1);
  if (match == NULL || length < 0) return 0;
  path[length] = '\0';
  return strstr(path, match) != NULL;
}

static int exists_in(const char *variable) {
  const char *path = getenv(variable);
  return path != NULL && access(path, F_OK) == 0;
}

static void tell(const char *operation, long number, const char *path) {
  const char *witness = getenv("SLIP_WITNESS");
  if (witness == NULL) return;
  const int fd = open(witness, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  char thread[16] = "";
  prctl(PR_GET_NAME, thread);
  dprintf(fd, "%s %ld %s by %s\n", operation, number, path, thread);
  close(fd);
}

/* Dies here when this is the operation that was asked for. */
static void count(const char *operation, const char *path) {
  const char *at = getenv("SLIP_KILL_AT_COMMIT");
  if (at == NULL) return;
  const long number = atomic_fetch_add(&operations, 1) + 1;
  if (number != atol(at)) return;
  tell(operation, number, path);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* 0, or ENOSPC. */
static int refuse_write(const char *operation, int fd, size_t size) {
  char path[4096];
  if (!matches(fd, path, sizeof path)) return 0;
  count(operation, path);
  if (exists_in("SLIP_FULL_WHILE")) return ENOSPC;
  const char *limit = getenv("SLIP_FAIL_AFTER_BYTES");
  if (limit != NULL && atomic_fetch_add(&bytes_written, (long)size) + (long)size > atol(limit))
    return ENOSPC;
  return 0;
}

/* A file that gets shorter needs no room. */
static int refuse_truncate(int fd, off64_t size) {
  struct stat now;
  if (fstat(fd, &now) != 0 || size > now.st_size) return refuse_write("ftruncate", fd, 0);
  char path[4096];
  if (matches(fd, path, sizeof path)) count("ftruncate", path);
  return 0;
}

static int refuse_sync(const char *operation, int fd) {
  char path[4096];
  if (!matches(fd, path, sizeof path)) return 0;
  count(operation, path);
  return exists_in("SLIP_SYNC_FAILS_WHILE") ? EIO : 0;
}

static size_t total(const struct iovec *parts, int count_parts) {
  size_t size = 0;
  for (int i = 0; i < count_parts; ++i) size += parts[i].iov_len;
  return size;
}

#define NEXT(name) \
  static __typeof__(name) *next;  \
  if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, #name)
#define REFUSE(error, failed) \
  do {                        \
    const int refused = error; \
    if (refused != 0) {       \
      errno = refused;        \
      return failed;          \
    }                         \
  } while (0)

ssize_t write(int fd, const void *data, size_t size) {
  NEXT(write);
  REFUSE(refuse_write("write", fd, size), -1);
  return next(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
  NEXT(pwrite);
  REFUSE(refuse_write("pwrite", fd, size), -1);
  return next(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
  NEXT(pwrite64);
  REFUSE(refuse_write("pwrite", fd, size), -1);
  return next(fd, data, size, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count_parts) {
  NEXT(writev);
  REFUSE(refuse_write("writev", fd, total(parts, count_parts)), -1);
  return next(fd, parts, count_parts);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count_parts, off_t offset) {
  NEXT(pwritev);
  REFUSE(refuse_write("pwritev", fd, total(parts, count_parts)), -1);
  return next(fd, parts, count_parts, offset);
}

int ftruncate(int fd, off_t size) {
  NEXT(ftruncate);
  REFUSE(refuse_truncate(fd, size), -1);
  return next(fd, size);
}

int ftruncate64(int fd, off64_t size) {
  NEXT(ftruncate64);
  REFUSE(refuse_truncate(fd, size), -1);
  return next(fd, size);
}

/* Renames and removals are operations to die at, and never refused. */
static void count_name(const char *operation, const char *path) {
  const char *match = getenv("SLIP_MATCH");
  if (match != NULL && strstr(path, match) != NULL) count(operation, path);
}

int rename(const char *from, const char *to) {
  NEXT(rename);
  count_name("rename", to);
  return next(from, to);
}

int unlink(const char *path) {
  NEXT(unlink);
  count_name("unlink", path);
  return next(path);
}

int fsync(int fd) {
  NEXT(fsync);
  REFUSE(refuse_sync("fsync", fd), -1);
  return next(fd);
}

int fdatasync(int fd) {
  NEXT(fdatasync);
  REFUSE(refuse_sync("fdatasync", fd), -1);
  return next(fd);
}
