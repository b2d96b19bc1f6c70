// A fold's scope gets narrower: what lies outside leaves it, whole, whatever happens on the way.
// Runs with the witness preloaded (tests/support/interposer.c).
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <set>

#include "base/guard.h"
#include "fold/world.h"

using namespace fold_test;

namespace {

// Enough for three commits of those that leave.
constexpr int kManyKeys = 25000;

std::vector<Change> many(const char* prefix, int count, uint64_t revision) {
  std::vector<Change> changes;
  for (int i = 0; i < count; ++i)
    changes.push_back(put(prefix + std::to_string(100000 + i), "v", revision));
  return changes;
}

void fill(Fold& fold, const std::vector<Change>& changes, uint64_t revision) {
  apply(fold, changes, revision);
}

uint64_t narrow(Fold& fold, const Scope& scope) { return must(must(fold.writer())->narrow(scope)); }

void what_lies_outside_leaves(void**) {
  const std::string path = test_path(test_directory(), "fold");
  const std::string long_in(700, 'a');
  const std::string long_out(700, 'b');
  {
    const auto fold = open(path);
    fill(*fold,
         {put("a", "no", 1), put("a.1", "yes", 2), put("a.2", "yes", 3), del("a.3", 4),
          put("aa", "no", 5), put("b.1", "no", 6), del("b.2", 7), put("a." + long_in, "yes", 8),
          put("b." + long_out, "no", 9)},
         20);
    assert_int_equal(narrow(*fold, Scope::of({"a."})), 5);
    const FoldMeta meta = must(fold->meta());
    assert_true(meta.scope == Scope::of({"a."}));
    assert_false(meta.narrowing);
    assert_int_equal(meta.entries, 3);
    assert_int_equal(meta.tombstones, 1);
    assert_int_equal(meta.revision, 20);
    assert_int_equal(must(fold->check()), 4);
    must(fold->close());
  }
  const auto fold = open(path);
  expect_list(list(*fold, everything()),
              {"a.1=yes@2", "a.2=yes@3", "a.3-@4", "a." + long_in + "=yes@8"});
  // The same once more, and a part of it.
  assert_int_equal(narrow(*fold, Scope::of({"a."})), 0);
  assert_int_equal(narrow(*fold, Scope::of({"a.1", "a.3"})), 2);
  expect_list(list(*fold, everything()), {"a.1=yes@2", "a.3-@4"});
}

void nothing_gets_wider(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  assert_int_equal(narrow(*fold, Scope::of({"z."})), 0);  // a new one may become anything
  fill(*fold, {put("a.1", "1", 1), put("b.1", "1", 2)}, 2);
  assert_int_equal(narrow(*fold, Scope::of({"a."})), 1);
  for (const Scope& scope : {Scope::all(), Scope::of({"a"}), Scope::of({"a.", "b."})})
    expect(must(fold->writer())->narrow(scope).status(), SLIP_SCOPE_MISMATCH,
           "it holds prefix \"a.\" and not all of");
  expect_list(list(*fold), {"a.1=1@1"});
}

void many_keys_leave_in_several_commits(void**) {
  const auto fold = open(test_path(test_directory(), "fold"), {{"durability", "process"}});
  std::vector<Change> changes = many("a.", kManyKeys, 1);
  for (Change& change : many("b.", 3, 2)) changes.push_back(std::move(change));
  fill(*fold, changes, 2);
  const uint64_t before = must(fold->stats()).commits;
  assert_int_equal(narrow(*fold, Scope::of({"b."})), kManyKeys);
  assert_int_equal(must(fold->stats()).commits - before, 4);
  assert_int_equal(must(fold->check()), 3);
}

// --- cut short ------------------------------------------------------------------------------

std::string faulty_path() { return std::string(test_directory()) + "/faulty"; }

// In a process that dies where the disk is full after so many bytes more.
bool dies_narrowing(const std::string& path, long bytes) {
  const pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    const auto fold = try_open(path, {{"durability", "process"}});
    auto writer = fold.value()->writer();
    setenv("SLIP_FAIL_AFTER_BYTES", std::to_string(bytes).c_str(), 1);
    _exit(writer.value()->narrow(Scope::of({"b."})).ok() ? 0 : 1);
  }
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
  return WEXITSTATUS(status) == 1;
}

