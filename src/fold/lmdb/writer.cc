#include "fold/lmdb/writer.h"

#include <stdlib.h>

#include <algorithm>
#include <cassert>

#include "base/guard.h"
#include "base/utf8.h"
#include "fold/lmdb/counts.h"
#include "fold/lmdb/narrow.h"
#include "fold/lmdb/record.h"

namespace slip::lmdb {
namespace {

Status damaged(const std::string& path, Bytes key) {
  return Status(SLIP_CORRUPT, "fold " + quoted(path) + ": the record of key " + quoted(key) +
                                  " is damaged (rebuild the fold, or restore it)");
}

// For estimates: of a page, and of what a page holds for an entry beside key and record.
constexpr size_t kPageBytes = 4096;
constexpr size_t kNodeBytes = 16;

// LMDB allocates each page that it changes, and glibc lets the heap of a thread grow by a system
// call for each. A larger block, taken and given back, leaves the room for the next ones at its
// end; above this size it would be mapped by itself, and trimmed away.
constexpr size_t kHeapRoomBytes = 120 << 10;
constexpr size_t kHeapRoomSteps = 16;

void make_heap_room() {
  void* volatile room = ::malloc(kHeapRoomBytes);  // volatile: or the compiler leaves both out
  ::free(room);
}

// The entries' tree within one write transaction. Every step is one search: what is found there is
// replaced where the cursor stands.
class Entries {
 public:
  // `unknown_as`: what a put of unknown revision is kept under.
  Entries(Store& store, MDB_txn* txn, FoldMeta* meta, uint64_t unknown_as)
      : store_(store), txn_(txn), counts_(meta), unknown_as_(unknown_as) {}

  Status open(MDB_dbi dbi) {
    int code = cursor_.open(txn_, dbi);
    MDB_val key{};
    MDB_val value{};
    if (code == 0) code = mdb_cursor_get(cursor_.get(), &key, &value, MDB_LAST);
    if (code == MDB_NOTFOUND) {
      beyond_all_ = true;
      return Status();
    }
    if (code != 0) return store_.write_failed(code);
    last_key_ = std::string(as_bytes(key));
    return Status();
  }

  Status apply(const BatchPlan::Step& step) {
    // Steps ascend, so what follows the first key beyond the last one lies there too.
    if (!beyond_all_) beyond_all_ = step.stored_key > Bytes(last_key_);
    if (!beyond_all_ && ++scattered_ % kHeapRoomSteps == 0) make_heap_room();
    return step.update != nullptr ? store(step) : remove(step.stored_key);
  }

  // Bytes stored beyond what was the last key.
  size_t appended_bytes() const { return appended_bytes_; }
  // By how much the file may grow: a step that went elsewhere may have made a page anew.
  size_t growth_bytes() const { return appended_bytes_ + scattered_ * kPageBytes; }

 private:
  Status store(const BatchPlan::Step& step) {
    Update update = *step.update;
    if (update.revision == 0) update.revision = unknown_as_;
    const size_t size = record_size(update);
    MDB_val key = as_val(step.stored_key);
    MDB_val value{size, nullptr};
    const unsigned append = beyond_all_ ? MDB_APPEND : 0;
    int code = mdb_cursor_put(cursor_.get(), &key, &value, MDB_NOOVERWRITE | MDB_RESERVE | append);
    if (code == MDB_KEYEXIST) {
      Update old{};
      if (!read_record(step.stored_key, as_bytes(value), &old))
        return damaged(store_.path(), key_of(update));
      if (key_of(old) != key_of(update)) return damaged(store_.path(), key_of(update));
      // guard: fold_stale_update
      const bool stale = !step.removes && update.revision <= old.revision;
      if (guard_on("fold_stale_update") && stale) return Status();
      if (!counts_.remove(old)) return miscounted();
      value = MDB_val{size, nullptr};
      code = mdb_cursor_put(cursor_.get(), &key, &value, MDB_CURRENT | MDB_RESERVE);
    }
    if (code != 0) return store_.write_failed(code);
    write_record(static_cast<char*>(value.mv_data), step.stored_key, update);
    counts_.add(update);
    if (beyond_all_) appended_bytes_ += size + step.stored_key.size() + kNodeBytes;
    return Status();
  }

  Status remove(Bytes stored_key) {
    MDB_val key = as_val(stored_key);
    MDB_val value{};
    int code = mdb_cursor_get(cursor_.get(), &key, &value, MDB_SET);
    if (code == MDB_NOTFOUND) return Status();
    if (code != 0) return store_.write_failed(code);
    Update old{};
    if (!read_record(stored_key, as_bytes(value), &old)) return damaged(store_.path(), stored_key);
    if (!counts_.remove(old)) return miscounted();
    code = mdb_cursor_del(cursor_.get(), 0);
    return code == 0 ? Status() : store_.write_failed(code);
  }

  Status miscounted() const {
    return Status(SLIP_CORRUPT, "fold " + quoted(store_.path()) +
                                    " holds more than its counts say (rebuild it, or restore it)");
  }

  Store& store_;
  MDB_txn* txn_;
  Counts counts_;
  const uint64_t unknown_as_;
  Cursor cursor_;
  std::string last_key_;
  bool beyond_all_ = false;
  size_t appended_bytes_ = 0;
  size_t scattered_ = 0;
};

// From here on it is worth a system call to have the disk begin.
constexpr size_t kWritebackBytes = 256 << 10;

// From here on the file may grow by a run that is worth preparing for.
constexpr size_t kRoomBytesMin = 64 << 10;

bool changes_nothing(const FoldMeta& meta, size_t count, const Commit& commit) {
  return count == 0 && meta.identity.bound() && meta.revision == commit.revision &&
         meta.loading == commit.loading;
}

}  // namespace

Status Writer::apply(const Update* updates, size_t count, const Commit& commit) {
  const std::lock_guard<std::mutex> lock(store_->writing);
  const FoldMeta& committed = store_->committed().meta;
  SLIP_TRY(check_commit(committed, commit, store_->path()));
  SLIP_TRY(plan_.prepare(updates, count, store_->path()));
  if (changes_nothing(committed, count, commit)) return Status();
  StoredMeta next = store_->committed();
  advance_meta(&next.meta, updates, count, commit);
  SLIP_ASSIGN(Txn txn, store_->begin_write());
  size_t appended_bytes = 0;
  size_t growth_bytes = 0;
  {
    Entries entries(*store_, txn.get(), &next.meta, std::max<uint64_t>(commit.revision, 1));
    SLIP_TRY(entries.open(store_->written().entries()));
    for (BatchPlan::Step step; plan_.next(&step);) SLIP_TRY(entries.apply(step));
    appended_bytes = entries.appended_bytes();
    growth_bytes = entries.growth_bytes();
  }
  if (growth_bytes >= kRoomBytesMin) store_->written().make_room(growth_bytes);
  SLIP_TRY(store_->finish(std::move(txn), std::move(next)));
  // Appended pages are not written again soon: the disk may have them while more is received, so
  // that the sync to come finds little left. Scattered ones would only be written many times.
  if (appended_bytes >= kWritebackBytes) store_->written().start_writeback();
  return Status();
}

Result<uint64_t> Writer::narrow(const Scope& scope) {
  const std::lock_guard<std::mutex> lock(store_->writing);
  return lmdb::narrow(*store_, scope);
}

}  // namespace slip::lmdb
