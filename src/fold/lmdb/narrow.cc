#include "fold/lmdb/narrow.h"

#include <string>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "fold/lmdb/counts.h"
#include "fold/lmdb/record.h"

namespace slip::lmdb {
namespace {

// One walk over the entries in several transactions.
class Narrowing {
 public:
  explicit Narrowing(Store& store) : store_(store), scope_(store.committed().meta.scope) {}

  // False: nothing is left outside, and the mark is gone.
  Result<bool> step() {
    StoredMeta next = store_.committed();
    SLIP_ASSIGN(Txn txn, store_.begin_write());
    uint64_t removed = 0;
    { SLIP_ASSIGN(removed, remove_some(txn.get(), &next.meta)); }
    const bool more = removed == kNarrowKeysPerCommit;
    next.meta.narrowing = more;
    SLIP_TRY(store_.finish(std::move(txn), std::move(next)));
    removed_ += removed;
    return more;
  }
  uint64_t removed() const { return removed_; }

 private:
  Result<uint64_t> remove_some(MDB_txn* txn, FoldMeta* meta) {
    Counts counts(meta);
    Cursor cursor;
    int code = cursor.open(txn, store_.written().entries());
    MDB_val key = as_val(from_);
    MDB_val record{};
    const MDB_cursor_op first = from_.empty() ? MDB_FIRST : MDB_SET_RANGE;
    if (code == 0) code = mdb_cursor_get(cursor.get(), &key, &record, first);
    uint64_t removed = 0;
    while (code == 0 && removed < kNarrowKeysPerCommit) {
      Update update{};
      if (!read_record(as_bytes(key), as_bytes(record), &update)) return damaged(as_bytes(key));
      if (!scope_.contains(key_of(update))) {
        if (!counts.remove(update)) return damaged(as_bytes(key));
        from_ = std::string(as_bytes(key));
        code = mdb_cursor_del(cursor.get(), 0);
        if (code != 0) break;
        ++removed;
      }
      code = mdb_cursor_get(cursor.get(), &key, &record, MDB_NEXT);
    }
    if (code != 0 && code != MDB_NOTFOUND) return store_.write_failed(code);
    return removed;
  }

  Status damaged(Bytes key) const {
    return Status(SLIP_CORRUPT, "fold " + quoted(store_.path()) + ": the record of key " +
                                    quoted(key) + " or the counts are damaged (rebuild the fold, " +
                                    "or restore it)");
  }

  Store& store_;
  const Scope scope_;
  std::string from_;  // the stored key that was removed last: what follows it was not looked at
  uint64_t removed_ = 0;
};

}  // namespace

Result<uint64_t> narrow(Store& store, const Scope& scope) {
  const FoldMeta& meta = store.committed().meta;
  SLIP_TRY(check_narrow(meta, scope, store.path()));
  if (!meta.identity.bound()) return uint64_t{0};
  if (!(meta.scope == scope)) {
    StoredMeta next = store.committed();
    next.meta.scope = scope;
    next.meta.narrowing = true;
    SLIP_ASSIGN(Txn txn, store.begin_write());
    SLIP_TRY(store.finish(std::move(txn), std::move(next)));
  }
  if (!store.committed().meta.narrowing) return uint64_t{0};
  Narrowing narrowing(store);
  for (bool more = true; more;) {
    SLIP_ASSIGN(more, narrowing.step());
  }
  return narrowing.removed();
}

}  // namespace slip::lmdb
