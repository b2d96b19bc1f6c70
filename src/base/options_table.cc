// Every option of the library: name, type, default, bounds, meaning. Nothing else says them.
#include "base/options.h"

namespace slip {
namespace {

constexpr OptionSpec kEnd = {nullptr, OptionType::string, "", 0, 0, nullptr, nullptr, false, ""};

constexpr OptionSpec string_option(const char* name, const char* summary) {
  return {name, OptionType::string, "", 0, 0, nullptr, nullptr, false, summary};
}
constexpr OptionSpec secret_option(const char* name, const char* summary) {
  return {name, OptionType::string, "", 0, 0, nullptr, nullptr, true, summary};
}
constexpr OptionSpec choice_option(const char* name, const char* fallback, const char* choices,
                                   const char* summary) {
  return {name, OptionType::choice, fallback, 0, 0, choices, nullptr, false, summary};
}
constexpr OptionSpec number_option(const char* name, const char* fallback, uint64_t min,
                                   uint64_t max, const char* unit, const char* summary) {
  return {name, OptionType::u64, fallback, min, max, nullptr, unit, false, summary};
}
constexpr OptionSpec bool_option(const char* name, const char* fallback, const char* summary) {
  return {name, OptionType::boolean, fallback, 0, 1, nullptr, nullptr, false, summary};
}
constexpr OptionSpec list_option(const char* name, const char* summary) {
  return {name, OptionType::list, "", 0, 0, nullptr, nullptr, false, summary};
}

constexpr OptionSpec kConnection[] = {
    choice_option(
        "connect", "eager", "eager|lazy",
        "eager: connect before returning; lazy: return at once, connect in the background"),
    number_option("connect_timeout_ms", "5000", 1, 600000, "ms", "for one server"),
    number_option("request_timeout_ms", "10000", 1, 600000, "ms", "for one request to the server"),
    number_option("reconnect_wait_ms", "500", 1, 600000, "ms",
                  "between two tries at the same server; half of it again is added at random"),
    string_option("name", "shown by the server in its list of connections"),
    list_option("servers", "further server URLs, tried in turn"),
    string_option("user", "user name"),
    secret_option("password", "password of the user"),
    secret_option("token", "authentication token"),
    string_option("creds_file", "path of a .creds file (JWT and NKey seed)"),
    string_option("nkey_seed_file", "path of a file that holds an NKey seed"),
    string_option("nkey_public", "public NKey that belongs to nkey_seed_file"),
    string_option("tls_ca_file", "PEM file of the authorities to trust; the system's where empty"),
    string_option("tls_cert_file", "PEM file of the client's certificate chain"),
    string_option("tls_key_file", "PEM file of the client's private key"),
    string_option("tls_host",
                  "the name that the server's certificate must bear; the URL's where empty"),
    string_option("js_domain", "JetStream domain; none where empty"),
    kEnd};

constexpr OptionSpec kBucket[] = {
    number_option("history", "1", 1, 64, "revisions", "kept of each key"),
    number_option("max_age_ms", "0", 0, INT64_MAX / 1000000, "ms",
                  "values older than this are gone; 0: never"),
    number_option("max_bytes", "0", 0, INT64_MAX, "bytes", "of the whole bucket; 0: no limit"),
    number_option("max_value_size", "0", 0, 64u << 20, "bytes",
                  "of one value; 0: the server's limit"),
    number_option(
        "marker_ttl_ms", "0", 0, INT64_MAX / 1000000, "ms",
        "the server writes a marker for what expires and keeps it this long; 0: no markers; "
        "needs nats-server 2.11"),
    number_option("replicas", "1", 1, 5, nullptr, "servers that keep the bucket"),
    choice_option("storage", "file", "file|memory", "where the server keeps the bucket"),
    choice_option("discard", "new", "new|old",
                  "what a full bucket does: refuse new values, or drop the oldest"),
    string_option("description", "shown by tools"),
    bool_option("accept_differences", "false",
                "open the bucket although the server did not take all of the configuration"),
    kEnd};

constexpr OptionSpec kWatch[] = {
    number_option("batch_updates_max", "10000", 1, 1000000, "updates", "in one batch"),
    number_option("batch_bytes_max", "8388608", 1024, 1u << 30, "bytes",
                  "in one batch, keys and values"),
    choice_option("batch_close", "idle", "idle|window",
                  "idle: a batch ends when nothing more has been received; window: window_ms after "
                  "its first update; a full one in either"),
    number_option("window_ms", "1000", 1, 86400000, "ms", "of batch_close=window"),
    choice_option("replay", "default", "default|fold|none",
                  "fold: hand the fold's live keys over before the tail (default with callbacks); "
                  "none: the tail only (default when pulling)"),
    choice_option("stop_at", "never", "never|caught_up|revision", "end the watch there"),
    number_option("stop_revision", "0", 0, UINT64_MAX - 1, nullptr, "of stop_at=revision"),
    list_option("scope",
                "only keys that begin with this, as bytes; several may be added; none: all keys"),
    string_option("cursor", "where to go on without a fold: the text of slip_cursor_format"),
    number_option(
        "receive_updates_max", "0", 0, 10000000, "updates",
        "asked for in advance; 0: twice batch_updates_max; at least twice it in any case"),
    number_option("receive_bytes_max", "33554432", 1u << 16, 1u << 31, "bytes",
                  "asked for in advance"),
    number_option(
        "idle_heartbeat_ms", "5000", 100, 30000, "ms",
        "the server's sign of life; two and a half missed ones make the watch start anew"),
    number_option("max_stale_ms", "0", 0, uint64_t{86400000} * 30, "ms",
                  "the watch is ready while its state was current at most this long ago; half of "
                  "it bounds idle_heartbeat_ms; 0: however old, once complete"),
    number_option("commit_failures_max", "16", 1, 1000, nullptr,
                  "failed commits in a row, over at least commit_retry_ms, that end the watch"),
    number_option("commit_retry_ms", "30000", 0, 3600000, "ms", "see commit_failures_max"),
    number_option(
        "audit_interval_ms", "30000", 0, 86400000, "ms",
        "the fold's keys are counted against the bucket's so often, and at each catch-up; "
        "0: never"),
    choice_option("scope_change", "refuse", "refuse|narrow",
                  "narrow: keys outside the scope leave a fold that was made for a wider one"),
    kEnd};

constexpr OptionSpec kFold[] = {
    choice_option("durability", "meta", "process|meta|full", "what a commit survives"),
    choice_option("create", "if_missing", "if_missing|never|always",
                  "whether the fold may or must be made"),
    bool_option("read_only", "false", "open for reading beside a writer in another process"),
    number_option("segment_bytes", "67108864", 4096, 1u << 30, "bytes",
                  "of an append log: a segment that is larger is followed by a new one"),
    number_option("compact_dead_percent", "50", 0, 100, nullptr,
                  "an append log is compacted when so much of it is dead; 100: by call only"),
    number_option("min_segments", "2", 1, 10000, nullptr,
                  "sealed ones, below which an append log is not compacted"),
    choice_option("values", "memory", "memory|disk",
                  "disk: values of an append log stay in its files and are read from there"),
    kEnd};

constexpr OptionSpec kExport[] = {
    choice_option("compression", "zstd", "zstd|none", "of the data files"),
    number_option("level", "3", 1, 19, nullptr, "of zstd"), kEnd};

constexpr OptionSpec kObjectStore[] = {kEnd};
constexpr OptionSpec kPublish[] = {kEnd};
constexpr OptionSpec kImport[] = {kEnd};

}  // namespace

const OptionSpec* option_specs(int32_t kind) {
  switch (kind) {
    case SLIP_OPTIONS_CONNECTION:
      return kConnection;
    case SLIP_OPTIONS_BUCKET:
      return kBucket;
    case SLIP_OPTIONS_WATCH:
      return kWatch;
    case SLIP_OPTIONS_FOLD:
      return kFold;
    case SLIP_OPTIONS_EXPORT:
      return kExport;
    case SLIP_OPTIONS_OBJECT_STORE:
      return kObjectStore;
    case SLIP_OPTIONS_PUBLISH:
      return kPublish;
    case SLIP_OPTIONS_IMPORT:
      return kImport;
    default:
      return nullptr;
  }
}

}  // namespace slip
