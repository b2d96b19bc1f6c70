// The control block: what other threads ask of a watch, and what they see of it (with health.h).
//
// Any thread. One mutex, held for copies only; nothing is called with it held. Requests are sticky
// and looked at by the loop before everything else, so they are never starved; of several the
// strongest counts (the order of Request). The loop publishes after every commit, and wakes nobody
// where nobody waits.
#ifndef SLIP_WATCH_CONTROL_H
#define SLIP_WATCH_CONTROL_H

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "fold/fold.h"
#include "kv/intake.h"
#include "watch/health.h"
#include "watch/watch.h"

namespace slip {

// What a watch that is cancelled ends with.
Status cancelled_status();

class Control {
 public:
  enum class Request { none, snapshot, close, cancel };

  // `intake`: where the loop waits, when it does not wait here.
  Control(std::shared_ptr<Intake> intake, int64_t max_stale_ms)
      : intake_(std::move(intake)), health_(max_stale_ms) {}
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // --- other threads ------------------------------------------------------------------------
  void cancel() { ask(Request::cancel); }
  void close() { ask(Request::close); }
  // Ends one wait: one that runs, or else the next.
  void interrupt();
  Status wait_caught_up(Deadline deadline);
  Status wait_revision(uint64_t revision, Deadline deadline);
  Result<std::unique_ptr<Snapshot>> wait_snapshot();
  WatchState state() const;
  bool on_loop_thread() const { return loop_thread_.load() == std::this_thread::get_id(); }

  // --- the loop -----------------------------------------------------------------------------
  void begin() { loop_thread_.store(std::this_thread::get_id()); }
  // The last word of the thread: another one may get its id.
  void leave() { loop_thread_.store(std::thread::id()); }
  Request pending() const;
  // Lets time pass; ends early for a request of at least this strength.
  void pause(Deadline until, Request at_least);

  struct SnapshotRequest {
    bool served = false;
    std::unique_ptr<Snapshot> snapshot;
    Status status;
  };
  // The requests that are there now; each is given to answer(), or ended by end().
  std::vector<SnapshotRequest*> take_snapshot_requests();
  void answer(const std::vector<SnapshotRequest*>& requests, Fold& fold);

  Health& health() { return health_; }
  const Health& health() const { return health_; }
  // Changes the visible state, as far as it does not follow from health().
  template <typename Change>
  void publish(Change&& change) {
    const std::lock_guard<std::mutex> lock(mutex_);
    change(state_);
  }
  // What the waiting calls go by. After the consumer heard of the commit, so that whoever is woken
  // finds its work done.
  void announce(uint64_t revision, bool caught_up);
  void end(Status status) noexcept;
  // Immutable once ended.
  const Status& end_status() const { return end_status_; }

 private:
  void ask(Request request);
  Request strongest() const;
  Status why_ended() const;
  template <typename Reached>
  Status wait(Deadline deadline, Reached&& reached);

  const std::shared_ptr<Intake> intake_;
  Health health_;
  std::atomic<std::thread::id> loop_thread_{};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  unsigned waiters_ = 0;  // in wait()

  Request end_request_ = Request::none;  // close or cancel
  std::vector<SnapshotRequest*> snapshot_requests_;
  bool interrupted_ = false;

  WatchState state_ = SLIP_WATCH_STATE_INIT;
  uint64_t announced_revision_ = 0;
  bool caught_up_ = false;
  bool ended_ = false;
  Status end_status_;
};

}  // namespace slip
#endif
