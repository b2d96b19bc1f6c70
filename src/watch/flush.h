// The flush: one batch to the consumer, into the fold, and the cursor after both (P1, P2).
//
// Belongs to the loop. Holds the fold's writer for the watch's life and knows what is committed:
// the standing, which is the fold's own meta, or, without a fold, the same kept in memory. A commit
// that fails for a passing reason is tried again until it succeeds or the watch ends; meanwhile
// nothing else is applied.
#ifndef SLIP_WATCH_FLUSH_H
#define SLIP_WATCH_FLUSH_H

#include <memory>

#include "base/batch.h"
#include "fold/fold.h"
#include "watch/control.h"
#include "watch/watch.h"

namespace slip {

class Flush {
 public:
  // `writer` is null for a watch without a fold.
  Flush(std::unique_ptr<FoldWriter> writer, FoldMeta standing, const WatchSettings& settings,
        Consumer& consumer, Control& control);

  // What is committed. Once a place was found, it is bound to that bucket, also before the first
  // commit.
  const FoldMeta& standing() const { return standing_; }
  bool is_loading() const { return loading_; }
  uint64_t target_revision() const { return target_revision_; }
  bool is_caught_up() const { return standing_.revision >= target_revision_; }

  // A place was found: all commits are of this bucket, and up to date from this revision on.
  void aim(const Identity& identity, uint64_t target_revision);
  // Parses, applies and commits a batch; `revision`, at or past its last one, is the new cursor.
  Status flush(Batch& batch, uint64_t revision);
  // Commits a cursor alone, at or past the present one: nothing in scope lies between.
  Status advance(uint64_t revision);
  // Lets waiting calls know where the watch stands.
  void announce();
  // Releases the fold: it may have another watch.
  void release() { writer_.reset(); }

 private:
  Status commit(const Update* updates, size_t count, uint64_t revision);
  Status before_next_try(const Status& failure);
  void show(size_t updates, size_t bytes, int64_t last_update_ns);

  std::unique_ptr<FoldWriter> writer_;
  FoldMeta standing_;
  const WatchSettings& settings_;
  Consumer& consumer_;
  Control& control_;
  Commit commit_;  // identity and scope stay; the rest is set for each
  uint64_t target_revision_ = UINT64_MAX;
  bool loading_;           // the fold's first load has not reached its end
  uint32_t failures_ = 0;  // in a row
  Deadline failing_since_{};
};

}  // namespace slip
#endif
