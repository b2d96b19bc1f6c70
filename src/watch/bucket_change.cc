#include "watch/bucket_change.h"

namespace slip {
namespace {

void compare(const char* name, int64_t before, int64_t now, std::string* out) {
  if (before == now) return;
  if (!out->empty()) *out += "; ";
  *out += std::string(name) + " was " + std::to_string(before) + " and is " + std::to_string(now);
}

}  // namespace

std::string bucket_change(const BucketState& before, const BucketState& now) {
  constexpr int64_t kNsPerMs = 1000000;
  std::string change;
  compare("history", before.history, now.history, &change);
  compare("max_age_ms", before.max_age_ns / kNsPerMs, now.max_age_ns / kNsPerMs, &change);
  compare("max_bytes", before.max_bytes, now.max_bytes, &change);
  compare("max_messages", before.max_messages, now.max_messages, &change);
  compare("marker_ttl_ms", before.marker_ttl_ns / kNsPerMs, now.marker_ttl_ns / kNsPerMs, &change);
  compare("per_message_ttl", before.per_message_ttl, now.per_message_ttl, &change);
  if (before.discard != now.discard) {
    if (!change.empty()) change += "; ";
    change += now.discard == SLIP_DISCARD_OLD ? "it discards the oldest values now"
                                              : "it refuses new values now when it is full";
  }
  return change;
}

}  // namespace slip
