#include "fold/lmdb/lmdb_fold.h"

#include <cassert>
#include <cstring>

#include "base/utf8.h"
#include "fold/lmdb/record.h"
#include "fold/lmdb/snapshot.h"
#include "fold/lmdb/writer.h"
#include "fold/root.h"

namespace slip::lmdb {
namespace {

Store::Request request_of(const std::string& path, const Options& options) {
  Store::Request request;
  request.path = path;
  request.read_only = options.boolean("read_only");
  const std::string create = options.string("create");
  if (create == "never") request.create = Create::never;
  if (create == "always") request.create = Create::always;
  const std::string durability = options.string("durability");
  if (durability == "process") request.durability = Durability::process;
  if (durability == "full") request.durability = Durability::full;
  return request;
}

// Pages that LMDB will use again: those in its free list, and those behind the last used one.
Result<uint64_t> free_bytes(const Environment& environment, MDB_txn* txn, const std::string& what) {
  constexpr MDB_dbi kFreeList = 0;
  MDB_stat tree{};
  MDB_envinfo info{};
  Cursor cursor;
  int code = mdb_env_stat(environment.get(), &tree);
  if (code == 0) code = mdb_env_info(environment.get(), &info);
  if (code == 0) code = cursor.open(txn, kFreeList);
  MDB_val key{};
  MDB_val pages{};
  uint64_t count = 0;
  while (code == 0) {
    code = mdb_cursor_get(cursor.get(), &key, &pages, MDB_NEXT);
    uint64_t in_record = 0;
    if (code == 0 && pages.mv_size >= sizeof in_record)
      memcpy(&in_record, pages.mv_data, sizeof in_record);
    count += in_record;
  }
  if (code != MDB_NOTFOUND) return lmdb_status(code, what);
  const uint64_t used = (info.me_last_pgno + 1) * tree.ms_psize;
  const uint64_t file = environment.file_bytes();
  return count * tree.ms_psize + (file > used ? file - used : 0);
}

// Reads every record of one state and counts what it finds.
class Checker {
 public:
  explicit Checker(const ReadState& state) : state_(state) {}

  Status run() {
    Cursor cursor;
    SLIP_TRY(state_.open_cursor(&cursor));
    MDB_val key{};
    MDB_val record{};
    for (;;) {
      const int code = mdb_cursor_get(cursor.get(), &key, &record, MDB_NEXT);
      if (code == MDB_NOTFOUND) return compare();
      if (code != 0) return state_.failed(code);
      SLIP_TRY(see(as_bytes(key), as_bytes(record)));
    }
  }
  uint64_t records() const { return entries_ + tombstones_; }

 private:
  Status see(Bytes stored_key, Bytes record) {
    Update update{};
    if (!read_record(stored_key, record, &update)) return state_.damaged(stored_key);
    if (is_long(key_of(update)) && hash_long_key(key_of(update)) != stored_key)
      return state_.damaged(key_of(update));
    ++(is_live(update) ? entries_ : tombstones_);
    if (is_live(update)) payload_bytes_ += update.key.size + update.value.size;
    return Status();
  }

  Status compare() const {
    const FoldMeta& meta = state_.meta();
    if (meta.entries == entries_ && meta.tombstones == tombstones_ &&
        meta.payload_bytes == payload_bytes_)
      return Status();
    const auto counts = [](uint64_t entries, uint64_t tombstones, uint64_t bytes) {
      return std::to_string(entries) + " entries, " + std::to_string(tombstones) +
             " tombstones and " + std::to_string(bytes) + " bytes";
    };
    return Status(SLIP_CORRUPT, "fold " + quoted(state_.path()) + " holds " +
                                    counts(entries_, tombstones_, payload_bytes_) +
                                    ", its meta record says " +
                                    counts(meta.entries, meta.tombstones, meta.payload_bytes) +
                                    " (rebuild it, or restore it)");
  }

  const ReadState& state_;
  uint64_t entries_ = 0;
  uint64_t tombstones_ = 0;
  uint64_t payload_bytes_ = 0;
};

}  // namespace

Result<std::shared_ptr<Fold>> open(const std::string& path, const Options& options) {
  assert(options.kind() == SLIP_OPTIONS_FOLD);
  SLIP_ASSIGN(std::shared_ptr<Store> store, Store::open(request_of(path, options)));
  return std::shared_ptr<Fold>(std::make_shared<LmdbFold>(std::move(store)));
}

Result<std::unique_ptr<Snapshot>> LmdbFold::snapshot() {
  SLIP_ASSIGN(std::shared_ptr<Environment> environment, store_->environment());
  SLIP_ASSIGN(std::shared_ptr<ReadState> state, ReadState::begin(std::move(environment), path()));
  SLIP_TRY(check_whole(state->meta(), path()));
  return std::unique_ptr<Snapshot>(std::make_unique<LmdbSnapshot>(std::move(state)));
}

Result<std::unique_ptr<FoldWriter>> LmdbFold::writer() {
  SLIP_TRY(store_->claim_writer());
  try {
    return std::unique_ptr<FoldWriter>(std::make_unique<Writer>(store_));
  } catch (...) {
    store_->release_writer();
    throw;
  }
}

Result<FoldStats> LmdbFold::stats() {
  SLIP_ASSIGN(const std::shared_ptr<Environment> environment, store_->environment());
  const std::string what = "cannot read fold " + quoted(path());
  SLIP_ASSIGN(const Txn txn, environment->begin(true, what));
  FoldStats stats;
  SLIP_ASSIGN(stats.free_bytes, free_bytes(*environment, txn.get(), what));
  stats.format = kFoldFormat;
  stats.file_bytes = environment->file_bytes();
  stats.commits = store_->commits();
  stats.snapshots = environment->snapshots;
  stats.read_only = store_->read_only();
  return stats;
}

Result<uint64_t> LmdbFold::check() {
  SLIP_ASSIGN(std::shared_ptr<Environment> environment, store_->environment());
  SLIP_ASSIGN(const std::shared_ptr<ReadState> state,
              ReadState::begin(std::move(environment), path()));
  Checker checker(*state);
  SLIP_TRY(checker.run());
  SLIP_TRY(store_->positions().check_all());
  return checker.records();
}

}  // namespace slip::lmdb
