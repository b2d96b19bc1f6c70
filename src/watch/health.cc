#include "watch/health.h"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "base/cursor.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/utf8.h"
#include "watch/bucket_change.h"

namespace slip {
namespace {

struct Name {
  int32_t event;
  const char* name;
};
constexpr Name kNames[] = {
    {SLIP_EVENT_CONNECTION_LOST, "connection_lost"},
    {SLIP_EVENT_SERVER_SHUTDOWN, "server_shutdown"},
    {SLIP_EVENT_SILENCE, "silence"},
    {SLIP_EVENT_CONSUMER_DELETED, "consumer_deleted"},
    {SLIP_EVENT_CONSUMER_REPLACED, "consumer_replaced"},
    {SLIP_EVENT_LEADER_CHANGED, "leader_changed"},
    {SLIP_EVENT_DELIVERY_GAP, "delivery_gap"},
    {SLIP_EVENT_BUCKET_DELETED, "bucket_deleted"},
    {SLIP_EVENT_BUCKET_RECREATED, "bucket_recreated"},
    {SLIP_EVENT_BUCKET_REWOUND, "bucket_rewound"},
    {SLIP_EVENT_BUCKET_PURGED, "bucket_purged"},
    {SLIP_EVENT_BUCKET_RECONFIGURED, "bucket_reconfigured"},
    {SLIP_EVENT_CURSOR_EXPIRED, "cursor_expired"},
    {SLIP_EVENT_AUDIT_MISMATCH, "audit_mismatch"},
    {SLIP_EVENT_KEY_PURGED, "key_purged"},
    {SLIP_EVENT_KEY_EXPIRED, "key_expired"},
    {SLIP_EVENT_EMPTY_VALUE, "empty_value"},
    {SLIP_EVENT_ODD_KEY, "odd_key"},
    {SLIP_EVENT_LONG_KEY, "long_key"},
    {SLIP_EVENT_OLDER_REVISIONS, "older_revisions"},
    {SLIP_EVENT_COMMIT_FAILED, "commit_failed"},
};
static_assert(std::size(kNames) == kWatchEvents);

// kWatchEvents where there is no such event.
size_t index_of(int32_t event) {
  size_t index = 0;
  while (index < kWatchEvents && kNames[index].event != event) ++index;
  return index;
}

int32_t event_of(SourceEvent event) {
  switch (event) {
    case SourceEvent::connection_lost:
      return SLIP_EVENT_CONNECTION_LOST;
    case SourceEvent::server_shutdown:
      return SLIP_EVENT_SERVER_SHUTDOWN;
    case SourceEvent::silence:
      return SLIP_EVENT_SILENCE;
    case SourceEvent::consumer_deleted:
      return SLIP_EVENT_CONSUMER_DELETED;
    case SourceEvent::consumer_replaced:
      return SLIP_EVENT_CONSUMER_REPLACED;
    case SourceEvent::delivery_gap:
      return SLIP_EVENT_DELIVERY_GAP;
    case SourceEvent::leader_changed:
      return SLIP_EVENT_LEADER_CHANGED;
    case SourceEvent::other:
      break;
  }
  return 0;
}

int32_t event_of_refusal(const Status& refusal, bool known) {
  switch (refusal.code()) {
    case SLIP_BUCKET_NOT_FOUND:
      return known ? SLIP_EVENT_BUCKET_DELETED : 0;
    case SLIP_STREAM_RECREATED:
      return SLIP_EVENT_BUCKET_RECREATED;
    case SLIP_STREAM_REWOUND:
      return SLIP_EVENT_BUCKET_REWOUND;
    case SLIP_CURSOR_EXPIRED:
      return SLIP_EVENT_CURSOR_EXPIRED;
    default:
      return 0;
  }
}

int64_t ns_since(Deadline then, Deadline now) {
  return std::max<int64_t>(
      0, std::chrono::duration_cast<std::chrono::nanoseconds>(now - then).count());
}

// The sorts of updates that have a name, by what they are counted under.
struct UpdateSorts {
  uint64_t count = 0;
  uint64_t last_revision = 0;
  void add(bool is, const Update& update) {
    count += is ? 1 : 0;
    last_revision = is ? update.revision : last_revision;
  }
};

}  // namespace

const char* watch_event_name(int32_t event) {
  const size_t index = index_of(event);
  return index < kWatchEvents ? kNames[index].name : "?";
}

// With the mutex held.
void Health::record_at(size_t index, uint64_t revision, uint64_t count) {
  assert(index < kWatchEvents);
  events_[index].count += count;
  events_[index].last_revision = revision;
  events_[index].last_ns = unix_now_ns();
  last_event_ = kNames[index].event;
}

void Health::record(int32_t event, uint64_t revision, uint64_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  record_at(index_of(event), revision, count);
}

void Health::record_updates(const Batch& batch) {
  UpdateSorts purged, expired, empty, odd, long_key;
  for (const Update* update = batch.updates(); update != batch.updates() + batch.size(); ++update) {
    const bool ended = (update->flags & SLIP_FLAG_EXPIRED) != 0;
    purged.add(update->operation == SLIP_PURGE && !ended, *update);
    expired.add(ended, *update);
    empty.add(update->operation == SLIP_PUT && update->value.size == 0, *update);
    odd.add(!has_key_form(key_of(*update)), *update);
    long_key.add(update->key.size > kLongKeyBytes, *update);
  }
  const std::pair<int32_t, const UpdateSorts*> found[] = {{SLIP_EVENT_KEY_PURGED, &purged},
                                                          {SLIP_EVENT_KEY_EXPIRED, &expired},
                                                          {SLIP_EVENT_EMPTY_VALUE, &empty},
                                                          {SLIP_EVENT_ODD_KEY, &odd},
                                                          {SLIP_EVENT_LONG_KEY, &long_key}};
  for (const auto& [event, sort] : found)
    if (sort->count > 0) record(event, sort->last_revision, sort->count);
}

void Health::record_source(SourceEvent event, uint64_t revision) {
  if (const int32_t recorded = event_of(event)) record(recorded, revision);
}

void Health::record_refusal(const Status& refusal, bool known, uint64_t revision) {
  if (const int32_t recorded = event_of_refusal(refusal, known)) record(recorded, revision);
}

void Health::see_bucket(const std::string& name, const BucketState& state, uint64_t revision) {
  const bool first = bucket_.epoch == 0;
  const std::string change = first ? std::string() : bucket_change(bucket_, state);
  const bool keeps_more = state.history > 1 && (first || bucket_.history == 1);
  bucket_ = state;
  if (keeps_more) record(SLIP_EVENT_OLDER_REVISIONS, revision);
  if (change.empty()) return;
  record(SLIP_EVENT_BUCKET_RECONFIGURED, revision);
  log_line(SLIP_LOG_WARNING, "watch", "bucket " + quoted(name) + " was reconfigured: " + change);
}

void Health::audited(bool matched, uint64_t revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++audits_;
  if (matched) return;
  ++audit_mismatches_;
  record_at(index_of(SLIP_EVENT_AUDIT_MISMATCH), revision, 1);
}

void Health::set_auditable(bool auditable) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auditable_ = auditable;
}

