// What a server says to a pull request, and what else may happen to a consumer: each provoked, with
// the kind and the sentence by which it is known.
//   pull_test current|old
#include <atomic>
#include <mutex>
#include <vector>

#include "base/guard.h"
#include "kv/nats/pull_consumer.h"
#include "live/raw.h"

using namespace slip;  // NOLINT: the tests speak of nothing else
using live::Raw;
using live::Server;

namespace {

// A consumer of its own configuration, and what came of it.
class Puller {
 public:
  explicit Puller(const Server& server) {
    auto session = Session::open(server.url(), live::options(SLIP_OPTIONS_CONNECTION, {}));
    assert_ok(session);
    session_ = session.take();
    config.bucket = "b";
  }
  void start() {
    consumer.reset();
    intake = std::make_shared<Intake>(BatchBounds{});
    intake->begin_incarnation(config.incarnation);
    auto made = PullConsumer::start(session_, config, intake);
    assert_ok(made);
    consumer = made.take();
  }
  // Takes and ticks until the time is over, the source is broken, or so many updates were taken.
  void run(int64_t ms, size_t count = SIZE_MAX) {
    const Deadline end = deadline_after_ms(ms);
    while (Steady::now() < end && !broken() && taken < count) {
      const Intake::Taken one = intake->take(-1, deadline_after_ms(10), &batch_);
      if (one.outcome == Intake::Outcome::batch) taken += batch_.size();
      if (one.outcome == Intake::Outcome::noted) notes.push_back(one.event);
      if (one.outcome == Intake::Outcome::heartbeat) position = one.heartbeat.revision;
      if (one.outcome == Intake::Outcome::broken) {
        reason = one.reason;
        event = one.event;
      }
      consumer->tick();
    }
  }
  bool broken() const { return !reason.ok(); }

  PullConfig config;
  std::shared_ptr<Intake> intake;
  std::unique_ptr<PullConsumer> consumer;
  size_t taken = 0;
  uint64_t position = 0;
  Status reason;
  SourceEvent event = SourceEvent::other;
  std::vector<SourceEvent> notes;

 private:
  std::shared_ptr<Session> session_;
  Batch batch_;
};

struct Stage {
  Stage() : connection(live::connect(server.url())), bucket(live::create(*connection, "b")) {}
  void put(int count) {
    for (int i = 0; i < count; ++i) live::put(*bucket, "k" + std::to_string(++keys_), "v");
  }
  Server server;
  Raw raw{server};
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Bucket> bucket;

 private:
  int keys_ = 0;
};

// An applier that stalls holds all the credit, so nothing is asked for and the server drops the
// consumer. When it goes on, it is told at once.
void a_stall_that_costs_the_consumer_is_known_at_once(void**) {
  Stage stage;
  stage.put(20);
  for (const bool guarded : {true, false}) {
#ifndef SLIP_TEST_GUARDS
    if (!guarded) continue;
#else
    guard_switch("idle_consumer", guarded);
#endif
    Puller puller(stage.server);
    puller.config.credit_updates = 5;
    puller.config.inactive_ms = 1000;
    puller.start();
    puller.run(10000, 5);
    assert_int_equal(puller.taken, 5);
    live::await("the consumer to be dropped", [&] { return stage.server.consumers("b") == 0; });
    const int64_t before = test_now_ms();
    puller.consumer->credit(5, 100);
    puller.run(1000);
    if (!guarded) {
      // The server tells by a 503 or not at all.
      print_message("without the guard: %s\n", puller.reason.message().c_str());
      assert_true(puller.reason.message().find("has dropped") == std::string::npos);
      continue;
    }
    assert_status(puller.reason, SLIP_UNREACHABLE, "has dropped the consumer");
    assert_true(puller.reason.retriable());
    assert_true(test_now_ms() - before < 900);
  }
#ifdef SLIP_TEST_GUARDS
  guard_switch("idle_consumer", true);
#endif
}

// With a little credit left, requests are renewed without the applier: the consumer outlives it.
void a_stall_with_credit_left_costs_nothing(void**) {
  Stage stage;
  stage.put(5);
  Puller puller(stage.server);
  puller.config.inactive_ms = 1000;
  puller.start();
  puller.run(10000, 5);
  const int64_t end = test_now_ms() + 3500;  // longer than the first requests live, too
  live::await("the stall to end", [&] { return test_now_ms() >= end; });
  assert_int_equal(stage.server.consumers("b"), 1);
  stage.put(1);
  puller.run(5000, 6);
  assert_int_equal(puller.taken, 6);
  assert_ok(puller.reason);
}

}  // namespace

int main(int argc, char** argv) {
  if (!live::take_kind(argc, argv)) return 2;
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_stall_that_costs_the_consumer_is_known_at_once),
      cmocka_unit_test(a_stall_with_credit_left_costs_nothing),
  };
  return cmocka_run_group_tests_name("pull", tests, nullptr, nullptr);
}
