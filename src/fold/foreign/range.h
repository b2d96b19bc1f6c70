// A range of a foreign fold's snapshot: prefix, limit and tombstones over the caller's plain scan.
// Used by one thread at a time.
#ifndef SLIP_FOLD_FOREIGN_RANGE_H
#define SLIP_FOLD_FOREIGN_RANGE_H

#include <array>
#include <memory>

#include "fold/foreign/snapshot.h"

namespace slip::foreign {

class RangeIterator final : public FoldIterator {
 public:
  RangeIterator(std::shared_ptr<ReadState> state, const RangeQuery& query)
      : query_(query), scan_(std::move(state)) {
    ++scan_.state()->iterators;
  }
  ~RangeIterator() override { --scan_.state()->iterators; }
  RangeIterator(const RangeIterator&) = delete;
  RangeIterator& operator=(const RangeIterator&) = delete;

  Status open();
  Result<size_t> next(Update* out, size_t capacity) override;

 private:
  // Where the scan must begin so that it meets the range at once, or one row later.
  std::string start() const;
  bool is_past(Bytes key) const;
  // Those of the first `count` rows of the page that are asked for.
  size_t take(size_t count, Update* out);

  const RangeQuery query_;
  Scan scan_;
  std::array<Update, 64> page_;
  bool ended_ = false;
  uint64_t given_ = 0;
};

}  // namespace slip::foreign
#endif
