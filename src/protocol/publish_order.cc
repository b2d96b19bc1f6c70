#include "protocol/publish_order.h"

#include <tuple>

#include "base/guard.h"

namespace slip {
namespace {

using Order = std::tuple<uint64_t, uint64_t, uint64_t>;  // generation, epoch, revision

Order old_order(const PublishFacts& facts) {
  return {facts.old_generation, facts.old_epoch, facts.old_revision};
}
Order new_order(const PublishFacts& facts) {
  return {facts.new_generation, facts.new_epoch, facts.new_revision};
}

}  // namespace

PublishVerdict judge_publish(const PublishFacts& facts) {
  // guard: publish_identity
  if (guard_on("publish_identity") && !facts.same_bucket) return PublishVerdict::other_identity;
  // guard: publish_scope
  if (guard_on("publish_scope") && !facts.scope_covers) return PublishVerdict::narrower_scope;
  if (new_order(facts) == old_order(facts) && facts.same_payload)
    return PublishVerdict::already_published;
  // guard: publish_order
  if (guard_on("publish_order") && new_order(facts) <= old_order(facts))
    return PublishVerdict::superseded;
  return PublishVerdict::publish;
}

}  // namespace slip
