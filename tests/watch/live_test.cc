// The loop over real servers: restarts, deleted consumers, buckets made anew, a start without a
// server, and trouble from a seed. The oracle is what the test itself wrote.
#include <map>
#include <random>
#include <string>

#include "live/live.h"
#include "world.h"

using live::Server;
using slip::Cursor;
using slip::Status;

namespace {

constexpr int64_t kRecoveryMs = 60000;

// A bucket on a server, a watch over it, and the writer's own record.
struct Stage {
  explicit Stage(live::Settings settings = {})
      : connection(live::connect(server.url(), {{"reconnect_wait_ms", "50"}})),
        bucket(live::create(*connection, "routes", settings)) {
    watched.replay_fold = false;
    watched.idle_heartbeat_ms = 500;
  }

  void start() {
    watch.reset();
    caller = std::make_shared<test::Recorder>();
    auto started = slip::start_watch(bucket, fold, watched, caller);
    EXPECT_OK(started);
    watch = started.take();
  }
  // Until the write went through. Another of the same may have, before a lost answer: the record is
  // of keys and values, and writing one twice changes nothing.
  uint64_t put(const std::string& key, const std::string& value) {
    slip::Result<uint64_t> revision = Status(SLIP_TIMEOUT, "not tried");
    live::await("a put", [&] {
      revision = slip::bucket_put(*bucket, key, value);
      return revision.ok();
    });
    written[key] = value;
    return *revision;
  }
  // Servers before 2.9.12 let a purge skip other keys' updates under a consumer that lags: there,
  // delete markers.
  void remove(const std::string& key) {
    live::await("a removal", [&] {
      if (!live::old_server()) return slip::bucket_purge(*bucket, key).ok();
      const auto removed = slip::bucket_remove(*bucket, key);
      return removed.ok() || removed.status().is(SLIP_NOT_FOUND);
    });
    written.erase(key);
  }
  uint64_t last_revision() {
    uint64_t last = 0;
    live::await("the end of the bucket", [&] {
      const auto state = bucket->info();
      if (state.ok()) last = state.value().last_revision;
      return state.ok();
    });
    return last;
  }
  // The fold is what was written, and no update came twice or out of order.
  void check() {
    EXPECT_OK(watch->wait_revision(last_revision(), slip::deadline_after_ms(kRecoveryMs)));
    std::string expected;
    for (const auto& [key, value] : written) {
      if (!expected.empty()) expected += ' ';
      expected += key + "=" + value;
    }
    EXPECT_TEXT(fold->contents(), expected);
    uint64_t last = 0;
    for (const auto& commit : fold->commits())
      for (const uint64_t revision : commit.revisions) {
        assert_true(revision > last);
        last = revision;
      }
  }

  Server server;
  std::shared_ptr<slip::Connection> connection;
  std::shared_ptr<slip::Bucket> bucket;
  std::shared_ptr<test::SwitchFold> fold = std::make_shared<test::SwitchFold>();
  std::shared_ptr<test::Recorder> caller;
  slip::WatchSettings watched;
  std::map<std::string, std::string> written;
  std::shared_ptr<slip::Watch> watch;
};

void a_resume_receives_exactly_the_tail(void**) {
  Stage stage;
  for (int i = 0; i < 20; ++i) stage.put("key" + std::to_string(i % 6), std::to_string(i));
  stage.start();
  stage.check();
  EXPECT_OK(stage.watch->close(nullptr));
  for (int i = 0; i < 7; ++i) stage.put("tail" + std::to_string(i), "1");
  stage.start();
  stage.check();
  assert_int_equal(stage.watch->status().received, 7);
  EXPECT_OK(stage.watch->close(nullptr));
  test::await([&] { return stage.server.consumers("routes") == 0; }, "the consumers to be gone");
}

void restarts_of_the_server(void**) {
  Stage stage;
  stage.start();
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 10; ++i) stage.put("key" + std::to_string(i), std::to_string(round));
    if (round % 2 == 0)
      test_nats_terminate(stage.server.handle);
    else
      test_nats_kill(stage.server.handle);
    test_nats_restart(stage.server.handle);
    stage.put("round", std::to_string(round));
    stage.remove("key" + std::to_string(round));
    stage.check();
  }
  assert_true(stage.watch->status().restarts >= 4);
  assert_int_equal(stage.watch->status().state, SLIP_WATCH_LIVE);
  EXPECT_OK(stage.watch->close(nullptr));
}

