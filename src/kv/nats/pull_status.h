// What the server says to a pull request besides updates: status messages, told apart. Pure.
#ifndef SLIP_KV_NATS_PULL_STATUS_H
#define SLIP_KV_NATS_PULL_STATUS_H

#include "base/status.h"
#include "base/update.h"
#include "kv/intake.h"

namespace slip {

enum class PullVerdict {
  heartbeat,  // still there, nothing new
  ended,      // this request is over; the consumer goes on
  too_small,  // it is over because the next update does not fit in what was left of it
  all_ended,  // every request is over; the consumer goes on
  broken,     // the consumer is gone, or we cannot go on with it
};

struct PullStatus {
  PullVerdict verdict = PullVerdict::broken;
  Status reason;                           // of broken
  SourceEvent event = SourceEvent::other;  // of broken and all_ended
};

// `code` and `description` as in the message's headers. What is not known counts as broken: it
// never counts as progress.
PullStatus judge_pull_status(Bytes code, Bytes description);

}  // namespace slip
#endif
