// Who waits for which answer: one subscription for the answers to everything that a connection
// asks, be it a request to JetStream or one of thousands of writes in flight.
//
// A question is registered with the call that asked it, sent by the caller with reply_subject() as
// its reply, and answered on a thread of the NATS client's; or it fails when the connection breaks
// or the server forbids it, without waiting for a timeout. Any thread.
//
// Locking: one mutex, held while a call's functions run; they must be short and call nothing of
// ours but what is said of them. Calls wait on condition variables of their own with it.
#ifndef SLIP_KV_NATS_REQUESTS_H
#define SLIP_KV_NATS_REQUESTS_H

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kv/nats/subscription.h"

namespace slip {

class Requests {
 public:
  // The side that asked. Every question ends with exactly one of these two, unless it is withdrawn.
  class Call {
   public:
    virtual ~Call() = default;
    virtual void answered(size_t item, NatsMessagePtr& answer) noexcept = 0;
    virtual void failed(size_t item, const Status& reason) noexcept = 0;
    // Whether that item was sent to this subject.
    virtual bool is_to(size_t item, Bytes subject) const noexcept = 0;
  };
  using Lock = std::unique_lock<std::mutex>;

  Requests();
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  // Takes answers over this connection from now on.
  Status begin(const NatsConnectionPtr& connection);
  // Everything that waits fails; answers that come all the same are ignored.
  void fail_all(const Status& reason) noexcept;
  void fail_those_to(Bytes subject, const Status& reason) noexcept;
  // The server refuses to deliver answers: everything fails until the next begin().
  void refuse(const Status& reason) noexcept;
  void end(const Status& reason) noexcept;
  bool is_reply_subject(Bytes subject) const;

  Lock lock() { return Lock(mutex_); }
  // With the lock held. `bytes` 0: a request; else a write that takes part in the window.
  Status add(const Lock& lock, Call* call, size_t item, size_t bytes, uint64_t* id);
  void withdraw(const Lock& lock, uint64_t id) noexcept;
  void withdraw_all(const Lock& lock, const Call* call) noexcept;
  bool has_room(const Lock& lock, size_t bytes) const;
  // Waits until there is room in the window; false at the deadline.
  bool wait_for_room(Lock* lock, size_t bytes, Deadline deadline);
  // Grows with every answer: how a writer sees that the server goes on.
  uint64_t answers(const Lock& lock) const;

  // The reply subject for an id, NUL-terminated.
  struct ReplySubject {
    char text[64];
  };
  ReplySubject reply_subject(uint64_t id) const;
  // One that nobody waits for.
  std::string deaf_reply_subject() const { return prefix_ + "none"; }

 private:
  struct Slot {
    Call* call = nullptr;  // nullptr: free
    size_t item = 0;
    size_t bytes = 0;
    uint64_t generation = 0;
  };

  void on_answer(NatsMessagePtr& answer) noexcept;
  Slot* find(uint64_t id) noexcept;
  void free_slot(Slot* slot) noexcept;
  template <typename Condition>
  void fail_if(const Condition& condition, const Status& reason) noexcept;

  const std::string prefix_;  // "_INBOX.<token>."
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;  // never reallocates while slots_ does not
  size_t writes_in_flight_ = 0;
  size_t bytes_in_flight_ = 0;
  size_t waiting_for_room_ = 0;
  uint64_t answers_ = 0;
  Status refused_;

  std::mutex begin_mutex_;
  std::unique_ptr<NatsSubscription> replies_;  // last: its handler uses everything above
};

}  // namespace slip
#endif
