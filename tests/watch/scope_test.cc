// Scopes of a watch: quiet ones go on by heartbeats, wider ones are refused, narrower ones are
// explicit. Runs with the witness preloaded (tests/support/interposer.c).
#include <cstdlib>
#include <string>

#include "embedded_path.h"
#include "world.h"

using slip::Scope;
using slip::Status;
using test::World;

namespace {

// --- quiet scopes ---------------------------------------------------------------------------

World followed(const Scope& scope) {
  World world;
  world.settings.scope = scope;
  world.bucket->put("a.1");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  return world;
}

void a_quiet_scope_goes_on_by_heartbeats(void**) {
  World world = followed(Scope::of({"a."}));
  assert_true(world.bucket->last_request().scope == Scope::of({"a."}));
  for (int i = 0; i < 5; ++i) (void)world.bucket->skip_revision();
  world.bucket->heartbeat();
  EXPECT_OK(world.wait_revision(6));
  EXPECT_OK(world.close());
  assert_int_equal(world.fold->now().revision, 6);
  EXPECT_OK(world.restart());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  assert_true(world.bucket->started_from() == (std::vector<uint64_t>{1, 7}));
}

// One delivery is missing, or the bucket is not as long: nothing is vouched for.
void a_heartbeat_that_does_not_fit_moves_nothing(void**) {
  World world = followed(Scope::of({"a."}));
  for (int i = 0; i < 5; ++i) (void)world.bucket->skip_revision();
  world.bucket->heartbeat(1, 6);
  world.bucket->heartbeat(0, 7);
  test::await([&] { return world.bucket->infos() > 2; }, "the question for the bucket's end");
  world.bucket->put("a.2");
  EXPECT_OK(world.wait_revision(7));
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1", "applied 1 (1)", "apply 7", "applied 7 (1)",
                "ended SLIP_OK 7");
}

// --- the embedded bucket and an LMDB fold ---------------------------------------------------

struct Path {
  std::shared_ptr<slip::Bucket> bucket;
  std::shared_ptr<slip::Fold> fold;
  std::shared_ptr<test::Recorder> caller;
  slip::WatchSettings settings;
  std::shared_ptr<slip::Watch> watch;

  explicit Path(const char* name = "fold") {
    auto made = test::embedded_bucket();
    EXPECT_OK(made);
    bucket = made.take();
    auto opened = test::lmdb_fold(test_path(test_directory(), name));
    EXPECT_OK(opened);
    fold = opened.take();
    settings.idle_heartbeat_ms = 100;
  }
  void put(const std::string& key) { EXPECT_OK(slip::bucket_put(*bucket, key, "v")); }
  Status start(const Scope& scope, slip::ScopeChange change = slip::ScopeChange::refuse) {
    watch.reset();
    caller = std::make_shared<test::Recorder>();
    settings.scope = scope;
    settings.scope_change = change;
    auto started = slip::start_watch(bucket, fold, settings, caller);
    if (started.ok()) watch = started.take();
    return started.status();
  }
  // Until everything up to now is applied, and to the end of the watch.
  void follow(const Scope& scope, slip::ScopeChange change = slip::ScopeChange::refuse) {
    EXPECT_OK(start(scope, change));
    EXPECT_OK(watch->wait_caught_up(slip::deadline_after_ms(test::kPatienceMs)));
    auto state = bucket->info();
    EXPECT_OK(state);
    EXPECT_OK(
        watch->wait_revision(state->last_revision, slip::deadline_after_ms(test::kPatienceMs)));
    EXPECT_OK(watch->close(nullptr));
  }
  std::string keys() {
    auto snapshot = fold->snapshot();
    EXPECT_OK(snapshot);
    auto contents = test::contents_of(**snapshot);
    EXPECT_OK(contents);
    std::string text;
    for (const auto& entry : *contents) text += (text.empty() ? "" : " ") + entry.first;
    return text;
  }
};

void prefixes_are_bytes(void**) {
  Path path;
  for (const char* key : {"routes.eu.1", "routes.eu-west", "routes.us", "rout", "stops.1"})
    path.put(key);
  path.follow(Scope::of({"routes.eu", "stops.", "stops.1", "routes.eu"}));
  EXPECT_TEXT(path.keys(), "routes.eu-west routes.eu.1 stops.1");
  assert_int_equal(path.fold->meta()->revision, 5);
}

