// The options of a watch, as its loop wants them.
#include <algorithm>
#include <cassert>

#include "base/limits.h"
#include "watch/watch.h"

namespace slip {
namespace {

StopAt stop_at_of(const std::string& choice) {
  if (choice == "caught_up") return StopAt::caught_up;
  return choice == "revision" ? StopAt::revision : StopAt::never;
}

Status read_scope(const Options& options, WatchSettings* settings) {
  const std::vector<std::string>& prefixes = options.list("scope");
  const auto too_long = [](const std::string& prefix) { return prefix.size() > kLongKeyBytes; };
  if (std::any_of(prefixes.begin(), prefixes.end(), too_long))
    return Status(SLIP_OUT_OF_BOUNDS, "option \"scope\": a prefix is longer than " +
                                          std::to_string(kLongKeyBytes) + " bytes");
  settings->scope = Scope::of(prefixes);
  return Status();
}

Status read_cursor(const Options& options, WatchSettings* settings) {
  if (!options.is_set("cursor") || options.string("cursor").empty()) return Status();
  auto parsed = parse_cursor(options.string("cursor"));
  if (!parsed.ok()) return parsed.status().with_context("option \"cursor\"");
  settings->start_identity = Identity{parsed->bucket, parsed->cursor.epoch};
  settings->start_revision = parsed->cursor.revision;
  return Status();
}

}  // namespace

Result<WatchSettings> watch_settings(const Options& options, bool replay_default) {
  assert(options.kind() == SLIP_OPTIONS_WATCH);
  WatchSettings settings;
  settings.bounds.updates_max = options.u64("batch_updates_max");
  settings.bounds.bytes_max = options.u64("batch_bytes_max");
  settings.close_on_idle = options.string("batch_close") == "idle";
  settings.window_ms = static_cast<int64_t>(options.u64("window_ms"));
  const std::string replay = options.string("replay");
  settings.replay_fold = replay == "default" ? replay_default : replay == "fold";
  settings.stop_at = stop_at_of(options.string("stop_at"));
  settings.stop_revision = options.u64("stop_revision");
  if (settings.stop_at == StopAt::revision && !options.is_set("stop_revision"))
    return Status(SLIP_INVALID,
                  "option \"stop_at\" is \"revision\", but \"stop_revision\" is not set");
  // One batch is applied while the next one is received.
  settings.credit_updates =
      std::max<size_t>(options.u64("receive_updates_max"), 2 * settings.bounds.updates_max);
  settings.credit_bytes =
      std::max<size_t>(options.u64("receive_bytes_max"), 2 * settings.bounds.bytes_max);
  settings.idle_heartbeat_ms = static_cast<int64_t>(options.u64("idle_heartbeat_ms"));
  settings.commit_failures_max = static_cast<uint32_t>(options.u64("commit_failures_max"));
  settings.commit_retry_ms = static_cast<int64_t>(options.u64("commit_retry_ms"));
  settings.audit_interval_ms = static_cast<int64_t>(options.u64("audit_interval_ms"));
  if (options.string("scope_change") == "narrow") settings.scope_change = ScopeChange::narrow;
  settings.max_stale_ms = static_cast<int64_t>(options.u64("max_stale_ms"));
  // Between two signs nothing is known: two of them in the bound.
  if (settings.max_stale_ms > 0)
    settings.idle_heartbeat_ms = std::min(settings.idle_heartbeat_ms,
                                          std::max(kIdleHeartbeatMsMin, settings.max_stale_ms / 2));
  SLIP_TRY(read_scope(options, &settings));
  SLIP_TRY(read_cursor(options, &settings));
  return settings;
}

}  // namespace slip
