// What the live tests of the kv room share: a server of the kind that the program was started with,
// connections with options, buckets. Main thread only, but for what says otherwise.
#ifndef TESTS_LIVE_LIVE_H
#define TESTS_LIVE_LIVE_H

#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "kv/follower.h"
#include "kv/kv_support.h"
#include "kv/nats/nats_connection.h"
#include "support/nats_server.h"

namespace live {

using Settings = std::initializer_list<std::pair<const char*, std::string>>;

// "current" or "old", from the command line.
inline int& kind() {
  static int value = TEST_NATS_CURRENT;
  return value;
}
inline bool old_server() { return kind() == TEST_NATS_OLD; }
inline bool take_kind(int argc, char** argv) {
  if (argc != 2) return false;
  kind() = strcmp(argv[1], "old") == 0 ? TEST_NATS_OLD : TEST_NATS_CURRENT;
  return true;
}

// Stopped at the end of the scope; a failed assert jumps over that, and the server dies with the
// program.
struct Server {
  explicit Server(const test_nats_config* config = nullptr)
      : handle(test_nats_start(kind(), config)) {}
  struct Later {};
  explicit Server(Later, const test_nats_config* config = nullptr)
      : handle(test_nats_prepare(kind(), config)) {}
  ~Server() { test_nats_stop(handle); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  std::string url() const { return test_nats_url(handle); }
  std::string address() const { return "127.0.0.1:" + std::to_string(test_nats_port(handle)); }
  int consumers(const std::string& bucket) const {
    return test_nats_consumer_count(handle, ("KV_" + bucket).c_str());
  }
  test_nats_server* const handle;
};

inline slip::Options options(int32_t of_kind, Settings settings) {
  slip::Options made(of_kind);
  for (const auto& [name, value] : settings) assert_ok(made.set_string(name, value));
  return made;
}

inline slip::Result<std::shared_ptr<slip::Connection>> try_connect(const std::string& url,
                                                                   Settings settings = {}) {
  return slip::connect_nats(url, options(SLIP_OPTIONS_CONNECTION, settings));
}

inline std::shared_ptr<slip::Connection> connect(const std::string& url, Settings settings = {}) {
  auto connection = try_connect(url, settings);
  assert_ok(connection);
  return connection.take();
}

inline slip::BucketConfig config(const std::string& name, Settings settings = {}) {
  auto made = slip::bucket_config(name, options(SLIP_OPTIONS_BUCKET, settings));
  assert_ok(made);
  return made.take();
}

inline std::shared_ptr<slip::Bucket> create(slip::Connection& connection, const std::string& name,
                                            Settings settings = {}) {
  auto bucket = connection.create_bucket(config(name, settings));
  assert_ok(bucket);
  return bucket.take();
}

inline uint64_t put(slip::Bucket& bucket, const std::string& key, const std::string& value) {
  const auto revision = slip::bucket_put(bucket, key, value);
  assert_ok(revision);
  return revision.value();
}

// Until the function is true; aborts after half a minute.
template <typename Function>
void await(const char* what, Function function) {
  test_await([](void* user) -> int { return (*static_cast<Function*>(user))() ? 1 : 0; }, &function,
             30000, what);
}

// What a user sees of a connection that is there again: a write goes through.
inline void await_put(slip::Bucket& bucket, const std::string& key, const std::string& value) {
  await("a put to succeed", [&] { return slip::bucket_put(bucket, key, value).ok(); });
}

}  // namespace live
#endif
