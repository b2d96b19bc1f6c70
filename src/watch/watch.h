// The watch: receive, apply, commit, then move on. One thread of its own ("slip-watch").
//
// It drives a bucket's Watcher and a fold's writer through a Consumer, which is the caller in one
// of two forms (callbacks or pull). Promises P1-P3: the cursor is committed only after the consumer
// applied the batch, together with the batch, and a resume delivers exactly the tail.
#ifndef SLIP_WATCH_WATCH_H
#define SLIP_WATCH_WATCH_H

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/options.h"
#include "base/status.h"
#include "fold/fold.h"
#include "kv/bucket.h"

namespace slip {

using WatchState = ::slip_watch_state;
using WatchEvent = ::slip_watch_event;

enum class StopAt { never, caught_up, revision };
enum class ScopeChange { refuse, narrow };

struct WatchSettings {
  BatchBounds bounds;
  bool close_on_idle = true;  // else by window
  int64_t window_ms = 1000;
  bool replay_fold = true;
  StopAt stop_at = StopAt::never;
  uint64_t stop_revision = 0;
  Identity start_identity;  // of the option "cursor"; unbound: from the beginning
  uint64_t start_revision = 0;
  Scope scope;
  ScopeChange scope_change = ScopeChange::refuse;
  size_t credit_updates = 20000;
  size_t credit_bytes = 32u << 20;
  int64_t idle_heartbeat_ms = 5000;
  uint32_t commit_failures_max = 16;
  int64_t commit_retry_ms = 30000;
  int64_t audit_interval_ms = 30000;  // 0: no audit
  int64_t max_stale_ms = 0;           // 0: no bound
};
// From SLIP_OPTIONS_WATCH. `replay_default`: callbacks true, pull false.
Result<WatchSettings> watch_settings(const Options& options, bool replay_default);

// The caller's side. All functions run on the watch's thread. None is called by a start_watch that
// fails; ended() is the last one otherwise.
class Consumer {
 public:
  virtual ~Consumer() = default;
  // Parses and applies one batch. The cursor is the one that its commit will set. Not called for an
  // empty batch. The batch stays in its place until applied(), ended(), or an apply() that failed
  // has returned. A consumer may move the contents out (the pull form lends them to its caller); it
  // moves them back before it returns OK, and need not when it fails, nor when commit_failed()
  // answers end.
  virtual Status apply(Batch& batch, Cursor cursor, bool replay) = 0;
  // A batch that will never be applied, because the watch was cancelled or failed.
  virtual void discard(const Batch& batch) = 0;
  // The batch was committed; rejected updates count. Not called where the cursor alone moved, nor
  // for a replayed batch. Only afterwards do wait_caught_up() and wait_revision() return.
  virtual void applied(Cursor cursor, size_t updates) = 0;
  // A batch was committed of which applied() does not tell: one of synthetic deletes alone.
  virtual void committed() {}
  // A commit failed for a passing reason. The callback form returns by_time: the loop waits and
  // tries again. The pull form tells the caller that is waiting in ack and blocks until it asks
  // again (now) or gives up (end).
  enum class Retry { by_time, now, end };
  virtual Retry commit_failed(const Status& status) = 0;
  virtual void ended(const Status& status, Cursor cursor) = 0;
};

class Watch {
 public:
  virtual ~Watch() = default;  // cancels unless closed; joins

  // All but `rejected`, which the consumer knows.
  virtual WatchState status() const = 0;
  // Kinds of events that happened, ascending; how many were filled.
  virtual size_t events(WatchEvent* out, size_t capacity) const = 0;
  virtual Status wait_caught_up(Deadline deadline) = 0;
  virtual Status wait_revision(uint64_t revision, Deadline deadline) = 0;
  // A snapshot of the fold between two batches, what is pending being flushed first.
  virtual Result<std::unique_ptr<Snapshot>> export_snapshot() = 0;
  virtual void cancel() = 0;
  virtual void interrupt() = 0;
  // Flushes, stops, joins. The manner of the end: OK for closed and stop_at. *cursor: the committed
  // one.
  virtual Status close(Cursor* cursor) = 0;
  // True on the watch's own thread: a blocking call would wait for itself.
  virtual bool on_own_thread() const = 0;
};

// Holds the fold's writer until the watch ends: BUSY for a second one. `fold` may be null. What is
// not sound to go on from is refused here: IDENTITY_MISMATCH, SCOPE_MISMATCH, STREAM_RECREATED,
// STREAM_REWOUND, CURSOR_EXPIRED; where the server is out of reach the watch starts all the same,
// in state CONNECTING or STALE, and a refusal then ends it.
Result<std::shared_ptr<Watch>> start_watch(std::shared_ptr<Bucket> bucket,
                                           std::shared_ptr<Fold> fold,
                                           const WatchSettings& settings,
                                           std::shared_ptr<Consumer> consumer);

}  // namespace slip
#endif
