// One call of many writes: sent one behind the other, answered in any order, a result for each.
// Used by one thread; answers come on one of the NATS client's.
#ifndef SLIP_KV_NATS_WRITE_CALL_H
#define SLIP_KV_NATS_WRITE_CALL_H

#include <string>

#include "kv/bucket.h"
#include "kv/nats/session.h"

namespace slip {

class WriteCall : private Requests::Call {
 public:
  WriteCall(Session& session, std::string write_prefix, const Write* writes, size_t count,
            WriteResult* results);
  ~WriteCall() override;
  WriteCall(const WriteCall&) = delete;
  WriteCall& operator=(const WriteCall&) = delete;

  // Sends all and waits for the answers. Every result is set, and the status is that of the first
  // item that failed. What was sent and not answered is INDETERMINATE; what was never sent has the
  // status that says why.
  Status run();
  // Items that nobody took (their status is BUCKET_NOT_FOUND until judge_untaken).
  bool any_untaken() const { return untaken_ > 0; }
  // What that means, found out by asking for the stream.
  Status judge_untaken(const Status& reason);

 private:
  Status send_all();
  Status send(natsConnection* connection, size_t item);
  Status reserve(size_t item, uint64_t* id);
  natsStatus publish(natsConnection* connection, size_t item, uint64_t id);
  natsStatus publish_with_headers(natsConnection* connection, size_t item, const char* reply);
  void wait_for_answers(ClientConnection& connection);
  void give_up_waiting(const Requests::Lock& lock);

  void answered(size_t item, NatsMessagePtr& answer) noexcept override;
  void failed(size_t item, const Status& reason) noexcept override;
  bool is_to(size_t item, Bytes subject) const noexcept override;
  void judge_answer(size_t item, natsMsg* answer);
  Status refusal(size_t item, const Status& status) const;
  // With the requests' lock held.
  void fail_item(size_t item, slip_status code, const Status& status) noexcept;
  void settle_one() noexcept;

  Session& session_;
  Requests& requests_;
  const std::string write_prefix_;
  const Write* const writes_;
  const size_t count_;
  WriteResult* const results_;
  std::string subject_;
  size_t sent_ = 0;

  // Guarded by the requests' lock.
  std::condition_variable all_answered_;
  size_t unanswered_ = 0;
  bool waits_ = false;
  size_t untaken_ = 0;
  size_t first_failed_;
  Status first_failure_;
};

}  // namespace slip
#endif
