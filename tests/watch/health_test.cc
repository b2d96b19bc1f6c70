// What happens under a watch has a name and is counted, and whether the watch is ready follows from
// what it knows: readiness, staleness, lag and contact, over a scripted bucket.
#include "watch/health.h"

#include <atomic>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/log.h"
#include "world.h"

using slip::Batch;
using slip::Deadline;
using slip::Health;
using slip::SourceEvent;
using slip::Status;
using slip::Steady;
using slip::WatchState;
using std::chrono::milliseconds;
using test::World;

namespace {

// The scripted bucket, and a way into the intake that it fills: what a source says of itself.
class TappedBucket final : public slip::Bucket {
 public:
  explicit TappedBucket(std::shared_ptr<test::ScriptedBucket> scripted)
      : scripted_(std::move(scripted)) {}
  slip::Intake& intake() const { return *intake_; }
  uint32_t incarnation() const { return incarnation_; }
  // An update that no script can write, as the next delivery.
  void deliver(const std::string& key, uint64_t revision, uint32_t operation,
               const std::string& value, uint32_t flags = 0, uint64_t pending = 0) {
    slip::Update update{};
    update.key = slip::as_slip_bytes(key);
    update.value = slip::as_slip_bytes(value);
    update.revision = revision;
    update.operation = operation;
    update.flags = flags;
    intake_->append(update, incarnation_, ++delivery_, false, pending);
  }
  void deliver_again_from_the_first() { delivery_ = 0; }

  // Audits count so many keys; without it, they are not answered.
  void holds(uint64_t keys) { keys_ = keys; }
  slip::Result<std::unique_ptr<slip::Inquiry>> inquire(const slip::Scope& scope) override {
    if (keys_ == 0) return slip::Bucket::inquire(scope);
    auto state = info();
    if (state.ok()) state.value().subjects = keys_;
    return std::unique_ptr<slip::Inquiry>(std::make_unique<Told>(std::move(state)));
  }

  const std::string& name() const override { return scripted_->name(); }
  slip::Result<slip::BucketState> info() override { return scripted_->info(); }
  slip::Result<slip::Entry> last(slip::Bytes key) override { return scripted_->last(key); }
  slip::Result<std::optional<slip::Entry>> at_revision(uint64_t revision) override {
    return scripted_->at_revision(revision);
  }
  Status write(const slip::Write* writes, size_t count, slip::WriteResult* results) override {
    return scripted_->write(writes, count, results);
  }
  slip::Result<std::unique_ptr<slip::Listing>> list(slip::Bytes prefix, bool values) override {
    return scripted_->list(prefix, values);
  }
  slip::Result<std::unique_ptr<slip::Watcher>> watch(
      const slip::WatchRequest& request, std::shared_ptr<slip::Intake> intake) override {
    intake_ = intake;
    incarnation_ = request.incarnation;
    delivery_ = 0;
    return scripted_->watch(request, std::move(intake));
  }

 private:
  struct Told final : slip::Inquiry {
    explicit Told(slip::Result<slip::BucketState> known) : state(std::move(known)) {}
    std::optional<slip::Result<slip::BucketState>> answer() override { return state; }
    const slip::Result<slip::BucketState> state;
  };

  const std::shared_ptr<test::ScriptedBucket> scripted_;
  std::atomic<uint64_t> keys_{0};
  std::shared_ptr<slip::Intake> intake_;
  std::atomic<uint32_t> incarnation_{0};
  uint64_t delivery_ = 0;
};

struct Stage : World {
  std::shared_ptr<TappedBucket> tap = std::make_shared<TappedBucket>(bucket);

