#include "follow.h"

#include <ctime>
#include <string_view>

#include "entries.h"
#include "json.h"
#include "progress.h"
#include "signals.h"
#include "text.h"

namespace cli {
namespace {

// How long a wait may go on before signals and progress are looked at again.
constexpr int64_t kPollMs = 200;

constexpr std::string_view kRevision = "revision=";

class Follower {
 public:
  Follower(Context& context, slip_watch* watch, const FollowHooks& hooks)
      : watch_(watch), hooks_(hooks), progress_(context.quiet, "following", 0) {}

  Outcome run() {
    while (!StopSignal::requested()) {
      Batch batch;
      Call call;
      const slip_status status = slip_watch_next(watch_, kPollMs, batch.out(), call.error());
      CLI_TRY(look());
      if (status == SLIP_TIMEOUT || status == SLIP_INTERRUPTED) continue;
      if (status == SLIP_END) return Outcome::success();
      CLI_TRY(call(status));
      CLI_TRY(take(batch.get()));
      CLI_TRY(look());
    }
    return Outcome::silent(StopSignal::exit());
  }

  uint64_t applied() const { return applied_; }
  uint64_t batches() const { return batches_; }

 private:
  Outcome take(slip_batch* batch) {
    size_t count = 0;
    const slip_update* updates = slip_batch_updates(batch, &count);
    if (hooks_.apply) {
      progress_.clear();
      CLI_TRY(hooks_.apply(updates, count));
    }
    const slip_cursor cursor = slip_batch_cursor(batch);
    CLI_TRY(acknowledge(batch));
    applied_ += count;
    ++batches_;
    if (hooks_.applied) {
      progress_.clear();
      hooks_.applied(cursor, count);
    }
    return Outcome::success();
  }

  // A passing failure keeps the batch; the library ends the watch when it lasts too long.
  Outcome acknowledge(slip_batch* batch) {
    for (;;) {
      Call call;
      const Outcome outcome = call(slip_batch_ack(batch, call.error()));
      if (outcome.ok() || !outcome.retriable || StopSignal::requested()) return outcome;
      // Nothing comes while a batch is outstanding: this only waits.
      slip_watch_state state = SLIP_WATCH_STATE_INIT;
      if (slip_watch_status(watch_, &state, nullptr) != SLIP_OK ||
          state.state == SLIP_WATCH_ENDED) {
        return outcome;
      }
      pause();
    }
  }

  static void pause() {
    const timespec wait = {0, kPollMs * 1000000};
    nanosleep(&wait, nullptr);
  }

  Outcome look() {
    slip_watch_state state = SLIP_WATCH_STATE_INIT;
    if (slip_watch_status(watch_, &state, nullptr) != SLIP_OK) return Outcome::success();
    if (first_revision_ == 0) first_revision_ = state.cursor.revision + 1;
    if (state.target_revision + 1 > first_revision_) {
      progress_.set_total(state.target_revision + 1 - first_revision_);
    }
    if (state.state == SLIP_WATCH_LIVE && !caught_up_) {
      caught_up_ = true;
      progress_.clear();
      if (hooks_.caught_up) hooks_.caught_up(state.cursor);
    }
    show(state);
    return hooks_.look ? hooks_.look(watch_, state) : Outcome::success();
  }

  void show(const slip_watch_state& state) {
    const bool away = state.state == SLIP_WATCH_CONNECTING || state.state == SLIP_WATCH_STALE;
    if (hooks_.line && (caught_up_ || away))
      progress_.show(hooks_.line(state));
    else if (!caught_up_)
      progress_.update(state.cursor.revision + 1 - first_revision_);
  }

  slip_watch* watch_;
  const FollowHooks& hooks_;
  Progress progress_;
  uint64_t first_revision_ = 0;
  uint64_t applied_ = 0;
  uint64_t batches_ = 0;
  bool caught_up_ = false;
};

const char* proper_end(const std::string& until) {
  if (until == "caught-up") return "caught_up";
  return until.compare(0, kRevision.size(), kRevision) == 0 ? "revision" : "stopped";
}

}  // namespace

const char* const kUntilHelp =
    "Where to end: caught-up (everything that is there now), revision=N, or never";

Outcome set_until(Context& context, const std::string& until) {
  if (until.empty() || until == "never") return Outcome::success();
  if (until == "caught-up") return context.options.set(SLIP_OPTIONS_WATCH, "stop_at", "caught_up");
  if (until.compare(0, kRevision.size(), kRevision) == 0) {
    CLI_TRY(context.options.set(SLIP_OPTIONS_WATCH, "stop_at", "revision"));
    return context.options.set(SLIP_OPTIONS_WATCH, "stop_revision", until.substr(kRevision.size()));
  }
  return Outcome::usage("--until wants caught-up, revision=N or never");
}

FollowResult follow(Context& context, slip_bucket* bucket, slip_fold* fold,
                    const std::string& until, const FollowHooks& hooks) {
  FollowResult result;
  const int64_t started = monotonic_ms();
  StopSignal stop;
  slip_options* options = context.options.get(SLIP_OPTIONS_WATCH);
  Watch watch;
  Call open;
  result.outcome = open(slip_watch_open(bucket, fold, options, watch.out(), open.error()));
  if (!result.outcome.ok()) return result;
  {
    Follower follower(context, watch.get(), hooks);
    result.outcome = follower.run();
    result.applied = follower.applied();
    result.batches = follower.batches();
  }
  Call close;
  const Outcome closed = close(slip_watch_close(watch.get(), &result.cursor, close.error()));
  result.elapsed_ms = monotonic_ms() - started;
  if (hooks.ended) hooks.ended();
  if (StopSignal::requested()) {
    result.reason = "interrupted";
  } else if (result.outcome.ok()) {
    result.outcome = closed;
    if (closed.ok()) result.reason = proper_end(until);
  }
  return result;
}

std::string end_json(const std::string& bucket, const FollowResult& result) {
  JsonObject object;
  object.text("event", "end").text("reason", result.reason).number("applied", result.applied);
  object.number("batches", result.batches);
  object.signed_number("elapsed_ms", result.elapsed_ms);
  return object.raw("cursor", cursor_json(bucket, result.cursor)).str();
}

}  // namespace cli
