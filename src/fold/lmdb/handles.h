// LMDB's transactions and cursors as RAII objects, and its errors as Status.
//
// A write transaction belongs to the thread that began it. A read transaction may be shared: see
// snapshot.h.
#ifndef SLIP_FOLD_LMDB_HANDLES_H
#define SLIP_FOLD_LMDB_HANDLES_H

#include <lmdb.h>

#include <string>
#include <utility>

#include "base/status.h"
#include "base/update.h"

namespace slip::lmdb {

// "WHAT: reason (what to do)". Full map, disk or quota: NO_SPACE, retriable. EIO: IO, not
// retriable. Damage: CORRUPT. A later LMDB: NEWER_FORMAT. Too many readers: BUSY.
Status lmdb_status(int code, const std::string& what);

inline MDB_val as_val(Bytes bytes) {
  return MDB_val{bytes.size(), const_cast<char*>(bytes.data())};  // LMDB reads it only
}
inline Bytes as_bytes(const MDB_val& value) {
  return Bytes(static_cast<const char*>(value.mv_data), value.mv_size);
}

class Txn {
 public:
  Txn() = default;
  explicit Txn(MDB_txn* txn) : txn_(txn) {}
  Txn(Txn&& other) noexcept : txn_(std::exchange(other.txn_, nullptr)) {}
  Txn& operator=(Txn&& other) noexcept {
    std::swap(txn_, other.txn_);
    return *this;
  }
  ~Txn() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }
  MDB_txn* get() const { return txn_; }
  // LMDB's code. The transaction is gone either way.
  int commit() { return mdb_txn_commit(std::exchange(txn_, nullptr)); }

 private:
  MDB_txn* txn_ = nullptr;
};

class Cursor {
 public:
  Cursor() = default;
  Cursor(Cursor&& other) noexcept : cursor_(std::exchange(other.cursor_, nullptr)) {}
  Cursor& operator=(Cursor&& other) noexcept {
    std::swap(cursor_, other.cursor_);
    return *this;
  }
  ~Cursor() {
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  }
  int open(MDB_txn* txn, MDB_dbi dbi) { return mdb_cursor_open(txn, dbi, &cursor_); }
  MDB_cursor* get() const { return cursor_; }

 private:
  MDB_cursor* cursor_ = nullptr;
};

}  // namespace slip::lmdb
#endif
