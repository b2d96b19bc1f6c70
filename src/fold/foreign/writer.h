// The right to write a foreign fold: batches, narrowing, and filling an empty one from an artifact.
// Each holds the claim of the fold's one writer. One thread at a time.
#ifndef SLIP_FOLD_FOREIGN_WRITER_H
#define SLIP_FOLD_FOREIGN_WRITER_H

#include <memory>

#include "base/batch.h"
#include "fold/foreign/snapshot.h"
#include "fold/load_place.h"

namespace slip::foreign {

class Writer final : public FoldWriter {
 public:
  Writer(std::shared_ptr<Store> store, std::unique_ptr<WriterClaim> claim)
      : store_(std::move(store)), claim_(std::move(claim)) {}
  Status apply(const Update* updates, size_t count, const Commit& commit) override;
  Result<uint64_t> narrow(const Scope& scope) override;

 private:
  const std::shared_ptr<Store> store_;
  const std::unique_ptr<WriterClaim> claim_;
};

// The rows are marked as a part of an artifact until commit(); without it they are removed.
class Loader final : public FoldLoader {
 public:
  Loader(std::shared_ptr<Store> store, std::unique_ptr<WriterClaim> claim)
      : store_(std::move(store)), claim_(std::move(claim)), stream_(store_->name()) {}
  ~Loader() override;
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  // NOT_EMPTY. Removes what an import that was cut short has left.
  Status begin();
  Status add(const Update* updates, size_t count) override;
  Status commit(const FoldMeta& meta) override;

 private:
  Status flush();
  Status clear();

  const std::shared_ptr<Store> store_;
  const std::unique_ptr<WriterClaim> claim_;
  LoadedStream stream_;
  Batch pending_;
  bool begun_ = false;  // marked, and not ended
};

}  // namespace slip::foreign
#endif
