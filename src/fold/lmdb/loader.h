// A fold made from a sorted stream (see load_place.h for where).
//
// Used by one thread at a time.
#ifndef SLIP_FOLD_LMDB_LOADER_H
#define SLIP_FOLD_LMDB_LOADER_H

#include <memory>
#include <string>

#include "fold/fold.h"
#include "fold/lmdb/environment.h"
#include "fold/load_place.h"

namespace slip::lmdb {

Result<std::unique_ptr<FoldLoader>> load(const std::string& path);

class Loader : public FoldLoader {
 public:
  explicit Loader(std::unique_ptr<LoadPlace> place)
      : place_(std::move(place)), stream_(place_->path()) {}
  ~Loader() override;
  Status open();
  Status add(const Update* updates, size_t count) override;
  Status commit(const FoldMeta& meta) override;

 private:
  Status add_one(const Update& update);
  Status put(Bytes stored_key, const Update& update);
  Status commit_part();
  Status write_meta(const FoldMeta& meta);
  Status failed(int code) const;

  const std::unique_ptr<LoadPlace> place_;
  LoadedStream stream_;
  std::shared_ptr<Environment> environment_;
  Txn txn_;
  size_t part_bytes_ = 0;  // in the open transaction
  Status ended_;           // not OK: a failure, or the commit, after which nothing can be added
};

}  // namespace slip::lmdb
#endif
