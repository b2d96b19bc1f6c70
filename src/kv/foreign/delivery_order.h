// The order in which a foreign source must deliver, and the form of one update. A plain value: a
// copy is tried first, so that a call is taken whole or not at all. Belongs to the feed.
#ifndef SLIP_KV_FOREIGN_DELIVERY_ORDER_H
#define SLIP_KV_FOREIGN_DELIVERY_ORDER_H

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "base/update.h"

namespace slip {

struct Amount {
  size_t updates = 0;
  size_t bytes = 0;  // of keys and values
  void add(const Update& update) {
    ++updates;
    bytes += update.key.size + update.value.size;
  }
};

// INVALID, TOO_LARGE: what no bucket may deliver, whatever came before.
Status check_foreign_update(const Update& update, uint32_t flags_allowed);

class DeliveryOrder {
 public:
  // Everything below `from_revision` was delivered before. With a state, its updates come first.
  DeliveryOrder(uint64_t from_revision, bool from_state, Amount run_max)
      : newest_(from_state ? 0 : from_revision - 1), in_state_(from_state), run_max_(run_max) {}

  bool in_state() const { return in_state_; }
  // Further updates of the newest revision are to come.
  bool is_open() const { return open_ != 0; }
  uint64_t newest() const { return newest_; }

  // `counts`: against what one revision may hold. `may_repeat`: the source numbers its deliveries.
  Status admit(const Update& update, bool counts, bool may_repeat);
  // Nothing in scope at or below `revision` is left to come.
  Status reach(uint64_t revision, bool may_repeat);
  Status end_state(uint64_t revision);

 private:
  Status admit_run(const Update& update, bool counts);

  uint64_t newest_;
  bool in_state_;
  uint64_t open_ = 0;  // the revision of which more is to come
  Amount run_;         // of it
  Amount run_max_;
};

}  // namespace slip
#endif
