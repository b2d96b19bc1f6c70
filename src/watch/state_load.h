// The first state of a bucket that starts from it: which keys of the fold came in this attempt, and
// which an earlier attempt left there that the bucket no longer has.
//
// Belongs to the loop. Memory: 16 bytes for each key that the fold held when the attempt began; a
// first attempt finds none. Keys are told apart by 128 bits of hash.
#ifndef SLIP_WATCH_STATE_LOAD_H
#define SLIP_WATCH_STATE_LOAD_H

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/batch.h"
#include "fold/fold.h"
#include "kv/intake.h"

namespace slip {

class StateLoad {
 public:
  // An attempt begins, and the ones before count no more. `fold` is nullable.
  Status begin(Fold* fold);
  void note(const Batch& batch);
  // Something of this attempt was handed on.
  bool has_begun() const { return has_begun_; }
  // The state is complete. Fills the next batch of deletes; empty: nothing is left over.
  Status next_leftovers(BatchBounds bounds, Batch* batch);

 private:
  using Hash = std::pair<uint64_t, uint64_t>;
  static Hash hash_of(Bytes key);
  size_t find(Bytes key) const;
  void add_leftovers(const Update* entries, size_t count, Batch* batch) const;

  Fold* fold_ = nullptr;
  std::vector<Hash> held_;  // of the keys that the fold held, ascending
  std::vector<bool> came_;  // of held_
  size_t left_ = 0;         // of held_: did not come
  bool has_begun_ = false;
  std::unique_ptr<Snapshot> snapshot_;
  std::unique_ptr<FoldIterator> iterator_;
};

}  // namespace slip
#endif
