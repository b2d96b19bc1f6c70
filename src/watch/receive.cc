// What the loop does with what comes: takes it in, checks it, has it applied and committed, and
// gives credit back.
#include <algorithm>
#include <string>
#include <utility>

#include "base/guard.h"
#include "base/utf8.h"
#include "watch/loop.h"

namespace slip {
namespace {

// How many updates stand before the first one above the revision.
size_t count_up_to(uint64_t revision, const Batch& batch) {
  const Update* end = batch.updates() + batch.size();
  const Update* above = std::find_if(batch.updates(), end, [revision](const Update& update) {
    return update.revision > revision;
  });
  return static_cast<size_t>(above - batch.updates());
}

// Moves what lies above the revision from one batch to the other.
void split_after(uint64_t revision, Batch* batch, Batch* rest) {
  const size_t kept = count_up_to(revision, *batch);
  rest->clear();
  rest->incarnation = batch->incarnation;
  for (size_t i = kept; i < batch->size(); ++i)
    rest->append(batch->updates()[i], batch->delivery(i));
  rest->seal();
  batch->truncate(kept);
}

}  // namespace

Status Loop::audit() {
  const uint64_t cursor = flush_.standing().revision;
  if (flush_.is_caught_up()) SLIP_TRY(audit_.ask(cursor));
  return audit_.look(cursor);
}

Result<Loop::Step> Loop::receive() {
  SLIP_TRY(audit());
  Intake::Taken taken =
      kept_ ? std::move(*kept_)
            : source_.take(&batch_, flush_.is_caught_up() ? audit_.next_look() : Deadline::max());
  kept_.reset();
  switch (taken.outcome) {
    case Intake::Outcome::batch:
      SLIP_TRY(process(batch_));
      break;
    case Intake::Outcome::heartbeat:
      SLIP_TRY(hear(taken.heartbeat));
      break;
    case Intake::Outcome::broken:
      meet(taken.event);
      if (!is_passing(taken.reason) || is_state_torn()) return refuse(taken.reason);
      lose_place(taken.reason);
      break;
    case Intake::Outcome::state_end:
      SLIP_TRY(end_state(taken.state_revision));
      break;
    case Intake::Outcome::noted:
      meet(taken.event);
      break;
    case Intake::Outcome::interrupted:
    case Intake::Outcome::timeout:
      break;
  }
  note_current();
  return Step::go_on;
}

Status Loop::process(Batch& batch) {
  const uint64_t revision = take_in(&batch, flush_.standing().revision);
  if (!batch.empty())
    SLIP_TRY(flush(batch, revision));
  else if (revision > flush_.standing().revision)
    SLIP_TRY(flush_.advance(revision));
  return settle_debt();
}

// Leaves of a batch what follows the revision; the cursor that it brings.
uint64_t Loop::take_in(Batch* batch, uint64_t revision) {
  debt_.updates += batch->size();
  debt_.bytes += batch->bytes();
  if (!source_.admit(batch, revision)) debt_.gap = true;
  // A state is whole or nothing: it has no revision to be cut at.
  const bool cut = !flush_.in_state() && cut_at_stop(batch);
  control_.health().record_updates(*batch);
  if (flush_.in_state()) {
    state_load_.note(*batch);
    return revision;
  }
  return cut ? stop_revision() : std::max(batch->last_revision(), revision);
}

// Credit is given back after the commit: what waits for one stays bounded.
Status Loop::settle_debt() {
  const Debt debt = std::exchange(debt_, Debt());
  if (!debt.gap) {
    source_.credit(debt.updates, debt.bytes);
    return Status();
  }
  if (is_state_torn())
    return Status(SLIP_SERVER,
                  "a delivery of the state of bucket " + quoted(bucket_->name()) +
                      " is missing (start from nothing again, or with a fold)",
                  false);
  const bool anew = source_.counts_anew();
  control_.health().record(anew ? SLIP_EVENT_CONSUMER_REPLACED : SLIP_EVENT_DELIVERY_GAP,
                           flush_.standing().revision);
  if (!anew) control_.publish([](WatchState& state) { ++state.gaps; });
  lose_place(
      Status(SLIP_SERVER, anew ? "the deliveries count anew" : "a delivery is missing", true));
  return Status();
}

// What is left over of an attempt before goes first, so that the cursor never stands on it.
Status Loop::end_state(uint64_t revision) {
  for (;;) {
    SLIP_TRY(state_load_.next_leftovers(settings_.bounds, &batch_));
    if (batch_.empty()) break;
    if (control_.pending() == Control::Request::cancel) return cancelled_status();
    SLIP_TRY(flush_.flush(batch_, flush_.standing().revision));
  }
  source_.end_state(revision);
  flush_.end_state();
  return flush_.advance(revision);
}

// A part of the state was handed on, and nobody knows which keys of it the next one will not have.
bool Loop::is_state_torn() const {
  return flush_.in_state() && fold_ == nullptr && state_load_.has_begun();
}

// An audit counts the fold at one revision: what lies beyond waits until that is done.
Status Loop::flush(Batch& batch, uint64_t revision) {
  const uint64_t counted = flush_.in_state() ? UINT64_MAX : audit_.count_at();
  // guard: audit_cut
  if (!guard_on("audit_cut") || batch.last_revision() <= counted)
    return flush_.flush(batch, revision);
  split_after(counted, &batch, &rest_);
  if (!batch.empty()) SLIP_TRY(flush_.flush(batch, batch.last_revision()));
  SLIP_TRY(audit_.look(counted));
  std::swap(batch, rest_);
  rest_.clear();
  return flush_.flush(batch, revision);
}

// The further batch of a commit that waits for its next try. Nothing overtakes what is in hand, and
// a place that is lost is found anew from what is committed: so not before the commit.
Result<Flush::Next> Loop::join(uint64_t revision, Deadline until) {
  const bool broken = kept_ && kept_->outcome == Intake::Outcome::broken;
  if (!rest_.empty() || debt_.gap || broken || flush_.in_state() || !source_.is_open()) {
    control_.pause(until, Control::Request::close);
    return Flush::Next{};
  }
  Intake::Taken taken = source_.take(&joining_, until);
  if (taken.outcome == Intake::Outcome::batch)
    return Flush::Next{&joining_, take_in(&joining_, revision)};
  if (taken.outcome == Intake::Outcome::noted) meet(taken.event);
  if (taken.outcome == Intake::Outcome::heartbeat || taken.outcome == Intake::Outcome::broken)
    kept_ = std::move(taken);
  return Flush::Next{};
}

// What lies past the end is not applied. It came, so everything up to the end came before.
bool Loop::cut_at_stop(Batch* batch) const {
  const uint64_t stop = stop_revision();
  if (batch->last_revision() <= stop) return false;
  batch->truncate(count_up_to(stop, *batch));
  return true;
}

Status Loop::hear(const Heartbeat& heartbeat) {
  auto vouched = source_.vouches(heartbeat);
  // Whether the bucket is that long could not be asked: the next one will tell.
  if (!vouched.ok() || !*vouched) return Status();
  const uint64_t revision = std::min(heartbeat.revision, stop_revision());
  return revision > flush_.standing().revision ? flush_.advance(revision) : Status();
}

// Everything that was received up to now, and no more: a firehose does not prolong it.
Status Loop::drain() {
  if (place_is_new_) SLIP_TRY(settle());
  size_t left = intake().waiting();
  uint64_t state_revision = 0;
  while (source_.is_open() && !is_at_stop() && control_.pending() != Control::Request::cancel) {
    if (source_.intake()->take_state_end(&state_revision)) {
      SLIP_TRY(end_state(state_revision));
      continue;
    }
    if (left == 0 || !source_.intake()->take_now(&batch_)) break;
    left -= std::min(left, batch_.size());
    SLIP_TRY(process(batch_));
  }
  return Status();
}

uint64_t Loop::stop_revision() const {
  if (settings_.stop_at == StopAt::revision) return settings_.stop_revision;
  return settings_.stop_at == StopAt::caught_up ? flush_.target_revision() : UINT64_MAX;
}

}  // namespace slip
