#include "kv/nats/subscription.h"

#include <cassert>
#include <utility>

#include "base/thread.h"

namespace slip {

void NatsSubscription::on_message(natsConnection*, natsSubscription*, natsMsg* message,
                                  void* closure) {
  NatsMessagePtr owned(message);
  Shared& shared = **static_cast<std::shared_ptr<Shared>*>(closure);
  std::lock_guard<std::mutex> lock(shared.mutex);
  if (!shared.ended) shared.handler(owned);
}

// The delivery thread is done: the last user of the closure on the client's side.
void NatsSubscription::on_complete(void* closure) {
  delete static_cast<std::shared_ptr<Shared>*>(closure);
}

Status NatsSubscription::begin(NatsConnectionPtr connection, const std::string& subject,
                               Handler handler) {
  assert(retired_.empty());
  auto shared = std::make_shared<Shared>();
  shared->handler = std::move(handler);
  auto closure = std::make_unique<std::shared_ptr<Shared>>(shared);
  ClientConnection::RetiredPlace place(1);
  natsSubscription*& subscription = place.front().subscription;
  const SignalsBlocked blocked;  // a delivery thread is made
  natsStatus status = natsConnection_Subscribe(&subscription, connection->get(), subject.c_str(),
                                               on_message, closure.get());
  if (status != NATS_OK) return nats_status(status, "cannot subscribe");
  retired_.splice(retired_.end(), place);
  connection_ = std::move(connection);
  shared_ = std::move(shared);
  // From here on the closure is the client's. Where the connection was closed meanwhile, nobody
  // says when its thread is done, and those few bytes stay.
  void* const given = closure.release();
  status = natsSubscription_SetOnCompleteCB(subscription, on_complete, given);
  if (status == NATS_OK) status = natsSubscription_SetPendingLimits(subscription, -1, -1);
  if (status == NATS_OK) return Status();
  end();
  return nats_status(status, "cannot subscribe");
}

void NatsSubscription::end() {
  if (retired_.empty()) return;
  {
    std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->ended = true;
    shared_->handler = nullptr;
  }
  connection_->retire(std::move(retired_));
  retired_.clear();
  connection_.reset();
}

}  // namespace slip
