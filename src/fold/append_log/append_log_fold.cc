#include "fold/append_log/append_log_fold.h"

#include <cassert>

#include "fold/append_log/snapshot.h"

namespace slip::append_log {
namespace {

// The right to write; holds the claim of the store's one writer, and gives it up at its end.
class Writer : public FoldWriter {
 public:
  explicit Writer(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  ~Writer() override { store_->release_writer(); }
  Status apply(const Update* updates, size_t count, const Commit& commit) override {
    return store_->apply(updates, count, commit);
  }
  Result<uint64_t> narrow(const Scope& scope) override { return store_->narrow(scope); }

 private:
  const std::shared_ptr<Store> store_;
};

class AppendLogFold : public Fold {
 public:
  explicit AppendLogFold(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  const std::string& path() const override { return store_->path(); }

  Result<FoldMeta> meta() override {
    SLIP_ASSIGN(const std::shared_ptr<Table> table, store_->table());
    return table->newest()->meta;
  }

  Result<std::unique_ptr<Snapshot>> snapshot() override {
    SLIP_ASSIGN(std::shared_ptr<Table> table, store_->table());
    SLIP_ASSIGN(std::shared_ptr<ReadState> state, ReadState::open(std::move(table), path()));
    return std::unique_ptr<Snapshot>(std::make_unique<LogSnapshot>(std::move(state)));
  }

  Result<std::unique_ptr<FoldWriter>> writer() override {
    SLIP_TRY(store_->claim_writer());
    try {
      return std::unique_ptr<FoldWriter>(std::make_unique<Writer>(store_));
    } catch (...) {
      store_->release_writer();
      throw;
    }
  }

  Result<FoldStats> stats() override { return store_->stats(); }
  Result<uint64_t> check() override { return store_->check(); }
  Result<Compaction> compact() override { return store_->compact(); }
  Status sync() override { return store_->sync(); }
  Status hide(RevisionRange range) override { return store_->hide(range); }
  Status unhide(RevisionRange range) override { return store_->unhide(range); }
  Result<std::vector<RevisionRange>> hidden() override {
    SLIP_ASSIGN(const std::shared_ptr<Table> table, store_->table());
    const std::shared_ptr<const HiddenSet> set = table->newest()->hidden;
    return set == nullptr ? std::vector<RevisionRange>() : set->ranges();
  }
  Positions* positions() override { return &store_->positions(); }
  Status close() override { return store_->close(); }

 private:
  const std::shared_ptr<Store> store_;
};

}  // namespace

Result<std::shared_ptr<Fold>> open(const Store::Request& request) {
  SLIP_ASSIGN(std::shared_ptr<Store> store, Store::open(request));
  return std::shared_ptr<Fold>(std::make_shared<AppendLogFold>(std::move(store)));
}

Result<std::shared_ptr<Fold>> open(const std::string& path, const Options& options) {
  assert(options.kind() == SLIP_OPTIONS_FOLD);
  Store::Request request;
  request.path = path;
  request.read_only = options.boolean("read_only");
  const std::string create = options.string("create");
  if (create == "never") request.create = Create::never;
  if (create == "always") request.create = Create::always;
  request.sync_commits = options.string("durability") != "process";
  request.segment_bytes = options.u64("segment_bytes");
  request.compact_dead_percent = options.u64("compact_dead_percent");
  request.min_segments = options.u64("min_segments");
  request.values_on_disk = options.string("values") == "disk";
  return open(request);
}

}  // namespace slip::append_log
