#include "watch/resume.h"

#include <algorithm>
#include <optional>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/utf8.h"
#include "protocol/resume.h"

namespace slip {
namespace {

std::string number(uint64_t value) { return std::to_string(value); }

// The newest update that both sides still have decides: a stream only grows, so whoever has the
// same update at a revision has the same history below it.
Result<std::optional<Fingerprint>> find_difference(Bucket& bucket, const FoldMeta& standing) {
  const auto& known = standing.fingerprints;
  for (auto print = known.rbegin(); print != known.rend(); ++print) {
    SLIP_ASSIGN(const std::optional<Entry> there, bucket.at_revision(print->revision));
    if (!there) continue;
    const bool same = there->update().timestamp_ns == print->timestamp_ns &&
                      xxh3(there->key()) == print->key_hash;
    if (same) break;
    return std::optional<Fingerprint>(*print);
  }
  return std::optional<Fingerprint>();
}

std::string what_evicts(const BucketState& state) {
  if (state.max_age_ns > 0) return "max_age of " + number(state.max_age_ns / 1000000) + " ms";
  if (state.discard == SLIP_DISCARD_OLD && state.max_bytes > 0)
    return "discard of the oldest above " + number(state.max_bytes) + " bytes";
  if (state.discard == SLIP_DISCARD_OLD && state.max_messages > 0)
    return "discard of the oldest above " + number(state.max_messages) + " messages";
  return "lives of single values";
}

std::string explain_rewound(const BucketState& state, const FoldMeta& standing,
                            const std::optional<Fingerprint>& difference) {
  if (!difference || state.last_revision < standing.revision)
    return "the server went back to revision " + number(state.last_revision);
  return "the server's update at revision " + number(difference->revision) +
         " is not the one that was applied, so it went back to before that and on from there";
}

Status refusal(slip_status code, const std::string& bucket, const FoldMeta& standing,
               const Origin& origin, const std::string& why) {
  return Status(code, "cannot resume the watch of bucket " + quoted(bucket) + " after revision " +
                          number(standing.revision) + " of " + origin.describe() + ": " + why +
                          " (" + origin.way_out() + ")");
}

// Keys outside may leave a fold; those that it never received are not in it.
const char* scope_way_out(const Scope& held, const Scope& asked) {
  return held.covers(asked)
             ? "ask for the same scope, set scope_change to narrow, or use a new fold"
             : "ask for the same scope, or use a new fold, filled from the beginning";
}

}  // namespace

std::string Origin::describe() const {
  return fold_path.empty() ? "the caller's cursor" : "fold " + quoted(fold_path);
}

std::string Origin::way_out() const {
  if (fold_path.empty()) return "drop what was built from it and watch from the beginning";
  return "use a new fold: filled from the beginning, or from an artifact with slip_bootstrap";
}

Status narrow_fold(const std::string& bucket, const WatchSettings& settings, Fold& fold,
                   FoldWriter& writer, FoldMeta* standing) {
  const Scope& scope = settings.scope;
  if (standing->identity.bucket != bucket) return Status();
  const bool same = standing->scope == scope;
  const bool goes_on = standing->narrowing && same;
  const bool begins =
      settings.scope_change == ScopeChange::narrow && !same && standing->scope.covers(scope);
  if (!goes_on && !begins) return Status();
  SLIP_ASSIGN(const uint64_t left, writer.narrow(scope));
  SLIP_ASSIGN(*standing, fold.meta());
  log_line(SLIP_LOG_INFO, "watch",
           "fold " + quoted(fold.path()) + " was narrowed to " + scope.describe() + ": " +
               number(left) + (left == 1 ? " key left it" : " keys left it"));
  return Status();
}

Status check_binding(const std::string& bucket, const Scope& scope, const FoldMeta& standing,
                     const Origin& origin) {
  if (!standing.identity.bound()) return Status();
  const std::string doing = "cannot watch bucket " + quoted(bucket) + " from " + origin.describe();
  // guard: watch_identity
  if (guard_on("watch_identity") && standing.identity.bucket != bucket)
    return Status(SLIP_IDENTITY_MISMATCH, doing + ": it is of bucket " +
                                              quoted(standing.identity.bucket) +
                                              " (watch that one, or use another fold or cursor)");
  // guard: watch_scope
  if (guard_on("watch_scope") && !(standing.scope == scope))
    return Status(SLIP_SCOPE_MISMATCH, doing + ": it holds " + standing.scope.describe() +
                                           ", the watch is of " + scope.describe() + " (" +
                                           scope_way_out(standing.scope, scope) + ")");
  return Status();
}

bool evicts_current_values(const BucketState& state) {
  return state.max_age_ns > 0 || state.per_message_ttl != 0 || state.marker_ttl_ns > 0 ||
         (state.discard == SLIP_DISCARD_OLD && (state.max_bytes > 0 || state.max_messages > 0));
}

Status check_resume(Bucket& bucket, const BucketState& state, const FoldMeta& standing,
                    const Origin& origin) {
  ResumeFacts facts;
  facts.local_epoch = standing.identity.epoch;
  facts.local_revision = standing.revision;
  facts.server_epoch = state.epoch;
  facts.server_first = state.first_revision;
  facts.server_last = state.last_revision;
  facts.evicts_current_values = evicts_current_values(state);
  std::optional<Fingerprint> difference;
  // Another incarnation, or a shorter one, is told without them.
  if (facts.local_epoch == facts.server_epoch && facts.server_last >= facts.local_revision) {
    SLIP_ASSIGN(difference, find_difference(bucket, standing));
    facts.fingerprint_differs = difference.has_value();
  }
  const auto refuse = [&](slip_status code, const std::string& why) {
    return refusal(code, bucket.name(), standing, origin, why);
  };
  switch (judge_resume(facts)) {
    case ResumeVerdict::start:
    case ResumeVerdict::resume:
      return Status();
    case ResumeVerdict::recreated:
      return refuse(SLIP_STREAM_RECREATED, "the bucket was deleted and made anew: its epoch was " +
                                               number(standing.identity.epoch) + " and is now " +
                                               number(state.epoch));
    case ResumeVerdict::rewound:
      return refuse(SLIP_STREAM_REWOUND, explain_rewound(state, standing, difference));
    case ResumeVerdict::expired:
      return refuse(SLIP_CURSOR_EXPIRED, "the bucket evicts values (" + what_evicts(state) +
                                             ") and retains nothing before revision " +
                                             number(state.first_revision) +
                                             ", so updates in between may be lost");
  }
  return Status(SLIP_INTERNAL, "an unknown resume verdict");
}

}  // namespace slip
