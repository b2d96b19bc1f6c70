#include "kv/nats/listing_progress.h"

#include <string>

#include "base/guard.h"

namespace slip {

Status ListingProgress::delivered(uint64_t delivery, uint64_t revision) {
  ++deliveries_;
  // guard: listing_gap
  if (guard_on("listing_gap") && delivery != deliveries_) {
    return Status(SLIP_SERVER,
                  "the listing is incomplete: delivery " + std::to_string(deliveries_) +
                      " did not come, number " + std::to_string(delivery) + " did",
                  true);
  }
  if (revision >= target_) complete_ = true;
  return Status();
}

Status ListingProgress::confirmed(uint64_t delivery, uint64_t revision) {
  // guard: listing_confirmed
  if (guard_on("listing_confirmed") && delivery != deliveries_) {
    return Status(SLIP_SERVER,
                  "the listing is incomplete: the server sent " + std::to_string(delivery) +
                      " updates and " + std::to_string(deliveries_) + " came",
                  true);
  }
  if (revision >= target_) complete_ = true;
  return Status();
}

}  // namespace slip
