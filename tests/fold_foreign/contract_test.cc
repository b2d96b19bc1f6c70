// What a caller's functions may do and what they must not: every breach is found and has a
// sentence, what they say arrives at the caller, and nothing is handed out that was not committed.
#include <stdexcept>

#include "fold_foreign/world.h"

using namespace sample;

namespace {

void open_fails_with(const slip_fold_functions& functions, World& world, const char* part) {
  const int before = world.destroyed;
  EXPECT(world.open(functions), SLIP_INVALID, part);
  assert_int_equal(world.destroyed, before + 1);
}

void what_must_be_there_is_asked_for(void**) {
  World world;
  const slip_fold_functions good = Store::functions(world.store.get());
#define WITHOUT(member)                                                        \
  {                                                                            \
    slip_fold_functions functions = good;                                      \
    functions.member = nullptr;                                                \
    open_fails_with(functions, world, "its function " #member " must not be"); \
  }
  WITHOUT(snapshot_open)
  WITHOUT(snapshot_close)
  WITHOUT(get)
  WITHOUT(scan_open)
  WITHOUT(scan_next)
  WITHOUT(scan_close)
#undef WITHOUT
  slip_fold* fold = nullptr;
  for (const std::string& name : {std::string(), std::string(256, 'n'), std::string("\xff")})
    EXPECT(Answer::of([&](slip_error** error) {
             return slip_fold_open_foreign(name.c_str(), &good, &fold, error);
           }),
           SLIP_INVALID, "its name must be UTF-8 of 1 to 255 bytes");
  EXPECT(Answer::of([&](slip_error** error) {
           return slip_fold_open_foreign(nullptr, &good, &fold, error);
         }),
         SLIP_INVALID, "name");
  assert_int_equal(world.destroyed, 10);
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1)}, 1));
  world.fold.reset();
  assert_int_equal(world.destroyed, 11);
  assert_int_equal(world.store->snapshots, 0);
  assert_int_equal(world.store->scans, 0);
}

void what_a_function_says_arrives(void**) {
  World world;
  world.arm("snapshot_open", 1007, "the store is on fire");
  EXPECT(world.open(), static_cast<slip_status>(1007), "the store is on fire");
  world.heal();
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1)}, 1));
  Answer answer;
  world.arm("get", SLIP_IO, "the disk is away");
  world.get("a", &answer);
  EXPECT(answer, SLIP_IO, "the disk is away");
  EXPECT(world.apply({put("a", "2", 2)}, 2), SLIP_IO, "the disk is away");
  std::string keys;
  for (const char* function : {"scan_open", "scan_next", "snapshot_open"}) {
    world.arm(function, 1008, function);
    EXPECT(world.list(&keys), static_cast<slip_status>(1008), function);
  }
  world.arm("check", SLIP_CORRUPT, "page 7 is torn");
  EXPECT(world.check(), SLIP_CORRUPT, "page 7 is torn");
  world.arm("sync", SLIP_NO_SPACE, "no room");
  EXPECT(Answer::of([&](slip_error** e) { return slip_fold_sync(world.fold.get(), e); }),
         SLIP_NO_SPACE, "no room");
  world.arm("commit", SLIP_NO_SPACE, "");
  EXPECT(world.apply({put("b", "2", 2)}, 2), SLIP_NO_SPACE,
         "the foreign fold's commit failed with status 52 (SLIP_NO_SPACE) and no sentence");
  world.heal();
  assert_string_equal(world.get("a").c_str(), "1@1");
  assert_int_equal(world.store->snapshots, 0);
}

void what_a_function_throws_is_caught(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1)}, 1));
  for (const char* function : {"commit", "snapshot_open", "get", "scan_open", "scan_next"}) {
    world.store->before = [function](const std::string& called, std::string*) -> slip_status {
      if (called == function) throw std::runtime_error("thrown");
      return SLIP_OK;
    };
    const std::string part = std::string("the foreign fold's ") + function + " threw: thrown";
    std::string keys;
    const bool reads = std::string(function) != "commit" && std::string(function) != "get";
    EXPECT(reads ? world.list(&keys) : world.apply({put("a", "2", 2)}, 2), SLIP_CALLBACK_FAILED,
           part.c_str());
  }
  world.heal();
  EXPECT_OK(world.check());
  assert_int_equal(world.store->snapshots, 0);
  assert_int_equal(world.store->scans, 0);
}

// --- rows ---------------------------------------------------------------------------------------

struct Spoiled {
  void (*spoil)(slip_update* row);
  const char* sentence;
};

