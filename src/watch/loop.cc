#include "watch/loop.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <string>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "base/utf8.h"

namespace slip {
namespace {

Status defect(const char* what) noexcept {
  try {
    return Status(SLIP_INTERNAL, std::string("the watch's thread failed: ") + what);
  } catch (...) {
    return Status(SLIP_OUT_OF_MEMORY, std::string());
  }
}

}  // namespace

Loop::Loop(std::shared_ptr<Bucket> bucket, std::shared_ptr<Fold> fold,
           const WatchSettings& settings, std::shared_ptr<Consumer> consumer,
           std::unique_ptr<FoldWriter> writer, FoldMeta standing)
    : bucket_(std::move(bucket)),
      fold_(std::move(fold)),
      settings_(settings),
      consumer_(std::move(consumer)),
      source_(bucket_, settings_, Origin{fold_ != nullptr ? fold_->path() : std::string()}),
      control_(source_.intake(), settings.max_stale_ms),
      flush_(std::move(writer), std::move(standing), settings_, *consumer_, control_),
      audit_(bucket_, fold_, settings_, control_.health(), source_.origin()) {}

// The server may answer the same another time. Memory that is short is not the server's.
bool Loop::is_passing(const Status& status) {
  return status.retriable() && !status.is(SLIP_OUT_OF_MEMORY);
}

Status Loop::start() {
  flush_.joins([this](uint64_t revision, Deadline until) { return join(revision, until); });
  const FoldMeta& standing = flush_.standing();
  if (settings_.replay_fold && fold_ != nullptr && standing.entries > 0 && !standing.loading) {
    SLIP_ASSIGN(replay_, Replay::open(*fold_, settings_.bounds));
  }
  // During a replay nobody would receive: the place is found afterwards, and only judged now.
  const Status found =
      replay_ != nullptr ? source_.check(standing).status() : source_.open(standing);
  if (!found.ok() && !is_passing(found)) return found;
  const bool loaded = fold_ != nullptr && standing.identity.bound() && !standing.loading;
  control_.health().begin(loaded, replay_ != nullptr);
  place_is_new_ = source_.is_open();
  if (place_is_new_) show_place();
  if (!found.ok()) put_off();
  return Status();
}

void Loop::run() noexcept {
  control_.begin();
  Status status;
  try {
    status = follow();
  } catch (const std::bad_alloc&) {
    status = Status(SLIP_OUT_OF_MEMORY, "out of memory");  // short enough to need none
  } catch (const std::exception& exception) {
    status = defect(exception.what());
  } catch (...) {
    status = defect("an unknown exception");
  }
  finish(std::move(status));
  control_.leave();
}

Status Loop::follow() {
  for (;;) {
    SLIP_ASSIGN(const Step step, turn());
    if (step == Step::end) return Status();
  }
}

Result<Loop::Step> Loop::turn() {
  switch (control_.pending()) {
    case Control::Request::cancel:
      return cancelled_status();
    case Control::Request::close:
      return close();
    case Control::Request::snapshot:
      SLIP_TRY(serve_snapshots());
      return Step::go_on;
    case Control::Request::none:
      break;
  }
  if (replay_ != nullptr) return replay();
  if (place_is_new_) SLIP_TRY(settle());
  if (is_at_stop()) return stop();
  return source_.is_open() ? receive() : reconnect();
}

Result<Loop::Step> Loop::close() {
  SLIP_TRY(drain());
  if (control_.pending() == Control::Request::cancel) return cancelled_status();
  return Step::end;
}

// A watch that ends where it is caught up is audited there, unless the bucket went on.
Result<Loop::Step> Loop::stop() {
  if (!source_.is_open() || !flush_.is_caught_up()) return Step::end;
  SLIP_TRY(audit());
  if (!audit_.is_open(flush_.standing().revision)) return Step::end;
  control_.pause(audit_.next_look(), Control::Request::snapshot);
  return Step::go_on;
}

Status Loop::serve_snapshots() {
  const auto requests = control_.take_snapshot_requests();
  SLIP_TRY(drain());
  control_.answer(requests, *fold_);
  return Status();
}

Result<Loop::Step> Loop::replay() {
  SLIP_TRY(replay_->next(&batch_));
  if (batch_.empty()) {
    replay_.reset();
    control_.health().replayed();
    return Step::go_on;
  }
  const size_t count = batch_.size();
  SLIP_TRY(consumer_->apply(batch_, flush_.standing().cursor(), true));
  control_.publish([count](WatchState& state) { state.replayed += count; });
  return Step::go_on;
}

void Loop::put_off() {
  next_attempt_ =
      deadline_after_ms(backoff_ms(attempts_++, kRestartBackoffMs, kRestartBackoffMaxMs));
}

Result<Loop::Step> Loop::reconnect() {
  if (Steady::now() < next_attempt_) {
    control_.pause(next_attempt_, Control::Request::snapshot);
    return Step::go_on;
  }
  const Status found = source_.open(flush_.standing());
  place_is_new_ = found.ok();
  if (found.ok()) return Step::go_on;
  if (!is_passing(found)) return refuse(found);
  if (found.is(SLIP_UNREACHABLE) || found.is(SLIP_TIMEOUT)) control_.health().out_of_reach();
  log_line(SLIP_LOG_INFO, "watch", "cannot start yet: " + found.message());
  put_off();
  return Step::go_on;
}

// The bucket's word that there is no going on. It was there before where something is known of it.
Status Loop::refuse(const Status& refusal) {
  const FoldMeta& standing = flush_.standing();
  control_.health().record_refusal(refusal, standing.identity.bound(), standing.revision);
  return refusal;
}

void Loop::show_place() {
  control_.publish([&](WatchState& state) {
    state.target_revision = source_.target_revision();
    state.server_last_revision = source_.last_revision();
  });
  control_.health().place_found();
}

// What a new place says before anything was received there.
Status Loop::settle() {
  place_is_new_ = false;
  found_at_ = Steady::now();
  const uint64_t target = source_.target_revision();
  flush_.aim(source_.identity(), target);
  audit_.begin(source_.state());
  if (settings_.stop_at != StopAt::never) source_.intake()->release_at(stop_revision());
  control_.health().see_bucket(bucket_->name(), source_.state(), flush_.standing().revision);
  show_place();
  if (source_.in_state()) {
    SLIP_TRY(state_load_.begin(fold_.get()));
    flush_.begin_state();
    flush_.announce();
    return Status();
  }
  // A bucket that retains nothing has nothing to wait for, and a first load that finds nothing to
  // load is over.
  uint64_t reached = flush_.standing().revision;
  if (source_.vacant_revision() >= target) reached = std::max(reached, source_.vacant_revision());
  reached = std::min(reached, std::max(flush_.standing().revision, stop_revision()));
  const bool loaded = flush_.is_loading() && reached >= target;
  if (reached > flush_.standing().revision || loaded)
    SLIP_TRY(flush_.advance(reached));
  else
    flush_.announce();
  note_current();
  return Status();
}

// After each sign of the source: where everything that had come by then is applied, the state is
// the bucket's.
void Loop::note_current() {
  const Deadline sign = intake().last_contact();
  if (source_.is_open() && flush_.is_caught_up() && intake().waiting() == 0 &&
      flush_.standing().revision >= intake().newest_revision())
    control_.health().current_at(sign);
}

void Loop::meet(SourceEvent event) {
  if (event == SourceEvent::connection_lost || event == SourceEvent::server_shutdown)
    control_.health().out_of_reach();
  if (event == SourceEvent::delivery_gap) control_.publish([](WatchState& state) { ++state.gaps; });
  control_.health().record_source(event, flush_.standing().revision);
}

void Loop::lose_place(const Status& reason) {
  source_.stop();
  audit_.stop();
  kept_.reset();
  debt_ = Debt();
  // A place that held for a while was a good one; one that breaks again and again is not.
  if (Steady::now() - found_at_ >= std::chrono::milliseconds(kRestartBackoffMaxMs)) attempts_ = 0;
  control_.health().place_lost();
  control_.publish([](WatchState& state) { ++state.restarts; });
  control_.announce(flush_.standing().revision, false);
  put_off();
  log_line(SLIP_LOG_WARNING, "watch",
           "bucket " + quoted(bucket_->name()) + ": starting anew after revision " +
               std::to_string(flush_.standing().revision) + ": " + reason.message());
}

void Loop::finish(Status status) noexcept {
  source_.stop();
  replay_.reset();
  if (!status.ok()) discard_received();
  flush_.release();
  report_cursor();
  control_.end(std::move(status));
  try {
    const Status& end = control_.end_status();
    if (!end.ok())
      log_line(SLIP_LOG_WARNING, "watch",
               "bucket " + quoted(bucket_->name()) + ": the watch ended: " + end.message());
    consumer_->ended(end, control_.state().cursor);
  } catch (...) {
    // Nobody is left to be told.
  }
}

// The fold's own word on what it has, whatever its last commit said.
void Loop::report_cursor() {
  if (fold_ == nullptr) return;
  try {
    auto meta = fold_->meta();
    if (meta.ok()) control_.publish([&](WatchState& state) { state.cursor = meta->cursor(); });
  } catch (...) {
    // Then the last commit that succeeded stands.
  }
}

void Loop::discard_received() {
  try {
    if (!rest_.empty()) consumer_->discard(rest_);
    Batch received;  // what was applied stays in its place until the end was told
    while (source_.intake()->take_now(&received)) consumer_->discard(received);
  } catch (...) {
    // No memory to hand back what is left: it was not applied, and that is what counts.
  }
}

}  // namespace slip
