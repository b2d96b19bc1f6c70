// The NATS client library (nats.c): opened once, its objects owned, its errors as sentences.
// Any thread.
#ifndef SLIP_KV_NATS_LIBRARY_H
#define SLIP_KV_NATS_LIBRARY_H

#include <nats/nats.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "base/update.h"

namespace slip {

struct NatsDelete {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
  void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
};
using NatsOptionsPtr = std::unique_ptr<natsOptions, NatsDelete>;
using NatsMessagePtr = std::unique_ptr<natsMsg, NatsDelete>;
class ClientConnection;
using NatsConnectionPtr = std::shared_ptr<ClientConnection>;

// Opens the library where it is not open, and leaves the disposition of SIGPIPE as found. It stays
// open: other users in this process may share it.
Status open_nats_library();

// What the client said last on this thread about a call that returned `status`, without
// credentials.
std::string nats_error_text(natsStatus status);
// For calls that fail for want of memory or by a defect only.
Status nats_status(natsStatus status, const std::string& what);

// Marks the connection's socket close-on-exec. Another thread that forks and executes between the
// client's connect and this call passes the descriptor on.
void set_close_on_exec(natsConnection* connection);

// A fresh, unguessable name that is legal as a subject token.
std::string random_token();

inline Bytes subject_of(natsMsg* message) { return Bytes(natsMsg_GetSubject(message)); }
inline Bytes data_of(natsMsg* message) {
  return Bytes(natsMsg_GetData(message), static_cast<size_t>(natsMsg_GetDataLength(message)));
}
// "" where the message has no such header.
inline Bytes header_of(natsMsg* message, const char* name) {
  const char* value = nullptr;
  if (natsMsgHeader_Get(message, name, &value) != NATS_OK || value == nullptr) return Bytes();
  return Bytes(value);
}

}  // namespace slip
#endif
