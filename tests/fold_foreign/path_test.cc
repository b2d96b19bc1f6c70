// A caller's own fold on the way of every fold: followed by a watch, narrowed, exported, published,
// and filled from what was published.
#include <thread>

#include "fold_foreign/world.h"

using namespace sample;

namespace {

struct Embedded {
  cli::Connection connection;
  cli::Bucket bucket;
  Embedded() {
    assert_int_equal(slip_connect("mem://", nullptr, connection.out(), nullptr), SLIP_OK);
    assert_int_equal(slip_bucket_create(connection.get(), "routes", nullptr, bucket.out(), nullptr),
                     SLIP_OK);
  }
  void put(const std::string& key, const std::string& value) const {
    assert_int_equal(slip_bucket_put(bucket.get(), key.data(), key.size(), value.data(),
                                     value.size(), nullptr, nullptr),
                     SLIP_OK);
  }
};

struct Setting {
  const char* name;
  const char* value;
};

// Runs to the end of what the bucket has, or to its own; how it ended.
Answer follow(const Embedded& embedded, slip_fold* fold,
              const std::vector<Setting>& settings = {}) {
  cli::Options options;
  cli::Watch watch;
  assert_int_equal(slip_options_new(SLIP_OPTIONS_WATCH, options.out(), nullptr), SLIP_OK);
  assert_int_equal(slip_options_set_string(options.get(), "stop_at", "caught_up", nullptr),
                   SLIP_OK);
  for (const Setting& one : settings)
    assert_int_equal(slip_options_set_string(options.get(), one.name, one.value, nullptr), SLIP_OK);
  const slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  const Answer started = Answer::of([&](slip_error** error) {
    return slip_watch_start(embedded.bucket.get(), fold, options.get(), &callbacks, watch.out(),
                            error);
  });
  if (started.status != SLIP_OK) return started;
  const Answer waited = Answer::of(
      [&](slip_error** error) { return slip_watch_wait_caught_up(watch.get(), 20000, error); });
  if (waited.status != SLIP_OK && waited.status != SLIP_END) return waited;
  return Answer::of([&](slip_error** e) { return slip_watch_close(watch.get(), nullptr, e); });
}

void a_watch_tries_a_passing_failure_again(void**) {
  Embedded embedded;
  World world;
  embedded.put("a", "1");
  EXPECT_OK(world.open());
  std::atomic<int> left{3};
  world.store->before = [&](const std::string& called, std::string* text) -> slip_status {
    if (called != "commit" || left.fetch_sub(1) <= 0) return SLIP_OK;
    *text = "held by a backup";
    return SLIP_BUSY;
  };
  EXPECT_OK(follow(embedded, world.fold.get()));
  assert_true(left < 0);
  assert_string_equal(world.get("a").c_str(), "1@1");
  EXPECT_OK(world.check());
}

void a_watch_ends_with_what_the_store_says(void**) {
  Embedded embedded;
  World world;
  embedded.put("a", "1");
  EXPECT_OK(world.open());
  world.arm("commit", 1033, "the store is read by somebody else");
  EXPECT(follow(embedded, world.fold.get()), static_cast<slip_status>(1033),
         "the store is read by somebody else");
  world.heal();
  EXPECT_OK(follow(embedded, world.fold.get()));
  assert_string_equal(world.get("a").c_str(), "1@1");
}

void its_scope_can_be_narrowed(void**) {
  Embedded embedded;
  World world;
  for (const char* key : {"eu.1", "eu.2", "us.1", "us.2", "us.3"}) embedded.put(key, "v");
  EXPECT_OK(world.open());
  EXPECT_OK(follow(embedded, world.fold.get()));
  EXPECT(follow(embedded, world.fold.get(), {{"scope", "eu."}}), SLIP_SCOPE_MISMATCH, "eu.");
  EXPECT_OK(follow(embedded, world.fold.get(), {{"scope", "eu."}, {"scope_change", "narrow"}}));
  std::string keys;
  EXPECT_OK(world.list(&keys));
  assert_string_equal(keys.c_str(), "eu.1 eu.2 ");
  assert_int_equal(world.stats().payload_bytes, 10);
  EXPECT_OK(world.check());
}

// --- artifacts ----------------------------------------------------------------------------------

// An artifact of `count` keys, from a fold of our own kind.
std::string make_artifact(int count, bool damaged = false) {
  static int number = 0;
  const std::string root = std::string(test_directory()) + "/source-" + std::to_string(++number);
  cli::Fold fold;
  assert_int_equal(slip_fold_open(("lmdb:" + root).c_str(), nullptr, fold.out(), nullptr), SLIP_OK);
  std::vector<conformance::Row> rows;
  for (int i = 1; i <= count; ++i)
    rows.push_back(
        put("key-" + std::to_string(i), std::string(600, 'v'), static_cast<uint64_t>(i)));
  std::vector<slip_update> updates;
  for (const auto& row : rows) updates.push_back(row.update());
  assert_int_equal(slip_fold_apply(fold.get(), "routes", updates.data(), updates.size(),
                                   {7, updates.size()}, nullptr),
                   SLIP_OK);
  const std::string artifact = root + "-artifact";
  EXPECT_OK(export_to(fold.get(), artifact));
  if (damaged) test_flip_bit((artifact + "/data/000001.rec").c_str(), -5, 3);
  return artifact;
}

void only_an_empty_fold_is_imported_into(void**) {
  const std::string artifact = make_artifact(3);
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(import_into(artifact, world.fold.get()));
  assert_string_equal(world.get("key-2").c_str(), (std::string(600, 'v') + "@2").c_str());
  EXPECT(import_into(artifact, world.fold.get()), SLIP_NOT_EMPTY, "it is not empty");
  EXPECT_OK(world.check());
  World bound;
  EXPECT_OK(bound.open());
  EXPECT_OK(bound.apply({}, 4));
  EXPECT(import_into(artifact, bound.fold.get()), SLIP_NOT_EMPTY, "it is not empty");
  cli::Fold other;
  const std::string url = "lmdb:" + std::string(test_directory()) + "/other";
  assert_int_equal(slip_fold_open(url.c_str(), nullptr, other.out(), nullptr), SLIP_OK);
  EXPECT(import_into(artifact, other.get()), SLIP_UNSUPPORTED, "slip_fold_import");
  EXPECT(import_into(artifact, nullptr), SLIP_INVALID, "fold");
}

void a_damaged_artifact_leaves_the_fold_empty(void**) {
  const std::string bad = make_artifact(20000, true);
  World world;
  EXPECT_OK(world.open());
  EXPECT(import_into(bad, world.fold.get()), SLIP_ARTIFACT_INVALID, "000001.rec");
  // It had begun: some of it was committed, and is gone again.
  assert_true(world.store->commits > 2);
  assert_true(world.disk->newest->rows.empty());
  assert_int_equal(world.stats().entries, 0);
  EXPECT_OK(world.apply({put("a", "1", 1)}, 1));
  EXPECT_OK(world.check());
}

// The store fails in the middle, for ever: what was imported is marked, and nobody takes it for
// more.
// Red without the guard foreign_importing.
void an_import_that_was_cut_short_is_begun_again(void**) {
  const std::string artifact = make_artifact(20000);
  World world;
  EXPECT_OK(world.open());
  world.store->before = [&](const std::string& called, std::string* text) -> slip_status {
    *text = "the store went away";
    return called == "commit" && world.store->commits >= 2 ? SLIP_IO : SLIP_OK;
  };
  EXPECT(import_into(artifact, world.fold.get()), SLIP_IO, "the store went away");
  world.heal();
  assert_false(world.disk->newest->rows.empty());
  world.fold.reset();
  EXPECT_OK(world.open());
  Answer answer;
  world.get("key-1", &answer);
  EXPECT(answer, SLIP_MISUSE, "import it again");
  EXPECT(world.apply({put("a", "1", 1)}, 1), SLIP_MISUSE, "import again");
  EXPECT(world.check(), SLIP_MISUSE, "import it again");
  EXPECT(export_to(world.fold.get(), std::string(test_directory()) + "/never"), SLIP_MISUSE,
         "import it again");
  // Another artifact, so that what is left over would show.
  EXPECT_OK(import_into(make_artifact(3), world.fold.get()));
  assert_int_equal(world.stats().entries, 3);
  assert_int_equal(world.disk->newest->rows.size(), 3);
  EXPECT_OK(world.check());
}

// Red without the guard foreign_one_writer.
void readers_see_nothing_of_an_import_under_way(void**) {
  const std::string artifact = make_artifact(20000);
  World world;
  EXPECT_OK(world.open());
  int seen = 0;
  world.store->before = [&](const std::string& called, std::string*) -> slip_status {
    if (called != "commit" || world.store->commits < 2 || seen > 0) return SLIP_OK;
    ++seen;
    std::thread([&] {
      cli::Snapshot snapshot;
      if (slip_snapshot_open(world.fold.get(), snapshot.out(), nullptr) != SLIP_MISUSE) seen += 100;
      if (world.apply({put("a", "1", 1)}, 1).status != SLIP_BUSY) seen += 100;
    }).join();
    return SLIP_OK;
  };
  EXPECT_OK(import_into(artifact, world.fold.get()));
  assert_int_equal(seen, 1);
  EXPECT_OK(world.check());
}

// Publish from one, fill another from what is published, and go on with the tail.
void what_is_published_fills_another(void**) {
  Embedded embedded;
  World first;
  const std::string root = test_directory();
  for (int i = 0; i < 50; ++i) embedded.put("key-" + std::to_string(i), "v");
  EXPECT_OK(first.open());
  EXPECT_OK(follow(embedded, first.fold.get()));
  EXPECT_OK(export_to(first.fold.get(), root + "/artifact"));
  cli::ObjectStore store;
  const std::string url = "local:" + root + "/objects";
  assert_int_equal(slip_object_store_open(url.c_str(), nullptr, store.out(), nullptr), SLIP_OK);
  EXPECT_OK(Answer::of([&](slip_error** error) {
    return slip_publish(store.get(), "routes", (root + "/artifact").c_str(), nullptr, nullptr,
                        error);
  }));
  embedded.put("later", "v");
  EXPECT_OK(Answer::of([&](slip_error** error) {
    return slip_download(store.get(), "routes", (root + "/downloaded").c_str(), nullptr, nullptr,
                         error);
  }));
  World second;
  EXPECT_OK(second.open());
  EXPECT_OK(import_into(root + "/downloaded", second.fold.get()));
  const int commits = second.store->commits;
  EXPECT_OK(follow(embedded, second.fold.get()));
  assert_int_equal(second.store->commits - commits, 1);
  assert_string_equal(second.get("later").c_str(), "v@51");
  assert_int_equal(second.stats().entries, 51);
  EXPECT_OK(second.check());
}

// Readers of all kinds beside a writer: every state is whole, with as many rows as its cursor says.
void readers_beside_a_writer(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "0", 1)}, 1));
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      cli::Snapshot snapshot;
      if (slip_snapshot_open(world.fold.get(), snapshot.out(), nullptr) != SLIP_OK) ++wrong;
      while (!done) {
        if (slip_snapshot_refresh(snapshot.get(), nullptr) != SLIP_OK) ++wrong;
        slip_update update{};
        if (slip_snapshot_get(snapshot.get(), "a", 1, &update, nullptr) != SLIP_OK) ++wrong;
        if (update.revision != slip_snapshot_cursor(snapshot.get()).revision) ++wrong;
        slip_fold_state state = SLIP_FOLD_STATE_INIT;
        if (slip_fold_stats(world.fold.get(), &state, nullptr) != SLIP_OK) ++wrong;
      }
    });
  for (uint64_t revision = 2; revision < 300; ++revision)
    EXPECT_OK(world.apply({put("a", "v", revision)}, revision));
  done = true;
  for (std::thread& reader : readers) reader.join();
  assert_int_equal(wrong, 0);
  assert_int_equal(world.store->snapshots, 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_watch_tries_a_passing_failure_again),
      cmocka_unit_test(a_watch_ends_with_what_the_store_says),
      cmocka_unit_test(its_scope_can_be_narrowed),
      cmocka_unit_test(only_an_empty_fold_is_imported_into),
      cmocka_unit_test(a_damaged_artifact_leaves_the_fold_empty),
      cmocka_unit_test(an_import_that_was_cut_short_is_begun_again),
      cmocka_unit_test(readers_see_nothing_of_an_import_under_way),
      cmocka_unit_test(what_is_published_fills_another),
      cmocka_unit_test(readers_beside_a_writer),
  };
  return cmocka_run_group_tests_name("foreign fold path", tests, nullptr, nullptr);
}
