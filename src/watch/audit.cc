#include "watch/audit.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "base/utf8.h"
#include "protocol/audit.h"

namespace slip {
namespace {

constexpr int64_t kLookMs = 10;  // between two looks for an answer, where nothing else comes

// Keys are counted by whole tokens: the scope and the server's filter then mean the same.
bool is_countable(const Scope& scope) {
  return scope.whole() ||
         (scope.prefixes.size() <= kAuditPrefixesMax &&
          std::all_of(scope.prefixes.begin(), scope.prefixes.end(), [](const std::string& prefix) {
            return !prefix.empty() && prefix.back() == '.';
          }));
}

std::string keys_of(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " key" : " keys");
}

}  // namespace

Audit::Audit(std::shared_ptr<Bucket> bucket, std::shared_ptr<Fold> fold,
             const WatchSettings& settings, Health& health, Origin origin)
    : bucket_(std::move(bucket)),
      fold_(std::move(fold)),
      settings_(settings),
      health_(health),
      origin_(std::move(origin)),
      scope_is_countable_(is_countable(settings.scope)) {}

void Audit::begin(const BucketState& state) {
  stop();
  set_auditable(fold_ != nullptr && scope_is_countable_ && state.history == 1);
  epoch_ = state.epoch;
  owed_keys_ = 0;
  next_ask_ = Steady::now();
}

void Audit::set_auditable(bool auditable) {
  audits_ = auditable && settings_.audit_interval_ms > 0;
  open_ = audits_;
  health_.set_auditable(auditable);
}

void Audit::stop() {
  phase_ = Phase::idle;
  inquiry_.reset();
}

Deadline Audit::next_look() const {
  if (!audits_ || phase_ == Phase::counting) return Deadline::max();
  return phase_ == Phase::idle ? next_ask_ : Steady::now() + std::chrono::milliseconds(kLookMs);
}

// What the fold has, it had at this cursor too: it only grows.
Result<uint64_t> Audit::count_keys() const {
  SLIP_ASSIGN(const FoldMeta meta, fold_->meta());
  return meta.entries + meta.tombstones;
}

void Audit::rest(int64_t pause_ms) {
  stop();
  next_ask_ = deadline_after_ms(std::min(pause_ms, settings_.audit_interval_ms));
}

void Audit::leave_out(const std::string& why) {
  log_line(SLIP_LOG_INFO, "watch",
           "bucket " + quoted(bucket_->name()) + ": an audit was left out: " + why);
  open_ = false;
  rest(settings_.audit_interval_ms);
}

Status Audit::ask(uint64_t cursor) {
  if (!audits_ || phase_ != Phase::idle || Steady::now() < next_ask_) return Status();
  SLIP_ASSIGN(keys_before_, count_keys());
  auto asked = bucket_->inquire(settings_.scope);
  if (asked.status().is(SLIP_UNSUPPORTED)) {
    set_auditable(false);
    return Status();
  }
  if (!asked.ok()) {
    leave_out(asked.status().message());
    return Status();
  }
  inquiry_ = asked.take();
  asked_at_ = cursor;
  phase_ = Phase::asked;
  patience_ = deadline_after_ms(kAuditPatienceMs);
  return look(cursor);
}

Status Audit::look(uint64_t cursor) {
  if (phase_ == Phase::asked) take_answer();
  if (phase_ != Phase::counting) return Status();
  SLIP_ASSIGN(const uint64_t keys, count_keys());
  if (cursor <= revision_) keys_before_ = keys;
  return cursor < revision_ ? Status() : judge(keys);
}

void Audit::take_answer() {
  auto answer = inquiry_->answer();
  if (!answer) {
    if (Steady::now() >= patience_) leave_out("the bucket did not answer");
    return;
  }
  inquiry_.reset();
  if (!answer->ok()) {
    leave_out(answer->status().message());
    return;
  }
  const BucketState& state = answer->value();
  if (state.epoch == epoch_) health_.see_bucket(bucket_->name(), state, asked_at_);
  // Another incarnation, a shorter one, or other rules: the watch hears of that by itself.
  if (state.epoch != epoch_ || state.history != 1 || state.last_revision < asked_at_) {
    leave_out("the bucket is another one now");
    return;
  }
  revision_ = state.last_revision;
  server_keys_ = state.subjects;
  phase_ = Phase::counting;
}

Status Audit::judge(uint64_t keys) {
  AuditFacts facts;
  facts.server_keys = server_keys_;
  facts.keys_before = keys_before_;
  facts.keys_after = keys;
  facts.owed_keys = owed_keys_;
  facts.settled = revision_ == asked_at_;
  facts.mismatches = in_a_row_;
  const AuditVerdict verdict = judge_audit(facts);
  const bool mismatch = verdict == AuditVerdict::suspect || verdict == AuditVerdict::mismatch;
  health_.audited(!mismatch, revision_);
  open_ = true;
  owed_keys_ = verdict == AuditVerdict::match ? 0 : server_keys_;
  behind_ = verdict == AuditVerdict::behind ? behind_ + 1 : 0;
  switch (verdict) {
    case AuditVerdict::match:
      in_a_row_ = 0;
      open_ = false;
      rest(settings_.audit_interval_ms);
      return Status();
    case AuditVerdict::behind:
      rest(kAuditAgainMs << std::min(behind_ - 1, 16u));
      return Status();
    case AuditVerdict::suspect:
    case AuditVerdict::mismatch:
      break;
  }
  if (in_a_row_++ == 0 && server_keys_ == 0) health_.record(SLIP_EVENT_BUCKET_PURGED, revision_);
  const Status found = explain(keys);
  rest(kAuditAgainMs);
  if (verdict == AuditVerdict::mismatch) return found;
  log_line(SLIP_LOG_WARNING, "watch", found.message() + "; counting again");
  return Status();
}

Status Audit::explain(uint64_t keys) const {
  const std::string why = server_keys_ == 0 ? "it was purged as a whole"
                          : keys >= server_keys_
                              ? "keys were removed from it without a word (a purge by hand, an age "
                                "or size limit, compacted deletes)"
                              : "updates never came";
  return Status(SLIP_AUDIT_MISMATCH,
                "bucket " + quoted(bucket_->name()) + " and " + origin_.describe() +
                    " differ: at revision " + std::to_string(revision_) + " the bucket holds " +
                    keys_of(server_keys_) + " of " + settings_.scope.describe() + ", the fold " +
                    std::to_string(keys) + ", deleted ones included: " + why + " (" +
                    origin_.way_out() + ")");
}

}  // namespace slip