  // Caught up, on a bucket of which nothing was delivered.
  void begin() {
    auto started = slip::start_watch(tap, fold, settings, caller);
    EXPECT_OK(started);
    watch = started.take();
    EXPECT_OK(wait_caught_up());
  }
  WatchState status() const { return watch->status(); }
  // "name name*3", ascending by number.
  std::string events() const {
    slip::WatchEvent found[slip::kWatchEvents];
    const size_t count = watch->events(found, slip::kWatchEvents);
    std::string text;
    for (size_t i = 0; i < count; ++i) {
      if (!text.empty()) text += ' ';
      text += found[i].name;
      if (found[i].count > 1) text += "*" + std::to_string(found[i].count);
    }
    return text;
  }
  slip::WatchEvent event(int32_t kind) const {
    slip::WatchEvent found[slip::kWatchEvents];
    const size_t count = watch->events(found, slip::kWatchEvents);
    for (size_t i = 0; i < count; ++i)
      if (found[i].event == kind) return found[i];
    return slip::WatchEvent{};
  }
  void break_source(SourceEvent kind) {
    const uint64_t before = status().restarts;
    tap->intake().broken(tap->incarnation(), Status(SLIP_UNREACHABLE, "broken", true), kind);
    test::await([&] { return status().restarts > before && status().state == SLIP_WATCH_LIVE; },
                "a new place");
  }
};

// A fold that followed the bucket to its end, and a server that is out of reach.
Stage offline(int64_t max_stale_ms) {
  Stage stage;
  stage.bucket->put("a");
  stage.bucket->put("b");
  stage.fill();
  stage.caller = std::make_shared<test::Recorder>();
  stage.settings.max_stale_ms = max_stale_ms;
  stage.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), -1);
  return stage;
}

// --- names ------------------------------------------------------------------------------------

void every_event_has_a_name_of_its_own(void**) {
  std::map<std::string, int32_t> names;
  for (int32_t event = -1; event < 64; ++event) {
    const std::string name = slip::watch_event_name(event);
    if (name != "?") assert_true(names.emplace(name, event).second);
  }
  assert_int_equal(names.size(), slip::kWatchEvents);
  assert_int_equal(names.at("delivery_gap"), SLIP_EVENT_DELIVERY_GAP);
  assert_int_equal(names.at("commit_failed"), SLIP_EVENT_COMMIT_FAILED);
}

// --- the source -------------------------------------------------------------------------------

void breaks_of_the_source_are_counted_by_their_kind(void**) {
  Stage stage;
  stage.bucket->put("a");
  stage.begin();
  EXPECT_TEXT(stage.events(), "");
  assert_int_equal(stage.status().last_event, 0);
  for (const SourceEvent kind :
       {SourceEvent::connection_lost, SourceEvent::server_shutdown, SourceEvent::silence,
        SourceEvent::consumer_deleted, SourceEvent::consumer_replaced, SourceEvent::leader_changed,
        SourceEvent::other, SourceEvent::silence})
    stage.break_source(kind);
  EXPECT_TEXT(stage.events(),
              "connection_lost server_shutdown silence*2 consumer_deleted consumer_replaced "
              "leader_changed");
  const slip::WatchEvent silence = stage.event(SLIP_EVENT_SILENCE);
  assert_int_equal(silence.last_revision, 1);
  assert_true(silence.last_ns > 0 && silence.last_ns <= slip::unix_now_ns());
  const WatchState state = stage.status();
  assert_int_equal(state.last_event, SLIP_EVENT_SILENCE);
  assert_int_equal(state.restarts, 8);
  assert_int_equal(state.reconnects, 2);  // of the connection, and of a server that stopped
  assert_int_equal(state.gaps, 0);
  EXPECT_OK(stage.close());
}

void what_is_noted_without_a_break_is_counted(void**) {
  Stage stage;
  stage.begin();
  stage.tap->intake().note(stage.tap->incarnation(), SourceEvent::leader_changed);
  test::await([&] { return stage.status().last_event == SLIP_EVENT_LEADER_CHANGED; }, "the note");
  assert_int_equal(stage.status().restarts, 0);
  assert_int_equal(stage.status().state, SLIP_WATCH_LIVE);
  EXPECT_OK(stage.close());
}

// A connection that is down is no place to be live at, though nothing broke yet.
void a_connection_that_is_down_makes_the_watch_stale(void**) {
  Stage stage;
  stage.bucket->put("a");
  stage.begin();
  stage.tap->intake().note(stage.tap->incarnation(), SourceEvent::connection_lost);
  test::await([&] { return stage.status().state == SLIP_WATCH_STALE; }, "the state");
  assert_int_equal(stage.status().ready, 1);
  assert_true(stage.status().lag_ns > 0);
  stage.break_source(SourceEvent::other);
  assert_int_equal(stage.status().reconnects, 1);
  EXPECT_TEXT(stage.events(), "connection_lost");
  EXPECT_OK(stage.close());
}

