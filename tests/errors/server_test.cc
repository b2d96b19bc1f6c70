// Bad input against a real server: addresses, credentials, permissions, limits. Each sentence is
// also searched for the secrets that were given.
#include "errors/table.h"
#include "support/nats_server.h"

namespace {

using errors::Row;
using errors::tell;
using errors::Told;

constexpr const char* kSecret = "geheim42";

slip_options* connection_options(
    std::initializer_list<std::pair<const char*, const char*>> settings) {
  slip_options* options = nullptr;
  errors::must(slip_options_new(SLIP_OPTIONS_CONNECTION, &options, nullptr), "options");
  for (const auto& [name, value] : settings)
    errors::must(slip_options_set_string(options, name, value, nullptr), name);
  return options;
}

Told connecting(const std::string& url,
                std::initializer_list<std::pair<const char*, const char*>> settings) {
  slip_options* options = connection_options(settings);
  slip_connection* connection = nullptr;
  const Told told =
      tell([&](slip_error** e) { return slip_connect(url.c_str(), options, &connection, e); });
  slip_connection_free(connection);
  slip_options_free(options);
  return told;
}

// A server, a connection to it and its bucket "routes" where it could be made.
struct Served {
  test_nats_server* server = nullptr;
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;

  explicit Served(const test_nats_config* config = nullptr) {
    server = test_nats_start(TEST_NATS_CURRENT, config);
  }
  void connect(std::initializer_list<std::pair<const char*, const char*>> settings = {}) {
    slip_options* options = connection_options(settings);
    errors::must(slip_connect(test_nats_url(server), options, &connection, nullptr), "connect");
    slip_options_free(options);
  }
  void create() {
    errors::must(slip_bucket_create(connection, "routes", nullptr, &bucket, nullptr), "create");
  }
  ~Served() {
    slip_bucket_free(bucket);
    slip_connection_free(connection);
    test_nats_stop(server);
  }
};

std::string with_user(const test_nats_server* server, const std::string& userinfo) {
  return "nats://" + userinfo + "@127.0.0.1:" + std::to_string(test_nats_port(server));
}

Told unreachable() {
  test_nats_server* nobody = test_nats_prepare(TEST_NATS_CURRENT, nullptr);
  const std::string address = "127.0.0.1:" + std::to_string(test_nats_port(nobody));
  const int64_t started = test_now_ms();
  Told told = connecting("nats://tom:" + std::string(kSecret) + "@" + address,
                         {{"connect_timeout_ms", "2000"}});
  if (test_now_ms() - started > 4000) told.sentence = "it took longer than the connect timeout";
  if (told.sentence.find(address) == std::string::npos)
    told.sentence = address + " is not named: " + told.sentence;
  test_nats_stop(nobody);
  return told;
}

Told frozen() {
  Served served;
  test_nats_freeze(served.server);
  const int64_t started = test_now_ms();
  Told told = connecting(test_nats_url(served.server), {{"connect_timeout_ms", "500"}});
  if (test_now_ms() - started > 3000) told.sentence = "it took longer than the connect timeout";
  test_nats_thaw(served.server);
  // Which of the two it is depends on where the silence begins; both name the address.
  if (told.status == SLIP_TIMEOUT) told.status = SLIP_UNREACHABLE;
  return told;
}

Told wrong_password() {
  test_nats_config config = {};
  config.user = "tom";
  config.password = "right";
  Served served(&config);
  return connecting(test_nats_url(served.server), {{"user", "tom"}, {"password", kSecret}});
}

Told wrong_password_in_the_url() {
  test_nats_config config = {};
  config.user = "tom";
  config.password = "right";
  Served served(&config);
  return connecting(with_user(served.server, "tom:" + std::string(kSecret)), {});
}

Told wrong_token() {
  test_nats_config config = {};
  config.token = "right";
  Served served(&config);
  return connecting(test_nats_url(served.server), {{"token", kSecret}});
}

// May talk to JetStream, but not write to the bucket's subjects.
Told permission_denied() {
  test_nats_config config = {};
  config.text =
      "accounts { A { jetstream: enabled, users: [\n"
      "  {user: maker, password: maker},\n"
      "  {user: reader, password: geheim42, permissions: {publish: {deny: [\"$KV.routes.>\"]}}}\n"
      "] } }\n";
  Served served(&config);
  served.connect({{"user", "maker"}, {"password", "maker"}});
  served.create();
  slip_options* options = connection_options(
      {{"user", "reader"}, {"password", kSecret}, {"request_timeout_ms", "2000"}});
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  errors::must(slip_connect(test_nats_url(served.server), options, &connection, nullptr),
               "connect");
  errors::must(slip_bucket_open(connection, "routes", nullptr, &bucket, nullptr), "open");
  const Told told =
      tell([&](slip_error** e) { return slip_bucket_put(bucket, "key", 3, "v", 1, nullptr, e); });
  slip_bucket_free(bucket);
  slip_connection_free(connection);
  slip_options_free(options);
  return told;
}

Told jetstream_off() {
  test_nats_config config = {};
  config.no_jetstream = 1;
  Served served(&config);
  served.connect();
  slip_bucket* bucket = nullptr;
  return tell([&](slip_error** e) {
    return slip_bucket_open(served.connection, "routes", nullptr, &bucket, e);
  });
}

Told missing_bucket() {
  Served served;
  served.connect();
  slip_bucket* bucket = nullptr;
  return tell([&](slip_error** e) {
    return slip_bucket_open(served.connection, "nowhere", nullptr, &bucket, e);
  });
}

Told deleting_a_missing_bucket() {
  Served served;
  served.connect();
  return tell([&](slip_error** e) { return slip_bucket_delete(served.connection, "nowhere", e); });
}

Told another_configuration() {
  Served served;
  served.connect();
  served.create();
  slip_options* options = nullptr;
  slip_bucket* bucket = nullptr;
  errors::must(slip_options_new(SLIP_OPTIONS_BUCKET, &options, nullptr), "options");
  errors::must(slip_options_set_u64(options, "history", 9, nullptr), "history");
  const Told told = tell([&](slip_error** e) {
    return slip_bucket_create(served.connection, "routes", options, &bucket, e);
  });
  slip_bucket_free(bucket);
  slip_options_free(options);
  return told;
}

Told value_over_the_message_limit() {
  test_nats_config config = {};
  config.text = "max_payload: 65536\n";
  Served served(&config);
  served.connect();
  served.create();
  const std::string value(70000, 'v');
  return tell([&](slip_error** e) {
    return slip_bucket_put(served.bucket, "key", 3, value.data(), value.size(), nullptr, e);
  });
}

Told value_over_the_bucket_limit() {
  Served served;
  served.connect();
  slip_options* options = nullptr;
  errors::must(slip_options_new(SLIP_OPTIONS_BUCKET, &options, nullptr), "options");
  errors::must(slip_options_set_u64(options, "max_value_size", 100, nullptr), "max_value_size");
  errors::must(slip_bucket_create(served.connection, "routes", options, &served.bucket, nullptr),
               "create");
  slip_options_free(options);
  const std::string value(5000, 'v');
  return tell([&](slip_error** e) {
    return slip_bucket_put(served.bucket, "key", 3, value.data(), value.size(), nullptr, e);
  });
}

Told full_bucket() {
  Served served;
  served.connect();
  slip_options* options = nullptr;
  errors::must(slip_options_new(SLIP_OPTIONS_BUCKET, &options, nullptr), "options");
  errors::must(slip_options_set_u64(options, "max_bytes", 20000, nullptr), "max_bytes");
  errors::must(slip_bucket_create(served.connection, "routes", options, &served.bucket, nullptr),
               "create");
  slip_options_free(options);
  const std::string value(4000, 'v');
  Told told;
  for (int i = 0; i < 10 && told.status == SLIP_OK; ++i) {
    const std::string key = "key." + std::to_string(i);
    told = tell([&](slip_error** e) {
      return slip_bucket_put(served.bucket, key.data(), key.size(), value.data(), value.size(),
                             nullptr, e);
    });
  }
  return told;
}

Told wrong_revision() {
  Served served;
  served.connect();
  served.create();
  errors::must(slip_bucket_put(served.bucket, "key", 3, "v", 1, nullptr, nullptr), "put");
  return tell([&](slip_error** e) {
    return slip_bucket_put_if(served.bucket, "key", 3, "v", 1, 9, nullptr, e);
  });
}

Told server_gone() {
  Served served;
  served.connect({{"request_timeout_ms", "1000"}});
  served.create();
  test_nats_kill(served.server);
  slip_entry* entry = nullptr;
  Told told =
      tell([&](slip_error** e) { return slip_bucket_get(served.bucket, "key", 3, &entry, e); });
  // A request that was on its way when the server died has no answer in time instead.
  if (told.status == SLIP_TIMEOUT) told.status = SLIP_UNREACHABLE;
  return told;
}

Told lazy_without_a_server() {
  test_nats_server* nobody = test_nats_prepare(TEST_NATS_CURRENT, nullptr);
  slip_options* options = connection_options({{"connect", "lazy"}, {"request_timeout_ms", "300"}});
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  errors::must(slip_connect(test_nats_url(nobody), options, &connection, nullptr), "lazy connect");
  errors::must(slip_bucket_open(connection, "routes", nullptr, &bucket, nullptr), "lazy open");
  const Told told =
      tell([&](slip_error** e) { return slip_bucket_put(bucket, "key", 3, "v", 1, nullptr, e); });
  slip_bucket_free(bucket);
  slip_connection_free(connection);
  slip_options_free(options);
  test_nats_stop(nobody);
  return told;
}

std::vector<Row> all_rows() {
  return {
      {"a server that is not there",
       SLIP_UNREACHABLE,
       {"127.0.0.1"},
       unreachable,
       {kSecret, "tom"}},
      {"a server that does not answer", SLIP_UNREACHABLE, {"127.0.0.1"}, frozen},
      {"a wrong password", SLIP_UNAUTHORIZED, {"127.0.0.1"}, wrong_password, {kSecret, "right"}},
      {"a wrong password in the address",
       SLIP_UNAUTHORIZED,
       {"127.0.0.1"},
       wrong_password_in_the_url,
       {kSecret, "right"}},
      {"a wrong token", SLIP_UNAUTHORIZED, {"127.0.0.1"}, wrong_token, {kSecret, "right"}},
      {"a write that is not permitted",
       SLIP_PERMISSION_DENIED,
       {"routes"},
       permission_denied,
       {kSecret}},
      {"JetStream switched off", SLIP_NO_JETSTREAM, {"JetStream"}, jetstream_off},
      {"a bucket that there is not", SLIP_BUCKET_NOT_FOUND, {"nowhere"}, missing_bucket},
      {"deleting a bucket that there is not",
       SLIP_BUCKET_NOT_FOUND,
       {"nowhere"},
       deleting_a_missing_bucket},
      {"a bucket of another configuration",
       SLIP_BUCKET_EXISTS,
       {"routes", "history"},
       another_configuration},
      {"a value over the server's limit",
       SLIP_TOO_LARGE,
       {"70000", "65536"},
       value_over_the_message_limit},
      {"a value over the bucket's limit", SLIP_TOO_LARGE, {"key"}, value_over_the_bucket_limit},
      {"a bucket that is full", SLIP_BUCKET_FULL, {"routes"}, full_bucket},
      {"a wrong revision", SLIP_CONFLICT, {"key", "9"}, wrong_revision},
      {"a server that went away", SLIP_UNREACHABLE, {"routes"}, server_gone},
      {"a lazy connection without a server", SLIP_UNREACHABLE, {"routes"}, lazy_without_a_server},
  };
}

}  // namespace

int main() {
  static std::vector<Row> rows = all_rows();
  return errors::run_table("errors of servers", rows);
}
