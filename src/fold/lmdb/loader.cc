#include "fold/lmdb/loader.h"

#include "base/utf8.h"
#include "fold/lmdb/data_file.h"
#include "fold/lmdb/record.h"
#include "fold/lmdb/registry.h"
#include "fold/lmdb/store.h"

namespace slip::lmdb {
namespace {

constexpr uint64_t kGeneration = 1;
// Dirty pages stay in memory until their transaction ends.
constexpr size_t kPartBytesMax = 16u << 20;

}  // namespace

Result<std::unique_ptr<FoldLoader>> load(const std::string& path) {
  SLIP_ASSIGN(std::unique_ptr<LoadPlace> place, LoadPlace::make(posix_file_system(), path));
  auto loader = std::make_unique<Loader>(std::move(place));
  SLIP_TRY(loader->open());
  return std::unique_ptr<FoldLoader>(std::move(loader));
}

Status Loader::open() {
  const std::string generation = generation_path(place_->directory(), kGeneration);
  const std::string what = "cannot load fold " + quoted(place_->path());
  SLIP_TRY(posix_file_system().make_directory(generation).with_context(what));
  Environment::Mode mode;
  mode.create = true;
  mode.durability = Durability::process;  // synced once, at the end
  auto opened = environment_at(generation, mode);
  if (!opened.ok()) return opened.status().with_context(what);
  environment_ = opened.take();
  return Status();
}

// Before its directory goes.
Loader::~Loader() {
  txn_ = Txn();
  environment_.reset();
}

Status Loader::add(const Update* updates, size_t count) {
  for (size_t i = 0; i < count && ended_.ok(); ++i) ended_ = add_one(updates[i]);
  return ended_;
}

Status Loader::add_one(const Update& update) {
  SLIP_TRY(stream_.check(update));
  const Bytes key = key_of(update);
  const std::string hashed = is_long(key) ? hash_long_key(key) : std::string();
  SLIP_TRY(put(is_long(key) ? Bytes(hashed) : key, update));
  stream_.count(update);
  return part_bytes_ < kPartBytesMax ? Status() : commit_part();
}

Status Loader::put(Bytes stored_key, const Update& update) {
  if (txn_.get() == nullptr) {
    SLIP_ASSIGN(txn_, environment_->begin(false, "cannot load fold " + quoted(place_->path())));
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
  ended_ = Status(SLIP_MISUSE, "the load of fold " + quoted(place_->path()) + " has ended");
  SLIP_TRY(commit_part());
  SLIP_TRY(write_meta(meta));
  const std::string generation = generation_path(place_->directory(), kGeneration);
  const int code = mdb_env_sync(environment_->get(), 1);
  if (code != 0) return failed(code);
  environment_.reset();
  SLIP_TRY(posix_file_system().sync_directory(generation));
  Current current;
  current.generation = kGeneration;
  return place_->finish(current);
}

Status Loader::write_meta(const FoldMeta& meta) {
  StoredMeta stored;
  stored.meta = stream_.counted(meta);
  SLIP_ASSIGN(Txn txn, environment_->begin(false, "cannot load fold " + quoted(place_->path())));
  int code = write_stored_meta(*environment_, txn.get(), stored, true);
  if (code == 0) code = txn.commit();
  return code == 0 ? Status() : failed(code);
}

Status Loader::failed(int code) const {
  return lmdb_status(why_write_failed(environment_->descriptor(), code),
                     "cannot load fold " + quoted(place_->path()));
}

}  // namespace slip::lmdb
