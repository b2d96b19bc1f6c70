// The audit over real servers: what they take away without a word is found, and what they do in
// the ordinary course of things never gives an alarm.
#include <nats/nats.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>

#include "live/live.h"
#include "world.h"

using live::Server;
using slip::Cursor;
using slip::Status;

namespace {

// A raw client, for what the library never does. Aborts where it fails.
void raw_request(const Server& server, const std::string& operation, const std::string& body) {
  natsConnection* nats = nullptr;
  natsMsg* answer = nullptr;
  natsStatus status = natsConnection_ConnectTo(&nats, server.url().c_str());
  if (status == NATS_OK)
    status = natsConnection_RequestString(&answer, nats, ("$JS.API." + operation).c_str(),
                                          body.c_str(), 5000);
  if (status != NATS_OK) fail_msg("%s: %s", operation.c_str(), natsStatus_GetText(status));
  const std::string text(natsMsg_GetData(answer),
                         static_cast<size_t>(natsMsg_GetDataLength(answer)));
  if (text.find("\"error\"") != std::string::npos) fail_msg("%s", text.c_str());
  natsMsg_Destroy(answer);
  natsConnection_Destroy(nats);
}

struct Stage {
  explicit Stage(live::Settings of_bucket = {}, const test_nats_config* config = nullptr)
      : server(config),
        connection(live::connect(server.url(), {{"reconnect_wait_ms", "50"}})),
        bucket(live::create(*connection, "routes", of_bucket)) {
    settings.replay_fold = false;
    settings.idle_heartbeat_ms = 200;
    settings.audit_interval_ms = 100;
  }
  void start() {
    watch.reset();
    caller = std::make_shared<test::Recorder>();
    auto started = slip::start_watch(bucket, fold, settings, caller);
    EXPECT_OK(started);
    watch = started.take();
  }
  void purge(const std::string& body) { raw_request(server, "STREAM.PURGE.KV_routes", body); }
  void fill(int count) {
    for (int i = 0; i < count; ++i) live::put(*bucket, "a." + std::to_string(i), "v");
    EXPECT_OK(watch->wait_revision(bucket->info()->last_revision,
                                   slip::deadline_after_ms(test::kPatienceMs)));
  }
  void expect_mismatch(const std::string& part) {
    live::await("the audit", [&] { return watch->status().state == SLIP_WATCH_ENDED; });
    EXPECT_FAILED(watch->close(nullptr), SLIP_AUDIT_MISMATCH, part);
  }
  void expect_none() {
    const uint64_t audits = watch->status().audits;
    live::await("audits", [&] {
      const slip::WatchState state = watch->status();
      return state.audits >= audits + 10 || state.state == SLIP_WATCH_ENDED;
    });
    EXPECT_OK(watch->close(nullptr));
    assert_int_equal(watch->status().audit_mismatches, 0);
  }

