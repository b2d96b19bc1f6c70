#include "watch/flush.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "base/limits.h"
#include "base/log.h"

namespace slip {

Flush::Flush(std::unique_ptr<FoldWriter> writer, FoldMeta standing, const WatchSettings& settings,
             Consumer& consumer, Control& control)
    : writer_(std::move(writer)),
      standing_(std::move(standing)),
      settings_(settings),
      consumer_(consumer),
      control_(control),
      loading_(writer_ != nullptr && (standing_.loading || !standing_.identity.bound())) {
  // So that taking note of a commit that has happened cannot fail.
  standing_.fingerprints.reserve(kFingerprintsMax + 1);
  control_.publish([this](WatchState& state) { state.cursor = standing_.cursor(); });
  control_.announce(standing_.revision, false);
}

void Flush::aim(const Identity& identity, uint64_t target_revision) {
  commit_.identity = identity;
  commit_.scope = settings_.scope;
  standing_.identity = identity;
  standing_.scope = settings_.scope;
  target_revision_ = target_revision;
}

Status Flush::flush(Batch& batch, uint64_t revision) {
  assert(!batch.empty() && revision >= batch.last_revision());
  const size_t count = batch.size();
  SLIP_TRY(consumer_.apply(batch, Cursor{commit_.identity.epoch, revision}, false));
  assert(batch.size() == count);
  SLIP_TRY(commit(batch.updates(), count, revision));
  show(count, batch.bytes(), batch.updates()[count - 1].timestamp_ns);
  consumer_.applied(standing_.cursor(), count);
  announce();
  return Status();
}

Status Flush::advance(uint64_t revision) {
  SLIP_TRY(commit(nullptr, 0, revision));
  show(0, 0, 0);
  announce();
  return Status();
}

Status Flush::commit(const Update* updates, size_t count, uint64_t revision) {
  assert(revision >= standing_.revision);
  commit_.revision = revision;
  commit_.loading = loading_ && revision < target_revision_;
  bool last_try = false;
  while (writer_ != nullptr) {
    const Status status = writer_->apply(updates, count, commit_);
    if (status.ok()) break;
    if (!status.retriable() || last_try) return status;
    SLIP_TRY(before_next_try(status));
    // Who closes the watch waits: one more try, then the failure is the answer.
    last_try = control_.pending() == Control::Request::close;
  }
  advance_meta(&standing_, updates, count, commit_);
  loading_ = commit_.loading;
  failures_ = 0;
  return Status();
}

Status Flush::before_next_try(const Status& failure) {
  if (failures_++ == 0) failing_since_ = Steady::now();
  control_.publish([this](WatchState& state) { state.commit_failures = failures_; });
  control_.health().record(SLIP_EVENT_COMMIT_FAILED, standing_.revision);
  log_line(SLIP_LOG_WARNING, "watch",
           "commit failed, " + std::to_string(failures_) + " in a row: " + failure.message());
  const Consumer::Retry retry = consumer_.commit_failed(failure);
  const auto cancelled = [this] { return control_.pending() == Control::Request::cancel; };
  if (retry == Consumer::Retry::now) return Status();
  if (retry == Consumer::Retry::end) return cancelled() ? cancelled_status() : failure;
  const auto lasted = Steady::now() - failing_since_;
  if (failures_ >= settings_.commit_failures_max &&
      lasted >= std::chrono::milliseconds(settings_.commit_retry_ms))
    return failure;
  const int64_t wait_ms = backoff_ms(failures_ - 1, kCommitBackoffMs, kCommitBackoffMaxMs);
  control_.pause(deadline_after_ms(wait_ms), Control::Request::close);
  return cancelled() ? cancelled_status() : Status();
}

void Flush::show(size_t updates, size_t bytes, int64_t last_update_ns) {
  control_.publish([&](WatchState& state) {
    state.cursor = standing_.cursor();
    state.commit_failures = 0;
    state.applied += updates;
    if (updates > 0) {
      ++state.batches;
      state.last_batch_updates = updates;
      state.largest_batch_updates = std::max<uint64_t>(state.largest_batch_updates, updates);
      state.largest_batch_bytes = std::max<uint64_t>(state.largest_batch_bytes, bytes);
      state.last_update_ns = last_update_ns;
    }
  });
}

void Flush::announce() { control_.announce(standing_.revision, is_caught_up()); }

}  // namespace slip
