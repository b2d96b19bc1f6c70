#include "protocol/audit.h"

#include "base/guard.h"

namespace slip {
namespace {

// Keys that the bucket does not have any more.
bool is_more_here(const AuditFacts& facts) {
  // guard: audit_more
  return guard_on("audit_more") && facts.keys_before > facts.server_keys;
}

// Keys that the bucket had before, and that have not come.
bool is_fewer_here(const AuditFacts& facts) {
  // guard: audit_fewer
  if (!guard_on("audit_fewer")) return false;
  // guard: audit_under_way
  if (guard_on("audit_under_way") && !facts.settled) return false;
  // guard: audit_owed
  const uint64_t known = guard_on("audit_owed") ? facts.owed_keys : facts.server_keys;
  return facts.keys_after < known;
}

}  // namespace

AuditVerdict judge_audit(const AuditFacts& facts) {
  if (is_more_here(facts) || is_fewer_here(facts)) {
    // guard: audit_twice
    const bool first = guard_on("audit_twice") && facts.mismatches == 0;
    return first ? AuditVerdict::suspect : AuditVerdict::mismatch;
  }
  return facts.keys_after < facts.server_keys ? AuditVerdict::behind : AuditVerdict::match;
}

}  // namespace slip
