#include "kv/nats/session.h"

#include <algorithm>
#include <new>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/thread.h"
#include "kv/nats/callbacks.h"
#include "kv/nats/connect_options.h"
#include "kv/nats/signals.h"

namespace slip {
namespace {

Status closed() noexcept {
  try {
    return Status(SLIP_CLOSED, "the connection was closed", false);
  } catch (const std::bad_alloc&) {
    return Status(SLIP_CLOSED, "closed", false);  // short enough to need no memory
  }
}

// The client (3.4.1) leaves out a signature whose first byte is zero, so that one good login in 256
// is refused. Another try signs another challenge.
constexpr int kSignedLoginsMax = 3;

bool is_domain(const std::string& domain) {
  return domain.find_first_of(".*> \t\r\n") == std::string::npos;
}

}  // namespace

// Ends the wait between two tries.
struct Session::Stop {
  std::mutex mutex;
  std::condition_variable changed;
  bool stopped = false;

  void stop() {
    std::lock_guard<std::mutex> lock(mutex);
    stopped = true;
    changed.notify_all();
  }
  bool wait_ms(int64_t ms) {
    std::unique_lock<std::mutex> lock(mutex);
    return changed.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopped; });
  }
};

Session::Session(ServerList servers, const Options& options)
    : servers_(std::move(servers)),
      lazy_(options.string("connect") == "lazy"),
      signs_(options.is_set("creds_file") || options.is_set("nkey_seed_file")),
      connect_timeout_ms_(static_cast<int64_t>(options.u64("connect_timeout_ms"))),
      request_timeout_ms_(static_cast<int64_t>(options.u64("request_timeout_ms"))),
      reconnect_wait_ms_(static_cast<int64_t>(options.u64("reconnect_wait_ms"))),
      domain_(options.string("js_domain")),
      stop_(std::make_shared<Stop>()) {
  api_prefix_ = domain_.empty() ? "$JS.API." : "$JS." + domain_ + ".API.";
}

Session::~Session() {
  close();
  if (number_ != 0) NatsCallbacks::forget(number_);
}

Status Session::prepare(const Options& options) {
  if (!is_domain(domain_)) {
    return Status(SLIP_INVALID, "cannot connect: option \"js_domain\" is not one subject token");
  }
  SLIP_TRY(open_nats_library());
  SLIP_ASSIGN(options_, make_nats_options(servers_, options));
  number_ = NatsCallbacks::learn(this);
  return NatsCallbacks::set(options_.get(), number_);
}

Result<std::shared_ptr<Session>> Session::open(const std::string& url, const Options& options) {
  SLIP_ASSIGN(ServerList servers, parse_servers(url, options.list("servers")));
  const std::shared_ptr<Session> session(new Session(std::move(servers), options));
  SLIP_TRY(session->prepare(options));
  if (session->lazy_) {
    session->start_connector();
  } else {
    SLIP_TRY(session->connect_on_thread());
  }
  return session;
}

// On a thread of its own, so that the caller's keeps its signals while it waits: those that the
// client makes meanwhile inherit a mask that blocks all.
Status Session::connect_on_thread() {
  Status status;
  std::thread thread;
  SLIP_TRY(start_thread(
      "connect",
      [&] {
        try {
          status = connect_once();
        } catch (const std::bad_alloc&) {
          status = Status(SLIP_OUT_OF_MEMORY, "out of memory");
        }
      },
      &thread));
  thread.join();
  return status;
}

Status Session::connect_once() {
  natsConnection* made = nullptr;
  natsStatus result = natsConnection_Connect(&made, options_.get());
  for (int tries = 1; signs_ && tries < kSignedLoginsMax; ++tries) {
    if (result != NATS_CONNECTION_AUTH_FAILED || closing_) break;
    result = natsConnection_Connect(&made, options_.get());
  }
  if (result == NATS_OK) return adopt(made);
  Status failure = connect_failure(result);
  std::lock_guard<std::mutex> lock(mutex_);
  trouble_ = failure.message();
  return failure;
}

