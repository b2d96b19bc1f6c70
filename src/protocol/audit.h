// Do a fold and its bucket hold the same number of keys? Pure: integers in, a verdict out. No I/O,
// any thread.
//
// Updates are applied in the order of the bucket, and a key never leaves the fold. So at any
// revision a key that the fold has and the bucket has not was removed there without a word. The
// other way round, a key may be missing here for as long as the fold lags: where its update was
// still under way when the next one replaced it, it comes with that one, or the one after. So fewer
// keys here mean something only where nothing was under way, and fewer than the bucket was known to
// hold before: a count may be a little newer than the revision it came with.
#ifndef SLIP_PROTOCOL_AUDIT_H
#define SLIP_PROTOCOL_AUDIT_H

#include <cstdint>

namespace slip {

struct AuditFacts {
  uint64_t server_keys = 0;  // retained when the bucket's last revision was R
  uint64_t keys_before = 0;  // the fold's, live and deleted, at a cursor not above R
  uint64_t keys_after = 0;   // the same at a cursor not below R
  uint64_t owed_keys = 0;    // server_keys of the audit before, where that was `behind` or worse
  bool settled = false;      // the cursor was at R when the bucket was asked
  uint32_t mismatches = 0;   // in a row, before this audit
};

enum class AuditVerdict {
  match,
  behind,   // fewer keys here, which may have been under way: the next audit tells
  suspect,  // a mismatch, the first in a row
  mismatch  // another one
};

AuditVerdict judge_audit(const AuditFacts& facts);

}  // namespace slip
#endif
