// Section SNAPSHOT: iterators.
#include "capi/iterator.h"

#include <algorithm>
#include <utility>

#include "capi/guard.h"

namespace slip::capi {
namespace {

class RangeIterator final : public slip_iterator {
 public:
  RangeIterator(std::shared_ptr<OpenSnapshot> snapshot, std::unique_ptr<FoldIterator> range)
      : snapshot_(std::move(snapshot)), range_(std::move(range)) {}

  Result<size_t> next(Update* out, size_t capacity) override { return range_->next(out, capacity); }

 private:
  const std::shared_ptr<OpenSnapshot> snapshot_;
  const std::unique_ptr<FoldIterator> range_;
};

// A listing comes in batches of its own size: what a call had no room for waits for the next one.
class ListingIterator final : public slip_iterator {
 public:
  ListingIterator(std::shared_ptr<Connection> connection, std::shared_ptr<Bucket> bucket,
                  std::unique_ptr<Listing> listing)
      : connection_(std::move(connection)),
        bucket_(std::move(bucket)),
        listing_(std::move(listing)) {}

  Result<size_t> next(Update* out, size_t capacity) override {
    while (!ended_ && (batch_ == nullptr || given_ == batch_->size())) {
      batch_ = nullptr;
      given_ = 0;
      Result<const Batch*> next = listing_->next();
      if (next.status().is(SLIP_END)) {
        ended_ = true;
      } else if (!next.ok()) {
        return next.status();
      } else {
        batch_ = next.take();
      }
    }
    if (ended_) return size_t{0};
    const size_t count = std::min(capacity, batch_->size() - given_);
    std::copy_n(batch_->updates() + given_, count, out);
    given_ += count;
    return count;
  }

 private:
  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<Bucket> bucket_;
  const std::unique_ptr<Listing> listing_;
  const Batch* batch_ = nullptr;
  size_t given_ = 0;  // of the batch
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<slip_iterator> iterate_range(std::shared_ptr<OpenSnapshot> snapshot,
                                             std::unique_ptr<FoldIterator> range) {
  return std::make_unique<RangeIterator>(std::move(snapshot), std::move(range));
}

std::unique_ptr<slip_iterator> iterate_listing(std::shared_ptr<Connection> connection,
                                               std::shared_ptr<Bucket> bucket,
                                               std::unique_ptr<Listing> listing) {
  return std::make_unique<ListingIterator>(std::move(connection), std::move(bucket),
                                           std::move(listing));
}

}  // namespace slip::capi

using namespace slip;
using namespace slip::capi;

slip_status slip_iterator_next(slip_iterator* iterator, slip_update* out_updates, size_t capacity,
                               size_t* out_count, slip_error** error) {
  return guard(__func__, error,
               {handle(iterator, "iterator"), given(out_updates, "out_updates"),
                output(out_count, "out_count")},
               [&]() -> Status {
                 if (capacity == 0)
                   return Status(SLIP_INVALID, "slip_iterator_next: capacity is 0");
                 SLIP_ASSIGN(*out_count, iterator->next(out_updates, capacity));
                 if (*out_count > 0) return Status();
                 return Status(SLIP_END, std::string());
               });
}

void slip_iterator_free(slip_iterator* iterator) { release(iterator); }
