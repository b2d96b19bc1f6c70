// The LMDB kind of fold. See fold/fold.h for what it promises and docs/formats.md for its files.
#ifndef SLIP_FOLD_LMDB_LMDB_FOLD_H
#define SLIP_FOLD_LMDB_LMDB_FOLD_H

#include <memory>
#include <string>

#include "base/options.h"
#include "fold/fold.h"
#include "fold/lmdb/store.h"

namespace slip::lmdb {

Result<std::shared_ptr<Fold>> open(const std::string& path, const Options& options);

class LmdbFold : public Fold {
 public:
  explicit LmdbFold(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  const std::string& path() const override { return store_->path(); }
  Result<FoldMeta> meta() override { return store_->meta(); }
  Result<std::unique_ptr<Snapshot>> snapshot() override;
  Result<std::unique_ptr<FoldWriter>> writer() override;
  Result<FoldStats> stats() override;
  Result<uint64_t> check() override;
  Status sync() override { return store_->sync(); }
  Positions* positions() override { return &store_->positions(); }
  Status close() override { return store_->close(); }

 private:
  const std::shared_ptr<Store> store_;
};

}  // namespace slip::lmdb
#endif
