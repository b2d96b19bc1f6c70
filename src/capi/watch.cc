// Section WATCH: the watch itself. Its batches are in batch.cc.
#include "capi/watch.h"

#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "capi/guard.h"
#include "capi/options.h"
#include "watch/health.h"

using namespace slip;
using namespace slip::capi;

slip_watch::~slip_watch() {
  metrics_place_.leave();
  if (pull != nullptr) pull->stop(SLIP_CANCELLED, "the watch was freed");
  if (watch != nullptr && !closed()) watch->cancel();
}

WatchState slip_watch::state() const {
  WatchState state = watch->status();
  if (callbacks != nullptr) state.rejected = callbacks->rejected();
  // Whoever pulls and closes sees an end, the loop a consumer that ended it.
  if (pull != nullptr && state.end_status == SLIP_END) state.end_status = SLIP_OK;
  return state;
}

Status slip_watch::check_thread(const char* function) const {
  if (!watch->on_own_thread()) return Status();
  return Status(SLIP_DEADLOCK, std::string(function) +
                                   " from a callback of the same watch would wait for itself: call "
                                   "it from another thread");
}

Result<std::unique_ptr<Snapshot>> slip_watch::export_snapshot() {
  SLIP_TRY(check_thread("slip_watch_export"));
  if (fold == nullptr)
    return Status(SLIP_MISUSE, "cannot export: the watch has no fold (start it with one)");
  // The pull form's loop waits for the caller, who may be the one that exports. What the fold has
  // committed is what was acknowledged.
  return pull != nullptr ? fold->snapshot() : watch->export_snapshot();
}

// False: this call is the one that an earlier interrupt was for.
bool slip_watch::enter_wait(bool in_next) {
  const std::lock_guard<std::mutex> lock(waits_mutex_);
  if (interrupt_next_) {
    interrupt_next_ = false;
    return false;
  }
  ++(in_next ? next_calls_ : wait_calls_);
  return true;
}

void slip_watch::leave_wait(bool in_next) noexcept {
  const std::lock_guard<std::mutex> lock(waits_mutex_);
  --(in_next ? next_calls_ : wait_calls_);
}

void slip_watch::interrupt() {
  const std::lock_guard<std::mutex> lock(waits_mutex_);
  if (next_calls_ > 0)
    pull->interrupt();
  else if (wait_calls_ > 0)
    watch->interrupt();
  else
    interrupt_next_ = true;
}

Status slip_watch::close(Cursor* cursor) {
  const std::lock_guard<std::mutex> lock(close_mutex_);
  if (!closed()) {
    // Nobody pulls any more: what was not acknowledged comes again after reopening.
    if (pull != nullptr) pull->stop(SLIP_END, "the watch was closed");
    Status end = watch->close(&cursor_);
    end_ = pull != nullptr && end.is(SLIP_END) ? Status() : std::move(end);
    set_closed();
  }
  if (cursor != nullptr) *cursor = cursor_;
  return end_;
}

namespace {

Result<WatchSettings> settings_of(const slip_options* options, bool replay_default) {
  SLIP_ASSIGN(const Options chosen, options_of(options, SLIP_OPTIONS_WATCH));
  return watch_settings(chosen, replay_default);
}

}  // namespace

slip_status slip_watch_start(slip_bucket* bucket, slip_fold* fold, const slip_options* options,
                             const slip_watch_callbacks* callbacks, slip_watch** out_watch,
                             slip_error** error) {
  OwnedCallbacks owned;  // outside the guard: destroy is due whatever fails
  return guard(
      __func__, error,
      {owned.take(callbacks, "callbacks"), handle(bucket, "bucket"), maybe_handle(fold, "fold"),
       maybe_handle(options, "options"), output(out_watch, "out_watch")},
      [&]() -> Status {
        SLIP_ASSIGN(const WatchSettings settings, settings_of(options, true));
        auto watch = std::make_unique<slip_watch>(*bucket, fold);
        watch->callbacks = std::make_shared<CallbackConsumer>(std::move(owned));
        SLIP_ASSIGN(watch->watch,
                    start_watch(bucket->bucket, watch->fold, settings, watch->callbacks));
        watch->show_in_metrics();
        *out_watch = watch.release();
        return Status();
      });
}

