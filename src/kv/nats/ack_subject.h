// The reply subject of a delivery, which carries its numbers. Pure; any thread; hostile bytes are
// refused.
//   v1  $JS.ACK.<stream>.<consumer>.<deliveries>.<sseq>.<cseq>.<time>.<pending>
//   v2  $JS.ACK.<domain>.<account>.<stream>.<consumer>. ... .<pending>[.<random>]
#ifndef SLIP_KV_NATS_ACK_SUBJECT_H
#define SLIP_KV_NATS_ACK_SUBJECT_H

#include <cstdint>

#include "base/update.h"

namespace slip {

struct AckSubject {
  Bytes stream;  // views of the subject
  Bytes consumer;
  uint64_t stream_sequence = 0;    // the update's revision
  uint64_t consumer_sequence = 0;  // 1, 2, 3... of one consumer
  int64_t timestamp_ns = 0;
  uint64_t pending = 0;  // what the consumer had left, as far as it knew
};

// False: not such a subject.
bool parse_ack_subject(Bytes subject, AckSubject* out);

}  // namespace slip
#endif