void a_wider_scope_is_refused(void**) {
  Path path;
  for (const char* key : {"a.1", "b.1"}) path.put(key);
  path.follow(Scope::of({"a."}));
  for (const auto change : {slip::ScopeChange::refuse, slip::ScopeChange::narrow}) {
    EXPECT_FAILED(path.start(Scope::of({"a.", "b."}), change), SLIP_SCOPE_MISMATCH,
                  "it holds prefix \"a.\", the watch is of prefixes \"a.\", \"b.\" (ask for the "
                  "same scope, or use a new fold, filled from the beginning)");
    EXPECT_FAILED(path.start(Scope::all(), change), SLIP_SCOPE_MISMATCH,
                  "it holds prefix \"a.\", the watch is of the whole bucket (");
  }
  EXPECT_TEXT(path.keys(), "a.1");
}

void a_narrower_scope_has_to_be_asked_for(void**) {
  Path path;
  for (const char* key : {"a.1", "a.2", "b.1"}) path.put(key);
  path.follow(Scope::all());
  EXPECT_FAILED(path.start(Scope::of({"a."})), SLIP_SCOPE_MISMATCH,
                "it holds the whole bucket, the watch is of prefix \"a.\" (ask for the same scope, "
                "set scope_change to narrow, or use a new fold)");
  EXPECT_TEXT(path.keys(), "a.1 a.2 b.1");
  for (const char* key : {"a.3", "b.2"}) path.put(key);
  path.follow(Scope::of({"a."}), slip::ScopeChange::narrow);
  EXPECT_TEXT(path.keys(), "a.1 a.2 a.3");
  // What left is not replayed, and the tail is exact.
  EXPECT_RECORD(path.caller, "replay a.1 a.2", "apply 4", "applied 4 (1)", "ended SLIP_OK 5");
  assert_true(path.fold->meta()->scope == Scope::of({"a."}));
  path.follow(Scope::of({"a."}));
  EXPECT_RECORD(path.caller, "replay a.1 a.2 a.3", "ended SLIP_OK 5");
}

void another_bucket_narrows_nothing(void**) {
  Path path;
  for (const char* key : {"a.1", "b.1"}) path.put(key);
  path.follow(Scope::all());
  path.bucket = std::make_shared<test::ScriptedBucket>("prices");
  EXPECT_FAILED(path.start(Scope::of({"a."}), slip::ScopeChange::narrow), SLIP_IDENTITY_MISMATCH,
                "it is of bucket \"routes\"");
  EXPECT_TEXT(path.keys(), "a.1 b.1");
}

// The disk fills up on the way: everybody is told, and a watch of the new scope goes on with it.
void a_narrowing_that_was_cut_short_goes_on(void**) {
  Path path("faulty");
  for (int i = 0; i < 25000; ++i) path.put("b." + std::to_string(100000 + i));
  path.put("a.1");
  path.follow(Scope::all());
  setenv("SLIP_FAIL_AFTER_BYTES", "40000", 1);
  const Status failed = path.start(Scope::of({"a."}), slip::ScopeChange::narrow);
  unsetenv("SLIP_FAIL_AFTER_BYTES");
  EXPECT_FAILED(failed, SLIP_NO_SPACE, "cannot commit to fold");
  assert_true(path.fold->meta()->narrowing);
  EXPECT_FAILED(path.fold->snapshot(), SLIP_SCOPE_MISMATCH, "on its way to a narrower scope");
  EXPECT_FAILED(path.start(Scope::all()), SLIP_SCOPE_MISMATCH, "it holds prefix \"a.\"");
  path.follow(Scope::of({"a."}));
  EXPECT_TEXT(path.keys(), "a.1");
  EXPECT_RECORD(path.caller, "replay a.1", "ended SLIP_OK 25001");
}

}  // namespace

int main() {
  setenv("SLIP_MATCH", "/faulty", 1);
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_quiet_scope_goes_on_by_heartbeats),
      cmocka_unit_test(a_heartbeat_that_does_not_fit_moves_nothing),
      cmocka_unit_test(prefixes_are_bytes),
      cmocka_unit_test(a_wider_scope_is_refused),
      cmocka_unit_test(a_narrower_scope_has_to_be_asked_for),
      cmocka_unit_test(another_bucket_narrows_nothing),
      cmocka_unit_test(a_narrowing_that_was_cut_short_goes_on),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
