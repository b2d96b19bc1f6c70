// May a watch go on from this cursor? Pure: integers in, a verdict out. No I/O, any thread.
#ifndef SLIP_PROTOCOL_RESUME_H
#define SLIP_PROTOCOL_RESUME_H

#include <cstdint>

namespace slip {

struct ResumeFacts {
  uint64_t local_epoch = 0;     // 0: nothing followed yet
  uint64_t local_revision = 0;
  uint64_t server_epoch = 0;
  uint64_t server_first = 0;    // last + 1 where nothing is retained
  uint64_t server_last = 0;
  // Retention can take away current values: max_age, per-message lives, limit markers, or discard
  // old with a size limit.
  bool evicts_current_values = false;
  // Of the fingerprints that the server still holds: at least one differs.
  bool fingerprint_differs = false;
};

enum class ResumeVerdict { start, resume, recreated, rewound, expired };

ResumeVerdict judge_resume(const ResumeFacts& facts);

}  // namespace slip
#endif
