// The bucket's side of a watch: the intake, and one incarnation of a Watcher at a time that fills
// it.
//
// Belongs to the loop (to start_watch before there is one). Every place where the watch stands on
// the server was found by open(): nothing is delivered that was not judged sound first. What comes
// in is checked here, after every place where a delivery could be lost.
#ifndef SLIP_WATCH_SOURCE_H
#define SLIP_WATCH_SOURCE_H

#include <memory>

#include "kv/bucket.h"
#include "kv/intake.h"
#include "watch/resume.h"
#include "watch/watch.h"

namespace slip {

class Source {
 public:
  Source(std::shared_ptr<Bucket> bucket, const WatchSettings& settings, Origin origin);

  const std::shared_ptr<Intake>& intake() const { return intake_; }

  const Origin& origin() const { return origin_; }
  // Whether the watch may go on from `standing`, and the bucket as it is.
  Result<BucketState> check(const FoldMeta& standing);
  // Finds the place after standing.revision, once: a new incarnation.
  Status open(const FoldMeta& standing);
  void stop() { watcher_.reset(); }
  bool is_open() const { return watcher_ != nullptr; }
  // The place that was found last begins with the bucket's state, which has not ended.
  bool in_state() const { return in_state_; }
  void end_state(uint64_t revision);

  // Of the place that was found last.
  Identity identity() const { return Identity{bucket_->name(), state_.epoch}; }
  uint64_t target_revision() const { return watcher_->target_revision(); }
  // When the place was judged, nothing was retained at or below.
  uint64_t vacant_revision() const { return vacant_revision_; }
  uint64_t last_revision() const { return state_.last_revision; }
  const BucketState& state() const { return state_; }  // of the bucket, as last heard

  // Waits for what comes next, at most until then.
  Intake::Taken take(Batch* batch, Deadline until);
  void credit(size_t updates, size_t bytes) { watcher_->credit(updates, bytes); }

  // Leaves of a batch what comes next in order after `revision`. False: a delivery is missing after
  // what was left, so that the place has to be found anew.
  bool admit(Batch* batch, uint64_t revision);
  // What came instead of the missing one bears a number that came before.
  bool counts_anew() const { return counts_anew_; }
  // Whether everything up to the heartbeat's revision was delivered and admitted, and that is not
  // beyond the bucket's end.
  Result<bool> vouches(const Heartbeat& heartbeat);

 private:
  size_t count_in_order(const Batch& batch);
  void drop_redeliveries(Batch* batch, uint64_t revision) const;

  const std::shared_ptr<Bucket> bucket_;
  const WatchSettings& settings_;
  const Origin origin_;
  const std::shared_ptr<Intake> intake_;
  BucketState state_ = SLIP_BUCKET_STATE_INIT;  // as last heard
  uint64_t vacant_revision_ = 0;
  uint32_t incarnation_ = 0;
  uint64_t delivery_ = 0;  // the last one in order, of this incarnation
  bool counts_anew_ = false;
  bool in_state_ = false;
  Deadline next_tick_{};
  std::unique_ptr<Watcher> watcher_;  // last: it stops before the rest goes
};

}  // namespace slip
#endif
