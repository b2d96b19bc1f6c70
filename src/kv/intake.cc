#include "kv/intake.h"

#include <time.h>

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

#include "base/guard.h"

namespace slip {
namespace {

// One being filled while another is full and a third is with the applier: more memory than that is
// not kept.
constexpr size_t kSpareBatchesMax = 2;

}  // namespace

Deadline coarse_now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return Deadline(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

Intake::Intake(BatchBounds bounds) : bounds_(bounds) {
  assert(bounds.updates_max > 0 && bounds.bytes_max > 0);
  spares_.reserve(kSpareBatchesMax);
}

bool Intake::is_current(uint32_t incarnation) const {
  // guard: intake_incarnation
  if (guard_on("intake_incarnation") && incarnation != incarnation_) return false;
  return true;
}

bool Intake::is_full(const Batch& batch) const {
  return batch.size() >= bounds_.updates_max || batch.bytes() >= bounds_.bytes_max;
}

// The batch that this update belongs in: a full one takes further updates of its last revision
// only.
Batch& Intake::open_batch(const Update& update) {
  if (batches_.size() > state_batches_) {
    Batch& last = batches_.back().batch;
    if (!is_full(last)) return last;
    // guard: intake_bound
    if (guard_on("intake_bound") && update.revision != 0 && update.revision == last.last_revision())
      return last;
  }
  batches_.emplace_back();
  Waiting& opened = batches_.back();
  if (!spares_.empty()) {
    opened.batch = std::move(spares_.back());
    spares_.pop_back();
  }
  opened.batch.incarnation = incarnation_;
  opened.since = Steady::now();
  return opened.batch;
}

// Those of a revision that waited for its last.
void Intake::append_unfinished() {
  if (unfinished_.empty()) return;
  unfinished_.seal();
  for (size_t i = 0; i < unfinished_.size(); ++i) {
    const Update& earlier = unfinished_.updates()[i];
    open_batch(earlier).append(earlier, unfinished_.delivery(i));
  }
  unfinished_.clear();
}

// The newest batch may hold a part of a revision, or nothing.
void Intake::run_out_of_memory() noexcept {
  if (batches_.size() > state_batches_) batches_.pop_back();
  end_source(Status(SLIP_OUT_OF_MEMORY, "out of memory", false), SourceEvent::other);
}

void Intake::wake_for_updates(std::unique_lock<std::mutex>* lock) {
  const bool full = batches_.size() > 1 || ended_ || released_ ||
                    (!batches_.empty() && is_full(batches_.back().batch));
  if (awaited_ == Awaited::any_update || (awaited_ == Awaited::full_batch && full)) wake(lock);
}

bool Intake::append(const Update& update, uint32_t incarnation, uint64_t delivery,
                    bool more_of_revision, uint64_t pending) noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!is_current(incarnation) || ended_) return true;
  last_contact_ = coarse_now();
  has_heartbeat_ = false;
  ++waiting_;
  ++received_;
  newest_revision_ = std::max(newest_revision_, update.revision);
  promised_revision_ = update.revision + pending;  // each of them has a revision of its own
  try {
    // guard: intake_revision
    if (guard_on("intake_revision") && more_of_revision) {
      unfinished_.append(update, delivery);
      return true;
    }
    append_unfinished();
    open_batch(update).append(update, delivery);
  } catch (const std::bad_alloc&) {
    run_out_of_memory();
  }
  const bool taken = !ended_;
  released_ = released_ || update.revision >= release_at_;
  wake_for_updates(&lock);
  return taken;
}

void Intake::end_revision(uint32_t incarnation) noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!is_current(incarnation) || ended_ || unfinished_.empty()) return;
  try {
    append_unfinished();
  } catch (const std::bad_alloc&) {
    run_out_of_memory();
  }
  released_ =
      released_ || (!batches_.empty() && batches_.back().batch.last_revision() >= release_at_);
  wake_for_updates(&lock);
}

void Intake::state_end(uint32_t incarnation, uint64_t revision) noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!is_current(incarnation) || ended_) return;
  assert(!has_state_end_ && unfinished_.empty());
  last_contact_ = coarse_now();
  has_state_end_ = true;
  state_revision_ = revision;
  state_batches_ = batches_.size();
  wake(&lock);
}

void Intake::recount() {
  waiting_ = unfinished_.size();
  for (const Waiting& kept : batches_) waiting_ += kept.batch.size();
}

void Intake::heartbeat(const Heartbeat& heartbeat) noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!is_current(heartbeat.incarnation) || ended_) return;
  last_contact_ = coarse_now();
  heartbeat_ = heartbeat;
  has_heartbeat_ = true;
  promised_revision_ = heartbeat.revision;
  released_ = released_ || heartbeat.revision >= release_at_;
  if (waiting_ == 0 || released_) wake(&lock);
}

void Intake::broken(uint32_t incarnation, Status reason, SourceEvent event) noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!is_current(incarnation)) return;
  end_source(std::move(reason), event);
  wake(&lock);
}

void Intake::note(uint32_t incarnation, SourceEvent event) noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!is_current(incarnation) || ended_) return;
  last_contact_ = coarse_now();
  ++notes_[static_cast<size_t>(event)];
  has_notes_ = true;
  wake(&lock);
}

bool Intake::take_note(SourceEvent* event) {
  if (!has_notes_) return false;
  const auto noted = std::find_if(notes_.begin(), notes_.end(), [](uint32_t n) { return n > 0; });
  *event = static_cast<SourceEvent>(noted - notes_.begin());
  --*noted;
  has_notes_ = std::any_of(noted, notes_.end(), [](uint32_t n) { return n > 0; });
  return true;
}