Status Session::adopt(natsConnection* made) {
  ClientConnection::Owned owned(made);
  set_close_on_exec(made);
  auto connection = std::make_shared<ClientConnection>(std::move(owned));
  SLIP_TRY(requests_.begin(connection));
  bool first = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!closing_) {
      connection_.swap(connection);
      trouble_.clear();
      first = connects_++ == 0;
    }
  }
  if (closing_) {
    requests_.end(closed());
    return closed();
  }
  if (!first) lose(broke(" and was made anew"));
  return Status();
}

Status Session::connect_failure(natsStatus status) const {
  const std::string what = "cannot connect to " + servers_.addresses + ": ";
  const std::string text = nats_error_text(status);
  switch (status) {
    case NATS_CONNECTION_AUTH_FAILED:
      return Status(SLIP_UNAUTHORIZED, what + "the server refused the credentials (" + text + ")");
    case NATS_TIMEOUT:
      return Status(SLIP_TIMEOUT,
                    what + "no answer within " + std::to_string(connect_timeout_ms_) + " ms");
    case NATS_SECURE_CONNECTION_REQUIRED:
      return Status(SLIP_UNREACHABLE, what + "the server wants TLS (use tls://)", false);
    case NATS_SECURE_CONNECTION_WANTED:
      return Status(SLIP_UNREACHABLE, what + "the server offers no TLS (use nats://)", false);
    case NATS_SSL_ERROR:
      return Status(SLIP_UNREACHABLE, what + "TLS failed (" + text + ")", false);
    case NATS_NO_MEMORY:
      return Status(SLIP_OUT_OF_MEMORY, what + text);
    case NATS_INVALID_ARG:
    case NATS_ADDRESS_MISSING:
      return Status(SLIP_INVALID, what + text);
    default:
      return Status(SLIP_UNREACHABLE, what + text + " (is the server running there?)");
  }
}

void Session::start_connector() noexcept {
  try {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (connector_runs_ || closing_) return;
      connector_runs_ = true;
    }
    std::thread thread;
    const Status status = start_thread(
        "connect",
        [session = weak_from_this(), stop = stop_] { keep_connecting(session, stop.get()); },
        &thread);
    if (status.ok()) {
      // It ends by itself, at the latest when the try that it is in does.
      thread.detach();
      return;
    }
    log_line(SLIP_LOG_ERROR, "kv", status.message());
  } catch (const std::bad_alloc&) {
  }
  std::lock_guard<std::mutex> lock(mutex_);
  connector_runs_ = false;
}

void Session::keep_connecting(const std::weak_ptr<Session>& weak, Stop* stop) noexcept {
  for (;;) {
    int64_t wait_ms = 0;
    {
      const std::shared_ptr<Session> session = weak.lock();
      if (session == nullptr || session->closing_) return;
      try {
        const bool connected = session->connect_once().ok();
        std::lock_guard<std::mutex> lock(session->mutex_);
        // One that was closed meanwhile found this thread still running, and did not start another.
        const bool lost =
            session->connection_ != nullptr && natsConnection_IsClosed(session->connection_->get());
        if ((connected && !lost) || session->closing_) {
          session->connector_runs_ = false;
          return;
        }
      } catch (const std::bad_alloc&) {  // as good as a failed try
      }
      wait_ms = session->reconnect_wait_ms_;
    }
    if (stop->wait_ms(wait_ms + backoff_ms(0, (wait_ms + 1) / 2, wait_ms))) return;
  }
}

void Session::close() noexcept {
  NatsConnectionPtr connection;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closing_) return;
    closing_ = true;
    connection.swap(connection_);
  }
  stop_->stop();
  const Status reason = closed();
  requests_.end(reason);
  lose(reason);
  if (connection == nullptr) return;
  connection->close();  // for those who still hold it, too
}

