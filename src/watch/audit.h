// The audit: at each catch-up, and every audit_interval_ms, the keys of the fold are counted
// against those that the bucket retains (P4). What retention, an operator or a defect of a server
// took away without a word is found so, and what never came.
//
// Belongs to the loop. Never waits: the bucket is asked in passing, and an answer that does not
// come is an audit that is left out. protocol/audit.h judges; two mismatches in a row end the
// watch.
#ifndef SLIP_WATCH_AUDIT_H
#define SLIP_WATCH_AUDIT_H

#include <memory>
#include <string>

#include "base/clock.h"
#include "fold/fold.h"
#include "kv/bucket.h"
#include "watch/health.h"
#include "watch/resume.h"
#include "watch/watch.h"

namespace slip {

class Audit {
 public:
  // `fold` may be null: then there is nothing to audit.
  Audit(std::shared_ptr<Bucket> bucket, std::shared_ptr<Fold> fold, const WatchSettings& settings,
        Health& health, Origin origin);

  // A place was found in the bucket as it is; the next catch-up is audited.
  void begin(const BucketState& state);
  // The place is lost, and what was asked there with it.
  void stop();

  // The watch is caught up at this cursor: asks where it is time to.
  Status ask(uint64_t cursor);
  // The cursor is here, and nothing above it is in the fold: looks for the answer, and judges when
  // both sides were counted. AUDIT_MISMATCH.
  Status look(uint64_t cursor);
  // Up to here the fold is to be brought before it is counted, and not beyond; UINT64_MAX: no
  // matter where.
  uint64_t count_at() const { return phase_ == Phase::counting ? revision_ : UINT64_MAX; }
  // This place was not audited yet, or did not match, and at this cursor it still can be.
  bool is_open(uint64_t cursor) const {
    return open_ && (phase_ != Phase::counting || revision_ <= cursor);
  }
  // When to call again at the latest.
  Deadline next_look() const;

 private:
  enum class Phase { idle, asked, counting };

  Result<uint64_t> count_keys() const;
  void take_answer();
  Status judge(uint64_t keys);
  void leave_out(const std::string& why);
  void rest(int64_t pause_ms);
  // History 1, whole tokens, a fold, and a bucket that counts.
  void set_auditable(bool auditable);
  Status explain(uint64_t keys) const;

  const std::shared_ptr<Bucket> bucket_;
  const std::shared_ptr<Fold> fold_;
  const WatchSettings& settings_;
  Health& health_;
  const Origin origin_;
  const bool scope_is_countable_;
  bool audits_ = false;
  bool open_ = false;
  uint64_t epoch_ = 0;

  Phase phase_ = Phase::idle;
  Deadline next_ask_{};
  Deadline patience_{};
  uint64_t asked_at_ = 0;  // the cursor
  std::unique_ptr<Inquiry> inquiry_;
  uint64_t revision_ = 0;     // of the answer
  uint64_t server_keys_ = 0;  // of the answer
  uint64_t keys_before_ = 0;  // here, at a cursor not above revision_
  uint64_t owed_keys_ = 0;    // server_keys_ of the audit before, where that did not match
  uint32_t in_a_row_ = 0;     // mismatches
  uint32_t behind_ = 0;       // audits in a row that found fewer keys here
};

}  // namespace slip
#endif
