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

// Hears what a consumer of ours asks, to answer in the server's place.
class Eavesdropper {
 public:
  explicit Eavesdropper(Stage* stage) : raw_(stage->raw) {
    assert_int_equal(natsConnection_SubscribeSync(&subscription_, raw_.get(),
                                                  "$JS.API.CONSUMER.MSG.NEXT.KV_b.*"),
                     NATS_OK);
    raw_.flush();
  }
  ~Eavesdropper() { natsSubscription_Destroy(subscription_); }
  // Where the answer to the newest request goes.
  std::string reply() {
    natsMsg* request = nullptr;
    assert_int_equal(natsSubscription_NextMsg(&request, subscription_, 10000), NATS_OK);
    const std::string subject = natsMsg_GetReply(request);
    natsMsg_Destroy(request);
    return subject;
  }
  void say(const std::string& code, const std::string& description) {
    if (code.empty()) return raw_.publish_headers(reply(), {});
    if (description.empty()) return raw_.publish_headers(reply(), {{"Status", code}});
    raw_.publish_headers(reply(), {{"Status", code}, {"Description", description}});
  }

 private:
  Raw& raw_;
  natsSubscription* subscription_ = nullptr;
};

// What a server may say to a request, said in its place.
void every_status_is_known(void**) {
  const struct {
    const char* code;
    const char* description;
    bool breaks;
    slip_status status;
    bool retriable;
    SourceEvent event;
  } cases[] = {
      {"404", "No Messages", false, SLIP_OK, false, SourceEvent::other},
      {"408", "Request Timeout", false, SLIP_OK, false, SourceEvent::other},
      {"409", "Batch Completed", false, SLIP_OK, false, SourceEvent::other},
      {"409", "Message Size Exceeds MaxBytes", false, SLIP_OK, false, SourceEvent::other},
      {"409", "Leadership Change", false, SLIP_OK, false, SourceEvent::leader_changed},
      {"409", "Consumer Deleted", true, SLIP_UNREACHABLE, true, SourceEvent::consumer_deleted},
      {"409", "Server Shutdown", true, SLIP_UNREACHABLE, true, SourceEvent::server_shutdown},
      {"409", "Something New", true, SLIP_UNREACHABLE, true, SourceEvent::other},
      {"409", "Exceeded MaxWaiting", true, SLIP_SERVER, false, SourceEvent::other},
      {"409", "Exceeded MaxRequestBatch of 5", true, SLIP_SERVER, false, SourceEvent::other},
      {"400", "Bad Request - x", true, SLIP_INTERNAL, false, SourceEvent::other},
      {"503", "", true, SLIP_UNREACHABLE, true, SourceEvent::leader_changed},
      {"299", "Whatever", true, SLIP_SERVER, true, SourceEvent::other},
      {"", "", true, SLIP_SERVER, true, SourceEvent::other},
  };
  Stage stage;
  size_t written = 0;
  for (const auto& one : cases) {
    stage.put(1);
    ++written;
    Eavesdropper ear(&stage);
    Puller puller(stage.server);
    puller.start();
    puller.run(10000, written);
    ear.say(one.code, one.description);
    stage.put(1);
    puller.run(10000, ++written);
    if (one.breaks) {
      puller.run(10000);
      assert_status(puller.reason, one.status, one.code, one.description);
      assert_true(puller.reason.retriable() == one.retriable);
      assert_true(puller.event == one.event);
    } else {
      assert_ok(puller.reason);
      assert_int_equal(puller.taken, written);
      assert_true(puller.notes.empty() == (one.event == SourceEvent::other));
    }
  }
}

// Heartbeats that name a delivery which never comes; and those of a consumer that was reset.
void heartbeats_must_fit(void**) {
  Stage stage;
  stage.put(3);
  for (const char* last : {"7", "1"}) {
    Eavesdropper ear(&stage);
    Puller puller(stage.server);
    puller.config.idle_heartbeat_ms = 30000;
    puller.start();
    puller.run(10000, 3);
    puller.run(2600);  // the heartbeats of the beginning are over
    assert_ok(puller.reason);
    std::string reply = ear.reply();
    for (int i = 0; i < 2; ++i) {
      puller.run(100);
      assert_ok(puller.reason);
      stage.raw.publish_headers(reply, {{"Status", "100"},
                                        {"Description", "Idle Heartbeat"},
                                        {"Nats-Last-Consumer", last},
                                        {"Nats-Last-Stream", "1000"}});
    }
    puller.run(10000);
    assert_true(puller.position <= 3);  // it was never believed
    if (*last == '7') {
      assert_status(puller.reason, SLIP_SERVER, "did not come");
      assert_true(puller.event == SourceEvent::delivery_gap);
    } else {
      assert_status(puller.reason, SLIP_SERVER, "began again");
      assert_true(puller.event == SourceEvent::consumer_replaced);
    }
  }
}

// Deleted while nothing is asked, and made again under its name by somebody else.
void a_consumer_that_was_replaced_is_refused(void**) {
  Stage stage;
  stage.put(20);
  Puller puller(stage.server);
  puller.config.credit_updates = 5;
  puller.start();
  puller.run(10000, 5);
  const std::string name = stage.raw.consumer("b");
  stage.raw.ask("CONSUMER.DELETE.KV_b." + name);
  PullConfig config;
  config.bucket = "b";
  stage.raw.ask(create_operation(config, name), create_body(config, name));
  puller.consumer->credit(5, 100);
  puller.run(10000);
  assert_status(puller.reason, SLIP_SERVER, "another has its name");
  assert_true(puller.reason.retriable());
  assert_true(puller.event == SourceEvent::consumer_replaced);
  assert_int_equal(puller.taken, 5);
}

// Somebody else asks our consumer for an update: it is gone for us, and that is found.
void a_stolen_delivery_is_found(void**) {
  Stage stage;
  stage.put(20);
  Puller puller(stage.server);
  puller.config.credit_updates = 5;
  puller.start();
  puller.run(10000, 5);
  natsMsg* stolen = nullptr;
  const std::string next = "$JS.API.CONSUMER.MSG.NEXT.KV_b." + stage.raw.consumer("b");
  assert_int_equal(natsConnection_RequestString(&stolen, stage.raw.get(), next.c_str(), "1", 10000),
                   NATS_OK);
  assert_true(natsMsg_GetDataLength(stolen) > 0);
  natsMsg_Destroy(stolen);
  puller.consumer->credit(5, 100);
  puller.run(10000);
  assert_status(puller.reason, SLIP_SERVER, "did not come");
  assert_true(puller.event == SourceEvent::delivery_gap);
  assert_int_equal(puller.taken, 5);
}

}  // namespace

int main(int argc, char** argv) {
  if (!live::take_kind(argc, argv)) return 2;
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_stall_that_costs_the_consumer_is_known_at_once),
      cmocka_unit_test(a_stall_with_credit_left_costs_nothing),
      cmocka_unit_test(every_status_is_known),
      cmocka_unit_test(heartbeats_must_fit),
      cmocka_unit_test(a_consumer_that_was_replaced_is_refused),
      cmocka_unit_test(a_stolen_delivery_is_found),
  };
  return cmocka_run_group_tests_name("pull", tests, nullptr, nullptr);
}
