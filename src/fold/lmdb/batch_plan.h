// The order in which a batch is written: by stored key, so that neighbours in the tree are written
// one after the other, and by place in the batch within a key.
//
// Owned by one writer; keeps its memory from batch to batch.
#ifndef SLIP_FOLD_LMDB_BATCH_PLAN_H
#define SLIP_FOLD_LMDB_BATCH_PLAN_H

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/update.h"

namespace slip::lmdb {

class BatchPlan {
 public:
  // What a run of updates of one key comes to.
  struct Step {
    Bytes stored_key;
    // The update to store, unless what is stored is newer; nullptr: none.
    const Update* update = nullptr;
    // A synthetic delete came first: whatever is stored goes, newer or not.
    bool removes = false;
  };

  // Checks and orders. INVALID, TOO_LARGE name the update; `path` is for the sentence.
  Status prepare(const Update* updates, size_t count, const std::string& path);
  // The steps in ascending order of stored keys; false at the end.
  bool next(Step* step);

 private:
  struct Slot {
    uint64_t rank;  // the first bytes in which the keys of this batch differ
    const char* key;
    uint32_t key_size;
    uint32_t index;
    Bytes stored_key() const { return Bytes(key, key_size); }
  };
  void store_keys();
  void rank_keys();
  void sort();

  const Update* updates_ = nullptr;
  std::vector<Slot> slots_;
  std::vector<std::string> long_keys_;
  size_t at_ = 0;
};

}  // namespace slip::lmdb
#endif