void Health::begin(bool loaded, bool replaying) {
  const std::lock_guard<std::mutex> lock(mutex_);
  complete_ = loaded;
  replaying_ = replaying;
}

void Health::replayed() {
  const std::lock_guard<std::mutex> lock(mutex_);
  replaying_ = false;
}

void Health::place_found() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (was_placed_ && !reachable_) ++reconnects_;
  placed_ = was_placed_ = reachable_ = true;
}

void Health::place_lost() {
  const std::lock_guard<std::mutex> lock(mutex_);
  placed_ = false;
}

void Health::out_of_reach() {
  const std::lock_guard<std::mutex> lock(mutex_);
  reachable_ = false;
}

void Health::caught_up() {
  const std::lock_guard<std::mutex> lock(mutex_);
  complete_ = true;
}

void Health::current_at(Deadline sign) {
  const std::lock_guard<std::mutex> lock(mutex_);
  current_at_ = std::max(current_at_, sign);
}

int32_t Health::phase(const WatchState& state) const {
  if (state.state == SLIP_WATCH_ENDED) return SLIP_WATCH_ENDED;
  if (replaying_) return SLIP_WATCH_REPLAYING;
  if (!placed_ || !reachable_) return complete_ ? SLIP_WATCH_STALE : SLIP_WATCH_CONNECTING;
  const bool caught_up = state.cursor.revision >= state.target_revision;
  return caught_up ? SLIP_WATCH_LIVE : SLIP_WATCH_CATCHING_UP;
}

bool Health::is_ready(const WatchState& state, Deadline now) const {
  if (state.state == SLIP_WATCH_ENDED) return false;
  // guard: ready_complete
  if (guard_on("ready_complete") && (!complete_ || replaying_)) return false;
  // guard: ready_fresh
  if (!guard_on("ready_fresh") || max_stale_ms_ == 0) return true;
  return current_at_ != Deadline{} && now - current_at_ <= std::chrono::milliseconds(max_stale_ms_);
}

void Health::complete(const Intake& intake, WatchState* state) const {
  const Deadline contact = intake.last_contact();
  const uint64_t newest = std::max(state->server_last_revision, intake.newest_revision());
  const std::lock_guard<std::mutex> lock(mutex_);
  const Deadline now = Steady::now();
  const int64_t now_ns = unix_now_ns();
  state->state = phase(*state);
  state->ready = is_ready(*state, now) ? 1 : 0;
  state->auditable = auditable_ ? 1 : 0;
  state->server_last_revision = std::max(newest, state->cursor.revision);
  state->lag_revisions = state->server_last_revision - state->cursor.revision;
  const bool current = state->state == SLIP_WATCH_LIVE && state->lag_revisions == 0;
  state->lag_ns = current ? 0 : ns_since(current_at_ == Deadline{} ? begun_ : current_at_, now);
  state->reconnects = reconnects_;
  state->audits = audits_;
  state->audit_mismatches = audit_mismatches_;
  const bool met = contact != Deadline{};
  state->contact_age_ns = met ? ns_since(contact, now) : -1;
  state->last_contact_ns = met ? now_ns - state->contact_age_ns : 0;
  state->last_current_ns = current_at_ == Deadline{} ? 0 : now_ns - ns_since(current_at_, now);
  state->last_event = last_event_;
}

size_t Health::events(WatchEvent* out, size_t capacity) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  size_t filled = 0;
  for (size_t index = 0; index < kWatchEvents && filled < capacity; ++index) {
    const Count& counted = events_[index];
    if (counted.count == 0) continue;
    out[filled++] =
        WatchEvent{kNames[index].event, 0, counted.count, counted.last_revision, counted.last_ns,
                   kNames[index].name};
  }
  return filled;
}

}  // namespace slip
