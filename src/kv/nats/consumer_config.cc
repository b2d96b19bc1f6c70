#include "kv/nats/consumer_config.h"

#include <algorithm>

#include "base/guard.h"
#include "kv/nats/stream_config.h"

namespace slip {
namespace {

constexpr int64_t kNsPerMs = 1000000;

const char* policy_of(const PullConfig& config) {
  return config.last_per_key ? "last_per_subject" : "by_start_sequence";
}

void write_filter(const std::vector<std::string>& subjects, JsonWriter* json) {
  if (subjects.size() == 1) json->member("filter_subject", subjects.front());
  if (subjects.size() <= 1) return;
  json->key("filter_subjects").begin_array();
  for (const std::string& subject : subjects) json->string(subject);
  json->end_array();
}

// Sorted.
std::vector<std::string> filters_of(JsonValue config) {
  std::vector<std::string> filters;
  const auto one = config.get("filter_subject").as_string();
  if (one && !one->empty()) filters.push_back(*one);
  for (const JsonValue& each : config.get("filter_subjects").items()) {
    filters.push_back(each.as_string().value_or(std::string()));
  }
  std::sort(filters.begin(), filters.end());
  return filters;
}

}  // namespace

// With a single filter it is part of the subject, so that servers can forbid others.
std::string create_operation(const PullConfig& config, const std::string& name) {
  std::string operation = "CONSUMER.CREATE." + stream_name(config.bucket) + "." + name;
  if (config.filter.subjects.size() == 1) operation += "." + config.filter.subjects.front();
  return operation;
}

std::string create_body(const PullConfig& config, const std::string& name) {
  JsonWriter json;
  json.begin_object().member("stream_name", stream_name(config.bucket));
  json.key("config").begin_object();
  json.member("name", name).member("deliver_policy", policy_of(config));
  if (!config.last_per_key) {
    json.member_u64("opt_start_seq", std::max<uint64_t>(1, config.from_revision));
  }
  write_filter(config.filter.subjects, &json);
  if (config.headers_only) json.member_bool("headers_only", true);
  json.member("ack_policy", "none")
      .member("replay_policy", "instant")
      .member_i64("max_deliver", 1)
      .member_bool("mem_storage", true)
      .member_i64("num_replicas", 1)
      .member_i64("inactive_threshold", config.inactive_ms * kNsPerMs);
  return json.end_object().member("action", "create").end_object().take();
}

// Servers ignore without a word what they do not know.
Result<bool> check_echo(const PullConfig& config, JsonValue echoed) {
  const bool as_asked =
      echoed.get("deliver_policy").as_string().value_or(std::string()) == policy_of(config) &&
      echoed.get("headers_only").as_bool().value_or(false) == config.headers_only;
  const std::vector<std::string> filters = filters_of(echoed);
  if (as_asked && filters == config.filter.subjects) return true;
  // guard: filter_echo
  const bool ignored = filters.empty() && config.filter.subjects.size() > 1;
  if (as_asked && ignored) return !guard_on("filter_echo");
  return Status(SLIP_UNSUPPORTED, "the server did not make the consumer as asked", false);
}

}  // namespace slip
