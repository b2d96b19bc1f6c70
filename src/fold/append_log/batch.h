// What a batch comes to: its updates resolved against what is stored, as records and as changes in
// memory at once.
//
// Used by one writer; see TableEdit for what happens to one that is dropped.
#ifndef SLIP_FOLD_APPEND_LOG_BATCH_H
#define SLIP_FOLD_APPEND_LOG_BATCH_H

#include <cstdint>
#include <vector>

#include "fold/append_log/format.h"
#include "fold/append_log/table.h"

namespace slip::append_log {

class Batch {
 public:
  // `meta`: that of the fold, whose counts are kept. `unknown_as`: what a put of unknown revision
  // is kept under.
  Batch(TableEdit& edit, RecordWriter& records, FoldMeta* meta, uint64_t unknown_as)
      : edit_(edit), records_(records), meta_(meta), unknown_as_(unknown_as) {}
  // CORRUPT where the fold's counts do not fit its contents.
  Status add(const Update* updates, size_t count, const std::string& path);
  // By how much the records that count have grown.
  int64_t record_bytes() const { return record_bytes_; }

 private:
  // What the batch says of one key, taken together.
  struct Change {
    Bytes key;
    const Update* update = nullptr;
    bool removes = false;  // whatever is stored goes, newer or not
  };
  Status apply(const Change& change, const std::string& path);
  void count(const Update& update);
  bool uncount(Bytes key, const Version& version);

  TableEdit& edit_;
  RecordWriter& records_;
  FoldMeta* meta_;
  const uint64_t unknown_as_;
  int64_t record_bytes_ = 0;
};

}  // namespace slip::append_log
#endif
