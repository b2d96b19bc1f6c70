// May this artifact replace what the pointer names? Pure: no I/O, any thread.
#ifndef SLIP_PROTOCOL_PUBLISH_ORDER_H
#define SLIP_PROTOCOL_PUBLISH_ORDER_H

#include <cstdint>

namespace slip {

struct PublishFacts {
  uint64_t old_generation = 0;
  uint64_t old_epoch = 0;
  uint64_t old_revision = 0;
  uint64_t new_generation = 0;
  uint64_t new_epoch = 0;
  uint64_t new_revision = 0;
  bool same_payload = false;   // the manifests' digests are equal
  bool same_bucket = true;
  bool scope_covers = true;    // the new scope covers the old one
};

enum class PublishVerdict { publish, already_published, superseded, other_identity, narrower_scope };

// The order is (generation, epoch, revision). Equal order with another payload is superseded: what
// stands there is as good, and a flip between equals would make readers fetch for nothing.
PublishVerdict judge_publish(const PublishFacts& facts);

}  // namespace slip
#endif