ConnectionState Session::state() const {
  ConnectionState state = SLIP_CONNECTION_STATE_INIT;
  state.state = closing_ ? SLIP_CONNECTION_CLOSED : SLIP_CONNECTION_CONNECTING;
  const uint64_t connects = connects_;
  state.reconnects = connects > 0 ? connects - 1 : 0;
  state.round_trip_ns = round_trip_ns_;
  const Result<NatsConnectionPtr> current = connection();
  if (!current.ok()) return state;
  state.state = SLIP_CONNECTION_CONNECTED;
  const int64_t max_payload = natsConnection_GetMaxPayload(current.value()->get());
  state.max_payload_bytes = max_payload > 0 ? static_cast<uint64_t>(max_payload) : 0;
  return state;
}

Result<NatsConnectionPtr> Session::connection() const {
  if (closing_) return closed();
  std::lock_guard<std::mutex> lock(mutex_);
  const bool usable = connection_ != nullptr &&
                      natsConnection_Status(connection_->get()) == NATS_CONN_STATUS_CONNECTED;
  if (usable) return connection_;
  std::string sentence = "not connected to " + servers_.addresses + " (it is tried again and again";
  if (!trouble_.empty()) sentence += "; last: " + trouble_;
  return Status(SLIP_UNREACHABLE, sentence + ")");
}

std::string Session::write_prefix(const std::string& bucket) const {
  return (domain_.empty() ? std::string() : api_prefix_) + "$KV." + bucket + ".";
}

void Session::add_listener(Listener* listener) {
  std::lock_guard<std::mutex> lock(listeners_mutex_);
  listeners_.push_back(listener);
}

void Session::remove_listener(Listener* listener) noexcept {
  std::lock_guard<std::mutex> lock(listeners_mutex_);
  listeners_.erase(std::remove(listeners_.begin(), listeners_.end(), listener), listeners_.end());
}

void Session::lose(const Status& reason) noexcept {
  std::lock_guard<std::mutex> lock(listeners_mutex_);
  for (Listener* listener : listeners_) listener->connection_lost(reason);
}

Status Session::broke(const char* what_then) const {
  return Status(SLIP_UNREACHABLE, "the connection to " + servers_.addresses + " broke" + what_then,
                true);
}

void Session::on_disconnected() {
  requests_.fail_all(broke(""));
  if (closing_) return;
  std::lock_guard<std::mutex> lock(listeners_mutex_);
  for (Listener* listener : listeners_) listener->connection_down();
}

// What was made of memory on the server may be gone, and its silence would tell it late.
void Session::on_reconnected(natsConnection* connection) {
  set_close_on_exec(connection);
  ++connects_;
  lose(broke(" and was made anew"));
}

void Session::on_closed(natsConnection* connection) {
  if (closing_) return;
  requests_.fail_all(broke(""));
  const char* text = nullptr;
  natsConnection_GetLastError(connection, &text);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (connection_ == nullptr || connection_->get() != connection) return;
    trouble_ = text != nullptr ? text : "";
  }
  start_connector();
}

// `Permissions Violation for Publish to "SUBJECT"`, or for a subscription.
void Session::on_denied(Bytes text) {
  const size_t begin = text.find('"');
  const size_t end = begin == Bytes::npos ? begin : text.find('"', begin + 1);
  if (end == Bytes::npos) return;
  const Bytes subject = text.substr(begin + 1, end - begin - 1);
  const bool publish = text.find("ublish") < begin;
  const Status reason(SLIP_PERMISSION_DENIED, std::string("the server forbids this user to ") +
                                                  (publish ? "publish to \"" : "subscribe to \"") +
                                                  std::string(subject) + "\"");
  if (publish) {
    requests_.fail_those_to(subject, reason);
  } else if (requests_.is_reply_subject(subject)) {
    requests_.refuse(reason);
  }
  std::lock_guard<std::mutex> lock(listeners_mutex_);
  for (Listener* listener : listeners_) listener->denied(subject, reason);
}

}  // namespace slip