void a_missing_delivery_is_a_gap_and_an_older_number_another_consumer(void**) {
  Stage stage;
  stage.begin();
  stage.bucket->put("a");
  stage.bucket->lose(1);
  stage.bucket->put("b");
  const uint64_t last = stage.bucket->put("c");
  EXPECT_OK(stage.wait_revision(last));
  EXPECT_TEXT(stage.events(), "delivery_gap");
  assert_int_equal(stage.status().gaps, 1);
  assert_int_equal(stage.event(SLIP_EVENT_DELIVERY_GAP).last_revision, 1);
  // The consumer counts from the first again.
  const uint64_t before = stage.status().restarts;
  stage.tap->deliver_again_from_the_first();
  stage.tap->deliver("b", 2, SLIP_PUT, "v");
  test::await([&] { return stage.status().restarts > before; }, "a new place");
  EXPECT_OK(stage.wait_caught_up());
  EXPECT_TEXT(stage.events(), "consumer_replaced delivery_gap");
  assert_int_equal(stage.status().gaps, 1);
  EXPECT_OK(stage.close());
}

// --- the bucket -------------------------------------------------------------------------------

void check_end(Stage& stage, slip_status end, const char* event) {
  stage.bucket->break_watcher(Status(SLIP_UNREACHABLE, "away", true));
  test::await_end(stage);
  assert_int_equal(stage.status().end_status, end);
  assert_int_equal(stage.status().ready, 0);
  EXPECT_TEXT(stage.events(), event);
}

void what_the_bucket_did_is_named(void**) {
  const auto followed = [] {
    Stage stage;
    for (const char* key : {"a", "b", "c", "d"}) stage.bucket->put(key);
    stage.begin();
    return stage;
  };
  Stage deleted = followed();
  deleted.bucket->fail_info(Status(SLIP_BUCKET_NOT_FOUND, "no such bucket"), -1);
  check_end(deleted, SLIP_BUCKET_NOT_FOUND, "bucket_deleted");
  assert_int_equal(deleted.event(SLIP_EVENT_BUCKET_DELETED).last_revision, 4);

  Stage recreated = followed();
  recreated.bucket->recreate(9);
  check_end(recreated, SLIP_STREAM_RECREATED, "bucket_recreated");

  Stage rewound = followed();
  rewound.bucket->rewind(2);
  check_end(rewound, SLIP_STREAM_REWOUND, "bucket_rewound");

  Stage expired = followed();
  expired.bucket->configure([](slip::BucketState& state) { state.max_age_ns = 60000000000; });
  expired.bucket->lose(3);
  for (const char* key : {"e", "f", "g"}) expired.bucket->put(key);
  for (uint64_t revision = 1; revision <= 6; ++revision) expired.bucket->forget(revision);
  check_end(expired, SLIP_CURSOR_EXPIRED, "cursor_expired");
}

// A watch that is told of a bucket that it never had does not call it deleted.
void a_bucket_that_never_was_is_not_called_deleted(void**) {
  Stage stage;
  stage.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), 1);
  EXPECT_OK(stage.start());
  stage.bucket->fail_info(Status(SLIP_BUCKET_NOT_FOUND, "no such bucket"), -1);
  test::await_end(stage);
  EXPECT_TEXT(stage.events(), "");
}

std::string logged;

void new_rules_are_named_and_said(void**) {
  Stage stage;
  stage.bucket->put("a");
  stage.begin();
  stage.break_source(SourceEvent::other);
  EXPECT_TEXT(stage.events(), "");
  logged.clear();
  EXPECT_OK(slip::set_log(
      [](void*, int32_t, const char*, const char* message) {
        if (std::strstr(message, "reconfigured") != nullptr) logged = message;
      },
      nullptr, SLIP_LOG_WARNING));
  stage.bucket->configure([](slip::BucketState& state) {
    state.history = 5;
    state.marker_ttl_ns = 2000000000;
  });
  stage.break_source(SourceEvent::other);
  EXPECT_OK(slip::set_log(nullptr, nullptr, SLIP_LOG_WARNING));
  EXPECT_TEXT(stage.events(), "bucket_reconfigured older_revisions");
  EXPECT_TEXT(logged,
              "bucket \"routes\" was reconfigured: history was 1 and is 5; marker_ttl_ms was 0 and "
              "is 2000");
  for (const auto& change : std::vector<void (*)(slip::BucketState&)>{
           [](slip::BucketState& state) { state.max_age_ns = 86400000000000; },
           [](slip::BucketState& state) { state.max_bytes = 1 << 30; },
           [](slip::BucketState& state) { state.discard = SLIP_DISCARD_OLD; },
           [](slip::BucketState& state) { state.per_message_ttl = 1; }}) {
    const uint64_t before = stage.event(SLIP_EVENT_BUCKET_RECONFIGURED).count;
    stage.bucket->configure(change);
    stage.break_source(SourceEvent::other);
    assert_int_equal(stage.event(SLIP_EVENT_BUCKET_RECONFIGURED).count, before + 1);
  }
  assert_int_equal(stage.event(SLIP_EVENT_OLDER_REVISIONS).count, 1);
  EXPECT_OK(stage.close());
}

