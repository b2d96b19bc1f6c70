#include "fold/lmdb/store.h"

#include <unistd.h>

#include <cassert>
#include <cerrno>

#include "base/guard.h"
#include "base/log.h"
#include "base/utf8.h"
#include "fold/lmdb/data_file.h"
#include "fold/root.h"

namespace slip::lmdb {
namespace {

int put_text(MDB_txn* txn, MDB_dbi dbi, const char* key, const std::string& bytes) {
  MDB_val k = as_val(key);
  MDB_val v = as_val(bytes);
  return mdb_put(txn, dbi, &k, &v, 0);
}

// A file that was not even given its two first pages.
Status remove_half_made(FileSystem& fs, const std::string& path) {
  SLIP_ASSIGN(const FileStat stat, fs.stat(path));
  const auto begun = 2 * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return stat.kind == FileKind::file && stat.size < begun ? fs.remove(path) : Status();
}

}  // namespace

Status read_stored_meta(const Environment& environment, MDB_txn* txn, const std::string& path,
                        StoredMeta* out) {
  MDB_val key = as_val(kMetaKey);
  MDB_val value{};
  const std::string what = "cannot read fold " + quoted(path);
  int code = mdb_get(txn, environment.main(), &key, &value);
  if (code == MDB_NOTFOUND) return Status(SLIP_NOT_FOUND, what + ": it has no meta record");
  if (code != 0) return lmdb_status(code, what);
  SLIP_TRY(decode_meta(as_bytes(value), path, out));
  key = as_val(kScopeKey);
  code = mdb_get(txn, environment.main(), &key, &value);
  if (code == MDB_NOTFOUND) code = MDB_CORRUPTED;
  if (code != 0) return lmdb_status(code, what);
  return decode_scope(as_bytes(value), path, &out->meta.scope);
}

int write_stored_meta(const Environment& environment, MDB_txn* txn, const StoredMeta& stored,
                      bool with_scope) {
  const int code = put_text(txn, environment.main(), kMetaKey, encode_meta(stored));
  if (code != 0 || !with_scope) return code;
  return put_text(txn, environment.main(), kScopeKey, encode_scope(stored.meta.scope));
}

// --- opening ------------------------------------------------------------------------------------

Result<std::shared_ptr<Store>> Store::open(const Request& request) {
  FileSystem& fs = posix_file_system();
  std::shared_ptr<Store> store(new Store(request));
  SLIP_ASSIGN(store->root_, hold_root(fs, request));
  store->path_ = store->root_.path;
  store->positions_ = std::make_unique<Positions>(fs, store->path_, request.read_only);
  SLIP_TRY(store->open_generation(fs));
  store->opened_ = true;
  return store;
}

Status Store::open_generation(FileSystem& fs) {
  SLIP_ASSIGN(const bool is_new, is_new_root(fs, path_, request_.create));
  if (is_new) SLIP_TRY(make_generation(fs).with_context(cannot_open_fold(path_)));
  SLIP_ASSIGN(const Current current, read_current(fs, path_, FoldKind::lmdb));
  Environment::Mode mode;
  mode.read_only = request_.read_only;
  mode.durability = request_.durability;
  auto opened = environment_at(generation_path(path_, current.generation), mode);
  if (!opened.ok()) return opened.status().with_context(cannot_open_fold(path_));
  environment_ = opened.take();
  SLIP_TRY(load_meta());
  SLIP_TRY(check_mark());
  // What an earlier opening left unsynced is not covered by the durability of this one.
  const bool sync_now = !request_.read_only && !stored_.unsynced.empty() &&
                        request_.durability != Durability::process;
  return sync_now ? sync() : Status();
}

// A creation that was cut short left nothing that was ever acknowledged, so it is carried on with,
// unless what it left holds more than a beginning.
Status Store::make_generation(FileSystem& fs) {
  const std::string directory = generation_path(path_, 1);
  const Status exists = fs.make_directory(directory);
  if (!exists.ok() && !exists.is(SLIP_EXISTS)) return exists;
  SLIP_TRY(remove_half_made(fs, data_path(directory)));
  Environment::Mode mode;
  mode.create = true;
  mode.durability = Durability::full;
  SLIP_ASSIGN(environment_, environment_at(directory, mode));
  {
    SLIP_ASSIGN(Txn txn, environment_->begin(false, "cannot make it"));
    const Status read = read_stored_meta(*environment_, txn.get(), path_, &stored_);
    if (read.ok() && (stored_.meta.identity.bound() || stored_.meta.entries > 0))
      return Status(SLIP_CORRUPT, "CURRENT is missing although " + quoted(directory) +
                                      " holds entries (restore the fold from an artifact)");
    if (!read.ok() && !read.is(SLIP_NOT_FOUND)) return read;
    stored_ = StoredMeta();
    int code = write_stored_meta(*environment_, txn.get(), stored_, true);
    if (code == 0) code = txn.commit();
    if (code != 0) return write_failed(code);
  }
  environment_.reset();
  SLIP_TRY(fs.sync_directory(directory));
  SLIP_TRY(fs.sync_directory(path_));
  Current current;
  current.generation = 1;
  return write_current(fs, path_, current);
}

Status Store::load_meta() {
  SLIP_ASSIGN(const Txn txn, environment_->begin(true, cannot_open_fold(path_)));
  const Status read = read_stored_meta(*environment_, txn.get(), path_, &stored_);
  if (read.is(SLIP_NOT_FOUND)) return Status(SLIP_CORRUPT, read.message());
  return read;
}

// Whether what the fold holds may have been lost by the disk.
Status Store::check_mark() {
  const std::string& mark = stored_.unsynced;
  // guard: fold_suspect
  if (mark.empty() || mark == unsynced_mark() || !guard_on("fold_suspect")) return Status();
  if (mark == kSyncFailed)
    return Status(SLIP_SUSPECT, cannot_open_fold(path_) +
                                    ": the disk failed to take its last commits (rebuild it, or "
                                    "restore it from an artifact)");
  return Status(SLIP_SUSPECT, cannot_open_fold(path_) +
                                  ": the machine went down before its last commits were synced "
                                  "(rebuild it, or restore it from an artifact)");
}

Store::~Store() {
  try {
    if (opened_ && !closed_) {
      const Status synced = sync();
      if (!synced.ok()) log_line(SLIP_LOG_WARNING, "fold", synced.message());
    }
  } catch (...) {  // what is not synced stays marked as such
  }
}

// --- the open fold
// --------------------------------------------------------------------------------

Result<std::shared_ptr<Environment>> Store::environment() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return Status(SLIP_CLOSED, "fold " + quoted(path_) + " is closed");
  if (environment_ == nullptr)
    return Status(SLIP_IO, "fold " + quoted(path_) + " is broken (close it and open it again)");
  return environment_;
}

