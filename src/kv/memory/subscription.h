// One watcher's place in an embedded bucket. A plain value: MemoryStream guards it with its mutex.
//
// It keeps a position, not a queue: what the credit does not allow yet stays in the store, and what
// the store no longer retains when its turn comes is not delivered, as with a stream on a server.
#ifndef SLIP_KV_MEMORY_SUBSCRIPTION_H
#define SLIP_KV_MEMORY_SUBSCRIPTION_H

#include <memory>

#include "kv/bucket.h"
#include "kv/memory/message_store.h"

namespace slip {

class Subscription {
 public:
  Subscription(const WatchRequest& request, std::shared_ptr<Intake> intake);

  // Delivers what is retained, in scope and within the credit, in the order of revisions; after the
  // last of it a heartbeat, where it says more than the deliveries did.
  void pump(const MessageStore& store) noexcept;
  void credit(size_t updates, size_t bytes) noexcept;
  // A sign of life, with the heartbeat that belongs to it where everything was delivered.
  void tick(const MessageStore& store) noexcept;
  // Ends it: nothing is delivered afterwards.
  void end(const Status& reason) noexcept;

 private:
  bool may_deliver(const Update& update) const;
  bool delivered_all(const MessageStore& store) const;
  void beat(uint64_t revision) noexcept;

  const Scope scope_;
  const uint32_t incarnation_;
  const size_t credit_updates_;
  const size_t credit_bytes_;
  const std::shared_ptr<Intake> intake_;
  uint64_t next_revision_;      // the first that was not looked at
  uint64_t told_revision_ = 0;  // of the last delivery or heartbeat
  uint64_t delivery_ = 0;
  size_t outstanding_updates_ = 0;
  size_t outstanding_bytes_ = 0;
  bool ended_ = false;
};

}  // namespace slip
#endif
