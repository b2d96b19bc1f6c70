#include "kv/nats/delivery_order.h"

#include "base/guard.h"

namespace slip {

DeliverySequence::Verdict DeliverySequence::delivered(uint64_t number) {
  const uint64_t expected = last_ + 1;
  // guard: consumer_sequence
  if (guard_on("consumer_sequence") && number != expected) {
    return number < expected ? Verdict::replaced : Verdict::gap;
  }
  last_ = number;
  doubted_ = false;
  return Verdict::as_expected;
}

DeliverySequence::Verdict DeliverySequence::confirmed(uint64_t number) {
  if (number == last_) {
    doubted_ = false;
    return Verdict::as_expected;
  }
  const bool again = doubted_;
  doubted_ = true;
  // guard: heartbeat_sequence
  if (!again || !guard_on("heartbeat_sequence")) return Verdict::not_yet;
  return number < last_ ? Verdict::replaced : Verdict::gap;
}

}  // namespace slip
