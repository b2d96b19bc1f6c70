// A fold made from a sorted stream: complete or not there at all.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fold/world.h"

using namespace fold_test;

namespace {

FoldMeta loaded_meta() {
  FoldMeta meta;
  meta.identity = {"routes", 7};
  meta.scope = Scope::of({"a", "k", "x"});
  meta.revision = 100;
  meta.fingerprints = {{99, 5, 6}};
  return meta;
}

std::unique_ptr<slip::FoldLoader> load(const std::string& path) {
  return must(slip::load_fold(url_of(path)));
}
Status add(slip::FoldLoader& loader, const std::vector<Change>& changes) {
  const std::vector<Update> updates = updates_of(changes);
  return loader.add(updates.data(), updates.size());
}

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  DIR* directory = opendir(path.c_str());
  assert_non_null(directory);
  while (const dirent* entry = readdir(directory)) names.push_back(entry->d_name);
  closedir(directory);
  std::vector<std::string> shown;
  for (const std::string& name : names)
    if (name != "." && name != "..") shown.push_back(name);
  return shown;
}

void a_loaded_fold_is_like_any_other(void**) {
  const std::string path = std::string(test_directory()) + "/made/too/fold";
  {
    const auto loader = load(path);
    must(add(*loader, {put("a", "1", 3), del("b", 4)}));
    must(add(*loader, {put("c", std::string(5000, 'c'), 100)}));
    assert_int_equal(access(path.c_str(), F_OK), -1);
    must(loader->commit(loaded_meta()));
    expect(add(*loader, {put("d", "", 5)}), SLIP_MISUSE, "has ended");
    expect(loader->commit(loaded_meta()), SLIP_MISUSE, "has ended");
  }
  assert_int_equal(names_in(path + "/..").size(), 1);
  const auto fold = open(path, {{"create", "never"}});
  expect_list(list(*fold, everything()), {"a=1@3", "b-@4", "c=" + std::string(5000, 'c') + "@100"});
  const FoldMeta meta = must(fold->meta());
  assert_true(meta.identity == loaded_meta().identity);
  assert_true(meta.scope == loaded_meta().scope);
  assert_int_equal(meta.revision, 100);
  assert_int_equal(meta.entries, 2);
  assert_int_equal(meta.tombstones, 1);
  assert_int_equal(meta.payload_bytes, 5003);
  assert_int_equal(meta.fingerprints.size(), 1);
  assert_int_equal(must(fold->check()), 3);
  Commit commit = commit_at(101);
  commit.scope = loaded_meta().scope;
  must(try_apply(*must(fold->writer()), {put("k", "after", 101)}, commit));
  assert_string_equal(got(*fold, "k").c_str(), "=after@101");
}

// Many parts, long keys among the others.
void large_streams_are_loaded_in_order(void**) {
  const std::string path = test_path(test_directory(), "fold");
  std::map<std::string, std::string> model;
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(100000 + i * 7);
    model["k" + number] = std::string(static_cast<size_t>(i) * 5, 'v');
    if (i % 10 == 0)
      model["k" + number + std::string(470 + static_cast<size_t>(i) / 20, 'l')] = "l";
    if (i % 10 == 0) model[std::string(500, 'x') + number] = "group";
  }
  const auto loader = load(path);
  std::vector<std::string> expected;
  for (const auto& [key, value] : model) {
    must(add(*loader, {put(key, value, 9)}));
    expected.push_back(key + "=" + value + "@9");
  }
  must(loader->commit(loaded_meta()));
  const auto fold = open(path);
  expect_list(list(*fold), expected);
  assert_int_equal(must(fold->check()), model.size());
}

void an_empty_stream_makes_an_empty_fold(void**) {
  const std::string path = test_path(test_directory(), "fold");
  must(load(path)->commit(loaded_meta()));
  assert_true(list(*open(path), everything()).empty());
}

void an_abandoned_load_leaves_nothing(void**) {
  const std::string parent = test_directory();
  {
    const auto loader = load(parent + "/fold");
    must(add(*loader, {put("a", "1", 3)}));
    assert_int_equal(names_in(parent).size(), 1);
  }
  assert_true(names_in(parent).empty());
}

void a_stream_out_of_order_is_refused_for_good(void**) {
  const std::string path = test_path(test_directory(), "fold");
  const auto loader = load(path);
  must(add(*loader, {put("b", "", 1)}));
  expect(add(*loader, {put("a", "", 2)}), SLIP_INVALID, "key \"a\" does not come after \"b\"");
  expect(add(*loader, {put("c", "", 2)}), SLIP_INVALID, "does not come after");
  expect(loader->commit(loaded_meta()), SLIP_INVALID, "does not come after");
  assert_int_equal(access(path.c_str(), F_OK), -1);
  const auto refused = [&](const Change& change, slip_status code, const char* part) {
    expect(add(*load(path), {change}), code, part);
  };
  refused(put("", "", 1), SLIP_INVALID, "is empty");
  refused(put(std::string(65536, 'k'), "", 1), SLIP_TOO_LARGE, "has 65536 bytes");
  refused(drop("a"), SLIP_INVALID, "no valid operation or revision");
  refused(Change{"a", "", 1, 8}, SLIP_INVALID, "no valid operation or revision");
}

void only_an_empty_destination_is_taken(void**) {
  const std::string parent = test_directory();
  const std::string path = parent + "/fold";
  assert_int_equal(mkdir(path.c_str(), 0700), 0);
  must(load(path)->commit(loaded_meta()));  // an empty directory is replaced
  expect(slip::load_fold(url_of(path)).status(), SLIP_NOT_EMPTY, "it is not empty");
  const std::string file = parent + "/file";
  test_write_file(file.c_str(), "mine", 4);
  expect(slip::load_fold(url_of(file)).status(), SLIP_NOT_OURS, "not a directory");
  // What appears there during the load is not overwritten either.
  const std::string late = parent + "/late";
  const auto loader = load(late);
  must(open(late)->close());
  expect(loader->commit(loaded_meta()), SLIP_NOT_EMPTY, "it is not empty");
  assert_true(list(*open(late, {{"create", "never"}})).empty());
}

void what_a_killed_load_left_is_removed_by_the_next(void**) {
  const std::string parent = test_directory();
  const std::string path = parent + "/fold";
  const std::string leftover = path + ".loading-0123abcd";
  assert_int_equal(mkdir(leftover.c_str(), 0700), 0);
  assert_int_equal(mkdir((leftover + "/gen-1").c_str(), 0700), 0);
  test_write_file((leftover + "/gen-1/data.mdb").c_str(), "half", 4);
  const auto other = load(path);  // one that is alive stays
  assert_int_equal(access(leftover.c_str(), F_OK), -1);
  {
    const auto loader = load(path);
    assert_int_equal(names_in(parent).size(), 2);
  }
  must(other->commit(loaded_meta()));
  assert_int_equal(names_in(parent).size(), 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_loaded_fold_is_like_any_other),
      cmocka_unit_test(large_streams_are_loaded_in_order),
      cmocka_unit_test(an_empty_stream_makes_an_empty_fold),
      cmocka_unit_test(an_abandoned_load_leaves_nothing),
      cmocka_unit_test(a_stream_out_of_order_is_refused_for_good),
      cmocka_unit_test(only_an_empty_destination_is_taken),
      cmocka_unit_test(what_a_killed_load_left_is_removed_by_the_next),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
