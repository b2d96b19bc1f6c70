// One committed state of an LMDB fold: a read transaction, shared by the snapshot and its
// iterators.
//
// Many threads may read through one transaction at once. LMDB's manual asks for turns; in 0.9, for
// which this is written (data_file.cc checks), a read-only transaction is changed by its first look
// at a tree and by nothing else, and begin() takes that look. Each call has a cursor of its own.
#ifndef SLIP_FOLD_LMDB_SNAPSHOT_H
#define SLIP_FOLD_LMDB_SNAPSHOT_H

#include <atomic>
#include <memory>
#include <string>

#include "fold/fold.h"
#include "fold/lmdb/environment.h"

namespace slip::lmdb {

class ReadState {
 public:
  static Result<std::shared_ptr<ReadState>> begin(std::shared_ptr<Environment> environment,
                                                  const std::string& path);
  ~ReadState();
  ReadState(const ReadState&) = delete;
  ReadState& operator=(const ReadState&) = delete;

  const std::string& path() const { return path_; }
  const FoldMeta& meta() const { return meta_; }
  const Environment& environment() const { return *environment_; }
  MDB_txn* txn() const { return txn_.get(); }
  // On the newest state. Alone.
  Status renew();
  Status open_cursor(Cursor* cursor) const;
  Status damaged(Bytes key) const;
  Status failed(int code) const;

  std::atomic<uint64_t> iterators{0};

 private:
  ReadState(std::shared_ptr<Environment> environment, std::string path);
  Status look();

  const std::shared_ptr<Environment> environment_;
  const std::string path_;
  Txn txn_;
  bool readable_ = false;
  FoldMeta meta_;
};

class LmdbSnapshot : public Snapshot {
 public:
  explicit LmdbSnapshot(std::shared_ptr<ReadState> state) : state_(std::move(state)) {}
  const FoldMeta& meta() const override { return state_->meta(); }
  Status get(Bytes key, Update* out) override;
  Result<std::unique_ptr<FoldIterator>> range(const RangeQuery& query) override;
  Status refresh() override;

 private:
  const std::shared_ptr<ReadState> state_;
};

}  // namespace slip::lmdb
#endif
