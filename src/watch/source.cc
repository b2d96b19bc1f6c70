#include "watch/source.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/guard.h"
#include "base/utf8.h"

namespace slip {
namespace {

// Several keys may share one revision; then they stand side by side in one batch.
bool came_before(const Batch& batch, size_t index) {
  const Update* updates = batch.updates();
  for (size_t i = index; i > 0 && updates[i - 1].revision == updates[index].revision; --i)
    if (key_of(updates[i - 1]) == key_of(updates[index])) return true;
  return false;
}

}  // namespace

Source::Source(std::shared_ptr<Bucket> bucket, const WatchSettings& settings, Origin origin)
    : bucket_(std::move(bucket)),
      settings_(settings),
      origin_(std::move(origin)),
      intake_(std::make_shared<Intake>(settings.bounds)) {}

Result<BucketState> Source::check(const FoldMeta& standing) {
  SLIP_ASSIGN(const BucketState state, bucket_->info());
  intake_->touch();
  SLIP_TRY(check_resume(*bucket_, state, standing, origin_));
  return state;
}

Status Source::open(const FoldMeta& standing) {
  assert(!is_open());
  SLIP_ASSIGN(const BucketState judged, check(standing));
  WatchRequest request;
  request.from_revision = standing.revision + 1;
  request.from_state = standing.revision == 0 && bucket_->starts_from_state();
  request.scope = settings_.scope;
  request.incarnation = ++incarnation_;
  request.credit_updates = settings_.credit_updates;
  request.credit_bytes = settings_.credit_bytes;
  request.idle_heartbeat_ms = settings_.idle_heartbeat_ms;
  intake_->begin_incarnation(incarnation_);
  delivery_ = 0;
  counts_anew_ = false;
  SLIP_ASSIGN(auto watcher, bucket_->watch(request, intake_));
  // What was judged and what is watched are the same stream only if it was there before and after.
  SLIP_ASSIGN(state_, bucket_->info());
  // guard: start_race
  if (guard_on("start_race") &&
      (state_.epoch != judged.epoch || state_.last_revision < judged.last_revision))
    return Status(SLIP_SERVER,
                  "bucket " + quoted(bucket_->name()) + " changed while its watch was being made",
                  true);
  state_.last_revision = std::max(state_.last_revision, watcher->target_revision());
  vacant_revision_ = judged.first_revision - 1;
  in_state_ = request.from_state;
  next_tick_ = Steady::now();
  watcher_ = std::move(watcher);
  return Status();
}

Intake::Taken Source::take(Batch* batch, Deadline until) {
  const Deadline now = Steady::now();
  if (now >= next_tick_) {
    watcher_->tick();
    next_tick_ = now + std::chrono::milliseconds(settings_.idle_heartbeat_ms / 2);
  }
  return intake_->take(settings_.close_on_idle ? -1 : settings_.window_ms,
                       std::min(next_tick_, until), batch);
}

// Deliveries are numbered without a break; the first of an incarnation is 1.
size_t Source::count_in_order(const Batch& batch) {
  size_t count = 0;
  while (count < batch.size()) {
    // guard: delivery_gap
    if (guard_on("delivery_gap") && batch.delivery(count) != delivery_ + 1) {
      counts_anew_ = batch.delivery(count) <= delivery_;
      break;
    }
    delivery_ = batch.delivery(count);
    ++count;
  }
  return count;
}

bool Source::admit(Batch* batch, uint64_t revision) {
  assert(batch->incarnation == incarnation_);
  const size_t received = batch->size();
  size_t count = count_in_order(*batch);
  const bool complete = count == received;
  // A revision is taken whole or not at all; an unknown one holds nothing together.
  const Update* updates = batch->updates();
  const auto parts_revision = [updates](size_t at) {
    return updates[at].revision != 0 && updates[at - 1].revision == updates[at].revision;
  };
  if (!complete && !in_state_)
    while (count > 0 && parts_revision(count)) --count;
  batch->truncate(count);
  if (!in_state_) drop_redeliveries(batch, revision);
  state_.last_revision = std::max(state_.last_revision, batch->last_revision());
  return complete;
}

void Source::end_state(uint64_t revision) {
  in_state_ = false;
  state_.last_revision = std::max(state_.last_revision, revision);
}

// Revisions ascend. What is at or below `revision` was admitted with an earlier batch. Of an update
// without a revision nothing is known: it is always new.
void Source::drop_redeliveries(Batch* batch, uint64_t revision) const {
  // guard: redelivery
  if (!guard_on("redelivery")) return;
  const Update* updates = batch->updates();
  uint64_t newest = revision;
  size_t count = 0;
  const auto is_new = [&](size_t i) {
    const uint64_t candidate = updates[i].revision;
    return candidate > newest || candidate == 0 ||
           (candidate == newest && newest > revision && !came_before(*batch, i));
  };
  while (count < batch->size() && is_new(count))
    newest = std::max(newest, updates[count++].revision);
  if (count == batch->size()) return;  // as always
  Batch ascending;
  ascending.incarnation = batch->incarnation;
  for (size_t i = 0; i < batch->size(); ++i) {
    if (i >= count && !is_new(i)) continue;
    newest = std::max(newest, updates[i].revision);
    ascending.append(updates[i], batch->delivery(i));
  }
  ascending.seal();
  *batch = std::move(ascending);
}

Result<bool> Source::vouches(const Heartbeat& heartbeat) {
  // guard: heartbeat_match
  if (guard_on("heartbeat_match") &&
      (heartbeat.incarnation != incarnation_ || heartbeat.delivery != delivery_))
    return false;
  if (heartbeat.seen) {
    state_.last_revision = std::max(state_.last_revision, heartbeat.revision);
  } else if (heartbeat.revision > state_.last_revision) {
    SLIP_ASSIGN(const BucketState state, bucket_->info());
    if (state.epoch != state_.epoch) return false;
    state_ = state;
  }
  // A watcher that starts beyond the end says that it has come there.
  // guard: heartbeat_bound
  return !guard_on("heartbeat_bound") || heartbeat.revision <= state_.last_revision;
}

}  // namespace slip
