// The pull form of a watch: a batch is lent to the caller between slip_watch_next and the ack.
//
// Two sides meet here under one mutex: the watch's thread (the Consumer functions) and the caller's
// threads. A batch's contents are in one place at a time: with the loop while it is offered and
// while it is committed, in the caller's slip_batch while the caller has it. Whatever ends the
// watch while the caller has it leaves it there, so its bytes stay valid until it is freed. Nothing
// here waits for the caller but apply() and commit_failed(), and stop() ends both.
#ifndef SLIP_CAPI_PULL_CONSUMER_H
#define SLIP_CAPI_PULL_CONSUMER_H

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "base/batch.h"
#include "capi/handle.h"
#include "watch/watch.h"

namespace slip::capi {
class PullConsumer;
}  // namespace slip::capi

struct slip_batch : slip::capi::Handle {
  explicit slip_batch(std::shared_ptr<slip::capi::PullConsumer> lender)
      : consumer(std::move(lender)) {}
  const std::shared_ptr<slip::capi::PullConsumer> consumer;
  slip::Batch contents;  // empty while they are committed and afterwards
  slip::Cursor cursor{0, 0};
  bool acked = false;
  slip::Status failure;  // of the last ack
};

namespace slip::capi {

class PullConsumer final : public Consumer, public std::enable_shared_from_this<PullConsumer> {
 public:
  // --- the watch's thread -------------------------------------------------------------------
  Status apply(Batch& batch, Cursor cursor, bool replay) override;
  void discard(const Batch&) override {}  // never lent: it comes again after reopening
  void applied(Cursor cursor, size_t updates) override;
  void committed() override;
  Retry commit_failed(const Status& status) override;
  void ended(const Status& status, Cursor cursor) override;

  // --- the caller's threads -----------------------------------------------------------------
  Result<std::unique_ptr<slip_batch>> next(Deadline deadline);
  Status ack(slip_batch& batch);
  // The caller frees the batch. One without an ack ends the watch.
  void give_back(const slip_batch& batch) noexcept;
  // From now on nothing is lent, and apply() and next() answer this; the first one counts.
  void stop(slip_status code, const char* message) noexcept;
  // Ends the next() that runs, or else the one that comes next.
  void interrupt() noexcept;

 private:
  enum class Turn {
    loop,       // nothing to give out
    offered,    // *batch_ may be taken
    lent,       // the caller has the contents
    committing  // acked: the contents are back in *batch_
  };
  bool stopped() const { return !end_.ok(); }
  Status wait_for_offer(std::unique_lock<std::mutex>& lock, Deadline deadline);
  void answer_holder(const Status& failure);

  std::mutex mutex_;
  std::condition_variable changed_;
  Turn turn_ = Turn::loop;
  Batch* batch_ = nullptr;        // the loop's; valid unless turn_ is loop
  slip_batch* holder_ = nullptr;  // whose ack waits for a commit
  Cursor cursor_{0, 0};
  bool replay_ = false;
  bool waiting_ = false;  // one next() runs
  bool interrupted_ = false;
  Status end_;  // OK: not stopped and not ended
};

}  // namespace slip::capi
#endif
