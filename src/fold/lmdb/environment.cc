#include "fold/lmdb/environment.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/limits.h"
#include "base/utf8.h"
#include "fold/lmdb/data_file.h"
#include "fold/lmdb/record.h"
#include "fs/file_system.h"

namespace slip::lmdb {
namespace {

// Address space, not memory or disk: so the map never has to grow.
constexpr size_t kMapBytes = size_t{1} << 40;
constexpr size_t kMapBytesMin = size_t{1} << 26;
constexpr unsigned kDatabases = 2;
// Made ready for one commit at most, and by one call: the kernel reads ahead as much at least.
constexpr uint64_t kRoomBytesMax = 16u << 20;
constexpr off_t kReadaheadBytes = 128 << 10;
constexpr char kEntries[] = "entries";

unsigned flags_of(Durability durability) {
  switch (durability) {
    case Durability::process:
      return MDB_NOSYNC;
    case Durability::meta:
      return MDB_NOMETASYNC;
    case Durability::full:
      return 0;
  }
  return 0;
}

// LMDB initialises and destroys what processes share when the first one opens and the last one
// closes, and a process that comes in between fails. So they take turns. Where the lock cannot be
// had (a directory that cannot be written), there is no writer to meet either.
std::unique_ptr<FileLock> take_turn(const std::string& directory) {
  auto lock = posix_file_system().lock(join_path(directory, "OPEN"), true);
  return lock.ok() ? lock.take() : nullptr;
}

}  // namespace

std::string data_path(const std::string& directory) { return join_path(directory, "data.mdb"); }

Result<std::unique_ptr<Environment>> Environment::open(const std::string& directory,
                                                       const Mode& mode) {
  SLIP_ASSIGN(const DataFile file, inspect_data_file(data_path(directory)));
  if (!file.present && !mode.create)
    return Status(SLIP_CORRUPT, "file " + quoted(data_path(directory)) +
                                    " is missing or empty (rebuild the fold, or restore it)");
  std::unique_ptr<Environment> environment(new Environment(directory, mode.read_only));
  const std::unique_ptr<FileLock> turn = take_turn(directory);
  SLIP_TRY(environment->map(mode));
  return environment;
}

Environment::~Environment() {
  if (env_ == nullptr) return;
  std::unique_ptr<FileLock> turn;
  try {
    turn = take_turn(directory_);
  } catch (...) {  // without memory we close out of turn
  }
  mdb_env_close(env_);
}

Status Environment::map(const Mode& mode) {
  const std::string what = "cannot open " + quoted(data_path(directory_));
  const unsigned flags = MDB_NOTLS | (mode.read_only ? MDB_RDONLY : flags_of(mode.durability));
  for (size_t bytes = kMapBytes;; bytes /= 2) {
    int code = mdb_env_create(&env_);
    if (code != 0) {
      env_ = nullptr;
      return lmdb_status(code, what);
    }
    code = mdb_env_set_mapsize(env_, bytes);
    if (code == 0) code = mdb_env_set_maxreaders(env_, kSnapshotReadersMax);
    if (code == 0) code = mdb_env_set_maxdbs(env_, kDatabases);
    if (code == 0) code = mdb_env_open(env_, directory_.c_str(), flags, 0600);
    if (code == 0) break;
    mdb_env_close(env_);
    env_ = nullptr;
    if (code != ENOMEM || bytes <= kMapBytesMin) return lmdb_status(code, what);
  }
  if (mdb_env_get_maxkeysize(env_) < static_cast<int>(kStoredKeyBytes))
    return Status(SLIP_UNSUPPORTED, what + ": this LMDB was built for keys under 511 bytes");
  // LMDB marks its lock file only: this one would stay open in whatever the process executes.
  if (::fcntl(descriptor(), F_SETFD, FD_CLOEXEC) != 0) return errno_status(errno, what);
  int dead = 0;
  return lmdb_status(mdb_reader_check(env_, &dead), what);
}

Status Environment::open_databases(const Mode& mode) {
  const std::string what = "cannot open " + quoted(data_path(directory_));
  SLIP_ASSIGN(Txn txn, begin(mode.read_only || !mode.create, what));
  int code = mdb_dbi_open(txn.get(), nullptr, 0, &main_);
  if (code == 0) code = mdb_dbi_open(txn.get(), kEntries, mode.create ? MDB_CREATE : 0, &entries_);
  if (code == MDB_NOTFOUND) code = MDB_CORRUPTED;
  if (code == 0) code = txn.commit();
  return lmdb_status(code, what);
}

int Environment::descriptor() const {
  int fd = -1;
  mdb_env_get_fd(env_, &fd);
  return fd;
}

std::pair<uint64_t, uint64_t> Environment::file() const {
  struct stat state {};
  if (::fstat(descriptor(), &state) != 0) return {0, 0};
  return {state.st_dev, state.st_ino};
}

uint64_t Environment::file_bytes() const {
  struct stat state {};
  return ::fstat(descriptor(), &state) == 0 ? static_cast<uint64_t>(state.st_size) : 0;
}

Result<Txn> Environment::begin(bool read_only, const std::string& what) const {
  MDB_txn* txn = nullptr;
  const int code = mdb_txn_begin(env_, nullptr, read_only ? MDB_RDONLY : 0, &txn);
  if (code != 0) return lmdb_status(code, what);
  return Txn(txn);
}

void Environment::start_writeback() const {
  [[maybe_unused]] const int ignored = sync_file_range(descriptor(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

uint64_t Environment::used_bytes() const {
  MDB_envinfo info{};
  MDB_stat stat{};
  if (mdb_env_info(env_, &info) != 0 || mdb_env_stat(env_, &stat) != 0) return 0;
  return (info.me_last_pgno + 1) * stat.ms_psize;
}

// A long write beyond the end is kept by the page cache in folios of many pages, and on ext4 every
// later write of one page then goes through all buffers of its folio: with 64 of them a commit of
// one update costs twice as much. Pages that are there already keep their size, and what is read
// ahead of a hole comes page by page.
void Environment::make_room(uint64_t bytes) const {
  const uint64_t begin = file_bytes();
  const uint64_t end = used_bytes() + std::min(bytes, kRoomBytesMax);
  rlimit limit{};
  // Beyond the limit of a file's size a signal waits.
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY) return;
  if (end <= begin || ::ftruncate(descriptor(), static_cast<off_t>(end)) != 0) return;
  for (uint64_t at = begin; at < end; at += kReadaheadBytes)
    ::posix_fadvise(descriptor(), static_cast<off_t>(at), kReadaheadBytes, POSIX_FADV_WILLNEED);
}

void Environment::set_durability(Durability durability) {
  mdb_env_set_flags(env_, MDB_NOSYNC | MDB_NOMETASYNC, 0);
  mdb_env_set_flags(env_, flags_of(durability), 1);
}

}  // namespace slip::lmdb
