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
  assert(!batch.empty() && (in_state_ || revision >= batch.last_revision()));
  [[maybe_unused]] const size_t count = batch.size();
  SLIP_TRY(consumer_.apply(batch, Cursor{commit_.identity.epoch, revision}, false));
  assert(batch.size() == count);
  // Synthetic deletes alone say nothing of the bucket's progress.
  const bool tell = batch.last_revision() > 0;
  SLIP_TRY(commit(&batch, revision));
  show(&pending_.updates[pending_.count - 1]);
  if (tell || pending_.batches > 1)
    consumer_.applied(standing_.cursor(), pending_.count);
  else
    consumer_.committed();
  announce();
  return Status();
}

Status Flush::advance(uint64_t revision) {
  SLIP_TRY(commit(nullptr, revision));
  show(nullptr);
  announce();
  return Status();
}

void Flush::set_cursor(uint64_t revision) {
  assert(revision >= standing_.revision);
  commit_.revision = revision;
  commit_.loading = in_state_ || (loading_ && revision < target_revision_);
}

Status Flush::commit(const Batch* batch, uint64_t revision) {
  set_cursor(revision);
  pending_ = Pending();
  if (batch != nullptr) pending_ = Pending{batch->updates(), batch->size(), batch->bytes(), 1};
  bool last_try = false;
  while (writer_ != nullptr) {
    const Status status = writer_->apply(pending_.updates, pending_.count, commit_);
    if (status.ok()) break;
    if (!status.retriable() || last_try) return status;
    SLIP_TRY(before_next_try(status));
    // Who closes the watch waits: one more try, then the failure is the answer.
    last_try = control_.pending() == Control::Request::close;
  }
  advance_meta(&standing_, pending_.updates, pending_.count, commit_);
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
  SLIP_TRY(
      wait(deadline_after_ms(backoff_ms(failures_ - 1, kCommitBackoffMs, kCommitBackoffMaxMs))));
  return cancelled() ? cancelled_status() : Status();
}

// What has been received already joins however short the wait is.
Status Flush::wait(Deadline until) {
  do {
    if (control_.pending() >= Control::Request::close) break;
    if (supply_ && pending_.batches == 1)
      SLIP_TRY(join(until));
    else
      control_.pause(until, Control::Request::close);
  } while (Steady::now() < until);
  return Status();
}

Status Flush::join(Deadline until) {
  SLIP_ASSIGN(const Next next, supply_(commit_.revision, until));
  const bool has_updates = next.batch != nullptr && !next.batch->empty();
  if (!has_updates && next.revision <= commit_.revision) return Status();
  if (has_updates) {
    const Batch& batch = *next.batch;
    const size_t count = batch.size();
    std::vector<Update> both(pending_.updates, pending_.updates + pending_.count);
    both.reserve(pending_.count + count);
    SLIP_TRY(consumer_.apply(*next.batch, Cursor{commit_.identity.epoch, next.revision}, false));
    assert(batch.size() == count);
    both.insert(both.end(), batch.updates(), batch.updates() + count);
    joined_ = std::move(both);
    pending_ = Pending{joined_.data(), joined_.size(), pending_.bytes + batch.bytes(),
                       pending_.batches + 1};
  }
  set_cursor(next.revision);
  return Status();
}

void Flush::show(const Update* last) {
  control_.publish([&](WatchState& state) {
    state.cursor = standing_.cursor();
    state.commit_failures = 0;
    state.applied += pending_.count;
    state.batches += pending_.batches;
    if (last == nullptr) return;
    state.last_batch_updates = pending_.count;
    state.largest_batch_updates = std::max<uint64_t>(state.largest_batch_updates, pending_.count);
    state.largest_batch_bytes = std::max<uint64_t>(state.largest_batch_bytes, pending_.bytes);
    state.last_update_ns = last->timestamp_ns;
  });
}

void Flush::announce() { control_.announce(standing_.revision, is_caught_up()); }

}  // namespace slip
