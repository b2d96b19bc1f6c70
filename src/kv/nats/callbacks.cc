#include "kv/nats/callbacks.h"

#include <map>
#include <mutex>
#include <new>

#include "base/log.h"
#include "kv/nats/session.h"

namespace slip {
namespace {

struct Living {
  std::mutex mutex;
  std::map<uint64_t, Session*> sessions;
  uint64_t last = 0;
};

// Never destroyed: callbacks may come while the process ends.
Living& living() {
  static Living* const instance = new Living;
  return *instance;
}

void* closure_of(uint64_t number) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(number));
}

}  // namespace

uint64_t NatsCallbacks::learn(Session* session) {
  Living& all = living();
  std::lock_guard<std::mutex> lock(all.mutex);
  all.sessions.emplace(all.last + 1, session);
  return ++all.last;
}

void NatsCallbacks::forget(uint64_t number) noexcept {
  Living& all = living();
  std::lock_guard<std::mutex> lock(all.mutex);
  all.sessions.erase(number);
}

template <typename Function>
void NatsCallbacks::with_session(void* closure, const Function& function) noexcept {
  try {
    Living& all = living();
    std::lock_guard<std::mutex> lock(all.mutex);
    const auto found = all.sessions.find(reinterpret_cast<uintptr_t>(closure));
    if (found != all.sessions.end()) function(*found->second);
  } catch (const std::bad_alloc&) {
    // What waits for this news finds out by its own timeout.
    log_line(SLIP_LOG_ERROR, "kv", "out of memory");
  }
}

void NatsCallbacks::disconnected(natsConnection*, void* closure) {
  with_session(closure, [](Session& session) { session.on_disconnected(); });
}

void NatsCallbacks::reconnected(natsConnection* connection, void* closure) {
  with_session(closure, [&](Session& session) { session.on_reconnected(connection); });
}

void NatsCallbacks::closed(natsConnection* connection, void* closure) {
  with_session(closure, [&](Session& session) { session.on_closed(connection); });
}

void NatsCallbacks::error(natsConnection*, natsSubscription*, natsStatus status, void* closure) {
  if (status != NATS_NOT_PERMITTED) return;
  natsStatus last = NATS_OK;
  const char* const text = nats_GetLastError(&last);  // of this callback
  if (text == nullptr) return;
  with_session(closure, [&](Session& session) { session.on_denied(text); });
}

Status NatsCallbacks::set(natsOptions* options, uint64_t number) {
  void* const closure = closure_of(number);
  natsStatus status = natsOptions_SetDisconnectedCB(options, disconnected, closure);
  if (status == NATS_OK) status = natsOptions_SetReconnectedCB(options, reconnected, closure);
  if (status == NATS_OK) status = natsOptions_SetClosedCB(options, closed, closure);
  if (status == NATS_OK) status = natsOptions_SetErrorHandler(options, error, closure);
  return nats_status(status, "cannot connect");
}

}  // namespace slip