// An unfinished revision never becomes whole: the source delivers it again when it starts anew.
void Intake::end_source(Status reason, SourceEvent event) {
  assert(!reason.ok());
  const bool first = !ended_;
  ended_ = true;
  unfinished_.clear();
  recount();
  if (first || (has_reason_ ? reason_.retriable() && !reason.retriable() : !reason.retriable())) {
    reason_ = std::move(reason);
    reason_event_ = event;
    has_reason_ = true;
  }
}

void Intake::begin_incarnation(uint32_t incarnation) {
  std::lock_guard<std::mutex> lock(mutex_);
  assert(incarnation > incarnation_);
  incarnation_ = incarnation;
  for (Waiting& forgotten : batches_) recycle(&forgotten.batch);
  batches_.clear();
  unfinished_.clear();
  waiting_ = state_batches_ = 0;
  promised_revision_ = 0;
  release_at_ = UINT64_MAX;
  released_ = ended_ = has_heartbeat_ = has_reason_ = has_state_end_ = false;
}

void Intake::release_at(uint64_t revision) {
  std::lock_guard<std::mutex> lock(mutex_);
  release_at_ = revision;
  const bool came = !batches_.empty() && batches_.back().batch.last_revision() >= revision;
  released_ = came || (has_heartbeat_ && heartbeat_.revision >= revision);
}

bool Intake::is_due(int64_t window_ms, Deadline now) const {
  if (batches_.empty()) return false;
  const Waiting& oldest = batches_.front();
  if (window_ms < 0 || ended_ || released_ || has_state_end_ || batches_.size() > 1 ||
      is_full(oldest.batch))
    return true;
  return now - oldest.since >= std::chrono::milliseconds(window_ms);
}

bool Intake::find_outcome(int64_t window_ms, Deadline now, Batch* out, Taken* taken) {
  if (interrupted_) {
    interrupted_ = false;
    taken->outcome = Outcome::interrupted;
  } else if (take_note(&taken->event)) {
    taken->outcome = Outcome::noted;
  } else if (at_state_end()) {
    has_state_end_ = false;
    taken->state_revision = state_revision_;
    taken->outcome = Outcome::state_end;
  } else if (is_due(window_ms, now)) {
    hand_out(out);
    taken->full = is_full(*out);
    taken->outcome = Outcome::batch;
  } else if (has_heartbeat_ && waiting_ == 0) {
    has_heartbeat_ = false;
    taken->heartbeat = heartbeat_;
    taken->outcome = Outcome::heartbeat;
  } else if (has_reason_) {
    has_reason_ = false;
    taken->reason = std::move(reason_);
    taken->event = reason_event_;
    taken->outcome = Outcome::broken;
  } else {
    return false;
  }
  return true;
}

Intake::Taken Intake::take(int64_t window_ms, Deadline deadline, Batch* out) {
  Taken taken;
  out->clear();
  {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      const Deadline now = Steady::now();
      if (find_outcome(window_ms, now, out, &taken)) break;
      if (now >= deadline) return taken;
      // The first update of a batch starts the window, so until there is one any update wakes.
      const bool window_runs = window_ms >= 0 && !batches_.empty();
      Deadline until = deadline;
      if (window_runs)
        until = std::min(until, batches_.front().since + std::chrono::milliseconds(window_ms));
      awaited_ = window_runs ? Awaited::full_batch : Awaited::any_update;
      if (until == Deadline::max())
        changed_.wait(lock);
      else
        changed_.wait_until(lock, until);
      awaited_ = Awaited::nothing;
    }
  }
  // Outside the lock: sealing goes through the whole batch, and the source must not wait for it.
  if (taken.outcome == Outcome::batch) out->seal();
  return taken;
}

bool Intake::take_now(Batch* out) {
  out->clear();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (batches_.empty() || at_state_end()) return false;
    hand_out(out);
  }
  out->seal();
  return true;
}

bool Intake::take_state_end(uint64_t* revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!at_state_end()) return false;
  has_state_end_ = false;
  *revision = state_revision_;
  return true;
}

// Gives the oldest batch for the memory of the one that the applier brings back.
void Intake::hand_out(Batch* out) {
  std::swap(*out, batches_.front().batch);
  recycle(&batches_.front().batch);
  batches_.pop_front();
  if (state_batches_ > 0) --state_batches_;
  waiting_ -= out->size();
}

void Intake::recycle(Batch* batch) noexcept {
  if (spares_.size() == kSpareBatchesMax) return;
  batch->clear();
  spares_.push_back(std::move(*batch));  // reserved at construction
}

void Intake::interrupt() {
  std::unique_lock<std::mutex> lock(mutex_);
  interrupted_ = true;
  wake(&lock);
}

// Wakes the applier if it waits, once: it looks at everything before it waits again. The lock is
// given up first, or the woken thread would only wait for it.
void Intake::wake(std::unique_lock<std::mutex>* lock) {
  const bool waits = awaited_ != Awaited::nothing;
  awaited_ = Awaited::nothing;
  lock->unlock();
  if (waits) changed_.notify_one();
}

size_t Intake::waiting() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return waiting_;
}

Deadline Intake::last_contact() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return last_contact_;
}

void Intake::touch() noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  last_contact_ = coarse_now();
}

uint64_t Intake::newest_revision() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return std::max(newest_revision_, promised_revision_);
}

uint64_t Intake::received() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return received_;
}

}  // namespace slip
