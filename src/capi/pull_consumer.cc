#include "capi/pull_consumer.h"

#include <cassert>
#include <utility>

namespace slip::capi {
namespace {

// Without memory for the sentence the code must do: whoever waits has to be woken all the same.
Status status_of(slip_status code, bool retriable, const char* message) noexcept {
  try {
    return Status(code, message, retriable);
  } catch (...) {
    return Status(code, std::string(), retriable);
  }
}
Status copy_of(const Status& status) noexcept {
  return status_of(status.code(), status.retriable(), status.message().c_str());
}

}  // namespace

Status PullConsumer::apply(Batch& batch, Cursor cursor, bool replay) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (stopped()) return end_;
  assert(turn_ == Turn::loop);
  batch_ = &batch;
  cursor_ = cursor;
  replay_ = replay;
  turn_ = Turn::offered;
  changed_.notify_all();
  changed_.wait(lock, [this] { return turn_ == Turn::committing || stopped(); });
  // An ack that came before the stop stands. The ack of a replayed batch waits for no commit.
  const bool acked = turn_ == Turn::committing;
  if (!acked || replay) turn_ = Turn::loop;
  return acked ? Status() : end_;
}

void PullConsumer::answer_holder(const Status& failure) {
  if (holder_ == nullptr) return;
  holder_->acked = failure.ok();
  holder_->failure = copy_of(failure);
  holder_ = nullptr;
  changed_.notify_all();
}

void PullConsumer::applied(Cursor, size_t) { committed(); }

void PullConsumer::committed() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (holder_ == nullptr) return;  // a commit of the cursor alone
  turn_ = Turn::loop;
  answer_holder(Status());
}

Consumer::Retry PullConsumer::commit_failed(const Status& status) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (holder_ == nullptr) return stopped() ? Retry::end : Retry::by_time;
  holder_->contents = std::move(*batch_);
  turn_ = Turn::lent;
  answer_holder(status);
  changed_.wait(lock, [this] { return turn_ == Turn::committing || stopped(); });
  if (turn_ == Turn::committing) return Retry::now;
  turn_ = Turn::loop;
  return Retry::end;
}

void PullConsumer::ended(const Status& status, Cursor) {
  const std::lock_guard<std::mutex> lock(mutex_);
  turn_ = Turn::loop;
  answer_holder(status.ok() ? status_of(SLIP_CLOSED, false, "the watch ended before the commit")
                            : status);
  if (!stopped())
    end_ = status.ok() ? status_of(SLIP_END, false, "the watch has ended") : copy_of(status);
  changed_.notify_all();
}

Status PullConsumer::wait_for_offer(std::unique_lock<std::mutex>& lock, Deadline deadline) {
  waiting_ = true;
  changed_.wait_until(lock, deadline,
                      [this] { return interrupted_ || stopped() || turn_ == Turn::offered; });
  waiting_ = false;
  if (interrupted_) {
    interrupted_ = false;
    return Status(SLIP_INTERRUPTED, std::string());
  }
  if (stopped()) return end_;
  return turn_ == Turn::offered ? Status() : Status(SLIP_TIMEOUT, std::string());
}

Result<std::unique_ptr<slip_batch>> PullConsumer::next(Deadline deadline) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (waiting_) return Status(SLIP_MISUSE, "another thread waits in slip_watch_next of this watch");
  if (turn_ == Turn::lent && !stopped())
    return Status(SLIP_MISUSE, "the last batch is outstanding: ack it or free it first");
  SLIP_TRY(wait_for_offer(lock, deadline));
  auto batch = std::make_unique<slip_batch>(shared_from_this());
  batch->contents = std::move(*batch_);
  batch->cursor = cursor_;
  turn_ = Turn::lent;
  return batch;
}

Status PullConsumer::ack(slip_batch& batch) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (batch.acked) return Status(SLIP_MISUSE, "the batch was acknowledged before");
  if (stopped())
    return end_.is(SLIP_END) ? Status(SLIP_CLOSED, "the watch was closed before the ack") : end_;
  if (turn_ != Turn::lent)
    return Status(SLIP_MISUSE, "another thread acknowledges the batch at this moment");
  *batch_ = std::move(batch.contents);
  batch.failure = Status();
  turn_ = Turn::committing;
  changed_.notify_all();
  if (replay_) {
    batch.acked = true;
    return Status();
  }
  holder_ = &batch;
  changed_.wait(lock, [&] { return holder_ != &batch; });
  return batch.failure;
}

void PullConsumer::give_back(const slip_batch& batch) noexcept {
  bool acked;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    acked = batch.acked;
  }
  if (!acked) stop(SLIP_CANCELLED, "a batch was freed without an ack");
}

void PullConsumer::stop(slip_status code, const char* message) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!stopped()) end_ = status_of(code, false, message);
  changed_.notify_all();
}

void PullConsumer::interrupt() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  interrupted_ = true;
  changed_.notify_all();
}

}  // namespace slip::capi
