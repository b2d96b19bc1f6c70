// The NATS client's callbacks, led to the session that they are for. They come on the client's one
// callback thread, at any time, also when session and connection are gone: so they carry a number
// that is looked up in a table of the living sessions, under the table's lock.
#ifndef SLIP_KV_NATS_CALLBACKS_H
#define SLIP_KV_NATS_CALLBACKS_H

#include <cstdint>

#include "kv/nats/library.h"

namespace slip {

class Session;

class NatsCallbacks {
 public:
  static uint64_t learn(Session* session);
  // When it returns, no callback runs for that session, nor ever will.
  static void forget(uint64_t number) noexcept;
  static Status set(natsOptions* options, uint64_t number);

 private:
  template <typename Function>
  static void with_session(void* closure, const Function& function) noexcept;
  static void disconnected(natsConnection* connection, void* closure);
  static void reconnected(natsConnection* connection, void* closure);
  static void closed(natsConnection* connection, void* closure);
  static void error(natsConnection* connection, natsSubscription*, natsStatus status,
                    void* closure);
};

}  // namespace slip
#endif