void a_narrowing_that_is_cut_short_is_known_and_goes_on(void**) {
  const std::string path = faulty_path();
  std::vector<Change> changes = many("a.", kManyKeys, 1);
  for (Change& change : many("b.", 3, 2)) changes.push_back(std::move(change));
  size_t size = 0;
  {
    const auto fold = open(path, {{"durability", "process"}});
    fill(*fold, changes, 2);
    must(fold->close());
  }
  const char* const bytes_of_it = test_read_file(data_file(path).c_str(), &size);
  const std::string whole(bytes_of_it, size);
  std::set<uint64_t> stopped_at;  // entries that were left: each is another commit
  bool died = true;
  const long step = is_lmdb() ? 8192 : 200000;
  for (long bytes = 0; died; bytes += step) {
    test_write_file(data_file(path).c_str(), whole.data(), whole.size());
    died = dies_narrowing(path, bytes);
    const auto fold = open(path);
    const FoldMeta meta = must(fold->meta());
    must(fold->check());
    stopped_at.insert(meta.entries);
    if (meta.narrowing) {
      assert_true(meta.scope == Scope::of({"b."}));
      expect(fold->snapshot().status(), SLIP_SCOPE_MISMATCH,
             "is on its way to a narrower scope, prefix \"b.\", and still holds keys of its old");
      Commit commit = commit_at(3);
      commit.scope = Scope::of({"b."});
      expect(try_apply(*must(fold->writer()), {put("b.1", "2", 3)}, commit), SLIP_SCOPE_MISMATCH,
             "(start a watch with the new scope");
    } else {
      assert_int_equal(meta.entries, died ? kManyKeys + 3 : 3);
    }
    (void)narrow(*fold, Scope::of({"b."}));
    assert_false(must(fold->meta()).narrowing);
    assert_int_equal(must(fold->check()), 3);
    expect_list(list(*fold), {"b.100000=v@2", "b.100001=v@2", "b.100002=v@2"});
    must(fold->close());
  }
  print_message("cut short with so many entries left:");
  for (const uint64_t entries : stopped_at)
    print_message(" %llu", static_cast<unsigned long long>(entries));
  print_message("\n");
  assert_int_equal(stopped_at.size(), 4);  // all of them, after one commit, after two, none
}

// A snapshot that was open before sees the fold as it was, and is told when it looks again.
void a_snapshot_is_not_moved_into_the_middle(void**) {
  const std::string path = faulty_path();
  const auto fold = open(path, {{"durability", "process"}});
  fill(*fold, many("a.", kManyKeys, 1), 1);
  const auto snapshot = must(fold->snapshot());
  const auto writer = must(fold->writer());
  setenv("SLIP_FAIL_AFTER_BYTES", "40000", 1);
  const Status failed = writer->narrow(Scope::of({"b."})).status();
  unsetenv("SLIP_FAIL_AFTER_BYTES");
  expect(failed, SLIP_NO_SPACE, "make room");
  assert_int_equal(snapshot->meta().entries, kManyKeys);
  assert_true(must(fold->meta()).narrowing);
  expect(snapshot->refresh(), SLIP_SCOPE_MISMATCH, "on its way to a narrower scope");
  slip::guard_switch("fold_narrowing", false);
  assert_true(fold->snapshot().ok());  // half of it, to be read as the whole
  slip::guard_switch("fold_narrowing", true);
}

void guard_fold_narrow_scope(void**) {
  slip::guard_switch("fold_narrow_scope", false);
  const auto fold = open(test_path(test_directory(), "fold"));
  fill(*fold, {put("a.1", "1", 1), put("b.1", "1", 2)}, 2);
  (void)narrow(*fold, Scope::of({"a."}));
  (void)narrow(*fold, Scope::all());
  slip::guard_switch("fold_narrow_scope", true);
  assert_true(must(fold->meta()).scope.whole());  // it says so, and lacks b.1
  expect_list(list(*fold), {"a.1=1@1"});
}

}  // namespace

int main() {
  setenv("SLIP_MATCH", "/faulty", 1);
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_lies_outside_leaves),
      cmocka_unit_test(nothing_gets_wider),
      cmocka_unit_test(many_keys_leave_in_several_commits),
      cmocka_unit_test(a_narrowing_that_is_cut_short_is_known_and_goes_on),
      cmocka_unit_test(a_snapshot_is_not_moved_into_the_middle),
      cmocka_unit_test(guard_fold_narrow_scope),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