constexpr Spoiled kSpoiled[] = {
    {[](slip_update* row) {
       row->key = {nullptr, 0};
     },
     "has no key"},
    {[](slip_update* row) { row->key.size = 65536; }, "has a key that is too long"},
    {[](slip_update* row) {
       row->value = {nullptr, 3};
     },
     "has a value that is NULL"},
    {[](slip_update* row) { row->value.size = (64u << 20) + 1; }, "has a value that is too large"},
    {[](slip_update* row) { row->operation = 4; }, "has an unknown operation"},
    {[](slip_update* row) { row->operation = SLIP_DELETE; },
     "has a value although it is a tombstone"},
    {[](slip_update* row) { row->revision = 0; }, "has no revision"},
    {[](slip_update* row) { row->flags = SLIP_FLAG_REPLAY; }, "has unknown flags"},
    {[](slip_update* row) { row->reserved[1] = 1; }, "has reserved members that are not zero"},
};

void a_row_that_was_never_committed_is_refused(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1)}, 1));
  for (const Spoiled& one : kSpoiled) {
    world.store->spoil = one.spoil;
    Answer answer;
    std::string keys;
    world.get("a", &answer);
    EXPECT(answer, SLIP_CORRUPT, one.sentence);
    EXPECT(world.list(&keys), SLIP_CORRUPT, one.sentence);
    EXPECT(world.check(), SLIP_CORRUPT, one.sentence);
  }
  world.store->spoil = nullptr;
  EXPECT_OK(world.check());
}

void the_row_of_another_key_is_refused(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1), put("b", "2", 2)}, 2));
  static const uint8_t kOther[] = "b";
  world.store->spoil = [](slip_update* row) { row->key = {kOther, 1}; };
  Answer answer;
  world.get("a", &answer);
  EXPECT(answer, SLIP_CALLBACK_FAILED, "get gave the row of key \"b\" for key \"a\"");
  std::string keys;
  EXPECT(world.list(&keys), SLIP_CALLBACK_FAILED, "an ascending scan gave key \"b\" after \"b\"");
}

// Red without the guard foreign_row_order.
void a_scan_in_another_order_is_refused(void**) {
  World world;
  world.store = std::make_unique<Store>(world.disk, Defect::descends_ascending);
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1), put("b", "2", 2)}, 2));
  std::string keys;
  EXPECT_OK(world.list(&keys));
  EXPECT(world.list(&keys, true), SLIP_CALLBACK_FAILED,
         "a descending scan gave key \"b\" after \"a\"");
  world.fold.reset();
}

void pages_are_counted(void**) {
  World world;
  slip_fold_functions functions = Store::functions(world.store.get());
  EXPECT_OK(world.open(functions));
  EXPECT_OK(world.apply({put("a", "1", 1)}, 1));
  std::string keys;
  functions.destroy = nullptr;
  functions.scan_next = [](void*, void*, slip_update*, size_t, size_t*, char*, size_t) {
    return static_cast<slip_status>(SLIP_OK);
  };
  EXPECT_OK(world.open(functions));
  EXPECT(world.list(&keys), SLIP_CALLBACK_FAILED, "scan_next succeeded with 0 rows of at most 3");
  functions.scan_next = [](void*, void*, slip_update*, size_t capacity, size_t* count, char*,
                           size_t) {
    *count = capacity + 1;
    return static_cast<slip_status>(SLIP_OK);
  };
  EXPECT_OK(world.open(functions));
  EXPECT(world.list(&keys), SLIP_CALLBACK_FAILED, "scan_next succeeded with 4 rows of at most 3");
}

// A view goes through as it is: nobody copies.
void views_are_those_of_the_store(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "a value", 1)}, 1));
  cli::Snapshot snapshot;
  assert_int_equal(slip_snapshot_open(world.fold.get(), snapshot.out(), nullptr), SLIP_OK);
  slip_update update{};
  assert_int_equal(slip_snapshot_get(snapshot.get(), "a", 1, &update, nullptr), SLIP_OK);
  const auto& kept = world.disk->newest->rows.at("a");
  assert_ptr_equal(update.value.data, kept.value.data());
}

// --- meta ---------------------------------------------------------------------------------------

std::shared_ptr<State> copy_of(const Disk& disk) { return std::make_shared<State>(*disk.newest); }

