// What servers refuse, limit, or do not have; and what a broken connection does to writes.
//   server_test current|old
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/guard.h"
#include "live/credentials.h"
#include "live/live.h"

using namespace slip;  // NOLINT: the tests speak of nothing else
using kv_test::Follower;
using kv_test::write_of;
using live::Server;

namespace {

void jetstream_is_off(void**) {
  test_nats_config config{};
  config.no_jetstream = 1;
  const Server server(&config);
  const auto connection = live::connect(server.url());
  assert_status(connection->create_bucket(live::config("b")), SLIP_NO_JETSTREAM,
                "cannot create bucket \"b\"", "JetStream");
  assert_status(connection->open_bucket("b"), SLIP_NO_JETSTREAM, "cannot open bucket \"b\"");
}

void jetstream_is_off_for_the_account(void**) {
  test_nats_config config{};
  config.text =
      "accounts { WITH: { jetstream: enabled, users: [ {user: a, password: a} ] },"
      " WITHOUT: { users: [ {user: b, password: b} ] } }";
  const Server server(&config);
  const auto with = live::connect(server.url(), {{"user", "a"}, {"password", "a"}});
  live::put(*live::create(*with, "b"), "a", "v");
  const auto without = live::connect(server.url(), {{"user", "b"}, {"password", "b"}});
  assert_status(without->open_bucket("b"), SLIP_NO_JETSTREAM, "cannot open bucket \"b\"");
}

void permission_is_denied(void**) {
  test_nats_config config{};
  config.text =
      "authorization { users = ["
      " {user: all, password: p},"
      " {user: reader, password: p, permissions: { publish: { deny: [\"$KV.b.secret.>\","
      "   \"$JS.API.STREAM.CREATE.>\", \"$JS.API.CONSUMER.CREATE.KV_c.>\","
      "   \"$JS.API.CONSUMER.MSG.NEXT.KV_d.>\"] } } },"
      " {user: deaf, password: p, permissions: { subscribe: { deny: \"_INBOX.>\" } } } ] }";
  const Server server(&config);
  const auto all = live::connect(server.url(), {{"user", "all"}, {"password", "p"}});
  for (const char* name : {"b", "c", "d"}) live::put(*live::create(*all, name), "a", "v");
  const auto reader = live::connect(server.url(), {{"user", "reader"}, {"password", "p"}});
  const auto bucket = reader->open_bucket("b").take();
  const int64_t before = test_now_ms();
  assert_status(reader->create_bucket(live::config("new")), SLIP_PERMISSION_DENIED,
                "cannot create bucket \"new\"", "publish to \"$JS.API.STREAM.CREATE.KV_new\"");
  assert_status(bucket_put(*bucket, "secret.1", "v"), SLIP_PERMISSION_DENIED,
                "publish to \"$KV.b.secret.1\"");
  // In the middle of others, for each its own.
  const Write writes[] = {write_of(SLIP_PUT, "x.1", "v"), write_of(SLIP_PUT, "secret.2", "v"),
                          write_of(SLIP_PUT, "x.2", "v"), write_of(SLIP_PUT, "secret.3", "v")};
  WriteResult results[4];
  assert_status(bucket_write_many(*bucket, writes, 4, results), SLIP_PERMISSION_DENIED, "item 1",
                "secret.2");
  assert_int_equal(results[0].status, SLIP_OK);
  assert_int_equal(results[1].status, SLIP_PERMISSION_DENIED);
  assert_int_equal(results[2].revision, 3);
  assert_int_equal(results[3].status, SLIP_PERMISSION_DENIED);
  // A watch: refused when it is made, or when it asks for updates.
  Follower follower;
  const auto no_consumer = reader->open_bucket("c").take();
  assert_false(follower.start(*no_consumer, 1));
  assert_true(follower.trouble.find("$JS.API.CONSUMER.CREATE.KV_c.") != std::string::npos);
  const auto no_pulls = reader->open_bucket("d").take();
  follower.trouble.clear();
  assert_true(follower.start(*no_pulls, 1));
  while (follower.reason.ok()) follower.step(deadline_after_ms(10000));
  assert_status(follower.reason, SLIP_PERMISSION_DENIED, "$JS.API.CONSUMER.MSG.NEXT.KV_d.");
  assert_false(follower.reason.retriable());
  // None of it waited for a timeout (10 s each).
  assert_true(test_now_ms() - before < 8000);
  const auto deaf = live::connect(server.url(), {{"user", "deaf"}, {"password", "p"}});
  assert_status(deaf->open_bucket("b"), SLIP_PERMISSION_DENIED, "subscribe to \"_INBOX.");
  assert_true(test_now_ms() - before < 8000);
}

void values_over_the_limits(void**) {
  test_nats_config config{};
  config.text = "max_payload: 100000";
  const Server server(&config);
  const auto connection = live::connect(server.url());
  assert_int_equal(connection->state().max_payload_bytes, 100000);
  const auto bucket = live::create(*connection, "b", {{"max_value_size", "5000"}});
  assert_status(bucket_put(*bucket, "a", std::string(100001, 'v')), SLIP_TOO_LARGE,
                "cannot put key \"a\" in bucket \"b\"", "100001", "100000");
  assert_status(bucket_put(*bucket, "a", std::string(6000, 'v')), SLIP_TOO_LARGE, "6000", "10054");
  live::put(*bucket, "a", "fits");
}

void configurations_are_compared(void**) {
  const Server server;
  const auto connection = live::connect(server.url());
  live::create(*connection, "b", {{"history", "3"}, {"max_age_ms", "60000"}});
  assert_status(connection->create_bucket(live::config("b", {{"history", "4"}})),
                SLIP_BUCKET_EXISTS, "history is 3, not 4", "max_age_ns is 60000000000, not 0");
  // Another description makes no other bucket.
  live::create(*connection, "b",
               {{"history", "3"}, {"max_age_ms", "60000"}, {"description", "routes"}});
  assert_status(connection->create_bucket(live::config("r", {{"replicas", "3"}})), SLIP_UNSUPPORTED,
                "cannot create bucket \"r\"", "10074");
  const live::Settings markers = {{"marker_ttl_ms", "5000"}};
  if (!live::old_server()) {
    const auto bucket = live::create(*connection, "m", markers);
    assert_int_equal(bucket->info().value().marker_ttl_ns, 5000000000);
    assert_int_equal(bucket->info().value().per_message_ttl, 1);
    return;
  }
  // 2.9 takes the configuration without a word and leaves out what it does not know.
  assert_status(connection->create_bucket(live::config("m", markers)), SLIP_CONFIG_MISMATCH,
                "bucket \"m\" exists now", "marker_ttl_ns is 0, not 5000000000",
                "accept_differences");
#ifdef SLIP_TEST_GUARDS
  guard_switch("config_echo", false);
  assert_ok(connection->create_bucket(live::config("m", markers)));
  guard_switch("config_echo", true);
#endif
  const auto bucket =
      live::create(*connection, "m", {{"marker_ttl_ms", "5000"}, {"accept_differences", "true"}});
  live::put(*bucket, "a", "v");
}

void lives_need_a_server_that_knows_them(void**) {
  const Server server;
  const auto bucket = live::create(*live::connect(server.url()), "b");
  Write write = write_of(SLIP_PUT, "a", "v");
  write.ttl_ns = 1000000000;
  WriteResult result;
  assert_status(bucket_write_many(*bucket, &write, 1, &result), SLIP_UNSUPPORTED, "marker_ttl_ms",
                "2.11");
  assert_int_equal(result.status, SLIP_UNSUPPORTED);
  assert_int_equal(bucket->info().value().last_revision, 0);
}

void lives_without_end_are_read_back(void**) {
  if (live::old_server()) return;
  const Server server;
  const auto bucket = live::create(*live::connect(server.url()), "b", {{"marker_ttl_ms", "5000"}});
  Write writes[] = {write_of(SLIP_PUT, "for.ever", "v"), write_of(SLIP_PUT, "a.while", "v")};
  writes[0].ttl_ns = SLIP_TTL_NEVER;
  writes[1].ttl_ns = int64_t{90} * 1000000000;
  WriteResult results[2];
  assert_ok(bucket_write_many(*bucket, writes, 2, results));
  assert_true(bucket_get(*bucket, "for.ever").value().update().ttl_ns == SLIP_TTL_NEVER);
  assert_int_equal(bucket_get(*bucket, "a.while").value().update().ttl_ns, 90000000000);
  Follower follower;
  assert_true(follower.start(*bucket, 1));
  assert_true(follower.follow_to(2));
  assert_int_equal(follower.batch.updates()[follower.batch.size() - 1].ttl_ns, 90000000000);
}

// The server goes away under a stream of writes: each is written, refused, or of unknown fate, and
// what is acknowledged is there.
void the_connection_breaks_under_writes(void**) {
  const Server server;
  const auto connection = live::connect(server.url(), {{"reconnect_wait_ms", "50"}});
  const auto bucket = live::create(*connection, "b");
  std::vector<std::string> keys;
  std::vector<Write> writes;
  for (int i = 0; i < 200000; ++i) keys.push_back("key." + std::to_string(i));
  for (const std::string& key : keys) writes.push_back(write_of(SLIP_PUT, key, key));
  std::vector<WriteResult> results(writes.size());
  Status status;
  std::thread writer(
      [&] { status = bucket_write_many(*bucket, writes.data(), writes.size(), results.data()); });
  const auto other = live::connect(server.url());
  const auto same = other->open_bucket("b").take();
  live::await("some writes", [&] { return same->info().value().last_revision > 20000; });
  test_nats_kill(server.handle);
  writer.join();
  assert_false(status.ok());
  assert_true(status.is(SLIP_INDETERMINATE) || status.is(SLIP_UNREACHABLE));
  test_nats_restart(server.handle);
  live::await("the bucket", [&] { return bucket->info().ok(); });
  size_t written = 0, unknown = 0, unsent = 0;
  for (size_t i = 0; i < results.size(); ++i) {
    if (results[i].status == SLIP_OK) {
      ++written;
      assert_true(results[i].revision > 0);
    } else {
      assert_int_equal(results[i].revision, 0);
      if (results[i].status == SLIP_INDETERMINATE) ++unknown;
      if (results[i].status == SLIP_UNREACHABLE) ++unsent;
    }
  }
  printf("written %zu, unknown %zu, unsent %zu\n", written, unknown, unsent);
  assert_int_equal(written + unknown + unsent, results.size());
  assert_true(written > 0 && unknown > 0 && unknown <= 4096);
  // Nothing that was acknowledged is lost, nothing that was never sent is there.
  const uint64_t last = bucket->info().value().last_revision;
  assert_true(last >= written && last <= written + unknown);
  assert_text(bucket_get(*bucket, keys[written - 1]).value().value().data(), keys[written - 1]);
}

void a_frozen_server_leaves_writes_unknown(void**) {
  const Server server;
  const auto connection = live::connect(server.url(), {{"request_timeout_ms", "300"}});
  const auto bucket = live::create(*connection, "b");
  test_nats_freeze(server.handle);
  const int64_t before = test_now_ms();
  assert_status(bucket_put(*bucket, "a", "v"), SLIP_INDETERMINATE, "\"a\"", "300 ms");
  assert_status(bucket->info(), SLIP_TIMEOUT, "STREAM.INFO", "300 ms");
  assert_true(bucket->info().status().retriable());
  assert_true(test_now_ms() - before < 5000);
  test_nats_thaw(server.handle);
  live::await_put(*bucket, "b", "w");
}

// Whether the kernel has the thread wait for something.
bool sleeps(int thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/stat";
  FILE* const file = fopen(path.c_str(), "re");
  if (file == nullptr) return false;
  char line[512] = "";
  const size_t size = fread(line, 1, sizeof line - 1, file);
  fclose(file);
  const std::string stat(line, size);
  const size_t end = stat.rfind(')');
  return end != std::string::npos && stat.substr(end, 3) == ") S";
}

// Far more than sockets hold: the writer hangs in the kernel until the connection is given up.
void closing_does_not_wait_for_a_frozen_server(void**) {
  const Server server;
  const auto connection = live::connect(server.url());
  const auto bucket = live::create(*connection, "b");
  const std::string value(500000, 'v');
  std::vector<Write> writes(200, write_of(SLIP_PUT, "k", value));
  std::vector<WriteResult> results(writes.size());
  live::put(*bucket, "k", "v");
  test_nats_freeze(server.handle);
  Status status;
  std::atomic<int> writer_id{0};
  std::thread writer([&] {
    writer_id = gettid();
    status = bucket_write_many(*bucket, writes.data(), writes.size(), results.data());
  });
  live::await("the writer to hang", [&] { return writer_id != 0 && sleeps(writer_id); });
  const int64_t before = test_now_ms();
  assert_ok(connection->close());
  assert_true(test_now_ms() - before < 5000);
  writer.join();
  assert_true(test_now_ms() - before < 5000);
  for (const WriteResult& result : results) {
    assert_true(result.status == SLIP_INDETERMINATE || result.status == SLIP_CLOSED ||
                result.status == SLIP_UNREACHABLE);
  }
  assert_false(status.ok());
}

void lazy_until_the_server_appears(void**) {
  const Server server(Server::Later{});
  const auto connection =
      live::connect(server.url(), {{"connect", "lazy"}, {"reconnect_wait_ms", "50"}});
  const auto opened = connection->open_bucket("b");
  assert_ok(opened);
  const auto bucket = opened.value();
  live::await("the first try to fail", [&] {
    return bucket->info().status().message().find("cannot connect") != std::string::npos;
  });
  assert_int_equal(connection->state().state, SLIP_CONNECTION_CONNECTING);
  assert_status(bucket->info(), SLIP_UNREACHABLE, server.address(), "again");
  assert_status(bucket_put(*bucket, "a", "v"), SLIP_UNREACHABLE, server.address());
  assert_status(connection->create_bucket(live::config("b")), SLIP_UNREACHABLE, server.address());
  assert_status(bucket->list("", true), SLIP_UNREACHABLE, server.address());
  test_nats_restart(server.handle);
  live::await("the connection",
              [&] { return connection->state().state == SLIP_CONNECTION_CONNECTED; });
  live::create(*connection, "b");
  live::put(*bucket, "a", "v");
  assert_int_equal(connection->state().reconnects, 0);
  assert_true(connection->state().round_trip_ns > 0);
}

// The client gives up a connection whose credentials are refused twice. We do not.
void credentials_refused_for_a_while(void**) {
  test_nats_config config{};
  config.user = "me";
  config.password = "right";
  const Server server(&config);
  config.password = "another";
  const Server other(Server::Later{}, &config);
  const std::string both = server.address() + "," + other.address();
  const auto connection = live::connect("nats://me:right@" + both, {{"reconnect_wait_ms", "20"}});
  const auto bucket = live::create(*connection, "b");
  Follower follower;
  assert_true(follower.start(*bucket, 1));
  test_nats_kill(server.handle);
  test_nats_restart(other.handle);
  live::await("refusals to be told", [&] {
    return bucket->info().status().message().find("Authorization Violation") != std::string::npos;
  });
  assert_int_equal(connection->state().state, SLIP_CONNECTION_CONNECTING);
  assert_true(bucket->info().status().message().find("right") == std::string::npos);
  test_nats_kill(other.handle);
  test_nats_restart(server.handle);
  live::await_put(*bucket, "a", "v");
  while (follower.reason.ok()) follower.step(deadline_after_ms(10000));
  assert_true(follower.reason.retriable());
  assert_true(follower.start(*bucket, 1));
  assert_true(follower.follow_to(1));
  assert_true(connection->state().reconnects >= 1);
}

void a_jetstream_domain(void**) {
  test_nats_config config{};
  config.js_domain = "hub";
  const Server server(&config);
  const auto connection = live::connect(server.url(), {{"js_domain", "hub"}});
  const auto bucket = live::create(*connection, "b");
  assert_int_equal(live::put(*bucket, "a", "v"), 1);
  assert_ok(bucket_remove(*bucket, "a"));
  Follower follower;
  assert_true(follower.start(*bucket, 1));
  assert_true(follower.follow_to(2));
  assert_text(follower.text(), "a-@2");
  assert_status(live::connect(server.url(), {{"js_domain", "none"}})->open_bucket("b"),
                SLIP_NO_JETSTREAM, "b");
}

// Newer servers may answer with longer reply subjects.
void the_second_form_of_ack_subjects(void**) {
  if (live::old_server()) return;
  test_nats_config config{};
  config.text = "feature_flags { js_ack_fc_v2: true }";
  const Server server(&config);
  const auto bucket = live::create(*live::connect(server.url()), "b");
  Follower follower;
  assert_true(follower.start(*bucket, 1));
  for (int i = 0; i < 50; ++i) live::put(*bucket, "k" + std::to_string(i), "v");
  assert_true(follower.follow_to(50));
  assert_int_equal(follower.updates.size(), 50);
  assert_ok(bucket->list("", true).value()->next());
}

// A server that refuses the first login and takes the second.
void a_signed_login_is_tried_again(void**) {
  const live::NKey key = live::make_nkey(live::NKeyKind::user);
  const std::string seed = std::string(test_directory()) + "/user.nk";
  test_write_file(seed.c_str(), key.seed.data(), key.seed.size());
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  assert_int_equal(bind(listening, reinterpret_cast<sockaddr*>(&address), size), 0);
  assert_int_equal(listen(listening, 8), 0);
  getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
  std::atomic<int> logins{0};
  std::thread server([&] {
    const std::string hello =
        "INFO {\"server_id\":\"x\",\"version\":\"2.10.0\",\"max_payload\":1048576,\"headers\":true,"
        "\"nonce\":\"abcdefghijklmno\"}\r\n";
    while (logins < 2) {
      const int client = accept(listening, nullptr, nullptr);
      char heard[4096];
      send(client, hello.data(), hello.size(), MSG_NOSIGNAL);
      if (recv(client, heard, sizeof heard, 0) > 0) ++logins;
      const std::string answer = logins == 1 ? "-ERR 'Authorization Violation'\r\n" : "PONG\r\n";
      send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      if (logins == 2) recv(client, heard, sizeof heard, 0);
      close(client);
    }
  });
  const auto connection =
      live::try_connect("nats://127.0.0.1:" + std::to_string(ntohs(address.sin_port)),
                        {{"nkey_seed_file", seed}, {"nkey_public", key.public_text}});
  const Status status = connection.status();
  if (connection.ok()) assert_ok(connection.value()->close());
  logins = 2;
  shutdown(listening, SHUT_RDWR);
  server.join();
  close(listening);
  assert_ok(status);
}

}  // namespace

int main(int argc, char** argv) {
  if (!live::take_kind(argc, argv)) return 2;
  const CMUnitTest tests[] = {
      cmocka_unit_test(jetstream_is_off),
      cmocka_unit_test(jetstream_is_off_for_the_account),
      cmocka_unit_test(permission_is_denied),
      cmocka_unit_test(values_over_the_limits),
      cmocka_unit_test(configurations_are_compared),
      cmocka_unit_test(lives_need_a_server_that_knows_them),
      cmocka_unit_test(lives_without_end_are_read_back),
      cmocka_unit_test(the_connection_breaks_under_writes),
      cmocka_unit_test(a_frozen_server_leaves_writes_unknown),
      cmocka_unit_test(closing_does_not_wait_for_a_frozen_server),
      cmocka_unit_test(lazy_until_the_server_appears),
      cmocka_unit_test(credentials_refused_for_a_while),
      cmocka_unit_test(a_jetstream_domain),
      cmocka_unit_test(the_second_form_of_ack_subjects),
      cmocka_unit_test(a_signed_login_is_tried_again),
  };
  return cmocka_run_group_tests_name("server", tests, nullptr, nullptr);
}
