// The flush: one batch to the consumer, into the fold, and the cursor after both (P1, P2).
//
// Belongs to the loop. Holds the fold's writer for the watch's life and knows what is committed:
// the standing, which is the fold's own meta, or, without a fold, the same kept in memory.
//
// A commit that fails for a passing reason is tried again, by time and with back-off, until it
// succeeds or the watch ends. Its batch stays at the front. Meanwhile at most one further batch is
// taken and applied, and joins it: the next commit holds both, in order, in one transaction.
#ifndef SLIP_WATCH_FLUSH_H
#define SLIP_WATCH_FLUSH_H

#include <functional>
#include <memory>
#include <vector>

#include "base/batch.h"
#include "fold/fold.h"
#include "watch/control.h"
#include "watch/watch.h"

namespace slip {

class Flush {
 public:
  // The next batch, which stays in its place until the commit, and the cursor that goes with it.
  struct Next {
    Batch* batch = nullptr;  // may be null or empty
    uint64_t revision = 0;   // without updates, and not above what it is asked for: nothing came
  };
  // Waits for what follows the revision, at most until then, or until the watch is to end.
  using Supply = std::function<Result<Next>(uint64_t revision, Deadline until)>;

  // `writer` is null for a watch without a fold.
  Flush(std::unique_ptr<FoldWriter> writer, FoldMeta standing, const WatchSettings& settings,
        Consumer& consumer, Control& control);

  // What is committed. Once a place was found, it is bound to that bucket, also before the first
  // commit.
  const FoldMeta& standing() const { return standing_; }
  bool is_loading() const { return loading_; }
  uint64_t target_revision() const { return target_revision_; }
  bool is_caught_up() const { return !in_state_ && standing_.revision >= target_revision_; }
  bool in_state() const { return in_state_; }

  // Where the batch that may join a failed one comes from.
  void joins(Supply supply) { supply_ = std::move(supply); }
  // A place was found: all commits are of this bucket, and up to date from this revision on.
  void aim(const Identity& identity, uint64_t target_revision);
  // What comes is the bucket's state, in any order of revision: until its end no cursor moves.
  void begin_state() { in_state_ = true; }
  void end_state() { in_state_ = false; }
  // Parses, applies and commits a batch; `revision`, at or past its last one (within a state: where
  // the cursor stands), is the new cursor, if none joined it.
  Status flush(Batch& batch, uint64_t revision);
  // Commits a cursor alone, at or past the present one: nothing in scope lies between.
  Status advance(uint64_t revision);
  // Lets waiting calls know where the watch stands.
  void announce();
  // Releases the fold: it may have another watch.
  void release() { writer_.reset(); }

 private:
  // `batch` may be null: the cursor alone.
  Status commit(const Batch* batch, uint64_t revision);
  Status before_next_try(const Status& failure);
  Status wait(Deadline until);
  Status join(Deadline until);
  void set_cursor(uint64_t revision);
  void show(const Update* last);

  std::unique_ptr<FoldWriter> writer_;
  FoldMeta standing_;
  const WatchSettings& settings_;
  Consumer& consumer_;
  Control& control_;
  Supply supply_;
  Commit commit_;  // identity and scope stay; the rest is set for each
  // What is being committed: applied, and neither in the fold nor in the standing.
  struct Pending {
    const Update* updates = nullptr;
    size_t count = 0;
    size_t bytes = 0;
    unsigned batches = 0;
  } pending_;
  std::vector<Update> joined_;  // of two batches, where they are; the bytes are theirs
  uint64_t target_revision_ = UINT64_MAX;
  bool in_state_ = false;
  bool loading_;           // the fold's first load has not reached its end
  uint32_t failures_ = 0;  // in a row
  Deadline failing_since_{};
};

}  // namespace slip
#endif
