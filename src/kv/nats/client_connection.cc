#include "kv/nats/client_connection.h"

#include "base/guard.h"
#include "kv/nats/signals.h"

namespace slip {
namespace {

// Its delivery thread has ended or ends by itself; messages that nobody took go with it.
void destroy(const std::list<ClientConnection::Retired>& retired) {
  for (const ClientConnection::Retired& one : retired) natsSubscription_Destroy(one.subscription);
}

}  // namespace

ClientConnection::~ClientConnection() { close(); }

// Where the client has closed it by itself already, it did so from its read loop, or after it had
// joined that.
void ClientConnection::close() noexcept {
  const PipeSignalBlocked blocked;
  natsConnection_Close(get());
  std::list<Retired> done;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    done.swap(retired_);
  }
  destroy(done);
}

void ClientConnection::retire(RetiredPlace place) noexcept {
  const PipeSignalBlocked blocked;
  // From here on the table has it no more, whatever the call returns, and its thread ends.
  natsSubscription_Unsubscribe(place.front().subscription);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // guard: retired_subscription
    if (guard_on("retired_subscription") && !closed_) {
      place.front().number = ++last_number_;
      retired_.splice(retired_.end(), place);
      return;
    }
  }
  destroy(place);
}

uint64_t ClientConnection::retired() const noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  return last_number_;
}

size_t ClientConnection::waiting() const noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  return retired_.size();
}

void ClientConnection::answered(uint64_t mark) noexcept {
  std::list<Retired> done;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto end = retired_.begin();
    while (end != retired_.end() && end->number <= mark) ++end;
    done.splice(done.begin(), retired_, retired_.begin(), end);
  }
  destroy(done);
}

void ClientConnection::flush_soon() noexcept {
  // While it reconnects, the client would wait for the whole time.
  if (natsConnection_Status(get()) != NATS_CONN_STATUS_CONNECTED) return;
  const PipeSignalBlocked blocked;
  const uint64_t mark = retired();
  if (natsConnection_FlushTimeout(get(), 1) == NATS_OK) answered(mark);
}

}  // namespace slip
