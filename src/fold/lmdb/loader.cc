#include "fold/lmdb/loader.h"

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fold/lmdb/data_file.h"
#include "fold/lmdb/record.h"
#include "fold/lmdb/registry.h"
#include "fold/lmdb/store.h"
#include "fold/root.h"

namespace slip::lmdb {
namespace {

constexpr char kInfix[] = ".loading-";
constexpr size_t kRandomBytes = 4;
constexpr uint64_t kGeneration = 1;
// Dirty pages stay in memory until their transaction ends.
constexpr size_t kPartBytesMax = 16u << 20;

std::string name_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

// What loads of the same path left behind when they were killed: nobody holds their lock.
Status remove_leftovers(FileSystem& fs, const std::string& path) {
  const std::string parent = parent_path(path);
  const std::string prefix = name_of(path) + kInfix;
  SLIP_ASSIGN(const std::vector<std::string> names, fs.list(parent));
  for (const std::string& name : names) {
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string leftover = join_path(parent, name);
    const auto lock = fs.lock(lock_path(leftover), false);
    if (lock.ok()) SLIP_TRY(remove_tree(fs, leftover));
  }
  return Status();
}

}  // namespace

Result<std::unique_ptr<FoldLoader>> load(const std::string& path) {
  FileSystem& fs = posix_file_system();
  const std::string destination = resolve_links(path);
  SLIP_TRY(require_empty_destination(fs, destination));
  SLIP_TRY(make_directories(fs, parent_path(destination)));
  SLIP_TRY(remove_leftovers(fs, destination));
  auto loader =
      std::make_unique<Loader>(fs, destination, destination + kInfix + random_hex(kRandomBytes));
  SLIP_TRY(loader->open().with_context("cannot load fold " + quoted(destination)));
  return std::unique_ptr<FoldLoader>(std::move(loader));
}

Status Loader::open() {
  SLIP_TRY(fs_.make_directory(directory_));
  remove_ = true;
  SLIP_ASSIGN(lock_, fs_.lock(lock_path(directory_), false));
  const std::string generation = generation_path(directory_, kGeneration);
  SLIP_TRY(fs_.make_directory(generation));
  Environment::Mode mode;
  mode.create = true;
  mode.durability = Durability::process;  // synced once, at the end
  SLIP_ASSIGN(environment_, environment_at(generation, mode));
  return Status();
}

Loader::~Loader() {
  txn_ = Txn();
  environment_.reset();
  if (!remove_) return;
  try {
    [[maybe_unused]] const Status removed = remove_tree(fs_, directory_);
  } catch (...) {  // no memory: the next load of this path removes it
  }
}

Status Loader::add(const Update* updates, size_t count) {
  for (size_t i = 0; i < count && ended_.ok(); ++i) ended_ = add_one(updates[i]);
  return ended_;
}

Status Loader::check(const Update& update) const {
  const Bytes key = key_of(update);
  const auto refused = [&](slip_status code, const std::string& why) {
    return Status(code, "cannot load fold " + quoted(path_) + ": key " + quoted(key) + why);
  };
  if (key.empty()) return refused(SLIP_INVALID, " is empty");
  if (key.size() > kFoldKeyBytesMax)
    return refused(SLIP_TOO_LARGE, " has " + std::to_string(key.size()) + " bytes, the limit is " +
                                       std::to_string(kFoldKeyBytesMax));
  // guard: fold_load_order
  if (guard_on("fold_load_order") && key <= Bytes(last_key_))
    return refused(SLIP_INVALID, " does not come after " + quoted(last_key_));
  if (update.operation < SLIP_PUT || update.operation > SLIP_PURGE || update.revision == 0)
    return refused(SLIP_INVALID, " has no valid operation or revision");
  if (update.value.size > kValueBytesMax)
    return refused(SLIP_TOO_LARGE,
                   " has a value of " + std::to_string(update.value.size) + " bytes");
  return Status();
}

Status Loader::add_one(const Update& update) {
  SLIP_TRY(check(update));
  const Bytes key = key_of(update);
  const std::string hashed = is_long(key) ? hash_long_key(key) : std::string();
  SLIP_TRY(put(is_long(key) ? Bytes(hashed) : key, update));
  last_key_ = key;
  if (is_live(update)) {
    ++counts_.entries;
    counts_.payload_bytes += key.size() + update.value.size;
  } else {
    ++counts_.tombstones;
  }
  return part_bytes_ < kPartBytesMax ? Status() : commit_part();
}

Status Loader::put(Bytes stored_key, const Update& update) {
  if (txn_.get() == nullptr) {
    SLIP_ASSIGN(txn_, environment_->begin(false, "cannot load fold " + quoted(path_)));
  }
  const size_t size = record_size(update);
  MDB_val key = as_val(stored_key);
  MDB_val record{size, nullptr};
  // In a group of long keys the tree has another order than the stream.
  const unsigned append = is_grouped(stored_key) ? 0 : MDB_APPEND;
  const int code = mdb_put(txn_.get(), environment_->entries(), &key, &record,
                           MDB_NOOVERWRITE | MDB_RESERVE | append);
  if (code != 0) return failed(code);
  write_record(static_cast<char*>(record.mv_data), stored_key, update);
  part_bytes_ += stored_key.size() + size;
  return Status();
}

Status Loader::commit_part() {
  environment_->make_room(part_bytes_ + part_bytes_ / 8);
  part_bytes_ = 0;
  if (txn_.get() == nullptr) return Status();
  const int code = txn_.commit();
  return code == 0 ? Status() : failed(code);
}

Status Loader::commit(const FoldMeta& meta) {
  SLIP_TRY(ended_);
  ended_ = Status(SLIP_MISUSE, "the load of fold " + quoted(path_) + " has ended");
  SLIP_TRY(commit_part());
  SLIP_TRY(write_meta(meta));
  const std::string generation = generation_path(directory_, kGeneration);
  const int code = mdb_env_sync(environment_->get(), 1);
  if (code != 0) return failed(code);
  environment_.reset();
  SLIP_TRY(fs_.sync_directory(generation));
  Current current;
  current.generation = kGeneration;
  SLIP_TRY(write_current(fs_, directory_, current));
  return move_into_place();
}

Status Loader::write_meta(const FoldMeta& meta) {
  StoredMeta stored;
  stored.meta = meta;
  stored.meta.entries = counts_.entries;
  stored.meta.tombstones = counts_.tombstones;
  stored.meta.payload_bytes = counts_.payload_bytes;
  SLIP_ASSIGN(Txn txn, environment_->begin(false, "cannot load fold " + quoted(path_)));
  int code = write_stored_meta(*environment_, txn.get(), stored, true);
  if (code == 0) code = txn.commit();
  return code == 0 ? Status() : failed(code);
}

// rename(2) replaces an empty directory, and nothing else that is there.
Status Loader::move_into_place() {
  SLIP_TRY(require_empty_destination(fs_, path_));
  SLIP_TRY(fs_.rename(directory_, path_).with_context("cannot load fold " + quoted(path_)));
  remove_ = false;
  lock_.reset();
  return fs_.sync_directory(parent_path(path_));
}

Status Loader::failed(int code) const {
  return lmdb_status(why_write_failed(environment_->descriptor(), code),
                     "cannot load fold " + quoted(path_));
}

}  // namespace slip::lmdb
