// The configuration of a bucket: from options, and compared with what a server made of it.
#include <cstdint>
#include <string>

#include "kv/bucket.h"

namespace slip {
namespace {

constexpr int64_t kNsPerMs = 1000000;
constexpr uint64_t kMarkerTtlMsMin = 1000;  // servers count marker lives in whole seconds

// Options say 0 for "no limit", servers -1.
int64_t limit_of(uint64_t option) { return option == 0 ? -1 : static_cast<int64_t>(option); }

void compare(const char* name, const std::string& asked, const std::string& actual,
             std::string* out) {
  if (asked == actual) return;
  if (!out->empty()) *out += "; ";
  *out += std::string(name) + " is " + actual + ", not " + asked;
}

void compare(const char* name, int64_t asked, int64_t actual, std::string* out) {
  compare(name, std::to_string(asked), std::to_string(actual), out);
}

std::string storage_name(uint32_t storage) {
  return storage == SLIP_STORAGE_MEMORY ? "memory" : "file";
}
std::string discard_name(uint32_t discard) { return discard == SLIP_DISCARD_OLD ? "old" : "new"; }

}  // namespace

Result<BucketConfig> bucket_config(const std::string& name, const Options& options) {
  if (!is_bucket_name(name)) {
    return Status(SLIP_INVALID,
                  "the bucket's name must have 1 to 128 letters, digits, \"-\" and \"_\"");
  }
  const uint64_t marker_ttl_ms = options.u64("marker_ttl_ms");
  if (marker_ttl_ms != 0 && marker_ttl_ms < kMarkerTtlMsMin) {
    return Status(SLIP_OUT_OF_BOUNDS, "option \"marker_ttl_ms\" of bucket \"" + name + "\" is " +
                                          std::to_string(marker_ttl_ms) +
                                          ": give 0 for no markers, or at least 1000");
  }
  BucketConfig config;
  config.name = name;
  config.history = static_cast<uint32_t>(options.u64("history"));
  config.max_age_ns = static_cast<int64_t>(options.u64("max_age_ms")) * kNsPerMs;
  config.max_bytes = limit_of(options.u64("max_bytes"));
  config.max_value_size = limit_of(options.u64("max_value_size"));
  config.marker_ttl_ns = static_cast<int64_t>(marker_ttl_ms) * kNsPerMs;
  config.replicas = static_cast<uint32_t>(options.u64("replicas"));
  config.storage = options.string("storage") == "memory" ? SLIP_STORAGE_MEMORY : SLIP_STORAGE_FILE;
  config.discard = options.string("discard") == "old" ? SLIP_DISCARD_OLD : SLIP_DISCARD_NEW;
  config.description = options.string("description");
  config.accept_differences = options.boolean("accept_differences");
  return config;
}

std::string config_differences(const BucketConfig& asked, const BucketConfig& actual) {
  std::string differences;
  compare("history", asked.history, actual.history, &differences);
  compare("max_age_ns", asked.max_age_ns, actual.max_age_ns, &differences);
  compare("max_bytes", asked.max_bytes, actual.max_bytes, &differences);
  compare("max_value_size", asked.max_value_size, actual.max_value_size, &differences);
  compare("marker_ttl_ns", asked.marker_ttl_ns, actual.marker_ttl_ns, &differences);
  compare("replicas", asked.replicas, actual.replicas, &differences);
  compare("storage", storage_name(asked.storage), storage_name(actual.storage), &differences);
  compare("discard", discard_name(asked.discard), discard_name(actual.discard), &differences);
  return differences;
}

}  // namespace slip
