// Our own ordered pull consumer: a nameless-to-everybody consumer on the server, one raw
// subscription, and an intake that is filled from it.
//
// Made, credited, ticked and destroyed by the applier; updates come on a delivery thread of the
// NATS client's. Each incarnation has a consumer of its own with a random name: a server that comes
// back may have reset one of the same name. Nothing is acknowledged to the server; what was missed
// shows in the consumer's sequence numbers. They are checked here, of every delivery, and again by
// the applier, for whom those are left out that are dropped: a scope for which the server has no
// filter is filtered here, and what is dropped costs no credit. While a scope is quiet and foreign
// updates stream in, the server has no idle moment for a heartbeat: then the intake is told from
// time to time how far they came.
//
// Liveness: each open request makes the server send a heartbeat where it has nothing else. When
// nothing came for two and a half intervals while a request was open, the source is broken. While
// the connection is down, nothing is concluded: a new one breaks the source at once.
//
// An applier that stalls, for minutes even, keeps nothing of this from working. What has been
// received stays in the intake, bounded by the credit; requests are renewed on the delivery thread
// as long as there is credit for one; breaks are told by the client's threads; and silence is
// judged by the times of what came and what was asked, which are kept by those threads too, so that
// the first tick after the stall finds what a timer would have found. It could not be acted on
// sooner: only the applier can start anew. One case is left: without credit nothing is asked for,
// and the server forgets a consumer that nobody asks. So after two thirds of that time the consumer
// counts as gone, and the source breaks at once when credit comes back, without waiting for
// silence.
#ifndef SLIP_KV_NATS_PULL_CONSUMER_H
#define SLIP_KV_NATS_PULL_CONSUMER_H

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "kv/bucket.h"
#include "kv/nats/consumer_config.h"
#include "kv/nats/delivery_order.h"
#include "kv/nats/pull_budget.h"
#include "kv/nats/session.h"

namespace slip {

class PullConsumer : public Watcher, private Session::Listener {
 public:
  static Result<std::unique_ptr<PullConsumer>> start(std::shared_ptr<Session> session,
                                                     const PullConfig& config,
                                                     std::shared_ptr<Intake> intake);
  ~PullConsumer() override;
  PullConsumer(const PullConsumer&) = delete;
  PullConsumer& operator=(const PullConsumer&) = delete;

  uint64_t target_revision() const override { return target_revision_; }
  void credit(size_t updates, size_t bytes) override;
  void tick() override;

 private:
  PullConsumer(std::shared_ptr<Session> session, const PullConfig& config,
               std::shared_ptr<Intake> intake);
  Status create();
  void delete_on_server() noexcept;

  // With the subscription's lock held.
  void pull();
  bool is_forgotten() const;
  Status send_request(const PullBudget::Request& request);
  void on_message(natsMsg* message);
  void on_update(natsMsg* message, Bytes subject);
  void drop(size_t bytes, uint64_t revision);
  bool is_expected(DeliverySequence::Verdict verdict);
  void on_status(natsMsg* message, Bytes subject);
  void on_heartbeat(natsMsg* message);

  void break_source(Status reason, SourceEvent event = SourceEvent::other) noexcept;
  template <typename Function>
  void guarded(const Function& function) noexcept;

  void connection_lost(const Status& reason) noexcept override;
  void connection_down() noexcept override;
  void denied(Bytes subject, const Status& reason) noexcept override;

  const std::shared_ptr<Session> session_;
  const PullConfig config_;
  const std::shared_ptr<Intake> intake_;
  const std::string stream_;
  const std::string consumer_;        // its random name
  const std::string subject_prefix_;  // "$KV.<bucket>."
  const std::string reply_prefix_;    // "_INBOX.<token>."
  const std::string pull_subject_;
  NatsConnectionPtr connection_;
  uint64_t target_revision_ = 0;
  bool made_on_server_ = false;
  bool drops_foreign_ = false;  // the server's filter lets through what is out of scope
  std::atomic<bool> broken_{false};
  std::atomic<bool> down_noted_{false};

  // Guarded by the subscription's lock.
  PullBudget budget_;
  DeliverySequence order_;
  bool at_target_ = false;
  Deadline asked_at_{};                 // when silence began to count
  std::optional<Deadline> idle_since_;  // no request is open since then
  Deadline next_word_{};                // of what was dropped, to the intake

  NatsSubscription subscription_;  // last: its handler uses everything above
};

}  // namespace slip
#endif