// An audit hears of them without a restart.
void new_rules_are_seen_by_an_audit(void**) {
  Stage stage;
  stage.settings.audit_interval_ms = 100;
  stage.tap->holds(1);
  stage.bucket->put("a");
  stage.begin();
  test::await([&] { return stage.status().audits > 0; }, "an audit");
  EXPECT_TEXT(stage.events(), "");
  assert_int_equal(stage.status().auditable, 1);
  stage.bucket->configure([](slip::BucketState& state) { state.max_bytes = 1 << 30; });
  test::await([&] { return stage.events() == "bucket_reconfigured"; }, "the event");
  assert_int_equal(stage.status().restarts, 0);
  // What is counted differently is an event, and twice in a row the end.
  stage.tap->holds(3);
  test::await_end(stage);
  assert_int_equal(stage.status().end_status, SLIP_AUDIT_MISMATCH);
  assert_int_equal(stage.event(SLIP_EVENT_AUDIT_MISMATCH).count, 2);
  assert_int_equal(stage.status().audit_mismatches, 2);
}

// --- single updates -----------------------------------------------------------------------------

void updates_of_a_special_sort_are_counted_and_applied(void**) {
  Stage stage;
  stage.begin();
  const std::string long_key(slip::kLongKeyBytes + 1, 'k');
  stage.tap->deliver("plain", 1, SLIP_PUT, "v");
  stage.tap->deliver("plain", 2, SLIP_PURGE, "");
  stage.tap->deliver("aged", 3, SLIP_PURGE, "", SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER);
  stage.tap->deliver("empty", 4, SLIP_PUT, "");
  stage.tap->deliver("empty", 5, SLIP_DELETE, "");
  stage.tap->deliver("two..dots", 6, SLIP_PUT, "v");
  stage.tap->deliver("sp ace", 7, SLIP_PUT, "v");
  stage.tap->deliver(long_key, 8, SLIP_PUT, "v");
  EXPECT_OK(stage.wait_revision(8));
  EXPECT_TEXT(stage.events(), "key_purged key_expired empty_value odd_key*2 long_key");
  assert_int_equal(stage.event(SLIP_EVENT_KEY_PURGED).last_revision, 2);
  assert_int_equal(stage.event(SLIP_EVENT_KEY_EXPIRED).last_revision, 3);
  assert_int_equal(stage.event(SLIP_EVENT_EMPTY_VALUE).last_revision, 4);
  assert_int_equal(stage.event(SLIP_EVENT_ODD_KEY).last_revision, 7);
  assert_int_equal(stage.event(SLIP_EVENT_LONG_KEY).last_revision, 8);
  assert_int_equal(stage.status().applied, 8);
  EXPECT_TEXT(stage.fold->contents(), long_key + "=v sp ace=v two..dots=v");
  EXPECT_OK(stage.close());
}

void the_form_of_a_key_is_that_of_the_rules(void**) {
  for (const char* key : {"a", "a.b", "-/_=", "a.b.c.d", "Z9"})
    assert_true(slip::has_key_form(key));
  for (const char* key : {"", ".", ".a", "a.", "a..b", "..", "a b", "a\tb", "\xC3\xA9", "a*", ">"})
    assert_false(slip::has_key_form(key));
  assert_false(slip::has_key_form(std::string_view("a\0b", 3)));
  assert_true(slip::has_key_form(std::string(5000, 'k')));  // its length is another matter
}

void failed_commits_are_counted(void**) {
  Stage stage;
  stage.begin();
  stage.fold->fail_commits(Status(SLIP_BUSY, "busy"), 2);
  EXPECT_OK(stage.wait_revision(stage.bucket->put("a")));
  EXPECT_TEXT(stage.events(), "commit_failed*2");
  EXPECT_OK(stage.close());
}

// --- readiness ----------------------------------------------------------------------------------

