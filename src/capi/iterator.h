// slip_iterator: one handle over the two things that can be iterated, a snapshot's range and a
// bucket's listing.
#ifndef SLIP_CAPI_ITERATOR_H
#define SLIP_CAPI_ITERATOR_H

#include <cstddef>
#include <memory>

#include "capi/handles.h"

struct slip_iterator : slip::capi::Handle {
  virtual ~slip_iterator() = default;
  // Up to `capacity` (at least 1) further updates; 0 at the end.
  virtual slip::Result<size_t> next(slip::Update* out, size_t capacity) = 0;
};

namespace slip::capi {

std::unique_ptr<slip_iterator> iterate_range(std::shared_ptr<OpenSnapshot> snapshot,
                                             std::unique_ptr<FoldIterator> range);
std::unique_ptr<slip_iterator> iterate_listing(std::shared_ptr<Connection> connection,
                                               std::shared_ptr<Bucket> bucket,
                                               std::unique_ptr<Listing> listing);

}  // namespace slip::capi
#endif
