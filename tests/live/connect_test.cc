// Connecting: addresses, credentials, TLS, what failures say and what they never say.
//   connect_test current|old
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "live/credentials.h"
#include "live/live.h"

using namespace slip;  // NOLINT: the tests speak of nothing else
using live::Server;

namespace {

constexpr char kSecret[] = "s3cret/with:odd";
constexpr char kSecretInUrl[] = "s3cret%2Fwith:odd";

// The status and its sentence, and that no secret is in it.
#define assert_refused(expression, ...)                          \
  do {                                                           \
    const auto refused_result = (expression);                    \
    assert_status(refused_result, __VA_ARGS__);                  \
    const std::string& said = refused_result.status().message(); \
    assert_true(said.find("s3cret") == std::string::npos);       \
    assert_true(said.find("odd") == std::string::npos);          \
  } while (0)

void nobody_is_there(void**) {
  const Server server(Server::Later{});
  assert_refused(live::try_connect(server.url()), SLIP_UNREACHABLE, server.address());
  assert_refused(live::try_connect("nats://me:" + std::string(kSecretInUrl) + "@" +
                                   server.address() + "," + server.address()),
                 SLIP_UNREACHABLE, server.address() + ", " + server.address());
  assert_refused(live::try_connect("nats://does-not-exist.invalid:4222"), SLIP_UNREACHABLE,
                 "does-not-exist.invalid:4222");
}

// A port where somebody listens and says nothing.
void a_silent_server_costs_the_connect_timeout(void**) {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  assert_int_equal(bind(listening, reinterpret_cast<sockaddr*>(&address), size), 0);
  assert_int_equal(listen(listening, 8), 0);
  assert_int_equal(getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string place = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const int64_t before = test_now_ms();
  assert_refused(live::try_connect("nats://" + place, {{"connect_timeout_ms", "300"}}),
                 SLIP_TIMEOUT, place, "300 ms");
  assert_true(test_now_ms() - before >= 250);
  assert_true(test_now_ms() - before < 5000);
  // A lazy one does not wait for it.
  const int64_t begun = test_now_ms();
  const auto lazy = live::connect("nats://" + place, {{"connect", "lazy"}});
  assert_true(test_now_ms() - begun < 1000);
  assert_int_equal(lazy->state().state, SLIP_CONNECTION_CONNECTING);
  assert_ok(lazy->close());
  assert_true(test_now_ms() - begun < 2000);
  close(listening);
}

void user_and_password(void**) {
  test_nats_config config{};
  config.user = "me";
  config.password = kSecret;
  const Server server(&config);
  live::connect("nats://me:" + std::string(kSecretInUrl) + "@" + server.address());
  live::connect(server.url(), {{"user", "me"}, {"password", kSecret}});
  assert_refused(live::try_connect(server.url()), SLIP_UNAUTHORIZED, server.address());
  assert_refused(live::try_connect("nats://me:s3cret-odd@" + server.address()), SLIP_UNAUTHORIZED,
                 server.address(), "credentials");
  assert_refused(live::try_connect(server.url(), {{"user", "me"}, {"password", "s3cret-odd"}}),
                 SLIP_UNAUTHORIZED, server.address());
}

void token(void**) {
  test_nats_config config{};
  config.token = "s3cret-odd-token";
  const Server server(&config);
  live::connect("nats://s3cret-odd-token@" + server.address());
  live::connect(server.url(), {{"token", "s3cret-odd-token"}});
  assert_refused(live::try_connect(server.url(), {{"token", "s3cret-odd-other"}}),
                 SLIP_UNAUTHORIZED, server.address());
}

void nkey(void**) {
  const live::NKey key = live::make_nkey(live::NKeyKind::user);
  const live::NKey other = live::make_nkey(live::NKeyKind::user);
  const std::string directory = test_directory();
  const std::string seed = directory + "/user.nk", wrong = directory + "/other.nk";
  test_write_file(seed.c_str(), key.seed.data(), key.seed.size());
  test_write_file(wrong.c_str(), other.seed.data(), other.seed.size());
  const std::string users = "authorization { users = [ { nkey: " + key.public_text + " } ] }";
  test_nats_config config{};
  config.text = users.c_str();
  const Server server(&config);
  const auto connection =
      live::connect(server.url(), {{"nkey_seed_file", seed}, {"nkey_public", key.public_text}});
  live::put(*live::create(*connection, "b"), "a", "v");
  assert_refused(live::try_connect(server.url(),
                                   {{"nkey_seed_file", wrong}, {"nkey_public", key.public_text}}),
                 SLIP_UNAUTHORIZED, server.address());
  assert_refused(live::try_connect(server.url(), {{"nkey_seed_file", directory + "/none"},
                                                  {"nkey_public", key.public_text}}),
                 SLIP_INVALID, "nkey_seed_file", directory + "/none");
  assert_refused(live::try_connect(server.url(), {{"nkey_seed_file", seed}}), SLIP_INVALID,
                 "nkey_public");
}

void creds_file(void**) {
  const live::Decentralised made = live::make_decentralised();
  const live::Decentralised foreign = live::make_decentralised();
  const std::string directory = test_directory();
  const std::string good = directory + "/user.creds", bad = directory + "/foreign.creds";
  test_write_file(good.c_str(), made.creds_text.data(), made.creds_text.size());
  test_write_file(bad.c_str(), foreign.creds_text.data(), foreign.creds_text.size());
  test_nats_config config{};
  config.no_jetstream = 1;  // would need a system account
  config.text = made.server_config.c_str();
  const Server server(&config);
  live::connect(server.url(), {{"creds_file", good}});
  assert_refused(live::try_connect(server.url(), {{"creds_file", bad}}), SLIP_UNAUTHORIZED,
                 server.address());
  assert_refused(live::try_connect(server.url()), SLIP_UNAUTHORIZED, server.address());
  assert_refused(live::try_connect(server.url(), {{"creds_file", directory + "/none"}}),
                 SLIP_INVALID, "creds_file", directory + "/none");
}

void tls(void**) {
  const std::string directory = test_directory();
  const std::string elsewhere = test_directory();
  const live::Certificates made = live::make_certificates(directory, "DNS:nats.test,IP:127.0.0.1");
  const live::Certificates foreign = live::make_certificates(elsewhere, "DNS:nats.test");
  test_nats_config config{};
  config.tls_cert = made.server_cert.c_str();
  config.tls_key = made.server_key.c_str();
  const Server server(&config);
  const auto connection = live::connect(server.url(), {{"tls_ca_file", made.ca}});
  const auto bucket = live::create(*connection, "b");
  live::put(*bucket, "a", "v");
  kv_test::Follower follower;
  assert_true(follower.start(*bucket, 1));
  assert_true(follower.follow_to(1));
  live::connect(server.url(), {{"tls_ca_file", made.ca}, {"tls_host", "nats.test"}});
  assert_refused(live::try_connect(server.url(), {{"tls_ca_file", foreign.ca}}), SLIP_UNREACHABLE,
                 server.address(), "TLS failed", "certificate");
  assert_refused(
      live::try_connect(server.url(), {{"tls_ca_file", made.ca}, {"tls_host", "other.test"}}),
      SLIP_UNREACHABLE, server.address(), "TLS failed");
  assert_refused(live::try_connect(server.url()), SLIP_UNREACHABLE, "TLS failed");
  // A server that wants TLS gets it under either scheme, verified all the same.
  assert_refused(live::try_connect("nats://" + server.address()), SLIP_UNREACHABLE, "TLS failed");
  live::connect("nats://" + server.address(), {{"tls_ca_file", made.ca}});
  assert_refused(live::try_connect(server.url(), {{"tls_ca_file", directory + "/none"}}),
                 SLIP_INVALID, "tls_ca_file", directory + "/none");
  assert_refused(live::try_connect(server.url(), {{"tls_ca_file", made.server_key}}), SLIP_INVALID,
                 "tls_ca_file", made.server_key);
  const Server plain;
  assert_refused(live::try_connect("tls://" + plain.address()), SLIP_UNREACHABLE, "use nats://");
}

// OpenSSL writes without MSG_NOSIGNAL: the process would die of SIGPIPE.
void a_broken_tls_connection_kills_nobody(void**) {
  const live::Certificates made = live::make_certificates(test_directory(), "IP:127.0.0.1");
  test_nats_config config{};
  config.tls_cert = made.server_cert.c_str();
  config.tls_key = made.server_key.c_str();
  const Server server(&config);
  struct sigaction disposition;
  sigaction(SIGPIPE, nullptr, &disposition);
  assert_true(disposition.sa_handler == SIG_DFL);
  const auto connection =
      live::connect(server.url(), {{"tls_ca_file", made.ca}, {"reconnect_wait_ms", "20"}});
  const auto bucket = live::create(*connection, "b");
  const std::string value(1000, 'v');
  std::vector<Write> writes(2000, kv_test::write_of(SLIP_PUT, "k", value));
  std::vector<WriteResult> results(writes.size());
  for (int round = 0; round < 5; ++round) {
    std::thread killer([&] { test_nats_kill(server.handle); });
    Status status;
    while (status.ok()) {
      status = bucket_write_many(*bucket, writes.data(), writes.size(), results.data());
    }
    killer.join();
    test_nats_restart(server.handle);
    live::await_put(*bucket, "a", "v");
  }
  sigset_t pending;
  sigpending(&pending);
  assert_false(sigismember(&pending, SIGPIPE));
}

void tls_with_client_certificates(void**) {
  const live::Certificates made = live::make_certificates(test_directory(), "IP:127.0.0.1");
  test_nats_config config{};
  config.tls_cert = made.server_cert.c_str();
  config.tls_key = made.server_key.c_str();
  config.tls_ca = made.ca.c_str();
  const Server server(&config);
  live::connect(server.url(), {{"tls_ca_file", made.ca},
                               {"tls_cert_file", made.client_cert},
                               {"tls_key_file", made.client_key}});
  assert_refused(live::try_connect(server.url(), {{"tls_ca_file", made.ca}}), SLIP_UNREACHABLE,
                 server.address());
  assert_refused(live::try_connect(server.url(),
                                   {{"tls_ca_file", made.ca}, {"tls_cert_file", made.client_cert}}),
                 SLIP_INVALID, "tls_key_file");
}

void options_that_exclude_each_other(void**) {
  const std::string url = "nats://127.0.0.1:1";
  assert_refused(live::try_connect(url, {{"user", "me"}, {"token", "s3cret"}}), SLIP_INVALID,
                 "more than one kind of credentials");
  assert_refused(live::try_connect(url, {{"password", "s3cret"}}), SLIP_INVALID, "user");
  assert_refused(live::try_connect(url, {{"js_domain", "a.b"}}), SLIP_INVALID, "js_domain");
  assert_refused(live::try_connect("nats://me:s3cret@"), SLIP_INVALID, "server 1", "host");
  assert_refused(live::try_connect("nats://me:s3cret@h:odd"), SLIP_INVALID, "server 1", "port");
  assert_refused(live::try_connect("nats://me:odd,s3cret@h"), SLIP_INVALID, "server 1", "port");
  assert_refused(live::try_connect("nats://me:3,s3cret@h"), SLIP_INVALID, "server 2", "%2C");
  assert_refused(live::try_connect("nats://a:1,nats://b:70000"), SLIP_INVALID, "server 2", "port");
  assert_refused(live::try_connect("nats://me:s3cret@a,nats://me:odd@b"), SLIP_INVALID, "server 2",
                 "other credentials");
}

void the_next_server_of_the_list_is_tried(void**) {
  const Server away(Server::Later{});
  const Server server;
  const auto by_url = live::connect("nats://" + away.address() + "," + server.address());
  assert_int_equal(by_url->state().state, SLIP_CONNECTION_CONNECTED);
  Options options(SLIP_OPTIONS_CONNECTION);
  assert_ok(options.add("servers", server.address()));
  const auto by_option = connect_nats(away.url(), options);
  assert_ok(by_option);
  assert_true(by_option.value()->state().max_payload_bytes >= 1024);
}

// The client library turns SIGPIPE off for the process, and makes sockets that children inherit.
void a_guest_leaves_signals_and_descriptors_alone(void**) {
  struct sigaction before, after;
  sigaction(SIGPIPE, nullptr, &before);
  const Server server;
  const auto connection = live::connect(server.url());
  const auto bucket = live::create(*connection, "b");
  const auto check_descriptors = [] {
    for (int fd = 3; fd < 256; ++fd) {
      const int flags = fcntl(fd, F_GETFD);
      if (flags >= 0 && (flags & FD_CLOEXEC) == 0) fail_msg("descriptor %d is inherited", fd);
    }
  };
  check_descriptors();
  sigaction(SIGPIPE, nullptr, &after);
  assert_true(before.sa_handler == after.sa_handler);
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  assert_false(sigismember(&mask, SIGINT));
  // The same after a reconnect.
  test_nats_kill(server.handle);
  test_nats_restart(server.handle);
  live::await_put(*bucket, "a", "v");
  live::await("the reconnect to be counted", [&] { return connection->state().reconnects > 0; });
  check_descriptors();
  sigset_t pending;
  sigpending(&pending);
  assert_false(sigismember(&pending, SIGPIPE));
}

}  // namespace

int main(int argc, char** argv) {
  if (!live::take_kind(argc, argv)) return 2;
  // Descriptors that this program was started with are not the library's.
  for (int fd = 3; fd < 256; ++fd) close(fd);
  const CMUnitTest tests[] = {
      cmocka_unit_test(nobody_is_there),
      cmocka_unit_test(a_silent_server_costs_the_connect_timeout),
      cmocka_unit_test(user_and_password),
      cmocka_unit_test(token),
      cmocka_unit_test(nkey),
      cmocka_unit_test(creds_file),
      cmocka_unit_test(tls),
      cmocka_unit_test(a_broken_tls_connection_kills_nobody),
      cmocka_unit_test(tls_with_client_certificates),
      cmocka_unit_test(options_that_exclude_each_other),
      cmocka_unit_test(the_next_server_of_the_list_is_tried),
      cmocka_unit_test(a_guest_leaves_signals_and_descriptors_alone),
  };
  return cmocka_run_group_tests_name("connect", tests, nullptr, nullptr);
}