// What another process commits is seen at once.
Result<FoldMeta> Store::meta() const {
  SLIP_ASSIGN(const std::shared_ptr<Environment> environment, this->environment());
  if (!request_.read_only) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return stored_.meta;
  }
  SLIP_ASSIGN(const Txn txn, environment->begin(true, "cannot read fold " + quoted(path_)));
  StoredMeta stored;
  SLIP_TRY(read_stored_meta(*environment, txn.get(), path_, &stored));
  return std::move(stored.meta);
}

uint64_t Store::commits() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return commits_;
}

Status Store::claim_writer() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return Status(SLIP_CLOSED, "fold " + quoted(path_) + " is closed");
  SLIP_TRY(may_write(request_, path_, writer_));
  writer_ = true;
  return Status();
}

void Store::release_writer() {
  const std::lock_guard<std::mutex> lock(mutex_);
  writer_ = false;
}

Status Store::sync() {
  const std::lock_guard<std::mutex> lock(writing);
  SLIP_TRY(environment().status());
  return sync_locked();
}

Status Store::close() {
  const std::lock_guard<std::mutex> lock(writing);
  {
    const std::lock_guard<std::mutex> state(mutex_);
    if (closed_) return close_status_;
    if (writer_)
      return Status(SLIP_BUSY, "cannot close fold " + quoted(path_) +
                                   ": it has a writer (close the watch first)");
  }
  Status synced = sync_locked();
  positions_->close();
  const std::lock_guard<std::mutex> state(mutex_);
  closed_ = true;
  close_status_ = std::move(synced);
  environment_.reset();
  root_.lock.reset();
  root_.claim.reset();
  return close_status_;
}

// --- writing
// ----------------------------------------------------------------------------------------

Result<Txn> Store::begin_write() {
  if (!poison_.ok()) return poison_;
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(environment_->get(), nullptr, 0, &txn);
  if (code == MDB_PANIC) {
    SLIP_TRY(heal());
    code = mdb_txn_begin(environment_->get(), nullptr, 0, &txn);
  }
  if (code != 0) return write_failed(code);
  return Txn(txn);
}

