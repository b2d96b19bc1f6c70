#include "watch/control.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace slip {

Status cancelled_status() { return Status(SLIP_CANCELLED, "the watch was cancelled"); }

void Control::ask(Request request) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    end_request_ = std::max(end_request_, request);
  }
  changed_.notify_all();
  intake_->interrupt();
}

void Control::interrupt() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    interrupted_ = true;
  }
  changed_.notify_all();
}

// Why nothing more will come; END for a watch that ended in its proper way.
Status Control::why_ended() const {
  return end_status_.ok() ? Status(SLIP_END, "the watch has ended") : end_status_;
}

template <typename Reached>
Status Control::wait(Deadline deadline, Reached&& reached) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto over = [&] { return reached() || interrupted_ || ended_; };
  ++waiters_;
  if (deadline == Deadline::max())
    changed_.wait(lock, over);
  else
    changed_.wait_until(lock, deadline, over);
  --waiters_;
  if (reached()) return Status();
  if (interrupted_) {
    interrupted_ = false;
    return Status(SLIP_INTERRUPTED, "the wait was interrupted");
  }
  if (ended_) return why_ended();
  return Status(SLIP_TIMEOUT, "the watch is not there yet: its committed revision is " +
                                  std::to_string(announced_revision_));
}

Status Control::wait_caught_up(Deadline deadline) {
  return wait(deadline, [this] { return caught_up_; });
}

Status Control::wait_revision(uint64_t revision, Deadline deadline) {
  return wait(deadline, [this, revision] { return announced_revision_ >= revision; });
}

Result<std::unique_ptr<Snapshot>> Control::wait_snapshot() {
  SnapshotRequest request;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ended_) return why_ended();
    snapshot_requests_.push_back(&request);
  }
  changed_.notify_all();
  intake_->interrupt();
  std::unique_lock<std::mutex> lock(mutex_);
  ++waiters_;
  changed_.wait(lock, [&] { return request.served || ended_; });
  --waiters_;
  if (!request.served) return why_ended();
  if (!request.status.ok()) return request.status;
  return std::move(request.snapshot);
}

WatchState Control::state() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_;
}

Control::Request Control::strongest() const {
  if (end_request_ == Request::none && !snapshot_requests_.empty()) return Request::snapshot;
  return end_request_;
}

Control::Request Control::pending() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return strongest();
}

void Control::pause(Deadline until, Request at_least) {
  assert(until != Deadline::max());
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_until(lock, until, [&] { return strongest() >= at_least; });
}

std::vector<Control::SnapshotRequest*> Control::take_snapshot_requests() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(snapshot_requests_, {});
}

void Control::answer(const std::vector<SnapshotRequest*>& requests, Fold& fold) {
  for (SnapshotRequest* request : requests) {
    auto snapshot = fold.snapshot();
    request->status = snapshot.status();
    if (snapshot.ok()) request->snapshot = snapshot.take();
    const std::lock_guard<std::mutex> lock(mutex_);
    request->served = true;
  }
  changed_.notify_all();
}

void Control::announce(uint64_t revision, bool caught_up) {
  if (caught_up) health_.caught_up();
  bool awaited = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    announced_revision_ = revision;
    caught_up_ = caught_up;
    awaited = waiters_ > 0;
  }
  if (awaited) changed_.notify_all();
}

void Control::end(Status status) noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    end_status_ = std::move(status);
    state_.state = SLIP_WATCH_ENDED;
    state_.end_status = end_status_.code();
    ended_ = true;
  }
  changed_.notify_all();
}

}  // namespace slip
