// A bucket as a JetStream stream (ADR-8): its configuration and state as JSON. Pure; any thread.
#ifndef SLIP_KV_NATS_STREAM_CONFIG_H
#define SLIP_KV_NATS_STREAM_CONFIG_H

#include <string>

#include "base/json.h"
#include "kv/bucket.h"

namespace slip {

// "KV_<bucket>".
std::string stream_name(const std::string& bucket);
// "$KV.<bucket>.": what stands before a key in the subject of its updates.
std::string subject_prefix(const std::string& bucket);

// The body of STREAM.CREATE.
std::string stream_config_json(const BucketConfig& config);
// The "config" of an answer, as far as a bucket's configuration goes.
BucketConfig parse_stream_config(JsonValue config);
// A whole STREAM.INFO answer. SERVER: it lacks what a bucket must have.
Result<BucketState> parse_stream_info(JsonValue info);

}  // namespace slip
#endif
