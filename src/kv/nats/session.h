// A NATS session: one connection to one of a list of servers, kept up for ever, and what everything
// made of it shares. Buckets, listings and watchers hold it; it ends with the last of them, or with
// close(). Any thread.
//
// The NATS client reconnects by itself, but gives up where a server refuses the credentials twice;
// then, and for the first connection of a lazy session, a thread of ours ("slip-connect") tries
// again and again. Callbacks of the client come at any time, even after a connection is gone: they
// carry a number, which is looked up among the living sessions.
//
// Locks, outermost first: the table of living sessions, the listeners', the session's, the
// requests'.
#ifndef SLIP_KV_NATS_SESSION_H
#define SLIP_KV_NATS_SESSION_H

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/options.h"
#include "kv/bucket.h"
#include "kv/nats/client_connection.h"
#include "kv/nats/requests.h"
#include "kv/nats/server_list.h"

namespace slip {

class Session : public std::enable_shared_from_this<Session> {
 public:
  // Who must know that what it had on the server may be gone. On a thread of the client's; short.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void connection_lost(const Status& reason) noexcept = 0;
    // There is none for now; connection_lost() follows when there is one again, or never will be.
    virtual void connection_down() noexcept = 0;
    // The server forbids this user to publish to the subject, or to subscribe to it.
    virtual void denied(Bytes subject, const Status& reason) noexcept = 0;
  };

  // Connected, or with connect=lazy connecting in the background.
  static Result<std::shared_ptr<Session>> open(const std::string& url, const Options& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void close() noexcept;  // idempotent
  ConnectionState state() const;
  // The connection, to be used now. CLOSED; UNREACHABLE while there is none.
  Result<NatsConnectionPtr> connection() const;
  bool connected() const { return connection().ok(); }
  bool lazy() const { return lazy_; }

  Requests& requests() { return requests_; }
  int64_t request_timeout_ms() const { return request_timeout_ms_; }
  // Before the operation's name: "$JS.API." or "$JS.<domain>.API.".
  const std::string& api_prefix() const { return api_prefix_; }
  // Before a key that is written; with a domain it goes through the domain's API. Updates come with
  // "$KV.<bucket>." in any case.
  std::string write_prefix(const std::string& bucket) const;

  void add_listener(Listener* listener);
  // When it returns, none of the listener's functions runs.
  void remove_listener(Listener* listener) noexcept;

  void note_round_trip(int64_t ns) { round_trip_ns_ = ns; }
  // JetStream has answered once: silence of it is a passing thing then.
  void note_jetstream() { jetstream_seen_ = true; }
  bool jetstream_seen() const { return jetstream_seen_; }

 private:
  struct Stop;
  friend class NatsCallbacks;

  explicit Session(ServerList servers, const Options& options);
  Status prepare(const Options& options);
  Status connect_once();
  Status adopt(natsConnection* made);
  Status connect_on_thread();
  void start_connector() noexcept;
  static void keep_connecting(const std::weak_ptr<Session>& session, Stop* stop) noexcept;
  Status connect_failure(natsStatus status) const;
  Status broke(const char* what_then) const;
  void lose(const Status& reason) noexcept;

  // On the client's callback thread; they may throw.
  void on_disconnected();
  void on_reconnected(natsConnection* connection);
  void on_closed(natsConnection* connection);
  void on_denied(Bytes text);

  const ServerList servers_;
  const bool lazy_;
  const bool signs_;  // logs in with a signature
  const int64_t connect_timeout_ms_;
  const int64_t request_timeout_ms_;
  const int64_t reconnect_wait_ms_;
  std::string api_prefix_;
  std::string domain_;
  NatsOptionsPtr options_;
  uint64_t number_ = 0;  // in the table of living sessions
  const std::shared_ptr<Stop> stop_;

  std::atomic<bool> closing_{false};
  std::atomic<bool> jetstream_seen_{false};
  std::atomic<int64_t> round_trip_ns_{0};
  std::atomic<uint64_t> connects_{0};

  std::mutex listeners_mutex_;
  std::vector<Listener*> listeners_;

  mutable std::mutex mutex_;
  NatsConnectionPtr connection_;
  std::string trouble_;  // why the last try failed
  bool connector_runs_ = false;

  Requests requests_;
};

}  // namespace slip
#endif
