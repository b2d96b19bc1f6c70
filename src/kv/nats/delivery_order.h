// The numbers of one consumer's deliveries: whether each is the next, and which number it has among
// those that go into the intake, where some are dropped. Pure; guarded by its owner.
#ifndef SLIP_KV_NATS_DELIVERY_ORDER_H
#define SLIP_KV_NATS_DELIVERY_ORDER_H

#include <cstdint>

namespace slip {

class DeliverySequence {
 public:
  enum class Verdict {
    as_expected,
    not_yet,   // of a heartbeat only: it may have overtaken what it tells of; it proves nothing
    gap,       // something was sent and has not come
    replaced,  // the consumer counts from the beginning again: it is not the one that it was
  };

  // The consumer's number of what came: 1, 2, 3...
  Verdict delivered(uint64_t number);
  // What came last does not go into the intake.
  void dropped() { ++dropped_; }
  // A heartbeat says that the last one sent was this. A second one in a row that does not fit means
  // that what it tells of never comes.
  Verdict confirmed(uint64_t number);

  // The last one that went into the intake, as it is numbered there: without holes as long as the
  // consumer's own numbers have none.
  uint64_t appended() const { return last_ - dropped_; }

 private:
  uint64_t last_ = 0;
  uint64_t dropped_ = 0;
  bool doubted_ = false;  // the last heartbeat did not fit, and nothing came since
};

}  // namespace slip
#endif