void a_start_without_a_server_serves_what_the_fold_has(void**) {
  Stage stage = offline(0);
  EXPECT_OK(stage.start());
  WatchState state = stage.status();
  assert_int_equal(state.state, SLIP_WATCH_STALE);
  assert_int_equal(state.ready, 1);
  assert_int_equal(state.cursor.revision, 2);
  assert_int_equal(state.contact_age_ns, -1);
  assert_int_equal(state.last_contact_ns, 0);
  assert_int_equal(state.last_current_ns, 0);
  assert_true(state.lag_ns > 0);
  EXPECT_TEXT(stage.fold->contents(), "a=v b=v");
  // Connected later, without a restart.
  stage.bucket->fail_info(Status(), 0);
  EXPECT_OK(stage.wait_caught_up());
  state = stage.status();
  assert_int_equal(state.state, SLIP_WATCH_LIVE);
  assert_int_equal(state.ready, 1);
  assert_int_equal(state.lag_ns, 0);
  assert_true(state.contact_age_ns >= 0 && state.last_contact_ns <= slip::unix_now_ns());
  EXPECT_OK(stage.close());
}

void with_a_bound_it_is_ready_once_caught_up(void**) {
  Stage stage = offline(test::kHourMs);
  EXPECT_OK(stage.start());
  assert_int_equal(stage.status().state, SLIP_WATCH_STALE);
  assert_int_equal(stage.status().ready, 0);
  stage.bucket->fail_info(Status(), 0);
  EXPECT_OK(stage.wait_caught_up());
  test::await([&] { return stage.status().ready == 1; }, "readiness");
  assert_true(stage.status().last_current_ns > 0);
  EXPECT_OK(stage.close());
}

void a_state_that_is_not_refreshed_is_ready_no_more(void**) {
  Stage stage;
  stage.settings.max_stale_ms = 300;
  stage.bucket->put("a");
  stage.begin();
  test::await([&] { return stage.status().ready == 1; }, "readiness");
  stage.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), -1);
  stage.bucket->break_watcher(Status(SLIP_UNREACHABLE, "away", true));
  test::await([&] { return stage.status().ready == 0; }, "the end of readiness");
  const WatchState state = stage.status();
  assert_int_equal(state.state, SLIP_WATCH_STALE);
  assert_true(state.lag_ns > 300 * 1000000);
  assert_true(state.lag_ns >= state.contact_age_ns &&
              state.last_current_ns <= state.last_contact_ns);
  stage.bucket->fail_info(Status(), 0);
  test::await([&] { return stage.status().ready == 1; }, "readiness again");
  EXPECT_OK(stage.close());
}

void a_first_load_is_not_ready_before_its_end(void**) {
  Stage stage;
  stage.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), -1);
  EXPECT_OK(stage.start());
  assert_int_equal(stage.status().state, SLIP_WATCH_CONNECTING);
  assert_int_equal(stage.status().ready, 0);
  stage.bucket->put("a");
  stage.bucket->fail_info(Status(), 0);
  EXPECT_OK(stage.wait_caught_up());
  assert_int_equal(stage.status().ready, 1);
  // From here on it has something to serve.
  stage.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), -1);
  stage.bucket->break_watcher(Status(SLIP_UNREACHABLE, "away", true));
  test::await([&] { return stage.status().state == SLIP_WATCH_STALE; }, "the state");
  assert_int_equal(stage.status().ready, 1);
  EXPECT_OK(stage.close());
}

void a_replay_is_not_ready_before_its_end(void**) {
  Stage stage = offline(0);
  stage.settings.replay_fold = true;
  std::atomic<bool> go_on{false};
  stage.caller->on_apply = [&](const Batch&, slip::Cursor) {
    while (!go_on) std::this_thread::yield();
    return Status();
  };
  EXPECT_OK(stage.start());
  assert_int_equal(stage.status().state, SLIP_WATCH_REPLAYING);
  assert_int_equal(stage.status().ready, 0);
  go_on = true;
  test::await([&] { return stage.status().state == SLIP_WATCH_STALE; }, "the end of the replay");
  assert_int_equal(stage.status().ready, 1);
  assert_int_equal(stage.status().replayed, 2);
  EXPECT_OK(stage.close());
}

void a_caller_that_stalls_lags(void**) {
  Stage stage;
  stage.begin();
  std::atomic<bool> stalls{true};
  stage.caller->on_apply = [&](const Batch&, slip::Cursor) {
    while (stalls) std::this_thread::yield();
    return Status();
  };
  for (const char* key : {"a", "b", "c"}) stage.bucket->put(key);
  test::await([&] { return stage.status().lag_revisions == 3; }, "the lag");
  test::await([&] { return stage.status().lag_ns > 1000000; }, "a lag in time");
  assert_int_equal(stage.status().server_last_revision, 3);
  stalls = false;
  EXPECT_OK(stage.wait_revision(3));
  assert_int_equal(stage.status().lag_revisions, 0);
  assert_int_equal(stage.status().lag_ns, 0);
  EXPECT_OK(stage.close());
}

