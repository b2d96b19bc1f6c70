// The counts of a fold's meta, while entries come and go. A plain value; one thread.
#ifndef SLIP_FOLD_LMDB_COUNTS_H
#define SLIP_FOLD_LMDB_COUNTS_H

#include "fold/fold.h"

namespace slip::lmdb {

// Keeps the counts of what is stored.
class Counts {
 public:
  explicit Counts(FoldMeta* meta) : meta_(meta) {}
  void add(const Update& update) {
    if (!is_live(update)) {
      ++meta_->tombstones;
      return;
    }
    ++meta_->entries;
    meta_->payload_bytes += update.key.size + update.value.size;
  }
  // False where there was not that much to take away.
  bool remove(const Update& update) {
    const uint64_t bytes = update.key.size + update.value.size;
    uint64_t& count = is_live(update) ? meta_->entries : meta_->tombstones;
    if (count == 0 || (is_live(update) && meta_->payload_bytes < bytes)) return false;
    --count;
    if (is_live(update)) meta_->payload_bytes -= bytes;
    return true;
  }

 private:
  FoldMeta* meta_;
};

}  // namespace slip::lmdb
#endif
