// The audit: what went away without a word is found at the next one, and nothing else ever is.
#include <atomic>
#include <random>
#include <thread>

#include "audited_bucket.h"
#include "world.h"

using slip::Cursor;
using slip::Status;
using test::AuditedBucket;
using test::GuardOff;
using test::World;

namespace {

// A watch over a scripted bucket that counts as it is told.
struct Stage : World {
  std::shared_ptr<AuditedBucket> audited = std::make_shared<AuditedBucket>(bucket);

  Stage() { settings.audit_interval_ms = 5; }
  // So many keys in the bucket and in the fold, and the watch behind neither.
  static Stage with_keys(int count) {
    Stage stage;
    for (int i = 0; i < count; ++i) stage.bucket->put("key" + std::to_string(i));
    stage.audited->holds(static_cast<uint64_t>(count));
    return stage;
  }
  Status start() {
    watch.reset();
    auto started = slip::start_watch(audited, fold, settings, caller);
    if (started.ok()) watch = started.take();
    return started.status();
  }
  // To the question that waits; until the next one is asked.
  void answer(uint64_t revision, uint64_t keys) {
    const int before = audited->asked();
    audited->answer(revision, keys);
    test::await([&] { return audited->asked() > before; }, "the next audit");
  }
  void await_asked(int count) {
    test::await([&] { return audited->asked() >= count; }, "questions");
  }
};

void counts_that_are_equal_go_on_for_ever(void**) {
  Stage stage = Stage::with_keys(4);
  stage.bucket->remove("key0");  // still a key on both sides
  EXPECT_OK(stage.start());
  stage.await_asked(20);
  EXPECT_OK(stage.close());
}

void keys_that_the_bucket_lost_end_the_watch(void**) {
  Stage stage = Stage::with_keys(4);
  EXPECT_OK(stage.start());
  stage.await_asked(2);
  stage.audited->holds(3);
  test::await_end(stage);
  Cursor cursor{0, 0};
  const Status end = stage.close(&cursor);
  EXPECT_FAILED(end, SLIP_AUDIT_MISMATCH,
                "bucket \"routes\" and fold \"/folds/routes\" differ: at revision 4 the bucket "
                "holds 3 keys of the whole bucket, the fold 4, deleted ones included: keys were "
                "removed from it without a word");
  EXPECT_FAILED(end, SLIP_AUDIT_MISMATCH, "(use a new fold: filled from the beginning, or from");
  assert_false(end.retriable());
  assert_int_equal(cursor.revision, 4);
}

void a_bucket_that_was_purged_is_called_so(void**) {
  Stage stage = Stage::with_keys(4);
  EXPECT_OK(stage.start());
  stage.await_asked(2);
  stage.audited->holds(0);
  test::await_end(stage);
  EXPECT_FAILED(stage.close(), SLIP_AUDIT_MISMATCH,
                "the fold 4, deleted ones included: it was "
                "purged as a whole");
}

// What the server does in two steps, an expiry and its marker, may be counted in between.
void one_mismatch_alone_is_no_matter(void**) {
  Stage stage = Stage::with_keys(4);
  stage.audited->hold_answers();
  EXPECT_OK(stage.start());
  stage.await_asked(1);
  for (int round = 0; round < 5; ++round) {
    stage.answer(4, 3);
    stage.answer(4, 4);
  }
  EXPECT_OK(stage.close());
}

void keys_that_never_came_end_the_watch(void**) {
  Stage stage = Stage::with_keys(4);
  EXPECT_OK(stage.start());
  stage.await_asked(2);
  stage.audited->holds(6);
  test::await_end(stage);
  EXPECT_FAILED(stage.close(), SLIP_AUDIT_MISMATCH,
                "at revision 4 the bucket holds 6 keys of the whole bucket, the fold 4, deleted "
                "ones included: updates never came");
}

// A new key whose update was replaced before it was delivered comes with the next one.
void a_key_that_is_under_way_is_no_alarm(void**) {
  Stage stage = Stage::with_keys(2);
  stage.audited->hold_answers();
  EXPECT_OK(stage.start());
  stage.await_asked(1);
  for (uint64_t round = 0; round < 6; ++round) {
    // The bucket says that it has a key more; its update was replaced by the one after.
    const uint64_t revision = stage.bucket->skip_revision();
    const int asked = stage.audited->asked();
    stage.audited->answer(revision, 3 + round);
    stage.bucket->put("new" + std::to_string(round));
    test::await([&] { return stage.audited->asked() > asked; }, "the next audit");
  }
  EXPECT_OK(stage.close());
}

// key0 is gone from the bucket without a word; two new keys are under way in one batch, which hide
// that where one counts after both. The answer is of the first of them.
void hide_a_loss_behind_new_keys(Stage* stage) {
  stage->settings.close_on_idle = false;
  stage->settings.window_ms = 100;
  stage->audited->hold_answers();
  EXPECT_OK(stage->start());
  EXPECT_OK(stage->wait_revision(2));
  stage->await_asked(1);
  stage->bucket->put("a");
  stage->bucket->put("b");
  stage->audited->answer(3, 2);
  EXPECT_OK(stage->wait_revision(4));
  stage->await_asked(2);
  stage->audited->answer(4, 3);
}

void the_fold_is_counted_at_the_revision_of_the_answer(void**) {
  Stage stage = Stage::with_keys(2);
  hide_a_loss_behind_new_keys(&stage);
  EXPECT_RECORD(stage.caller, "apply 1 2", "applied 2 (2)", "apply 3", "applied 3 (1)", "apply 4",
                "applied 4 (1)");
  test::await_end(stage);
  EXPECT_FAILED(stage.close(), SLIP_AUDIT_MISMATCH, "differ");
}

// Nothing of the scope lies between the cursor and the revision: a heartbeat says so.
void a_heartbeat_brings_a_quiet_fold_to_the_revision(void**) {
  Stage stage = Stage::with_keys(2);
  stage.audited->hold_answers();
  EXPECT_OK(stage.start());
  stage.await_asked(1);
  for (int i = 0; i < 3; ++i) (void)stage.bucket->skip_revision();
  stage.audited->answer(5, 2);
  const int asked = stage.audited->asked();
  stage.bucket->heartbeat();
  EXPECT_OK(stage.wait_revision(5));
  test::await([&] { return stage.audited->asked() > asked; }, "the next audit");
  EXPECT_OK(stage.close());
}

void an_audit_without_an_answer_holds_nothing_up(void**) {
  Stage stage = Stage::with_keys(2);
  stage.audited->hold_answers();
  EXPECT_OK(stage.start());
  stage.await_asked(1);
  for (int i = 0; i < 50; ++i) stage.bucket->put("key" + std::to_string(i % 5));
  EXPECT_OK(stage.wait_revision(52));
  assert_int_equal(stage.audited->asked(), 1);
  // One that fails is left out.
  for (int i = 0; i < 3; ++i) {
    const int asked = stage.audited->asked();
    stage.audited->answer(Status(SLIP_UNREACHABLE, "no server", true));
    test::await([&] { return stage.audited->asked() > asked; }, "the next audit");
  }
  EXPECT_OK(stage.close());
}

void what_was_asked_at_a_lost_place_is_void(void**) {
  Stage stage = Stage::with_keys(2);
  stage.audited->hold_answers();
  EXPECT_OK(stage.start());
  stage.await_asked(1);
  stage.bucket->break_watcher(Status(SLIP_UNREACHABLE, "the connection broke", true));
  stage.await_asked(2);  // at the catch-up that follows
  assert_int_equal(stage.watch->status().restarts, 1);
  stage.answer(2, 2);
  EXPECT_OK(stage.close());
}

void what_cannot_be_counted_is_not(void**) {
  const auto never_asked = [](Stage stage) {
    stage.audited->holds(77);
    EXPECT_OK(stage.start());
    EXPECT_OK(stage.wait_caught_up());
    EXPECT_OK(stage.close());
    assert_int_equal(stage.audited->asked(), 0);
  };
  Stage off = Stage::with_keys(2);
  off.settings.audit_interval_ms = 0;
  never_asked(off);
  Stage history = Stage::with_keys(2);
  history.bucket->configure([](slip::BucketState& state) { state.history = 5; });
  never_asked(history);
  Stage part_of_a_token = Stage::with_keys(2);
  part_of_a_token.settings.scope = slip::Scope::of({"a.", "ke"});
  never_asked(part_of_a_token);
  Stage no_fold = Stage::with_keys(2);
  no_fold.fold = nullptr;
  never_asked(no_fold);
  Stage does_not_count = Stage::with_keys(2);
  does_not_count.audited->does_not_count();
  EXPECT_OK(does_not_count.start());
  does_not_count.await_asked(1);
  does_not_count.bucket->put("more");
  EXPECT_OK(does_not_count.wait_revision(3));
  EXPECT_OK(does_not_count.close());
  assert_int_equal(does_not_count.audited->asked(), 1);
}

// --- a watch that ends where it is caught up ------------------------------------------------

void the_end_is_audited(void**) {
  for (const uint64_t keys : {4u, 3u, 5u}) {
    Stage stage = Stage::with_keys(4);
    stage.settings.stop_at = slip::StopAt::caught_up;
    stage.audited->holds(keys);
    EXPECT_OK(stage.start());
    test::await_end(stage);
    const Status end = stage.close();
    assert_int_equal(end.code(), keys == 4 ? SLIP_OK : SLIP_AUDIT_MISMATCH);
    assert_int_equal(stage.audited->asked(), keys == 4 ? 1 : keys == 3 ? 2 : 3);
  }
}

void an_end_that_the_bucket_has_passed_is_not_audited(void**) {
  Stage stage = Stage::with_keys(4);
  stage.settings.stop_at = slip::StopAt::caught_up;
  stage.audited->hold_answers();
  EXPECT_OK(stage.start());
  stage.await_asked(1);
  EXPECT_OK(stage.wait_revision(4));
  assert_int_not_equal(stage.watch->status().state, SLIP_WATCH_ENDED);
  stage.audited->answer(5, 1);
  test::await_end(stage);
  EXPECT_OK(stage.close());
  assert_int_equal(stage.watch->status().audits, 0);

  Stage unanswered = Stage::with_keys(4);
  unanswered.settings.stop_at = slip::StopAt::caught_up;
  unanswered.audited->hold_answers();
  unanswered.audited->answer(Status(SLIP_UNREACHABLE, "no server", true));
  EXPECT_OK(unanswered.start());
  test::await_end(unanswered);
  EXPECT_OK(unanswered.close());

  Stage earlier = Stage::with_keys(4);
  earlier.settings.stop_at = slip::StopAt::revision;
  earlier.settings.stop_revision = 2;
  earlier.audited->holds(77);
  EXPECT_OK(earlier.start());
  test::await_end(earlier);
  EXPECT_OK(earlier.close());
  assert_int_equal(earlier.audited->asked(), 0);
}

// --- the embedded bucket --------------------------------------------------------------------

struct Embedded {
  std::shared_ptr<slip::Bucket> bucket;
  std::shared_ptr<AuditedBucket> audited;
  std::shared_ptr<test::SwitchFold> fold = std::make_shared<test::SwitchFold>();
  slip::WatchSettings settings;
  std::shared_ptr<slip::Watch> watch;