slip_status slip_watch_open(slip_bucket* bucket, slip_fold* fold, const slip_options* options,
                            slip_watch** out_watch, slip_error** error) {
  return guard(__func__, error,
               {handle(bucket, "bucket"), maybe_handle(fold, "fold"),
                maybe_handle(options, "options"), output(out_watch, "out_watch")},
               [&]() -> Status {
                 SLIP_ASSIGN(const WatchSettings settings, settings_of(options, false));
                 auto watch = std::make_unique<slip_watch>(*bucket, fold);
                 watch->pull = std::make_shared<PullConsumer>();
                 SLIP_ASSIGN(watch->watch,
                             start_watch(bucket->bucket, watch->fold, settings, watch->pull));
                 watch->show_in_metrics();
                 *out_watch = watch.release();
                 return Status();
               });
}

slip_status slip_watch_next(slip_watch* watch, int64_t timeout_ms, slip_batch** out_batch,
                            slip_error** error) {
  return guard(__func__, error,
               {handle_even_closed(watch, "watch"), output(out_batch, "out_batch")},
               [&]() -> Status {
                 SLIP_TRY(watch->check_thread("slip_watch_next"));
                 if (watch->pull == nullptr)
                   return Status(SLIP_MISUSE,
                                 "slip_watch_next: the watch was started with "
                                 "callbacks, which get its batches");
                 const Deadline deadline = deadline_after_ms(timeout_ms);
                 return watch->wait(true, [&]() -> Status {
                   SLIP_ASSIGN(auto batch, watch->pull->next(deadline));
                   *out_batch = batch.release();
                   return Status();
                 });
               });
}

slip_status slip_watch_status(slip_watch* watch, slip_watch_state* out_state, slip_error** error) {
  return guard(__func__, error,
               {handle_even_closed(watch, "watch"), output_struct(out_state, "out_state")},
               [&]() -> Status {
                 fill_struct(watch->state(), out_state);
                 return Status();
               });
}

slip_status slip_watch_events(slip_watch* watch, slip_watch_event* out_events, size_t capacity,
                              size_t* out_count, slip_error** error) {
  return guard(__func__, error,
               {handle_even_closed(watch, "watch"), bytes(out_events, capacity, "out_events"),
                output(out_count, "out_count")},
               [&]() -> Status {
                 *out_count = watch->watch->events(out_events, capacity);
                 return Status();
               });
}

const char* slip_watch_event_name(int32_t event) { return watch_event_name(event); }

slip_status slip_watch_wait_caught_up(slip_watch* watch, int64_t timeout_ms, slip_error** error) {
  return guard(__func__, error, {handle(watch, "watch")}, [&]() -> Status {
    SLIP_TRY(watch->check_thread("slip_watch_wait_caught_up"));
    const Deadline deadline = deadline_after_ms(timeout_ms);
    return watch->wait(false, [&] { return watch->watch->wait_caught_up(deadline); });
  });
}

slip_status slip_watch_wait_revision(slip_watch* watch, uint64_t revision, int64_t timeout_ms,
                                     slip_error** error) {
  return guard(__func__, error, {handle(watch, "watch")}, [&]() -> Status {
    SLIP_TRY(watch->check_thread("slip_watch_wait_revision"));
    const Deadline deadline = deadline_after_ms(timeout_ms);
    return watch->wait(false, [&] { return watch->watch->wait_revision(revision, deadline); });
  });
}

slip_status slip_watch_cancel(slip_watch* watch) {
  return guard(__func__, nullptr, {handle_even_closed(watch, "watch")}, [&]() -> Status {
    if (watch->pull != nullptr) watch->pull->stop(SLIP_CANCELLED, "the watch was cancelled");
    watch->watch->cancel();
    return Status();
  });
}

slip_status slip_watch_interrupt(slip_watch* watch) {
  return guard(__func__, nullptr, {handle_even_closed(watch, "watch")}, [&]() -> Status {
    watch->interrupt();
    return Status();
  });
}

slip_status slip_watch_close(slip_watch* watch, slip_cursor* out_cursor, slip_error** error) {
  return guard(__func__, error,
               {handle_even_closed(watch, "watch"), maybe_output(out_cursor, "out_cursor")},
               [&]() -> Status {
                 SLIP_TRY(watch->check_thread("slip_watch_close"));
                 return watch->close(out_cursor);
               });
}

void slip_watch_free(slip_watch* watch) {
  if (watch == nullptr || watch->forked()) return;
  if (!watch->watch->on_own_thread()) return release(watch);
  // Against the contract, and joining oneself cannot end: the watch is stopped and never freed.
  (void)slip_watch_cancel(watch);
  log_line(SLIP_LOG_ERROR, "capi", "slip_watch_free from a callback of the same watch: it leaks");
}
