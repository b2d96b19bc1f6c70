// Whether a listing has come whole: a short one is found, never believed. Pure; one thread.
#ifndef SLIP_KV_NATS_LISTING_PROGRESS_H
#define SLIP_KV_NATS_LISTING_PROGRESS_H

#include <cstdint>

#include "base/status.h"

namespace slip {

class ListingProgress {
 public:
  // Everything at or below `target` is to be listed.
  explicit ListingProgress(uint64_t target) : target_(target) {}

  // Deliveries are numbered 1, 2, 3... in the order of revisions. SERVER, retriable: one is
  // missing.
  Status delivered(uint64_t delivery, uint64_t revision);
  // The server has sent so many deliveries and nothing else up to `revision`. SERVER, retriable:
  // not all of them came.
  Status confirmed(uint64_t delivery, uint64_t revision);
  bool complete() const { return complete_; }

 private:
  const uint64_t target_;
  uint64_t deliveries_ = 0;
  bool complete_ = false;
};

}  // namespace slip
#endif