// Where not even the meta page could be written, LMDB gives the environment up, for readers too.
// The file is sound: it only has to be opened anew, once no snapshot holds the old one.
Status Store::heal() {
  MDB_txn* probe = nullptr;
  const int code = mdb_txn_begin(environment_->get(), nullptr, MDB_RDONLY, &probe);
  if (probe != nullptr) mdb_txn_abort(probe);
  if (code != MDB_PANIC) return Status();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (environment_.use_count() > 1)
    return Status(SLIP_IO,
                  "cannot commit to fold " + quoted(path_) +
                      ": a write failed while snapshots were open (free them)",
                  true);
  Environment::Mode mode;
  mode.durability = request_.durability;
  const std::string directory = environment_->directory();
  environment_.reset();
  auto opened = environment_at(directory, mode);
  if (opened.ok()) environment_ = opened.take();
  if (!opened.ok()) poison_ = opened.status();
  return opened.status();
}

Status Store::finish(Txn txn, StoredMeta next) {
  // The first commit that will not be synced is: it carries the mark that says so of the others.
  const bool marks = request_.durability == Durability::process && next.unsynced.empty();
  if (marks) next.unsynced = unsynced_mark();
  const bool with_scope = !(next.meta.scope == stored_.meta.scope);
  const int code = write_stored_meta(*environment_, txn.get(), next, with_scope);
  if (code != 0) return write_failed(code);
  SLIP_TRY(commit_durably(std::move(txn), marks));
  const std::lock_guard<std::mutex> lock(mutex_);
  stored_ = std::move(next);
  ++commits_;
  return Status();
}

Status Store::commit_durably(Txn txn, bool durable) {
  if (durable) environment_->set_durability(Durability::full);
  const int code = txn.commit();
  if (durable) environment_->set_durability(request_.durability);
  if (code == 0) return Status();
  const Status failed = write_failed(code);
  // For the readers; where it cannot be done now, the next commit tries.
  [[maybe_unused]] const Status healed = heal();
  return failed;
}

Status Store::write_failed(int code) {
  const int reason = why_write_failed(environment_->descriptor(), code);
  const std::string what = "cannot commit to fold " + quoted(path_);
  if (reason != EIO && reason != MDB_PANIC) {
    Status failed = lmdb_status(reason, what);
    if (!failed.is(SLIP_NO_SPACE)) return failed;
    return Status(SLIP_NO_SPACE, failed.message() + " (make room: it may then be tried again)");
  }
  const Status failed(SLIP_IO,
                      lmdb_status(reason, what).message() +
                          " (nothing more is written: mend the disk and open the fold again)",
                      false);
  poison(failed);
  return failed;
}

// After a write or sync that failed, the system may hold pages that it believes to be on the disk
// and that are not: nothing is built on them, and what was not synced before is suspect.
void Store::poison(const Status& reason) {
  // guard: fold_poison
  if (!guard_on("fold_poison")) return;
  poison_ = reason;
  if (stored_.unsynced.empty()) return;
  StoredMeta suspect = stored_;
  suspect.unsynced = kSyncFailed;
  MDB_txn* raw = nullptr;
  if (mdb_txn_begin(environment_->get(), nullptr, 0, &raw) != 0) return;
  Txn txn(raw);
  const int written = write_stored_meta(*environment_, txn.get(), suspect, false);
  const int code = written != 0 ? written : txn.commit();
  if (code != 0)
    log_line(SLIP_LOG_WARNING, "fold", "fold " + quoted(path_) + " could not be marked as suspect");
}

Status Store::sync_locked() {
  if (request_.read_only) return Status();
  if (!poison_.ok()) return poison_;
  if (!stored_.unsynced.empty()) {
    StoredMeta next = stored_;
    next.unsynced.clear();
    SLIP_ASSIGN(Txn txn, begin_write());
    const int code = write_stored_meta(*environment_, txn.get(), next, false);
    if (code != 0) return write_failed(code);
    SLIP_TRY(commit_durably(std::move(txn), true));
    const std::lock_guard<std::mutex> lock(mutex_);
    stored_ = std::move(next);
    return Status();
  }
  if (request_.durability != Durability::meta) return Status();
  const int code = mdb_env_sync(environment_->get(), 1);
  return code == 0 ? Status() : write_failed(code);
}

}  // namespace slip::lmdb