  Server server;
  std::shared_ptr<slip::Connection> connection;
  std::shared_ptr<slip::Bucket> bucket;
  std::shared_ptr<test::SwitchFold> fold = std::make_shared<test::SwitchFold>();
  std::shared_ptr<test::Recorder> caller;
  slip::WatchSettings settings;
  std::shared_ptr<slip::Watch> watch;
};

void a_key_that_is_purged_by_subject(void**) {
  Stage stage;
  stage.start();
  stage.fill(10);
  stage.purge("{\"filter\":\"$KV.routes.a.3\"}");
  stage.expect_mismatch("at revision 10 the bucket holds 9 keys of the whole bucket, the fold 10");
}

void a_stream_that_is_purged_under_a_live_watch(void**) {
  Stage stage;
  stage.start();
  stage.fill(10);
  stage.purge("");
  stage.expect_mismatch("the fold 10, deleted ones included: it was purged as a whole");
}

void a_stream_that_is_purged_and_written_again(void**) {
  Stage stage;
  stage.start();
  stage.fill(10);
  stage.purge("");
  live::put(*stage.bucket, "a.3", "again");
  stage.expect_mismatch("the bucket holds 1 key of the whole bucket, the fold 10");
}

void values_that_age_without_markers(void**) {
  Stage stage({{"max_age_ms", "1000"}});
  stage.start();
  stage.fill(5);
  stage.expect_mismatch("of the whole bucket, the fold 5");
}

void values_that_a_full_bucket_pushes_out(void**) {
  Stage stage({{"max_bytes", "2000"}, {"discard", "old"}});
  stage.start();
  stage.fill(100);
  stage.expect_mismatch("keys were removed from it without a word");
}

void a_delete_marker_that_is_compacted(void**) {
  Stage stage;
  stage.start();
  stage.fill(10);
  EXPECT_OK(slip::bucket_remove(*stage.bucket, "a.3"));
  EXPECT_OK(stage.watch->wait_revision(11, slip::deadline_after_ms(test::kPatienceMs)));
  stage.purge("{\"filter\":\"$KV.routes.a.3\"}");
  stage.expect_mismatch("at revision 11 the bucket holds 9 keys of the whole bucket, the fold 10");
}

// Written meanwhile: the loss is of a fold that stands still.
void what_went_while_nobody_watched(void**) {
  Stage stage;
  stage.start();
  stage.fill(10);
  EXPECT_OK(stage.watch->close(nullptr));
  stage.purge("{\"filter\":\"$KV.routes.a.3\"}");
  live::put(*stage.bucket, "a.11", "v");
  stage.start();
  stage.expect_mismatch("at revision 11 the bucket holds 10 keys of the whole bucket, the fold 11");
}

void deletes_purges_and_foreign_keys_give_no_alarm(void**) {
  Stage stage;
  stage.start();
  stage.fill(10);
  for (int i = 0; i < 10; i += 2)
    EXPECT_OK(slip::bucket_purge(*stage.bucket, "a." + std::to_string(i)));
  EXPECT_OK(slip::bucket_remove(*stage.bucket, "a.1"));
  live::put(*stage.bucket, "a.1", "again");
  stage.expect_none();
}

// What happens outside the scope is no matter; what happens inside is.
void a_scope_is_audited_by_itself(void**) {
  Stage stage;
  stage.settings.scope = slip::Scope::of({"a.", "c.d."});
  stage.start();
  for (int i = 0; i < 10; ++i) live::put(*stage.bucket, "b." + std::to_string(i), "v");
  live::put(*stage.bucket, "c.d.1", "v");
  stage.fill(10);
  stage.purge("{\"filter\":\"$KV.routes.b.3\"}");
  const uint64_t audits = stage.watch->status().audits;
  live::await("audits", [&] { return stage.watch->status().audits >= audits + 10; });
  assert_int_equal(stage.watch->status().auditable, 1);
  assert_int_equal(stage.watch->status().audit_mismatches, 0);
  stage.purge("{\"filter\":\"$KV.routes.a.3\"}");
  stage.expect_mismatch(
      "the bucket holds 10 keys of prefixes \"a.\", \"c.d.\", the fold 11, deleted ones included");
}

void markers_of_the_server_give_no_alarm(void**) {
  if (live::old_server()) return;  // it has none
  Stage stage({{"max_age_ms", "1000"}, {"marker_ttl_ms", "60000"}});
  // A marker lives no longer than max_age: what is counted is the time in between.
  stage.settings.audit_interval_ms = 20;
  stage.start();
  for (int i = 0; i < 300; ++i) live::put(*stage.bucket, "key" + std::to_string(i), "v");
  test::await([&] { return stage.fold->now().tombstones == 300; }, "the markers");
  assert_int_equal(stage.watch->status().state, SLIP_WATCH_LIVE);
  (void)stage.watch->close(nullptr);
}

// Writes as fast as they go, new keys all along, runs that end and begin, a server that restarts.
void firehose(const slip::Scope& scope) {
  Stage stage;
  stage.settings.scope = scope;
  stage.settings.audit_interval_ms = 10;
  stage.settings.bounds.updates_max = 50;
  std::atomic<bool> stop{false};
  const uint64_t seed = test_random();
  auto other = live::connect(stage.server.url(), {{"reconnect_wait_ms", "50"}});
  auto opened = other->open_bucket("routes");
  EXPECT_OK(opened);
  const auto bucket = opened.take();
  std::thread writer([&] {
    std::mt19937_64 random(seed);
    for (uint64_t i = 0; !stop; ++i) {
      const std::string key =
          (random() % 2 == 0 ? "k." : "l.") + std::to_string(random() % (10 + i / 4));
      switch (random() % 8) {
        case 0:
          (void)slip::bucket_remove(*bucket, key);
          break;
        case 1:
          // Servers before 2.9.12 let a purge skip others' updates under a consumer that lags.
          if (!live::old_server()) (void)slip::bucket_purge(*bucket, key);
          break;
        default: {  // made and written again at once
          slip::Write twice[2] = {};
          for (slip::Write& write : twice) {
            write.key = slip::as_slip_bytes(key);
            write.expected_revision = SLIP_REVISION_ANY;
            write.operation = SLIP_PUT;
          }
          slip::WriteResult results[2];
          (void)bucket->write(twice, 2, results);
        }
      }
    }
  });
  Status failed;
  uint64_t audits = 0;
  const int rounds = test_long_lane() != 0 ? 30 : 5;
  for (int round = 0; round < rounds && failed.ok(); ++round) {
    stage.start();
    live::await("audits", [&] {
      const slip::WatchState state = stage.watch->status();
      return state.audits >= 10 || state.state == SLIP_WATCH_ENDED;
    });
    if (round == 2) {
      test_nats_terminate(stage.server.handle);
      test_nats_restart(stage.server.handle);
    }
    failed = stage.watch->close(nullptr);
    audits += stage.watch->status().audits;
  }
  stop = true;
  writer.join();
  EXPECT_OK(failed);
  print_message("%llu audits under a firehose\n", static_cast<unsigned long long>(audits));
  assert_true(audits > 0);
  stage.start();
  live::await("the end", [&] {
    const auto state = stage.bucket->info();
    return state.ok() && stage.fold->now().revision >= state.value().last_revision;
  });
  stage.expect_none();
}

// Servers before 2.9.12 skip what is still to be delivered where a key is purged meanwhile, and no
// sequence shows it; newer ones do not.
void updates_that_a_server_skipped(void**) {
  Stage stage;
  for (int i = 0; i < 3000; ++i) live::put(*stage.bucket, "a." + std::to_string(i), "v");
  stage.settings.bounds.updates_max = 10;
  stage.settings.credit_updates = 20;
  stage.watch.reset();
  stage.caller = std::make_shared<test::Recorder>();
  std::atomic<bool> go_on{false};
  stage.caller->on_apply = [&](const slip::Batch&, Cursor) {
    while (!go_on) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return Status();
  };
  auto started = slip::start_watch(stage.bucket, stage.fold, stage.settings, stage.caller);
  EXPECT_OK(started);
  stage.watch = started.take();
  test::await([&] { return stage.watch->status().received >= 10; }, "the first updates");
  EXPECT_OK(slip::bucket_purge(*stage.bucket, "a.2999"));
  go_on = true;
  if (live::old_server()) {
    stage.expect_mismatch("at revision 3001 the bucket holds 3000 keys of the whole bucket, the ");
    return;
  }
  EXPECT_OK(stage.watch->wait_revision(3001, slip::deadline_after_ms(test::kPatienceMs)));
  assert_int_equal(stage.fold->now().entries, 2999);
  stage.expect_none();
}

slip::BucketState count(slip::Bucket& bucket, const slip::Scope& scope) {
  auto asked = bucket.inquire(scope);
  EXPECT_OK(asked);
  std::optional<slip::Result<slip::BucketState>> answer;
  live::await("the answer", [&] {
    answer = (*asked)->answer();
    return answer.has_value();
  });
  EXPECT_OK(*answer);
  return answer->value();
}

void keys_are_counted_by_prefixes(void**) {
  Stage stage;
  for (int i = 0; i < 7; ++i) live::put(*stage.bucket, "a.x." + std::to_string(i), "v");
  for (int i = 0; i < 5; ++i) live::put(*stage.bucket, "b." + std::to_string(i), "v");
  live::put(*stage.bucket, "a", "v");
  EXPECT_OK(slip::bucket_purge(*stage.bucket, "b.0"));
  const auto counted = [&](std::vector<std::string> prefixes) {
    const slip::BucketState state = count(*stage.bucket, slip::Scope::of(std::move(prefixes)));
    assert_int_equal(state.last_revision, 14);
    assert_int_equal(state.history, 1);
    return state.subjects;
  };
  assert_int_equal(counted({""}), 13);
  assert_int_equal(counted({"a."}), 7);
  assert_int_equal(counted({"a.x."}), 7);
  assert_int_equal(counted({"b.", "a."}), 12);
  assert_int_equal(counted({"none."}), 0);
  std::vector<std::string> many;
  for (int i = 0; i < 17; ++i) many.push_back("p" + std::to_string(10 + i) + ".");
  for (const auto& scope :
       {slip::Scope::of({"a.x"}), slip::Scope::of({"*."}), slip::Scope::of(many)})
    EXPECT_FAILED(stage.bucket->inquire(scope), SLIP_UNSUPPORTED,
                  "cannot count the keys of prefix");
  test_nats_freeze(stage.server.handle);
  auto unanswered = stage.bucket->inquire(slip::Scope::all());
  EXPECT_OK(unanswered);
  assert_false((*unanswered)->answer().has_value());
  test_nats_thaw(stage.server.handle);
}

void a_firehose_gives_no_false_alarm(void**) { firehose(slip::Scope::all()); }

void a_firehose_in_and_beside_a_scope(void**) { firehose(slip::Scope::of({"k."})); }

}  // namespace

int main(int argc, char** argv) {
  if (!live::take_kind(argc, argv)) return 2;
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_key_that_is_purged_by_subject),
      cmocka_unit_test(a_stream_that_is_purged_under_a_live_watch),
      cmocka_unit_test(a_stream_that_is_purged_and_written_again),
      cmocka_unit_test(values_that_age_without_markers),
      cmocka_unit_test(values_that_a_full_bucket_pushes_out),
      cmocka_unit_test(a_delete_marker_that_is_compacted),
      cmocka_unit_test(what_went_while_nobody_watched),
      cmocka_unit_test(deletes_purges_and_foreign_keys_give_no_alarm),
      cmocka_unit_test(a_scope_is_audited_by_itself),
      cmocka_unit_test(markers_of_the_server_give_no_alarm),
      cmocka_unit_test(updates_that_a_server_skipped),
      cmocka_unit_test(keys_are_counted_by_prefixes),
      cmocka_unit_test(a_firehose_gives_no_false_alarm),
      cmocka_unit_test(a_firehose_in_and_beside_a_scope),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