// Red without the guard foreign_meta_checksum.
void every_damage_of_the_meta_is_found(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1), removal("b", 2)}, 2));
  world.fold.reset();
  const std::string good = world.disk->newest->meta;
  auto state = copy_of(*world.disk);
  world.disk->newest = state;
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    state->meta = good;
    state->meta[bit / 8] = static_cast<char>(state->meta[bit / 8] ^ (1 << bit % 8));
    EXPECT(world.open(), SLIP_CORRUPT, "its meta is damaged");
  }
  for (size_t size = 1; size < good.size(); ++size) {
    state->meta = good.substr(0, size);
    EXPECT(world.open(), SLIP_CORRUPT, "its meta is damaged");
  }
  state->meta.clear();
  EXPECT(world.open(), SLIP_CORRUPT, "its meta is missing, but it holds key \"a\"");
  state->meta = good;
  EXPECT_OK(world.open());
  EXPECT_OK(world.check());
}

void a_meta_that_is_null_is_refused(void**) {
  World world;
  world.store->spoil_meta = [](slip_bytes* meta) { *meta = {nullptr, 8}; };
  EXPECT(world.open(), SLIP_CALLBACK_FAILED, "gave a meta that is NULL");
}

// What was committed cannot be gone the next time. Red without the guard foreign_stale_state.
void an_older_state_is_refused(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1)}, 1));
  const auto old = world.disk->newest;
  EXPECT_OK(world.apply({put("a", "2", 2)}, 2));
  world.disk->newest = old;
  std::string keys;
  EXPECT(world.list(&keys), SLIP_CALLBACK_FAILED,
         "snapshot_open gave the state of commit 1 after commit 2 had succeeded");
  EXPECT(world.apply({put("a", "3", 3)}, 3), SLIP_CALLBACK_FAILED, "after commit 2 had succeeded");
  world.disk->newest = std::make_shared<State>();
  EXPECT(world.list(&keys), SLIP_CALLBACK_FAILED,
         "snapshot_open gave no meta after commit 2 had succeeded");
}

// --- commits ------------------------------------------------------------------------------------

void a_commit_that_fails_changes_nothing(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1)}, 1));
  world.arm("commit", 1010, "not now");
  EXPECT(world.apply({put("a", "2", 2), put("b", "2", 2)}, 2), static_cast<slip_status>(1010),
         "not now");
  assert_string_equal(world.get("a").c_str(), "1@1");
  assert_int_equal(world.stats().cursor.revision, 1);
  world.heal();
  EXPECT_OK(world.apply({put("a", "2", 2), put("b", "2", 2)}, 2));
  assert_int_equal(world.stats().entries, 2);
  EXPECT_OK(world.check());
}

// It says that it failed, and it did not: the next commit goes on from what is there.
void a_commit_of_which_nobody_knows_is_looked_for(void**) {
  World world;
  slip_fold_functions functions = Store::functions(world.store.get());
  static slip_status (*commit)(void*, const slip_fold_changes*, char*, size_t);
  static bool lies;
  commit = functions.commit;
  lies = true;
  functions.commit = [](void* user, const slip_fold_changes* changes, char* text, size_t size) {
    const slip_status status = commit(user, changes, text, size);
    return lies ? static_cast<slip_status>(SLIP_BUSY) : status;
  };
  EXPECT_OK(world.open(functions));
  EXPECT(world.apply({put("a", "1", 1), put("b", "2", 2)}, 2), SLIP_BUSY, "");
  lies = false;
  EXPECT_OK(world.apply({put("a", "1", 1), put("b", "2", 2)}, 2));
  EXPECT_OK(world.apply({put("a", "3", 3)}, 3));
  assert_int_equal(world.stats().entries, 2);
  assert_int_equal(world.stats().payload_bytes, 4);
  uint64_t rows = 0;
  EXPECT_OK(world.check(&rows));
  assert_int_equal(rows, 2);
}

void a_commit_that_loses_rows_is_found_by_the_check(void**) {
  World world;
  EXPECT_OK(world.open());
  world.store->spoil_commit = [](State* state) { state->rows.erase("b"); };
  EXPECT_OK(world.apply({put("a", "1", 1), put("b", "2", 2), put("c", "3", 3)}, 3));
  EXPECT(
      world.check(), SLIP_CORRUPT,
      "it holds 2 entries, 0 tombstones and 4 bytes, its meta says 3 entries, 0 tombstones and 6");
}

// Red without the guard foreign_digest.
void a_commit_that_keeps_an_old_row_is_found_by_the_check(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1), put("b", "2", 2)}, 2));
  const sample::Row old = world.disk->newest->rows.at("a");
  world.store->spoil_commit = [&old](State* state) { state->rows["a"] = old; };
  EXPECT_OK(world.apply({put("a", "3", 3)}, 3));
  EXPECT(world.check(), SLIP_CORRUPT, "one row at least is not the one that was committed");
}

