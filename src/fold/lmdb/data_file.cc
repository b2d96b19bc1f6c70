#include "fold/lmdb/data_file.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/guard.h"
#include "base/utf8.h"

namespace slip::lmdb {
namespace {

// Other minor versions keep other pages (and other rules about sharing read transactions).
static_assert(MDB_VERSION_MAJOR == 0 && MDB_VERSION_MINOR == 9, "written for LMDB 0.9");
static_assert(sizeof(size_t) == 8, "written for 64-bit systems");

// The layout of LMDB 0.9's two meta pages.
struct PageHeader {
  uint64_t number;
  uint16_t pad;
  uint16_t flags;
  uint32_t bounds;
};
struct Tree {
  uint32_t pad;  // of the free list's tree: the page size
  uint16_t flags;
  uint16_t depth;
  uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};
struct MetaPage {
  PageHeader header;
  uint32_t magic;
  uint32_t version;
  uint64_t address, map_bytes;
  Tree free_list, main;
  uint64_t last_page, transaction;
};
constexpr uint16_t kIsMeta = 0x08;
constexpr uint32_t kMagic = 0xBEEFC0DE;
constexpr uint32_t kVersion = 1;
constexpr uint64_t kNoPage = UINT64_MAX;
constexpr uint16_t kDepthMax = 32;
constexpr uint32_t kPageBytesMin = 512;
constexpr uint32_t kPageBytesMax = 65536;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

bool read_meta_page(int fd, uint64_t offset, MetaPage* out) {
  ssize_t size = 0;
  do size = ::pread(fd, out, sizeof *out, static_cast<off_t>(offset));
  while (size < 0 && errno == EINTR);
  return size == static_cast<ssize_t>(sizeof *out);
}

bool is_page_size(uint32_t size) {
  return size >= kPageBytesMin && size <= kPageBytesMax && (size & (size - 1)) == 0;
}

bool is_sound(const Tree& tree, uint64_t last_page) {
  if (tree.depth > kDepthMax) return false;
  return tree.root == kNoPage ? tree.depth == 0 : tree.depth > 0 && tree.root <= last_page;
}

Status corrupt(const std::string& path, const std::string& why) {
  return Status(SLIP_CORRUPT, "file " + quoted(path) + " " + why +
                                  " (rebuild the fold, or restore it from an artifact)");
}

Status check_marks(const std::string& path, const MetaPage& page) {
  if ((page.header.flags & kIsMeta) == 0 || page.magic != kMagic)
    return corrupt(path, "is damaged in its first pages");
  if (page.version != kVersion)
    return Status(SLIP_NEWER_FORMAT, "file " + quoted(path) +
                                         " was written by another version of "
                                         "LMDB (use a later version of this library)");
  return Status();
}

// What the file says of itself against its size. LMDB follows the meta page of the later
// transaction.
Status check_pages(const std::string& path, int fd) {
  MetaPage pages[2];
  if (!read_meta_page(fd, 0, &pages[0])) return corrupt(path, "ends within its first page");
  SLIP_TRY(check_marks(path, pages[0]));
  const uint32_t page_bytes = pages[0].free_list.pad;
  if (!is_page_size(page_bytes)) return corrupt(path, "has no valid page size");
  if (!read_meta_page(fd, page_bytes, &pages[1]))
    return corrupt(path, "ends within its second page");
  SLIP_TRY(check_marks(path, pages[1]));
  const MetaPage& newest = pages[pages[1].transaction > pages[0].transaction ? 1 : 0];
  if (newest.free_list.pad != page_bytes) return corrupt(path, "has two page sizes");
  // After the pages: a writer beside us makes the file longer before it says so.
  struct stat state {};
  if (::fstat(fd, &state) != 0) return errno_status(errno, "cannot stat file " + quoted(path));
  const auto file_bytes = static_cast<uint64_t>(state.st_size);
  if (newest.last_page >= file_bytes / page_bytes)
    return corrupt(path, "is cut short: " + std::to_string(file_bytes) +
                             " bytes, its last page is " + std::to_string(newest.last_page) +
                             " of " + std::to_string(page_bytes) + " bytes");
  if (!is_sound(newest.free_list, newest.last_page) || !is_sound(newest.main, newest.last_page))
    return corrupt(path, "is damaged in its first pages");
  return Status();
}

}  // namespace

Result<DataFile> inspect_data_file(const std::string& path) {
  DataFile file;
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd.get() < 0) {
    if (errno == ENOENT) return file;
    return errno_status(errno, "cannot open file " + quoted(path));
  }
  struct stat state {};
  if (::fstat(fd.get(), &state) != 0)
    return errno_status(errno, "cannot stat file " + quoted(path));
  if (!S_ISREG(state.st_mode)) return corrupt(path, "is not a plain file");
  file.present = state.st_size > 0;
  file.device = state.st_dev;
  file.inode = state.st_ino;
  // guard: fold_data_file
  if (file.present && guard_on("fold_data_file")) {
    // Twice: a writer beside us may be in the middle of a meta page.
    const Status first = check_pages(path, fd.get());
    if (!first.ok()) SLIP_TRY(check_pages(path, fd.get()));
  }
  return file;
}

int why_write_failed(int fd, int code) {
  constexpr size_t kProbeBytes = 64 * 1024;
  struct stat state {};
  if (code != EIO || ::fstat(fd, &state) != 0) return code;
  const std::vector<char> zeros(kProbeBytes);
  const ssize_t written = ::pwrite(fd, zeros.data(), zeros.size(), state.st_size);
  const int error = written < 0 ? errno : ENOSPC;
  if (::ftruncate(fd, state.st_size) != 0) return code;
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return written == static_cast<ssize_t>(zeros.size()) || !full ? code : error;
}

}  // namespace slip::lmdb
