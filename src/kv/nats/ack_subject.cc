#include "kv/nats/ack_subject.h"

#include <cstddef>

#include "base/decimal.h"

namespace slip {
namespace {

constexpr Bytes kPrefix = "$JS.ACK.";
constexpr size_t kTokensMax = 10;  // after the prefix: 7 in v1, 9 or 10 in v2

}  // namespace

bool parse_ack_subject(Bytes subject, AckSubject* out) {
  if (subject.substr(0, kPrefix.size()) != kPrefix) return false;
  Bytes tokens[kTokensMax];
  size_t count = 0;
  for (size_t begin = kPrefix.size();;) {
    const size_t end = subject.find('.', begin);
    if (count == kTokensMax) return false;
    tokens[count++] = subject.substr(begin, end == Bytes::npos ? end : end - begin);
    if (end == Bytes::npos) break;
    begin = end + 1;
  }
  if (count != 7 && count != 9 && count != 10) return false;
  const Bytes* const token = tokens + (count == 7 ? 0 : 2);
  uint64_t deliveries = 0, timestamp = 0;
  const bool numbers = parse_decimal(token[2], &deliveries) == Decimal::ok &&
                       parse_decimal(token[3], &out->stream_sequence) == Decimal::ok &&
                       parse_decimal(token[4], &out->consumer_sequence) == Decimal::ok &&
                       parse_decimal(token[5], &timestamp) == Decimal::ok &&
                       parse_decimal(token[6], &out->pending) == Decimal::ok;
  if (!numbers || timestamp > static_cast<uint64_t>(INT64_MAX)) return false;
  if (out->stream_sequence == 0 || out->stream_sequence == UINT64_MAX) return false;
  out->stream = token[0];
  out->consumer = token[1];
  out->timestamp_ns = static_cast<int64_t>(timestamp);
  return !out->stream.empty() && !out->consumer.empty() && out->consumer_sequence > 0;
}

}  // namespace slip