// What the caller's store must lock is not held by us: no snapshot of the library's own is open.
void no_snapshot_is_open_during_a_commit(void**) {
  World world;
  EXPECT_OK(world.open());
  int most = 0;
  world.store->before = [&](const std::string& called, std::string*) -> slip_status {
    if (called == "commit") most = std::max<int>(most, world.store->snapshots);
    return SLIP_OK;
  };
  for (uint64_t revision = 1; revision < 5; ++revision)
    EXPECT_OK(world.apply({put("a", "v", revision)}, revision));
  assert_int_equal(most, 0);
  // Nothing is looked up in a fold that is empty, nor for a cursor alone.
  assert_int_equal(world.store->gets, 3);
  EXPECT_OK(world.apply({}, 9));
  assert_int_equal(world.store->gets, 3);
  // Nothing to say, nothing to commit.
  const int commits = world.store->commits;
  EXPECT_OK(world.apply({}, 9));
  assert_int_equal(world.store->commits, commits);
}

// --- ends ---------------------------------------------------------------------------------------

void without_a_commit_function_it_is_read_only(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1)}, 1));
  slip_fold_functions functions = Store::functions(world.store.get());
  functions.commit = nullptr;
  functions.sync = nullptr;
  functions.check = nullptr;
  functions.close = nullptr;
  EXPECT_OK(world.open(functions));
  EXPECT(world.apply({put("a", "2", 2)}, 2), SLIP_PERMISSION_DENIED, "without a commit function");
  assert_int_equal(world.stats().read_only, 1);
  assert_string_equal(world.get("a").c_str(), "1@1");
  EXPECT_OK(world.check());
  EXPECT_OK(Answer::of([&](slip_error** e) { return slip_fold_sync(world.fold.get(), e); }));
  EXPECT_OK(Answer::of([&](slip_error** e) { return slip_fold_close(world.fold.get(), e); }));
}

void it_ends_once_and_after_its_snapshots(void**) {
  World world;
  EXPECT_OK(world.open());
  EXPECT_OK(world.apply({put("a", "1", 1)}, 1));
  cli::Snapshot snapshot;
  cli::Iterator iterator;
  assert_int_equal(slip_snapshot_open(world.fold.get(), snapshot.out(), nullptr), SLIP_OK);
  assert_int_equal(slip_snapshot_range(snapshot.get(), nullptr, iterator.out(), nullptr), SLIP_OK);
  const auto close = [&](slip_error** e) { return slip_fold_close(world.fold.get(), e); };
  world.arm("close", 1020, "still in use");
  EXPECT(Answer::of(close), static_cast<slip_status>(1020), "still in use");
  EXPECT_OK(Answer::of(close));
  assert_int_equal(world.store->closes, 1);
  assert_int_equal(world.store->syncs, 1);
  world.fold.reset();
  slip_update update{};
  assert_int_equal(slip_snapshot_get(snapshot.get(), "a", 1, &update, nullptr), SLIP_OK);
  snapshot.reset();
  assert_int_equal(world.destroyed, 0);
  size_t count = 0;
  assert_int_equal(slip_iterator_next(iterator.get(), &update, 1, &count, nullptr), SLIP_OK);
  iterator.reset();
  assert_int_equal(world.destroyed, 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_must_be_there_is_asked_for),
      cmocka_unit_test(what_a_function_says_arrives),
      cmocka_unit_test(what_a_function_throws_is_caught),
      cmocka_unit_test(a_row_that_was_never_committed_is_refused),
      cmocka_unit_test(the_row_of_another_key_is_refused),
      cmocka_unit_test(a_scan_in_another_order_is_refused),
      cmocka_unit_test(pages_are_counted),
      cmocka_unit_test(views_are_those_of_the_store),
      cmocka_unit_test(every_damage_of_the_meta_is_found),
      cmocka_unit_test(a_meta_that_is_null_is_refused),
      cmocka_unit_test(an_older_state_is_refused),
      cmocka_unit_test(a_commit_that_fails_changes_nothing),
      cmocka_unit_test(a_commit_of_which_nobody_knows_is_looked_for),
      cmocka_unit_test(a_commit_that_loses_rows_is_found_by_the_check),
      cmocka_unit_test(a_commit_that_keeps_an_old_row_is_found_by_the_check),
      cmocka_unit_test(no_snapshot_is_open_during_a_commit),
      cmocka_unit_test(without_a_commit_function_it_is_read_only),
      cmocka_unit_test(it_ends_once_and_after_its_snapshots),
  };
  return cmocka_run_group_tests_name("foreign fold", tests, nullptr, nullptr);
}