void a_start_without_a_server(void**) {
  Stage stage;
  stage.put("a", "1");
  stage.start();
  stage.check();
  EXPECT_OK(stage.watch->close(nullptr));
  stage.watch.reset();
  test_nats_terminate(stage.server.handle);
  stage.bucket.reset();
  stage.connection =
      live::connect(stage.server.url(), {{"connect", "lazy"}, {"reconnect_wait_ms", "50"}});
  auto opened = stage.connection->open_bucket("routes");
  EXPECT_OK(opened);
  stage.bucket = opened.take();
  stage.start();
  assert_int_equal(stage.watch->status().state, SLIP_WATCH_STALE);
  EXPECT_TEXT(stage.fold->contents(), "a=1");  // reads go on
  test_nats_restart(stage.server.handle);
  stage.put("b", "2");
  stage.check();
  assert_int_equal(stage.watch->status().state, SLIP_WATCH_LIVE);
  EXPECT_OK(stage.watch->close(nullptr));
}

void a_bucket_that_is_deleted_ends_the_watch(void**) {
  Stage stage;
  stage.put("a", "1");
  stage.start();
  stage.check();
  EXPECT_OK(stage.connection->delete_bucket("routes"));
  live::await("the end", [&] { return stage.watch->status().state == SLIP_WATCH_ENDED; });
  Cursor cursor{0, 0};
  EXPECT_FAILED(stage.watch->close(&cursor), SLIP_BUCKET_NOT_FOUND, "routes");
  assert_int_equal(cursor.revision, 1);
}

void a_bucket_that_is_made_anew_is_refused(void**) {
  Stage stage;
  for (int i = 0; i < 3; ++i) stage.put("a", std::to_string(i));
  stage.start();
  stage.check();
  EXPECT_OK(stage.watch->close(nullptr));
  EXPECT_OK(stage.connection->delete_bucket("routes"));
  stage.bucket = live::create(*stage.connection, "routes");
  for (int i = 0; i < 9; ++i) stage.put("b", std::to_string(i));
  const auto refused = slip::start_watch(stage.bucket, stage.fold, stage.watched,
                                         std::make_shared<test::Recorder>());
  EXPECT_FAILED(refused, SLIP_STREAM_RECREATED, "the bucket was deleted and made anew");
  test::await([&] { return stage.server.consumers("routes") == 0; }, "the consumers to be gone");
}

// A bucket whose end was purged: only a heartbeat says that everything came.
void a_tail_that_is_gone(void**) {
  Stage stage({{"history", "5"}});
  for (int i = 0; i < 5; ++i) stage.put("a", std::to_string(i));
  stage.put("b", "1");
  stage.remove("b");
  stage.start();
  EXPECT_OK(stage.watch->wait_caught_up(slip::deadline_after_ms(kRecoveryMs)));
  stage.check();
  assert_false(stage.fold->now().loading);
  EXPECT_OK(stage.watch->close(nullptr));
}

// Writes, removals, restarts, frozen servers, new runs, from a seed.
void trouble(void**) {
  Stage stage;
  std::mt19937_64 random(test_random());
  stage.watched.bounds.updates_max = 5;
  stage.start();
  const int rounds = test_long_lane() ? 200 : 25;
  for (int round = 0; round < rounds; ++round) {
    for (uint64_t i = random() % 40; i > 0; --i) {
      const std::string key = "key" + std::to_string(random() % 30);
      if (random() % 4 == 0)
        stage.remove(key);
      else
        stage.put(key, std::to_string(random() % 1000));
    }
    switch (random() % 6) {
      case 0:
        test_nats_kill(stage.server.handle);
        test_nats_restart(stage.server.handle);
        break;
      case 1:
        test_nats_terminate(stage.server.handle);
        test_nats_restart(stage.server.handle);
        break;
      case 2:
        if (random() % 2 == 0) stage.watch->cancel();
        (void)stage.watch->close(nullptr);
        stage.start();
        break;
      case 3:
        EXPECT_OK(stage.watch->export_snapshot());
        break;
      case 4:
        stage.fold->fail_commits(Status(SLIP_BUSY, "busy"), 2);
        break;
      default:
        stage.check();
    }
  }
  stage.check();
  EXPECT_OK(stage.watch->close(nullptr));
}

}  // namespace

int main(int argc, char** argv) {
  if (!live::take_kind(argc, argv)) return 2;
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_resume_receives_exactly_the_tail),
      cmocka_unit_test(restarts_of_the_server),
      cmocka_unit_test(a_start_without_a_server),
      cmocka_unit_test(a_bucket_that_is_deleted_ends_the_watch),
      cmocka_unit_test(a_bucket_that_is_made_anew_is_refused),
      cmocka_unit_test(a_tail_that_is_gone),
      cmocka_unit_test(trouble),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
