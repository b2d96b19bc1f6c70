// A fold made from a sorted stream, in a directory beside its destination that is renamed into
// place when it is complete: PATH.loading-XXXXXXXX. One that a crash left behind is removed by the
// next load of the same path; a load in progress holds the lock in it.
//
// Used by one thread at a time.
#ifndef SLIP_FOLD_LMDB_LOADER_H
#define SLIP_FOLD_LMDB_LOADER_H

#include <memory>
#include <string>

#include "fold/fold.h"
#include "fold/lmdb/environment.h"
#include "fs/file_system.h"

namespace slip::lmdb {

Result<std::unique_ptr<FoldLoader>> load(const std::string& path);

class Loader : public FoldLoader {
 public:
  Loader(FileSystem& fs, std::string path, std::string directory)
      : fs_(fs), path_(std::move(path)), directory_(std::move(directory)) {}
  ~Loader() override;
  Status open();
  Status add(const Update* updates, size_t count) override;
  Status commit(const FoldMeta& meta) override;

 private:
  Status check(const Update& update) const;
  Status add_one(const Update& update);
  Status put(Bytes stored_key, const Update& update);
  Status commit_part();
  Status write_meta(const FoldMeta& meta);
  Status move_into_place();
  Status failed(int code) const;

  FileSystem& fs_;
  const std::string path_;
  const std::string directory_;
  std::unique_ptr<FileLock> lock_;
  std::shared_ptr<Environment> environment_;
  Txn txn_;
  std::string last_key_;
  size_t part_bytes_ = 0;  // in the open transaction
  FoldMeta counts_;
  Status ended_;  // not OK: a failure, or the commit, after which nothing can be added
  bool remove_ = false;
};

}  // namespace slip::lmdb
#endif
