// Watches and listings when servers stop, freeze, forget and lose things.
//   watch_test current|old
#include <nats/nats.h>

#include <atomic>
#include <thread>

#include "base/guard.h"
#include "base/json.h"
#include "live/live.h"

using namespace slip;  // NOLINT: the tests speak of nothing else
using kv_test::Follower;
using live::Server;

namespace {

// A raw client beside the library's, for what the library never does. Aborts where it fails.
std::string raw_request(const Server& server, const std::string& operation,
                        const std::string& body = "") {
  natsConnection* nats = nullptr;
  natsMsg* answer = nullptr;
  natsStatus status = natsConnection_ConnectTo(&nats, server.url().c_str());
  if (status == NATS_OK) {
    status = natsConnection_RequestString(&answer, nats, ("$JS.API." + operation).c_str(),
                                          body.c_str(), 5000);
  }
  if (status != NATS_OK) fail_msg("%s: %s", operation.c_str(), natsStatus_GetText(status));
  const std::string text(natsMsg_GetData(answer),
                         static_cast<size_t>(natsMsg_GetDataLength(answer)));
  natsMsg_Destroy(answer);
  natsConnection_Destroy(nats);
  return text;
}

std::string only_consumer(const Server& server, const std::string& bucket) {
  const auto answer = JsonDocument::parse(raw_request(server, "CONSUMER.NAMES.KV_" + bucket));
  assert_ok(answer);
  const JsonValue names = answer.value().root().get("consumers");
  assert_int_equal(names.size(), 1);
  return *names.at(0).as_string();
}

// Steps until the source breaks, ticking as an applier does.
Status await_break(Follower* follower) {
  const Deadline deadline = deadline_after_ms(30000);
  while (follower->reason.ok() && Steady::now() < deadline) {
    follower->step(deadline_after_ms(50));
    follower->watcher->tick();
  }
  return follower->reason;
}

// A new incarnation from after what was taken, as a watch does after a retriable break.
void go_on(Follower* follower, Bucket& bucket) {
  follower->reason = Status();
  const auto next = [&] {
    follower->trouble.clear();
    return follower->start(bucket, follower->position + 1);
  };
  live::await("a new consumer", next);
}

// To everything that the bucket holds now. A connection that was made anew may say so once more to
// an incarnation that began meanwhile: a watch goes on after that, too.
bool go_on_to_the_end(Follower* follower, Bucket& bucket) {
  const uint64_t last = bucket.info().value().last_revision;
  do {
    go_on(follower, bucket);
  } while (!follower->follow_to(last) && follower->trouble.empty() && follower->reason.retriable());
  return follower->position >= last;
}

struct Stage {
  explicit Stage(live::Settings settings = {})
      : connection(live::connect(server.url(), {{"reconnect_wait_ms", "50"}})),
        bucket(live::create(*connection, "b", settings)) {}
  Server server;
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Bucket> bucket;
};

void restart_under_a_watch(void**) {
  Stage stage;
  Follower follower;
  live::put(*stage.bucket, "a", "1");
  assert_true(follower.start(*stage.bucket, 1));
  assert_true(follower.follow_to(1));
  for (int round = 0; round < 4; ++round) {
    if (round % 2 == 0) {
      test_nats_terminate(stage.server.handle);
    } else {
      test_nats_kill(stage.server.handle);
    }
    assert_status(stage.bucket->info(), SLIP_UNREACHABLE, stage.server.address());
    test_nats_restart(stage.server.handle);
    const Status reason = await_break(&follower);
    assert_int_equal(reason.code(), SLIP_UNREACHABLE);
    assert_true(reason.retriable());
    live::await_put(*stage.bucket, "k" + std::to_string(round), "v");
    assert_true(go_on_to_the_end(&follower, *stage.bucket));
  }
  assert_text(follower.trouble, "");
  // Each update once, in order, whatever was tried meanwhile.
  for (size_t i = 0; i < follower.updates.size(); ++i) {
    assert_true(follower.updates[i].find("@" + std::to_string(i + 1)) != std::string::npos);
  }
  assert_true(stage.connection->state().reconnects >= 4);
}

void break_is_told_at_once_after_a_reconnect(void**) {
  Stage stage;
  Follower follower;
  follower.request.idle_heartbeat_ms = 30000;  // silence would tell it after 75 s
  assert_true(follower.start(*stage.bucket, 1));
  test_nats_kill(stage.server.handle);
  test_nats_restart(stage.server.handle);
  const int64_t before = test_now_ms();
  assert_true(await_break(&follower).retriable());
  assert_true(test_now_ms() - before < 10000);
}

void consumer_deleted_under_a_watch(void**) {
  Stage stage;
  Follower follower;
  live::put(*stage.bucket, "a", "1");
  assert_true(follower.start(*stage.bucket, 1));
  assert_true(follower.follow_to(1));
  raw_request(stage.server, "CONSUMER.DELETE.KV_b." + only_consumer(stage.server, "b"));
  const Status reason = await_break(&follower);
  assert_status(reason, SLIP_UNREACHABLE, "Consumer Deleted");
  assert_true(reason.retriable());
  live::put(*stage.bucket, "b", "2");
  go_on(&follower, *stage.bucket);
  assert_true(follower.follow_to(2));
  assert_text(follower.text(), "a=1@1 b=2@2");
}

void stream_deleted_and_made_anew(void**) {
  Stage stage;
  Follower follower;
  live::put(*stage.bucket, "a", "1");
  assert_true(follower.start(*stage.bucket, 1));
  assert_true(follower.follow_to(1));
  const uint64_t epoch = stage.bucket->info().value().epoch;
  assert_ok(stage.connection->delete_bucket("b"));
  assert_true(await_break(&follower).retriable());
  assert_status(stage.bucket->info(), SLIP_BUCKET_NOT_FOUND, "\"b\"", "10059");
  assert_status(stage.bucket->watch(follower.request, follower.intake), SLIP_BUCKET_NOT_FOUND,
                "10059");
  assert_status(bucket_put(*stage.bucket, "a", "2"), SLIP_BUCKET_NOT_FOUND, "\"a\"", "10059");
  live::create(*stage.connection, "b");
  assert_true(stage.bucket->info().value().epoch > epoch);
}

// A server that neither answers nor hangs up.
void silence_is_found(void**) {
  Stage stage;
  Follower follower;
  follower.request.idle_heartbeat_ms = 200;
  live::put(*stage.bucket, "a", "1");
  assert_true(follower.start(*stage.bucket, 1));
  assert_true(follower.follow_to(1));
  // While it lives, nothing breaks: four intervals and more.
  const Deadline quiet = deadline_after_ms(1000);
  while (Steady::now() < quiet) {
    follower.step(deadline_after_ms(50));
    follower.watcher->tick();
  }
  assert_ok(follower.reason);
  test_nats_freeze(stage.server.handle);
#ifdef SLIP_TEST_GUARDS
  guard_switch("pull_silence", false);
  const Deadline unguarded = deadline_after_ms(1000);
  while (Steady::now() < unguarded) {
    follower.step(deadline_after_ms(50));
    follower.watcher->tick();
  }
  assert_ok(follower.reason);
  guard_switch("pull_silence", true);
#endif
  const int64_t frozen = test_now_ms();
  const Status reason = await_break(&follower);
  assert_status(reason, SLIP_UNREACHABLE, "no sign from the server for");
  assert_true(reason.retriable());
  assert_true(test_now_ms() - frozen < 5000);
  test_nats_thaw(stage.server.handle);
  live::await_put(*stage.bucket, "b", "2");
  assert_true(go_on_to_the_end(&follower, *stage.bucket));
}

// An applier that gives no credit is not taken for a silent server, whatever time it takes.
void a_stalled_applier_is_no_silence(void**) {
  Stage stage;
  for (int i = 0; i < 20; ++i) live::put(*stage.bucket, "k" + std::to_string(i), "v");
  Follower follower;
  follower.request.idle_heartbeat_ms = 100;
  follower.request.credit_updates = 5;
  follower.gives_credit = false;
  assert_true(follower.start(*stage.bucket, 1));
  const Deadline stalled = deadline_after_ms(1000);
  while (Steady::now() < stalled) {
    follower.step(deadline_after_ms(50));
    follower.watcher->tick();
  }
  assert_ok(follower.reason);
  assert_int_equal(follower.updates.size(), 5);
  follower.gives_credit = true;
  follower.watcher->credit(5, 0);
  assert_true(follower.follow_to(20));
}

// Where the end of the stream was taken away, only a heartbeat says that nothing is missing.
void the_tail_is_gone(void**) {
  Stage stage;
  live::put(*stage.bucket, "a", "1");
  live::put(*stage.bucket, "b", "2");
  assert_ok(bucket_remove(*stage.bucket, "b"));
  raw_request(stage.server, "STREAM.PURGE.KV_b", "{\"filter\":\"$KV.b.b\"}");
  assert_int_equal(stage.bucket->info().value().last_revision, 3);
  Follower follower;
  const int64_t before = test_now_ms();
  assert_true(follower.start(*stage.bucket, 1));
  assert_int_equal(follower.watcher->target_revision(), 3);
  assert_true(follower.follow_to(3));
  assert_text(follower.text(), "a=1@1");
  assert_true(test_now_ms() - before < 4000);  // not after an idle_heartbeat_ms of 5 s
  // A listing ends all the same; one of nothing but the end, too.
  const auto all = stage.bucket->list("", true);
  assert_ok(all);
  assert_text(kv_test::shown(*all.value()->next().value()), "a=1@1");
  assert_status(all.value()->next(), SLIP_END);
  assert_status(stage.bucket->list("b", true).value()->next(), SLIP_END);
}

void a_listing_that_loses_its_server_is_an_error(void**) {
  Stage stage;
  const std::string value(2000, 'v');
  std::vector<std::string> keys;
  std::vector<Write> writes;
  std::vector<WriteResult> results(30000);
  for (size_t i = 0; i < results.size(); ++i) keys.push_back("key." + std::to_string(i));
  for (const std::string& key : keys) writes.push_back(kv_test::write_of(SLIP_PUT, key, value));
  assert_ok(bucket_write_many(*stage.bucket, writes.data(), writes.size(), results.data()));
  const auto listing = stage.bucket->list("key.", true);
  assert_ok(listing);
  assert_ok(listing.value()->next());
  test_nats_kill(stage.server.handle);
  Status status;
  size_t listed = 0;
  while (status.ok()) {
    const auto batch = listing.value()->next();
    status = batch.status();
    if (status.ok()) listed += batch.value()->size();
  }
  assert_false(status.is(SLIP_END));
  assert_true(status.retriable());
  assert_true(listed < keys.size());
}

// Fifty of each, half of them with a break in between: no consumer stays on the server.
void fifty_watches_leave_no_consumer(void**) {
  Stage stage;
  live::put(*stage.bucket, "a", "1");
  int threads = 0, descriptors = 0;
  for (int i = 1; i <= 50; ++i) {
    Follower follower;
    assert_true(follower.start(*stage.bucket, 1));
    if (i % 2 == 0) assert_true(follower.follow_to(1));
    const auto listing = stage.bucket->list("", true);
    assert_ok(listing);
    if (i % 3 == 0) assert_ok(listing.value()->next());
    if (i != 2) continue;
    threads = test_thread_count();
    descriptors = test_descriptor_count();
  }
  live::await("no consumer to be left", [&] { return stage.server.consumers("b") == 0; });
  live::await("threads to end", [&] { return test_thread_count() <= threads; });
  assert_int_equal(test_descriptor_count(), descriptors);
}

void fifty_connections_leave_nothing(void**) {
  const Server server;
  live::create(*live::connect(server.url()), "b");
  int threads = 0, descriptors = 0;
  for (int i = 1; i <= 50; ++i) {
    const auto connection =
        live::connect(server.url(), {{"connect", i % 3 == 0 ? "lazy" : "eager"}});
    live::await("the connection",
                [&] { return connection->state().state == SLIP_CONNECTION_CONNECTED; });
    const auto bucket = connection->open_bucket("b");
    assert_ok(bucket);
    live::put(*bucket.value(), "a", "v");
    Follower follower;
    assert_true(follower.start(*bucket.value(), 1));
    if (i % 2 == 0) assert_ok(connection->close());
    if (i != 2) continue;
    follower.watcher.reset();
    assert_ok(connection->close());
    // What the library keeps for the whole process is there by now.
    threads = test_thread_count();
    descriptors = test_descriptor_count();
  }
  live::await("threads to end", [&] { return test_thread_count() <= threads; });
  live::await("descriptors to close", [&] { return test_descriptor_count() <= descriptors; });
}

void large_values_pass_a_small_credit(void**) {
  Stage stage;
  for (int i = 0; i < 40; ++i) {
    const size_t size = i % 7 == 0 ? 400000 : 100 + static_cast<size_t>(i) * 300;
    live::put(*stage.bucket, "k" + std::to_string(i), std::string(size, 'v'));
  }
  Follower follower;
  follower.request.credit_bytes = 1u << 16;
  follower.request.credit_updates = 10;
  assert_true(follower.start(*stage.bucket, 1));
  assert_true(follower.follow_to(40));
  assert_int_equal(follower.updates.size(), 40);
}

// A watcher may go away while updates stream in, from any moment on.
void ending_in_full_flow(void**) {
  Stage stage;
  std::atomic<bool> stop{false};
  std::atomic<int> failures{0};
  std::thread writer([&] {
    while (!stop) {
      if (!bucket_put(*stage.bucket, "k", std::string(200, 'v')).ok()) ++failures;
    }
  });
  for (int i = 0; i < 100; ++i) {
    Follower follower;
    if (!follower.start(*stage.bucket, 1)) ++failures;
    if (i % 2 == 0) follower.step(deadline_after_ms(5));
    if (i % 10 == 0) {
      const auto other = live::connect(stage.server.url());
      const auto bucket = other->open_bucket("b");
      Follower second;
      if (!second.start(*bucket.value(), 1)) ++failures;
      assert_ok(other->close());
    }
  }
  stop = true;
  writer.join();
  assert_int_equal(failures, 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (!live::take_kind(argc, argv)) return 2;
  const CMUnitTest tests[] = {
      cmocka_unit_test(restart_under_a_watch),
      cmocka_unit_test(break_is_told_at_once_after_a_reconnect),
      cmocka_unit_test(consumer_deleted_under_a_watch),
      cmocka_unit_test(stream_deleted_and_made_anew),
      cmocka_unit_test(silence_is_found),
      cmocka_unit_test(a_stalled_applier_is_no_silence),
      cmocka_unit_test(the_tail_is_gone),
      cmocka_unit_test(a_listing_that_loses_its_server_is_an_error),
      cmocka_unit_test(fifty_watches_leave_no_consumer),
      cmocka_unit_test(fifty_connections_leave_nothing),
      cmocka_unit_test(large_values_pass_a_small_credit),
      cmocka_unit_test(ending_in_full_flow),
  };
  return cmocka_run_group_tests_name("watch", tests, nullptr, nullptr);
}
