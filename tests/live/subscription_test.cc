// Subscriptions that end while messages for them are on their way, on one connection that stays.
//   subscription_test current|old
#include <atomic>
#include <thread>
#include <vector>

#include "base/guard.h"
#include "kv/nats/subscription.h"
#include "live/live.h"

using namespace slip;  // NOLINT: the tests speak of nothing else
using live::Server;

namespace {

NatsConnectionPtr client(const Server& server) {
  assert_ok(open_nats_library());
  natsConnection* made = nullptr;
  assert_int_equal(natsConnection_ConnectTo(&made, server.url().c_str()), NATS_OK);
  return std::make_shared<ClientConnection>(ClientConnection::Owned(made));
}

// Publishes as fast as it can until it is destroyed.
class Flood {
 public:
  explicit Flood(const Server& server) : connection_(client(server)), thread_([this] { run(); }) {}
  ~Flood() {
    stop_ = true;
    thread_.join();
  }

 private:
  void run() {
    while (!stop_) natsConnection_PublishString(connection_->get(), "flood", "x");
  }
  const NatsConnectionPtr connection_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// The client hands messages to a subscription that it looked up a moment before: that moment must
// not be its last.
void subscriptions_end_under_a_flood(void**) {
  const Server server;
  const Flood flood(server);
  const NatsConnectionPtr connection = client(server);
  std::atomic<uint64_t> came{0};
  size_t ended = 0, waiting_max = 0;
  int threads = 0;
  const Deadline deadline = deadline_after_ms(2000);
  while (Steady::now() < deadline) {
    const uint64_t before = came;
    NatsSubscription subscription;
    assert_ok(subscription.begin(connection, "flood", [&](NatsMessagePtr&) { ++came; }));
    // In full flow, half of the times.
    while (ended % 2 == 0 && came == before && Steady::now() < deadline) std::this_thread::yield();
    subscription.end();
    connection->flush_soon();
    waiting_max = std::max(waiting_max, connection->waiting());
    if (++ended == 50) threads = test_thread_count();
  }
  print_message("%zu subscriptions ended, %llu messages came, at most %zu waited\n", ended,
                static_cast<unsigned long long>(came), waiting_max);
  assert_true(ended > 100 && came > 100);
  live::await("the last to be released", [&] {
    connection->flush_soon();
    return connection->waiting() == 0;
  });
  live::await("their threads to end", [&] { return test_thread_count() <= threads; });
}

// Nothing is destroyed before the read loop is known to have gone on; its thread ends at once.
void an_ended_one_is_kept_until_an_answer(void**) {
  const Server server;
  const NatsConnectionPtr connection = client(server);
  const auto begin = [&](NatsSubscription* one) {
    assert_ok(one->begin(connection, "quiet", [](NatsMessagePtr&) {}));
    assert_int_equal(natsConnection_FlushTimeout(connection->get(), 10000), NATS_OK);
  };
  const int threads = test_thread_count();
  NatsSubscription first, second;
  begin(&first);
  begin(&second);
  test_nats_freeze(server.handle);
  first.end();
  const uint64_t mark = connection->retired();
  second.end();
  connection->flush_soon();  // nobody answers
  live::await("their threads to end", [&] { return test_thread_count() <= threads; });
  assert_int_equal(connection->waiting(), 2);
  connection->answered(mark - 1);  // to what was sent before
  assert_int_equal(connection->waiting(), 2);
  connection->answered(mark);
  assert_int_equal(connection->waiting(), 1);
  test_nats_thaw(server.handle);
  live::await("an answer", [&] {
    connection->flush_soon();
    return connection->waiting() == 0;
  });
#ifdef SLIP_TEST_GUARDS
  guard_switch("retired_subscription", false);
  NatsSubscription third;
  begin(&third);
  third.end();
  assert_int_equal(connection->waiting(), 0);  // as if it were safe
  guard_switch("retired_subscription", true);
#endif
}

// Those that wait when the connection is closed go with it, and those that end afterwards at once.
void closing_releases_them(void**) {
  const Server server;
  const NatsConnectionPtr connection = client(server);
  const int threads = test_thread_count();
  NatsSubscription first, second;
  assert_ok(first.begin(connection, "quiet", [](NatsMessagePtr&) {}));
  assert_ok(second.begin(connection, "quiet", [](NatsMessagePtr&) {}));
  first.end();
  assert_int_equal(connection->waiting(), 1);
  connection->close();
  assert_int_equal(connection->waiting(), 0);
  second.end();
  assert_int_equal(connection->waiting(), 0);
  live::await("threads to end", [&] { return test_thread_count() < threads; });
}

}  // namespace

int main(int argc, char** argv) {
  if (!live::take_kind(argc, argv)) return 2;
  const CMUnitTest tests[] = {
      cmocka_unit_test(subscriptions_end_under_a_flood),
      cmocka_unit_test(an_ended_one_is_kept_until_an_answer),
      cmocka_unit_test(closing_releases_them),
  };
  return cmocka_run_group_tests_name("subscription", tests, nullptr, nullptr);
}