// What the source has left counts, although nothing of it has come.
void a_source_with_more_to_come_is_lagged_behind(void**) {
  Stage stage;
  stage.begin();
  test::await([&] { return stage.status().last_current_ns > 0; }, "a current state");
  const int64_t current = stage.status().last_current_ns;
  test::await([&] { return slip::unix_now_ns() > current + 20000000; }, "a later tick");
  stage.tap->deliver("a", 10, SLIP_PUT, "v", 0, 41);
  EXPECT_OK(stage.wait_revision(10));
  const WatchState behind = stage.status();
  assert_int_equal(behind.server_last_revision, 51);
  assert_int_equal(behind.lag_revisions, 41);
  assert_true(behind.lag_ns > 0);
  assert_true(behind.last_current_ns < current + 1000000);
  // A heartbeat has the last word: there is nothing left.
  stage.tap->intake().heartbeat(slip::Heartbeat{stage.tap->incarnation(), 1, 10});
  test::await([&] { return stage.status().lag_revisions == 0; }, "the end of the lag");
  test::await([&] { return stage.status().last_current_ns > current + 1000000; }, "the sign");
  assert_int_equal(stage.status().lag_ns, 0);
  EXPECT_OK(stage.close());
}

void batches_are_measured(void**) {
  Stage stage;
  stage.settings.bounds.updates_max = 3;
  for (int i = 0; i < 4; ++i) stage.bucket->put("k" + std::to_string(i), "vv");
  EXPECT_OK(stage.start());
  EXPECT_OK(stage.wait_caught_up());
  const WatchState state = stage.status();
  assert_int_equal(state.batches, 2);
  assert_int_equal(state.last_batch_updates, 1);
  assert_int_equal(state.largest_batch_updates, 3);
  assert_int_equal(state.largest_batch_bytes, 3 * 4);
  EXPECT_OK(stage.close());
}

// --- without its guard each of these goes wrong ------------------------------------------------

void guard_ready_complete(void**) {
  const test::GuardOff off("ready_complete");
  Stage stage;
  stage.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), -1);
  EXPECT_OK(stage.start());
  assert_int_equal(stage.status().ready, 1);  // with nothing to serve
  EXPECT_OK(stage.close());
}

void guard_ready_fresh(void**) {
  const test::GuardOff off("ready_fresh");
  Stage stage = offline(test::kHourMs);
  EXPECT_OK(stage.start());
  assert_int_equal(stage.status().ready, 1);  // with a state of unknown age
  EXPECT_OK(stage.close());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_event_has_a_name_of_its_own),
      cmocka_unit_test(breaks_of_the_source_are_counted_by_their_kind),
      cmocka_unit_test(what_is_noted_without_a_break_is_counted),
      cmocka_unit_test(a_connection_that_is_down_makes_the_watch_stale),
      cmocka_unit_test(a_missing_delivery_is_a_gap_and_an_older_number_another_consumer),
      cmocka_unit_test(what_the_bucket_did_is_named),
      cmocka_unit_test(a_bucket_that_never_was_is_not_called_deleted),
      cmocka_unit_test(new_rules_are_named_and_said),
      cmocka_unit_test(new_rules_are_seen_by_an_audit),
      cmocka_unit_test(updates_of_a_special_sort_are_counted_and_applied),
      cmocka_unit_test(the_form_of_a_key_is_that_of_the_rules),
      cmocka_unit_test(failed_commits_are_counted),
      cmocka_unit_test(a_start_without_a_server_serves_what_the_fold_has),
      cmocka_unit_test(with_a_bound_it_is_ready_once_caught_up),
      cmocka_unit_test(a_state_that_is_not_refreshed_is_ready_no_more),
      cmocka_unit_test(a_first_load_is_not_ready_before_its_end),
      cmocka_unit_test(a_replay_is_not_ready_before_its_end),
      cmocka_unit_test(a_caller_that_stalls_lags),
      cmocka_unit_test(a_source_with_more_to_come_is_lagged_behind),
      cmocka_unit_test(batches_are_measured),
      cmocka_unit_test(guard_ready_complete),
      cmocka_unit_test(guard_ready_fresh),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
