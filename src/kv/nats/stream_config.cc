#include "kv/nats/stream_config.h"

#include <algorithm>

#include "base/limits.h"
#include "kv/nats/time_text.h"

namespace slip {
namespace {

constexpr int64_t kDuplicateWindowNs = int64_t{120} * 1000000000;

int64_t integer(JsonValue object, const char* name, int64_t missing) {
  return object.get(name).as_i64().value_or(missing);
}
// Servers say 0 or -1 for "no limit".
int64_t limit(JsonValue object, const char* name) {
  const int64_t value = integer(object, name, -1);
  return value > 0 ? value : -1;
}

Status malformed(const char* member) {
  return Status(
      SLIP_SERVER,
      std::string("the server's description of the stream has no valid \"") + member + "\"", false);
}

}  // namespace

std::string stream_name(const std::string& bucket) { return "KV_" + bucket; }
std::string subject_prefix(const std::string& bucket) { return "$KV." + bucket + "."; }

std::string stream_config_json(const BucketConfig& config) {
  const int64_t window_ns =
      config.max_age_ns > 0 ? std::min(config.max_age_ns, kDuplicateWindowNs) : kDuplicateWindowNs;
  JsonWriter json;
  json.begin_object().member("name", stream_name(config.name));
  json.key("subjects").begin_array().string(subject_prefix(config.name) + ">").end_array();
  if (!config.description.empty()) json.member("description", config.description);
  json.member("retention", "limits")
      .member("storage", config.storage == SLIP_STORAGE_MEMORY ? "memory" : "file")
      .member("discard", config.discard == SLIP_DISCARD_OLD ? "old" : "new")
      .member_i64("max_msgs_per_subject", config.history)
      .member_i64("max_msgs", -1)
      .member_i64("max_consumers", -1)
      .member_i64("max_bytes", config.max_bytes)
      .member_i64("max_msg_size", config.max_value_size)
      .member_i64("max_age", config.max_age_ns)
      .member_i64("duplicate_window", window_ns)
      .member_i64("num_replicas", config.replicas)
      .member_bool("deny_delete", true)
      .member_bool("allow_rollup_hdrs", true)
      .member_bool("allow_direct", true);
  if (config.marker_ttl_ns > 0) {
    json.member_bool("allow_msg_ttl", true)
        .member_i64("subject_delete_marker_ttl", config.marker_ttl_ns);
  }
  return json.end_object().take();
}

BucketConfig parse_stream_config(JsonValue config) {
  BucketConfig parsed;
  const std::string name = config.get("name").as_string().value_or(std::string());
  parsed.name = name.size() > 3 ? name.substr(3) : std::string();
  parsed.history = static_cast<uint32_t>(
      std::clamp<int64_t>(integer(config, "max_msgs_per_subject", 1), 1, UINT32_MAX));
  parsed.max_age_ns = std::max<int64_t>(0, integer(config, "max_age", 0));
  parsed.max_bytes = limit(config, "max_bytes");
  parsed.max_value_size = limit(config, "max_msg_size");
  parsed.marker_ttl_ns = std::max<int64_t>(0, integer(config, "subject_delete_marker_ttl", 0));
  parsed.replicas =
      static_cast<uint32_t>(std::clamp<int64_t>(integer(config, "num_replicas", 1), 1, UINT32_MAX));
  const bool memory = config.get("storage").as_string().value_or("file") == "memory";
  parsed.storage = memory ? SLIP_STORAGE_MEMORY : SLIP_STORAGE_FILE;
  const bool old = config.get("discard").as_string().value_or("old") == "old";
  parsed.discard = old ? SLIP_DISCARD_OLD : SLIP_DISCARD_NEW;
  parsed.description = config.get("description").as_string().value_or(std::string());
  return parsed;
}

Result<BucketState> parse_stream_info(JsonValue info) {
  const JsonValue config = info.get("config");
  const JsonValue counts = info.get("state");
  if (!config.is_object()) return malformed("config");
  if (!counts.is_object()) return malformed("state");
  const auto created = parse_rfc3339_ns(info.get("created").as_string().value_or(std::string()));
  const auto last = counts.get("last_seq").as_u64();
  const auto first = counts.get("first_seq").as_u64();
  if (!created) return malformed("created");
  if (!last || *last == UINT64_MAX) return malformed("last_seq");
  if (!first) return malformed("first_seq");
  const BucketConfig parsed = parse_stream_config(config);
  BucketState state = SLIP_BUCKET_STATE_INIT;
  state.history = parsed.history;
  state.epoch = static_cast<uint64_t>(*created);
  state.messages = counts.get("messages").as_u64().value_or(0);
  state.first_revision = state.messages == 0 ? *last + 1 : *first;
  state.last_revision = *last;
  state.subjects = counts.get("num_subjects").as_u64().value_or(0);
  state.size_bytes = counts.get("bytes").as_u64().value_or(0);
  state.server_time_ns =
      parse_rfc3339_ns(info.get("ts").as_string().value_or(std::string())).value_or(0);
  state.max_age_ns = parsed.max_age_ns;
  state.max_bytes = parsed.max_bytes;
  state.max_value_size = parsed.max_value_size;
  state.marker_ttl_ns = parsed.marker_ttl_ns;
  state.replicas = parsed.replicas;
  state.storage = parsed.storage;
  state.discard = parsed.discard;
  state.per_message_ttl = config.get("allow_msg_ttl").as_bool().value_or(false) ? 1 : 0;
  state.max_messages = limit(config, "max_msgs");
  return state;
}

}  // namespace slip
