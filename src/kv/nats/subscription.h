// A subscription with an end: once it is destroyed, its handler neither runs nor is called again,
// whatever the NATS client's threads are doing. What the client has of it is retired then: see
// ClientConnection.
//
// The handler runs on a delivery thread of the client's, one call at a time, under the
// subscription's lock; the owner takes the same lock for what it shares with the handler. No limit
// of pending messages drops any: the owner bounds what it asks for.
#ifndef SLIP_KV_NATS_SUBSCRIPTION_H
#define SLIP_KV_NATS_SUBSCRIPTION_H

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "kv/nats/client_connection.h"

namespace slip {

class NatsSubscription {
 public:
  // The message lives for the call, unless the handler takes it over.
  using Handler = std::function<void(NatsMessagePtr& message)>;

  NatsSubscription() = default;
  ~NatsSubscription() { end(); }
  NatsSubscription(const NatsSubscription&) = delete;
  NatsSubscription& operator=(const NatsSubscription&) = delete;

  // Once. The handler must not throw.
  Status begin(NatsConnectionPtr connection, const std::string& subject, Handler handler);
  void end();
  // Held: the handler does not run. Only between begin() and end().
  std::unique_lock<std::mutex> lock() { return std::unique_lock<std::mutex>(shared_->mutex); }

 private:
  struct Shared {
    std::mutex mutex;
    bool ended = false;
    Handler handler;
  };
  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure);
  static void on_complete(void* closure);

  NatsConnectionPtr connection_;
  ClientConnection::RetiredPlace retired_;  // holds the subscription, where there is one
  std::shared_ptr<Shared> shared_;
};

}  // namespace slip
#endif
