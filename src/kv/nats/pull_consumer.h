// Our own ordered pull consumer: a nameless-to-everybody consumer on the server, one raw
// subscription, and an intake that is filled from it.
//
// Made, credited, ticked and destroyed by the applier; updates come on a delivery thread of the
// NATS client's. Each incarnation has a consumer of its own with a random name: a server that comes
// back may have reset one of the same name. Nothing is acknowledged to the server; what was missed
// shows in the consumer's sequence numbers, which go into the intake as delivery numbers, and the
// applier checks them.
//
// Liveness: each open request makes the server send a heartbeat where it has nothing else. When
// nothing came for two and a half intervals while a request was open, the source is broken. While
// the connection is down, nothing is concluded: a new one breaks the source at once.
#ifndef SLIP_KV_NATS_PULL_CONSUMER_H
#define SLIP_KV_NATS_PULL_CONSUMER_H

#include <atomic>
#include <memory>
#include <string>

#include "base/json.h"
#include "kv/bucket.h"
#include "kv/nats/pull_budget.h"
#include "kv/nats/session.h"

namespace slip {

struct PullConfig {
  std::string bucket;
  uint64_t from_revision = 1;
  bool last_per_key = false;  // then from_revision is not used, and the filter must not be empty
  std::string filter;         // a subject; "": everything
  bool headers_only = false;
  uint32_t incarnation = 1;
  size_t credit_updates = 20000;
  size_t credit_bytes = 32u << 20;
  int64_t idle_heartbeat_ms = 5000;
};

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
  std::string create_body() const;
  Status check_echo(JsonValue config) const;
  void delete_on_server() noexcept;

  // With the subscription's lock held.
  void pull();
  Status send_request(const PullBudget::Request& request);
  void on_message(natsMsg* message);
  void on_update(natsMsg* message, Bytes subject);
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
  std::atomic<bool> broken_{false};
  std::atomic<bool> down_noted_{false};
  Deadline listening_since_{};  // the applier's: from here on, silence counts

  // Guarded by the subscription's lock.
  PullBudget budget_;
  bool at_target_ = false;
  std::string request_body_;

  NatsSubscription subscription_;  // last: its handler uses everything above
};

}  // namespace slip
#endif
