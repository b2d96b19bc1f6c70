// A connection of the NATS client's, with the subscriptions on it that have ended and that its read
// loop may still have in hand. Any thread but the client's own; it is destroyed by its last user.
//
// The client (3.4.1) looks a message's subscription up in its table, lets go of the table and locks
// the subscription then: one that is destroyed in between is used after it was freed. So a
// subscription that ends is taken out of the table, where nothing finds it any more, and retired
// here. It is destroyed once the read loop, which is a single thread and goes from one message to
// the next, is known to be past every message that it can have found it for: when it has brought
// the answer to something that was sent after the retirement, or when it was joined.
//
// Each request and each flush that is answered proves that much, so few are ever retired at a time:
// those that ended since the last answer. A connection without answers is given up by its pings.
#ifndef SLIP_KV_NATS_CLIENT_CONNECTION_H
#define SLIP_KV_NATS_CLIENT_CONNECTION_H

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "kv/nats/library.h"

namespace slip {

class ClientConnection {
 public:
  struct Retired {
    natsSubscription* subscription = nullptr;
    uint64_t number = 0;
  };
  // One element, made before there is a subscription: retiring it needs no memory.
  using RetiredPlace = std::list<Retired>;

  using Owned = std::unique_ptr<natsConnection, NatsDelete>;

  explicit ClientConnection(Owned made) : connection_(std::move(made)) {}
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  natsConnection* get() const { return connection_.get(); }
  void close() noexcept;  // idempotent; joins the client's threads

  // Takes the subscription off the connection, and over.
  void retire(RetiredPlace place) noexcept;
  // How many were ever retired: the mark to take before something is sent.
  uint64_t retired() const noexcept;
  // What was sent after retired() was `mark` has been answered.
  void answered(uint64_t mark) noexcept;
  // Retired and not destroyed yet.
  size_t waiting() const noexcept;

  // Sends what the client has buffered, now and not when its flusher wakes. The acknowledgement is
  // waited for as briefly as the client allows: answers of their own tell the rest.
  void flush_soon() noexcept;

 private:
  const Owned connection_;
  mutable std::mutex mutex_;
  std::list<Retired> retired_;  // in the order of their numbers
  uint64_t last_number_ = 0;
  bool closed_ = false;
};

}  // namespace slip
#endif
