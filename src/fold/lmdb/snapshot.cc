#include "fold/lmdb/snapshot.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "fold/lmdb/iterator.h"
#include "fold/lmdb/record.h"
#include "fold/lmdb/store.h"

namespace slip::lmdb {

ReadState::ReadState(std::shared_ptr<Environment> environment, std::string path)
    : environment_(std::move(environment)), path_(std::move(path)) {
  ++environment_->snapshots;
}

ReadState::~ReadState() { --environment_->snapshots; }

Result<std::shared_ptr<ReadState>> ReadState::begin(std::shared_ptr<Environment> environment,
                                                    const std::string& path) {
  std::shared_ptr<ReadState> state(new ReadState(std::move(environment), path));
  SLIP_ASSIGN(state->txn_,
              state->environment_->begin(true, "cannot open a snapshot of fold " + quoted(path)));
  SLIP_TRY(state->look());
  return state;
}

// The first look at each tree: after it, reading changes nothing in the transaction.
Status ReadState::look() {
  MDB_stat ignored{};
  const int code = mdb_stat(txn_.get(), environment_->entries(), &ignored);
  if (code != 0) return failed(code);
  StoredMeta stored;
  SLIP_TRY(read_stored_meta(*environment_, txn_.get(), path_, &stored));
  meta_ = std::move(stored.meta);
  readable_ = true;
  return Status();
}

Status ReadState::renew() {
  if (iterators > 0)
    return Status(SLIP_MISUSE, "cannot refresh the snapshot of fold " + quoted(path_) +
                                   ": an iterator of it is open (free it first)");
  if (txn_.get() != nullptr && readable_) mdb_txn_reset(txn_.get());
  readable_ = false;
  const int code = mdb_txn_renew(txn_.get());
  if (code != 0) return failed(code);
  return look();
}

Status ReadState::open_cursor(Cursor* cursor) const {
  if (!readable_)
    return Status(SLIP_MISUSE, "the snapshot of fold " + quoted(path_) +
                                   " could not be refreshed (free it and open another)");
  const int code = cursor->open(txn_.get(), environment_->entries());
  return code == 0 ? Status() : failed(code);
}

Status ReadState::failed(int code) const {
  return lmdb_status(code, "cannot read fold " + quoted(path_));
}

Status ReadState::damaged(Bytes key) const {
  return Status(SLIP_CORRUPT, "fold " + quoted(path_) + ": the record of key " + quoted(key) +
                                  " is damaged (rebuild the fold, or restore it)");
}

Status LmdbSnapshot::get(Bytes key, Update* out) {
  *out = Update{};
  const auto absent = [&] {
    *out = Update{};
    return Status(SLIP_NOT_FOUND, "no key " + quoted(key) + " in fold " + quoted(state_->path()));
  };
  if (key.empty() || key.size() > kFoldKeyBytesMax) return absent();
  const std::string hashed = is_long(key) ? hash_long_key(key) : std::string();
  Cursor cursor;
  SLIP_TRY(state_->open_cursor(&cursor));
  MDB_val stored_key = as_val(is_long(key) ? Bytes(hashed) : key);
  MDB_val record{};
  // SET_KEY gives the key as it lies in the snapshot, which is what the views must be into.
  const int code = mdb_cursor_get(cursor.get(), &stored_key, &record, MDB_SET_KEY);
  if (code == MDB_NOTFOUND) return absent();
  if (code != 0) return state_->failed(code);
  if (!read_record(as_bytes(stored_key), as_bytes(record), out)) {
    *out = Update{};
    return state_->damaged(key);
  }
  return is_live(*out) && key_of(*out) == key ? Status() : absent();
}

Result<std::unique_ptr<FoldIterator>> LmdbSnapshot::range(const RangeQuery& query) {
  auto iterator = std::make_unique<Iterator>(state_, query);
  SLIP_TRY(iterator->open());
  return std::unique_ptr<FoldIterator>(std::move(iterator));
}

Status LmdbSnapshot::refresh() {
  SLIP_TRY(state_->renew());
  return check_whole(state_->meta(), state_->path());
}

}  // namespace slip::lmdb
