// An ordered walk over a snapshot.
//
// The tree is in the order of stored keys, which is that of the keys but for groups of long ones
// (record.h): such a group is collected, put in order and given out before the walk goes on.
//
// Used by one thread at a time; keeps its snapshot's state alive.
#ifndef SLIP_FOLD_LMDB_ITERATOR_H
#define SLIP_FOLD_LMDB_ITERATOR_H

#include <memory>
#include <string>
#include <vector>

#include "fold/fold.h"
#include "fold/lmdb/snapshot.h"

namespace slip::lmdb {

class Iterator : public FoldIterator {
 public:
  Iterator(std::shared_ptr<ReadState> state, const RangeQuery& query);
  ~Iterator() override { --state_->iterators; }
  Status open();
  Result<size_t> next(Update* out, size_t capacity) override;

 private:
  // The stored key and record under the cursor; stands_ is false at the end of the walk.
  struct Node {
    Bytes key;
    Bytes record;
  };
  // The next update of the walk, in range or not; false at the end.
  Result<bool> advance(Update* out);
  Result<bool> advance_tree(Update* out);
  Status collect_group();
  bool wanted(const Update& update) const;

  Status seek();
  Status seek_last();
  Status seek_below(const std::string& bound);
  Status move(int operation);  // an MDB_cursor_op; stands_ and node_ say where it led
  Status step();               // one further in the direction of the walk

  const std::shared_ptr<ReadState> state_;
  const RangeQuery query_;
  Cursor cursor_;
  Node node_;
  bool stands_ = false;
  std::vector<Update> group_;
  size_t group_at_ = 0;
  uint64_t given_ = 0;
  Status failed_;
};

}  // namespace slip::lmdb
#endif
