#include "protocol/resume.h"

#include "base/guard.h"

namespace slip {
namespace {

// Nothing followed yet: there is no position that could be unsound.
bool is_bound(const ResumeFacts& facts) { return facts.local_epoch != 0; }

// Revisions compare within one incarnation of the stream only.
bool is_recreated(const ResumeFacts& facts) { return facts.server_epoch != facts.local_epoch; }

// The server ends before the cursor: it lost its tail.
bool is_cut_short(const ResumeFacts& facts) { return facts.server_last < facts.local_revision; }

// The update after the cursor is not retained. Harmless where only a successor, a delete marker or
// history can take an update away; where retention takes current values, something that the fold
// holds may have gone without a word. A fold that has applied nothing holds nothing.
bool is_gap(const ResumeFacts& facts) {
  return facts.local_revision > 0 && facts.server_first > 0 &&
         facts.server_first - 1 > facts.local_revision;
}

}  // namespace

ResumeVerdict judge_resume(const ResumeFacts& facts) {
  if (!is_bound(facts)) return ResumeVerdict::start;
  // guard: resume_epoch
  if (guard_on("resume_epoch") && is_recreated(facts)) return ResumeVerdict::recreated;
  // guard: resume_last
  if (guard_on("resume_last") && is_cut_short(facts)) return ResumeVerdict::rewound;
  // guard: resume_fingerprint
  if (guard_on("resume_fingerprint") && facts.fingerprint_differs) return ResumeVerdict::rewound;
  // guard: resume_gap
  if (guard_on("resume_gap") && facts.evicts_current_values && is_gap(facts))
    return ResumeVerdict::expired;
  return ResumeVerdict::resume;
}

}  // namespace slip
