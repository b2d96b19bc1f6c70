// Every allocation of ours failing in turn: no leak, no crash, and the fold is what it was before
// or what it was to become.
#include "fold/world.h"
#include "support/failing_new.h"

using namespace fold_test;

namespace {

std::vector<Change> changes_of(uint64_t revision) {
  return {put("a", std::string(300, 'a'), revision),
          put(std::string(900, 'l'), "long", revision),
          put(std::string(901, 'l'), "longer", revision),
          del("gone", revision),
          drop("old"),
          put("b", std::string(5000, 'b'), revision)};
}

// Opens, applies, reads in every way, closes. False where one of them failed.
bool use(const std::string& path, uint64_t revision, const std::vector<Update>& updates) {
  slip::Options options(SLIP_OPTIONS_FOLD);
  if (!options.set_string("durability", "process").ok()) return false;
  if (!options.set_string("values", values()).ok()) return false;
  const auto fold = slip::open_fold(url_of(path), options);
  if (!fold.ok()) return false;
  {
    const auto writer = fold.value()->writer();
    if (!writer.ok()) return false;
    if (!(*writer.value()).apply(updates.data(), updates.size(), commit_at(revision)).ok())
      return false;
  }
  const auto snapshot = fold.value()->snapshot();
  if (!snapshot.ok()) return false;
  Update update{};
  if (!(*snapshot.value()).get(std::string(900, 'l'), &update).ok()) return false;
  const auto iterator = (*snapshot.value()).range(everything());
  if (!iterator.ok()) return false;
  while (true) {
    const auto count = (*iterator.value()).next(&update, 1);
    if (!count.ok()) return false;
    if (count.value() == 0) break;
  }
  return fold.value()->meta().ok() && fold.value()->stats().ok() && fold.value()->check().ok() &&
         fold.value()->sync().ok() && fold.value()->close().ok();
}

// An append log grows with every commit, and with it what opening it allocates: put back as it was,
// it is the same for every allocation.
class Beginning {
 public:
  explicit Beginning(const std::string& path) : path_(path) {
    apply(*open(path), changes_of(1), 1);
    if (is_lmdb()) return;
    for (const char* name : {"/CURRENT", "/gen-1/SEGMENTS", "/gen-1/000001.log"}) {
      size_t size = 0;
      const char* const bytes = test_read_file((path + name).c_str(), &size);
      files_.emplace_back(name, std::string(bytes, size));
    }
  }
  void put_back() const {
    for (const auto& [name, bytes] : files_)
      test_write_file((path_ + name).c_str(), bytes.data(), bytes.size());
  }

 private:
  const std::string path_;
  std::vector<std::pair<std::string, std::string>> files_;
};

void a_fold_survives_every_failed_allocation(void**) {
  const std::string path = test_path(test_directory(), "fold");
  uint64_t revision = 2;
  const Beginning beginning(path);
  std::vector<Change> changes = changes_of(revision);
  std::vector<Update> updates = updates_of(changes);
  const long failures =
      failing_new::fail_each([&] { return use(path, revision, updates); },
                             [&](bool) {
                               const auto fold = open(path);
                               const uint64_t now = must(fold->meta()).revision;
                               if (now != revision && now != revision - 1 && now != 0)
                                 fail_msg("revision %lu", now);
                               const uint64_t records = must(fold->check());
                               assert_int_equal(records, now == 0 ? 0 : 5);
                               for (const std::string& line : list(*fold, everything()))
                                 if (line.find("@" + std::to_string(now)) == std::string::npos)
                                   fail_msg("stale entry");
                               must(fold->close());
                               if (!is_lmdb()) {
                                 beginning.put_back();
                               } else if (now == revision) {
                                 ++revision;
                                 changes = changes_of(revision);
                                 updates = updates_of(changes);
                               }
                             });
  assert_true(failures > 50);
}

bool load_once(const std::string& path, const std::vector<Update>& updates) {
  auto loader = slip::load_fold(url_of(path));
  if (!loader.ok() || !(*loader.value()).add(updates.data(), updates.size()).ok()) return false;
  FoldMeta meta;
  meta.identity = {"routes", 7};
  return (*loader.value()).commit(meta).ok();
}

void a_load_is_complete_or_nothing_whatever_fails(void**) {
  const std::string path = test_path(test_directory(), "fold");
  const std::vector<Change> changes = {put("a", "1", 1), put(std::string(900, 'l'), "long", 2)};
  const std::vector<Update> updates = updates_of(changes);
  const long failures = failing_new::fail_each([&] { return load_once(path, updates); },
                                               [&](bool) {
                                                 auto fold = try_open(path, {{"create", "never"}});
                                                 if (!fold.ok()) {
                                                   expect(fold.status(), SLIP_NOT_FOUND, "none");
                                                   return;
                                                 }
                                                 assert_int_equal(must(fold.value()->check()), 2);
                                                 must(fold.value()->close());
                                                 test_remove_tree(path.c_str());
                                               });
  assert_true(failures > 20);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_fold_survives_every_failed_allocation),
      cmocka_unit_test(a_load_is_complete_or_nothing_whatever_fails),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
