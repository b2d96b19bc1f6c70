// Every allocation fails once, in the library and in the caller's functions alike: nothing leaks,
// nothing is torn, and the fold goes on afterwards.
#include "support/failing_new.h"

#include "fold_foreign/world.h"

using namespace sample;

namespace {

struct Use {
  std::shared_ptr<Disk> disk = std::make_shared<Disk>();
  uint64_t revision = 1;

  bool operator()() const {
    Store store(disk);
    cli::Fold fold;
    const slip_fold_functions functions = Store::functions(&store);
    if (slip_fold_open_foreign("sample", &functions, fold.out(), nullptr) != SLIP_OK) return false;
    const bool all = apply(fold.get()) && read(fold.get()) &&
                     slip_fold_check(fold.get(), nullptr, nullptr) == SLIP_OK &&
                     slip_fold_close(fold.get(), nullptr) == SLIP_OK;
    fold.reset();
    if (store.snapshots != 0 || store.scans != 0) abort();
    return all;
  }

  bool apply(slip_fold* fold) const {
    slip_update updates[3]{};
    static const uint8_t kKeys[] = "abc";
    for (size_t i = 0; i < 3; ++i) {
      updates[i].key = {kKeys + i, 1};
      updates[i].value = {kKeys, 3};
      updates[i].revision = revision + i;
      updates[i].operation = SLIP_PUT;
    }
    updates[2].operation = SLIP_DELETE;
    return slip_fold_apply(fold, "routes", updates, 3, {7, revision + 2}, nullptr) == SLIP_OK;
  }

  static bool read(slip_fold* fold) {
    cli::Snapshot snapshot;
    cli::Iterator iterator;
    slip_update update{};
    size_t count = 0;
    if (slip_snapshot_open(fold, snapshot.out(), nullptr) != SLIP_OK) return false;
    if (slip_snapshot_get(snapshot.get(), "a", 1, &update, nullptr) != SLIP_OK) return false;
    if (slip_snapshot_range(snapshot.get(), nullptr, iterator.out(), nullptr) != SLIP_OK)
      return false;
    while (slip_iterator_next(iterator.get(), &update, 1, &count, nullptr) == SLIP_OK) {
    }
    iterator.reset();
    return slip_snapshot_refresh(snapshot.get(), nullptr) == SLIP_OK;
  }
};

void a_foreign_fold_survives_every_failed_allocation(void**) {
  Use use;
  assert_true(use());
  uint64_t rounds = 0;
  // A round that got as far as its commit is followed by one with something to commit.
  const long failures = failing_new::fail_each(
      [&] {
        use.revision = 1 + ++rounds * 10;
        return use();
      },
      [](bool) {});
  assert_true(failures > 50);
  World world;
  world.disk = use.disk;
  world.store = std::make_unique<Store>(use.disk);
  EXPECT_OK(world.open());
  uint64_t rows = 0;
  EXPECT_OK(world.check(&rows));
  assert_int_equal(rows, 3);
  assert_int_equal(world.stats().entries, 2);
  world.fold.reset();
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_foreign_fold_survives_every_failed_allocation),
  };
  return cmocka_run_group_tests_name("foreign fold memory", tests, nullptr, nullptr);
}