  explicit Embedded(slip::BucketConfig config = {}) {
    auto connection = slip::connect("mem://", slip::Options(SLIP_OPTIONS_CONNECTION));
    EXPECT_OK(connection);
    config.name = "routes";
    auto made = (*connection)->create_bucket(config);
    EXPECT_OK(made);
    bucket = made.take();
    audited = std::make_shared<AuditedBucket>(bucket);
    audited->passes_on();
    settings.replay_fold = false;
    settings.audit_interval_ms = 2;
    settings.idle_heartbeat_ms = 100;
  }
  void start() {
    watch.reset();
    auto started = slip::start_watch(audited, fold, settings, std::make_shared<test::Recorder>());
    EXPECT_OK(started);
    watch = started.take();
  }
  void put(const std::string& key, const std::string& value = "v") {
    EXPECT_OK(slip::bucket_put(*bucket, key, value));
  }
  void expect_mismatch(const char* part) {
    test::await([&] { return watch->status().state == SLIP_WATCH_ENDED; }, "the audit");
    EXPECT_FAILED(watch->close(nullptr), SLIP_AUDIT_MISMATCH, part);
  }
};

void values_that_age_without_a_marker_are_found(void**) {
  slip::BucketConfig config;
  config.max_age_ns = 150000000;
  Embedded embedded(config);
  embedded.start();
  for (const char* key : {"a", "b", "c"}) embedded.put(key);
  embedded.expect_mismatch("of the whole bucket, the fold ");
}

void what_a_full_bucket_pushed_out_is_found(void**) {
  slip::BucketConfig config;
  config.max_bytes = 40;
  config.discard = SLIP_DISCARD_OLD;
  Embedded embedded(config);
  embedded.start();
  for (int i = 0; i < 30; ++i) embedded.put("key" + std::to_string(i));
  embedded.expect_mismatch("keys were removed from it without a word");
}

void values_that_leave_a_marker_are_no_alarm(void**) {
  slip::BucketConfig config;
  config.max_age_ns = 50000000;
  config.marker_ttl_ns = 60ll * 60 * 1000000000;
  Embedded embedded(config);
  embedded.start();
  for (int i = 0; i < 20; ++i) embedded.put("key" + std::to_string(i));
  test::await([&] { return embedded.fold->now().entries == 0; }, "the markers");
  const int asked = embedded.audited->asked();
  test::await([&] { return embedded.audited->asked() > asked + 10; }, "audits");
  EXPECT_OK(embedded.watch->close(nullptr));
}

// Puts, removals and purges as fast as they go, new keys all the time, runs that end and begin:
// audits all along, and not one alarm.
void soak(uint64_t seed, const slip::Scope& scope) {
  Embedded embedded;
  embedded.settings.scope = scope;
  embedded.settings.bounds.updates_max = 7;
  embedded.settings.audit_interval_ms = 1;
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    std::mt19937_64 random(seed);
    for (uint64_t i = 0; !stop; ++i) {
      const std::string key =
          std::string(random() % 2 == 0 ? "a." : "b.") + std::to_string(random() % (20 + i / 8));
      if (random() % 5 == 0)
        (void)slip::bucket_purge(*embedded.bucket, key);
      else
        (void)slip::bucket_put(*embedded.bucket, key, std::to_string(i));
      if (random() % 64 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  Status failed;
  uint64_t audits = 0;
  const uint64_t rounds = test_long_lane() != 0 ? 40 : 6;
  for (uint64_t round = 0; round < rounds && failed.ok(); ++round) {
    embedded.start();
    const int asked = embedded.audited->asked();
    test::await(
        [&] {
          return embedded.audited->asked() >= asked + 10 ||
                 embedded.watch->status().state == SLIP_WATCH_ENDED;
        },
        "audits");
    failed = embedded.watch->close(nullptr);
    audits += static_cast<uint64_t>(embedded.audited->asked() - asked);
  }
  stop = true;
  writer.join();
  EXPECT_OK(failed);
  print_message("%llu audits under a firehose\n", static_cast<unsigned long long>(audits));
}

void a_firehose_gives_no_false_alarm(void**) {
  soak(test_random(), slip::Scope::all());
  soak(test_random(), slip::Scope::of({"a."}));
}

// --- without its guard each of these goes wrong ---------------------------------------------

void guard_audit_cut(void**) {
  const GuardOff off("audit_cut");
  Stage stage = Stage::with_keys(2);
  hide_a_loss_behind_new_keys(&stage);
  stage.await_asked(3);
  EXPECT_OK(stage.close());  // two new keys hid the one that is gone
}

void guard_audit_more(void**) {
  const GuardOff off("audit_more");
  Stage stage = Stage::with_keys(4);
  EXPECT_OK(stage.start());
  stage.audited->holds(0);
  stage.await_asked(5);
  EXPECT_OK(stage.close());
}

void guard_audit_twice(void**) {
  const GuardOff off("audit_twice");
  Stage stage = Stage::with_keys(4);
  stage.audited->hold_answers();
  EXPECT_OK(stage.start());
  stage.await_asked(1);
  stage.audited->answer(4, 3);
  test::await_end(stage);
  EXPECT_FAILED(stage.close(), SLIP_AUDIT_MISMATCH, "differ");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(counts_that_are_equal_go_on_for_ever),
      cmocka_unit_test(keys_that_the_bucket_lost_end_the_watch),
      cmocka_unit_test(a_bucket_that_was_purged_is_called_so),
      cmocka_unit_test(one_mismatch_alone_is_no_matter),
      cmocka_unit_test(keys_that_never_came_end_the_watch),
      cmocka_unit_test(a_key_that_is_under_way_is_no_alarm),
      cmocka_unit_test(the_fold_is_counted_at_the_revision_of_the_answer),
      cmocka_unit_test(a_heartbeat_brings_a_quiet_fold_to_the_revision),
      cmocka_unit_test(an_audit_without_an_answer_holds_nothing_up),
      cmocka_unit_test(what_was_asked_at_a_lost_place_is_void),
      cmocka_unit_test(what_cannot_be_counted_is_not),
      cmocka_unit_test(the_end_is_audited),
      cmocka_unit_test(an_end_that_the_bucket_has_passed_is_not_audited),
      cmocka_unit_test(values_that_age_without_a_marker_are_found),
      cmocka_unit_test(what_a_full_bucket_pushed_out_is_found),
      cmocka_unit_test(values_that_leave_a_marker_are_no_alarm),
      cmocka_unit_test(a_firehose_gives_no_false_alarm),
      cmocka_unit_test(guard_audit_cut),
      cmocka_unit_test(guard_audit_more),
      cmocka_unit_test(guard_audit_twice),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
