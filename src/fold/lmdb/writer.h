// The writer of an LMDB fold: a batch in one write transaction, entries, tombstones, counts and
// cursor together.
//
// Used by one thread at a time.
#ifndef SLIP_FOLD_LMDB_WRITER_H
#define SLIP_FOLD_LMDB_WRITER_H

#include <memory>

#include "fold/fold.h"
#include "fold/lmdb/batch_plan.h"
#include "fold/lmdb/store.h"

namespace slip::lmdb {

class Writer : public FoldWriter {
 public:
  // Holds the claim of the store's one writer, and gives it up at its end.
  explicit Writer(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  ~Writer() override { store_->release_writer(); }
  Status apply(const Update* updates, size_t count, const Commit& commit) override;
  Result<uint64_t> narrow(const Scope& scope) override;

 private:
  const std::shared_ptr<Store> store_;
  BatchPlan plan_;
};

}  // namespace slip::lmdb
#endif
