#include "watch_view.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "entries.h"
#include "handles.h"
#include "json.h"
#include "text.h"

namespace cli {
namespace {

constexpr int64_t kSampleMs = 1000;
constexpr int64_t kMetricsEveryMs = 5000;
constexpr size_t kEventsMax = 64;

std::string events_json(slip_watch* watch) {
  slip_watch_event events[kEventsMax];
  size_t count = 0;
  JsonObject object;
  if (slip_watch_events(watch, events, kEventsMax, &count, nullptr) == SLIP_OK)
    for (size_t i = 0; i < count; ++i) object.number(events[i].name, events[i].count);
  return object.str();
}

Outcome cannot_write(const std::string& path, const char* doing) {
  return Outcome::fail(
      SLIP_IO, fmt::format("cannot {} metrics file \"{}\": {} (choose another path, or make space)",
                           doing, path, std::strerror(errno)));
}

}  // namespace

const char* watch_state_name(int32_t state) {
  switch (state) {
    case SLIP_WATCH_CONNECTING:
      return "connecting";
    case SLIP_WATCH_REPLAYING:
      return "replaying";
    case SLIP_WATCH_CATCHING_UP:
      return "catching_up";
    case SLIP_WATCH_LIVE:
      return "live";
    case SLIP_WATCH_ENDED:
      return "ended";
    case SLIP_WATCH_STALE:
      return "stale";
    default:
      return "?";
  }
}

std::string status_json(const std::string& bucket, slip_watch* watch,
                        const slip_watch_state& state) {
  JsonObject object;
  object.text("event", "status").text("state", watch_state_name(state.state));
  object.boolean("ready", state.ready != 0).raw("cursor", cursor_json(bucket, state.cursor));
  object.number("target_revision", state.target_revision);
  object.number("server_last_revision", state.server_last_revision);
  object.number("lag_revisions", state.lag_revisions).signed_number("lag_ns", state.lag_ns);
  object.signed_number("contact_age_ns", state.contact_age_ns);
  object.number("received", state.received).number("applied", state.applied);
  object.number("batches", state.batches).number("restarts", state.restarts);
  object.number("reconnects", state.reconnects).number("gaps", state.gaps);
  object.number("audits", state.audits).number("audit_mismatches", state.audit_mismatches);
  object.number("commit_failures", state.commit_failures);
  return object.raw("events", events_json(watch)).str();
}

std::string StatusLine::line(const slip_watch_state& state) {
  const int64_t now = monotonic_ms();
  if (sampled_ms_ == 0) {
    sampled_ms_ = now;
    sampled_applied_ = state.applied;
  } else if (now - sampled_ms_ >= kSampleMs) {
    rate_ = static_cast<double>(state.applied - sampled_applied_) * 1000 /
            static_cast<double>(now - sampled_ms_);
    sampled_ms_ = now;
    sampled_applied_ = state.applied;
  }
  std::string line =
      fmt::format("{}  revision {}  lag {}", watch_state_name(state.state),
                  format_count(state.cursor.revision), format_count(state.lag_revisions));
  if (state.lag_ns > 0) line += fmt::format(" ({})", format_duration(state.lag_ns / 1000000));
  line += fmt::format("  {:.0f}/s  ", rate_);
  line += state.contact_age_ns < 0
              ? std::string("no contact")
              : fmt::format("contact {} ago", format_duration(state.contact_age_ns / 1000000));
  return line + (state.ready != 0 ? "  ready" : "  not ready");
}

Outcome MetricsFile::write() {
  if (path_.empty()) return Outcome::success();
  written_ms_ = monotonic_ms();
  Text text;
  Call call;
  CLI_TRY(call(slip_metrics_text(text.out(), call.error())));
  const std::string_view bytes = view(slip_text_bytes(text.get()));
  const std::string beside = path_ + "." + std::to_string(getpid()) + ".tmp";
  std::FILE* file = std::fopen(beside.c_str(), "we");
  if (file == nullptr) return cannot_write(path_, "make");
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const bool closed = std::fclose(file) == 0;
  if (written && closed && std::rename(beside.c_str(), path_.c_str()) == 0)
    return Outcome::success();
  const Outcome failed = cannot_write(path_, "write");
  unlink(beside.c_str());
  return failed;
}

Outcome MetricsFile::write_when_due() {
  return monotonic_ms() - written_ms_ < kMetricsEveryMs ? Outcome::success() : write();
}

}  // namespace cli
