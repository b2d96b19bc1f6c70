// What a message of a bucket's stream says about its key. Pure but for the JSON; any thread.
#ifndef SLIP_KV_NATS_KV_MESSAGE_H
#define SLIP_KV_NATS_KV_MESSAGE_H

#include <optional>
#include <string>

#include "base/json.h"
#include "base/update.h"

namespace slip {

// The headers that matter; empty where there is none of the name.
struct KvHeaders {
  Bytes operation;      // KV-Operation
  Bytes marker_reason;  // Nats-Marker-Reason
  Bytes ttl;            // Nats-TTL
};

// Sets operation, flags and ttl_ns, and takes away the value of what is no put. A marker of the
// server's counts as a purge; its KV-Operation, if any, is ignored.
void classify(const KvHeaders& headers, Update* update);

// Headers as they travel: "NATS/1.0\r\nName: value\r\n...\r\n". Views of `block`.
KvHeaders parse_header_block(Bytes block);

// The "message" of a STREAM.MSG.GET answer. SERVER: it is malformed, or not of a key with that
// prefix ("$KV.<bucket>.").
Result<Entry> parse_stored_message(JsonValue message, Bytes subject_prefix);

std::optional<std::string> decode_base64(Bytes text);

}  // namespace slip
#endif
