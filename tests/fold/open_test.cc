// Opening a fold: what is made, what is refused, and with which sentence.
#include <lmdb.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/checksum.h"
#include "fold/lmdb/stored_meta.h"
#include "fold/world.h"

using namespace fold_test;

namespace {

std::string fresh_path() { return test_path(test_directory(), "fold"); }

std::string filled_fold(Settings settings = {}) {
  const std::string path = fresh_path();
  const auto fold = open(path, settings);
  apply(*fold, {put("a", "1", 1), put("b", "2", 2)}, 2);
  must(fold->close());
  return path;
}

void create_says_whether_a_fold_may_be_made(void**) {
  const std::string path = fresh_path();
  expect(try_open(path, {{"create", "never"}}).status(), SLIP_NOT_FOUND,
         "cannot open fold \"" + path + "\": there is none");
  expect(try_open(path, {{"read_only", "true"}}).status(), SLIP_NOT_FOUND, "there is none");
  assert_int_equal(access(path.c_str(), F_OK), -1);
  must(open(path + "/below/deep", {{"create", "always"}})->close());
  expect(try_open(path + "/below/deep", {{"create", "always"}}).status(), SLIP_EXISTS, "it exists");
  // An empty directory is as good as none.
  const std::string empty = fresh_path();
  assert_int_equal(mkdir(empty.c_str(), 0700), 0);
  expect(try_open(empty, {{"create", "never"}}).status(), SLIP_NOT_FOUND, "there is none");
  must(open(empty, {{"create", "always"}})->close());
  must(open(empty, {{"create", "never"}})->close());
}

void urls_are_checked(void**) {
  const slip::Options options(SLIP_OPTIONS_FOLD);
  expect(slip::open_fold("sqlite:/x", options).status(), SLIP_INVALID, "must be lmdb:PATH or append-log:PATH");
  expect(slip::open_fold("lmdb:", options).status(), SLIP_INVALID, "the path is empty");
  expect(slip::load_fold("/plain/path").status(), SLIP_INVALID, "must be lmdb:PATH or append-log:PATH");
}

void what_is_not_a_fold_is_left_alone(void**) {
  const std::string file = fresh_path();
  test_write_file(file.c_str(), "mine", 4);
  expect(try_open(file).status(), SLIP_NOT_OURS, "\"" + file + "\" is not a directory");
  const std::string directory = fresh_path();
  assert_int_equal(mkdir(directory.c_str(), 0700), 0);
  const std::string inside = directory + "/notes.txt";
  test_write_file(inside.c_str(), "mine", 4);
  expect(try_open(directory).status(), SLIP_NOT_OURS, "holds \"notes.txt\"");
  const std::string only = fresh_path();
  assert_int_equal(mkdir(only.c_str(), 0700), 0);
  assert_int_equal(mkdir((only + "/gen-1").c_str(), 0700), 0);
  expect(try_open(only).status(), SLIP_NOT_OURS, "holds \"gen-1\"");
  assert_int_equal(access(inside.c_str(), F_OK), 0);
  assert_int_equal(access((directory + "/LOCK").c_str(), F_OK), -1);
}

void files_are_private_whatever_the_umask(void**) {
  const mode_t before = umask(0);
  const std::string path = filled_fold();
  umask(before);
  const std::pair<std::string, mode_t> modes[] = {
      {path, 0700}, {path + "/gen-1", 0700}, {path + "/CURRENT", 0600}, {data_file(path), 0600}};
  for (const auto& [name, mode] : modes) {
    struct stat state;
    assert_int_equal(stat(name.c_str(), &state), 0);
    if ((state.st_mode & 0777) != mode) fail_msg("%s has mode %o", name.c_str(), state.st_mode);
  }
}

void a_second_opening_in_the_process_is_busy(void**) {
  const std::string path = filled_fold();
  const auto fold = open(path);
  const std::string link = fresh_path();
  assert_int_equal(symlink(path.c_str(), link.c_str()), 0);
  for (const std::string& name : {path, path + "/", path + "/../fold", link}) {
    expect(try_open(name).status(), SLIP_BUSY, "it is open in this process");
    expect(try_open(name, {{"read_only", "true"}}).status(), SLIP_BUSY, "open in this process");
  }
  assert_true(try_open(path).status().retriable());
  must(fold->close());
  must(open(link)->close());
}

void there_is_one_writer_and_close_waits_for_its_end(void**) {
  const auto fold = open(fresh_path());
  auto writer = must(fold->writer());
  expect(fold->writer().status(), SLIP_BUSY, "it has a writer in this process");
  expect(fold->close(), SLIP_BUSY, "it has a writer");
  must(try_apply(*writer, {put("a", "1", 1)}, commit_at(1)));
  writer.reset();
  must(must(fold->writer())->apply(nullptr, 0, commit_at(2)));
  must(fold->close());
  must(fold->close());
  expect(fold->meta().status(), SLIP_CLOSED, "is closed");
  expect(fold->writer().status(), SLIP_CLOSED, "is closed");
  expect(fold->snapshot().status(), SLIP_CLOSED, "is closed");
  expect(fold->check().status(), SLIP_CLOSED, "is closed");
  expect(fold->stats().status(), SLIP_CLOSED, "is closed");
  expect(fold->sync(), SLIP_CLOSED, "is closed");
}

void a_read_only_fold_cannot_be_written(void**) {
  const std::string path = filled_fold();
  const auto fold = open(path, {{"read_only", "true"}});
  expect(fold->writer().status(), SLIP_PERMISSION_DENIED, "opened with read_only");
  expect_list(list(*fold), {"a=1@1", "b=2@2"});
  assert_int_equal(must(fold->check()), 2);
  assert_true(must(fold->stats()).read_only);
  must(fold->sync());
  must(fold->close());
}

// --- other processes
// ------------------------------------------------------------------------------

// Runs `body` in a child, with pipes both ways; a byte stands for "go on".
class Child {
 public:
  template <typename Body>
  explicit Child(const Body& body) {
    assert_int_equal(pipe(to_child_), 0);
    assert_int_equal(pipe(from_child_), 0);
    pid_ = fork();
    assert_true(pid_ >= 0);
    if (pid_ != 0) return;
    body(*this);
    _exit(0);
  }
  pid_t pid() const { return pid_; }
  void tell() { assert_int_equal(write(pid_ != 0 ? to_child_[1] : from_child_[1], "x", 1), 1); }
  void hear() {
    char byte = 0;
    if (read(pid_ != 0 ? from_child_[0] : to_child_[0], &byte, 1) != 1) _exit(2);
  }
  void join() {
    int status = 0;
    assert_int_equal(waitpid(pid_, &status, 0), pid_);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    for (int* ends : {to_child_, from_child_}) close(ends[0]), close(ends[1]);
  }

 private:
  int to_child_[2];
  int from_child_[2];
  pid_t pid_ = 0;
};

// In children, where CMocka's jumps lead nowhere.
void require(bool condition) {
  if (!condition) _exit(1);
}

void another_process_is_refused_and_told_who_holds_it(void**) {
  const std::string path = filled_fold();
  Child child([&](Child& self) {
    const auto fold = try_open(path);
    require(fold.ok());
    self.tell();
    self.hear();
  });
  child.hear();
  expect(try_open(path).status(), SLIP_BUSY,
         "held by process " + std::to_string(child.pid()) + " (close it there");
  child.tell();
  child.join();
  must(open(path)->close());
}

void a_reader_in_another_process_sees_what_is_committed(void**) {
  const std::string path = filled_fold();
  const auto fold = open(path, {{"durability", "process"}});
  Child child([&](Child& self) {
    const auto reader = try_open(path, {{"read_only", "true"}});
    require(reader.ok());
    const auto snapshot = reader.value()->snapshot();
    require(snapshot.ok() && got(*snapshot.value(), "c") == "SLIP_NOT_FOUND");
    self.tell();
    self.hear();
    require(got(*snapshot.value(), "c") == "SLIP_NOT_FOUND");
    require(reader.value()->meta().value().revision == 3);
    require(snapshot.value()->refresh().ok());
    require(got(*snapshot.value(), "c") == "=3@3");
    require(snapshot.value()->meta().revision == 3);
    require(reader.value()->close().ok());
  });
  child.hear();
  apply(*fold, {put("c", "3", 3)}, 3);
  child.tell();
  child.join();
}

void a_killed_writer_leaves_what_it_committed(void**) {
  const std::string path = fresh_path();
  Child child([&](Child& self) {
    const auto fold = try_open(path, {{"durability", "process"}});
    require(fold.ok());
    const auto writer = fold.value()->writer();
    for (uint64_t i = 1; i <= 50; ++i)
      require(try_apply(*writer.value(), {put("k", std::to_string(i), i)}, commit_at(i)).ok());
    self.tell();
    self.hear();
  });
  child.hear();
  assert_int_equal(kill(child.pid(), SIGKILL), 0);
  int status = 0;
  waitpid(child.pid(), &status, 0);
  const auto fold = open(path, {{"durability", "process"}});
  assert_string_equal(got(*fold, "k").c_str(), "=50@50");
  assert_int_equal(must(fold->meta()).revision, 50);
}

void a_forked_child_may_open_other_folds(void**) {
  const std::string path = filled_fold();
  const auto fold = open(path);
  const std::string other = fresh_path();
  Child child([&](Child&) {
    const auto opened = try_open(other);
    require(opened.ok() && opened.value()->close().ok());
    require(try_open(path).status().code() == SLIP_BUSY);
  });
  child.join();
  apply(*fold, {put("c", "3", 3)}, 3);
}

// --- damage
// -----------------------------------------------------------------------------------------

void rewrite_current(const std::string& path, size_t offset, uint32_t value) {
  size_t size = 0;
  char* bytes = test_read_file((path + "/CURRENT").c_str(), &size);
  memcpy(bytes + offset, &value, sizeof value);
  const uint64_t checksum = slip::xxh3(std::string_view(bytes + 8, size - 8));
  memcpy(bytes, &checksum, sizeof checksum);
  test_write_file((path + "/CURRENT").c_str(), bytes, size);
}

void current_is_checked(void**) {
  std::string path = filled_fold();
  rewrite_current(path, 16, 2);
  expect(try_open(path).status(), SLIP_NEWER_FORMAT, "has format 2, this library knows 1");
  path = filled_fold();
  rewrite_current(path, 20, 77);
  expect(try_open(path).status(), SLIP_NEWER_FORMAT, "use a later version");
  path = filled_fold();
  rewrite_current(path, 20, 2);
  expect(try_open(path).status(), SLIP_INVALID, "is of another kind than its URL says");
  path = filled_fold();
  test_flip_bit((path + "/CURRENT").c_str(), 17, 3);
  expect(try_open(path).status(), SLIP_CORRUPT, "CURRENT does not match its checksum");
  path = filled_fold();
  assert_int_equal(truncate((path + "/CURRENT").c_str(), 31), 0);
  expect(try_open(path).status(), SLIP_CORRUPT, "CURRENT is too short");
  path = filled_fold();
  assert_int_equal(truncate((path + "/CURRENT").c_str(), 100000), 0);
  expect(try_open(path).status(), SLIP_CORRUPT, "CURRENT is too long");
  path = filled_fold();
  assert_int_equal(unlink((path + "/CURRENT").c_str()), 0);
  expect(try_open(path).status(), SLIP_CORRUPT, "CURRENT is missing although");
}

void a_creation_that_was_cut_short_is_carried_on_with(void**) {
  const std::string path = fresh_path();
  must(open(path)->close());
  assert_int_equal(unlink((path + "/CURRENT").c_str()), 0);
  test_write_file((path + "/.slip-staged-00").c_str(), "half", 4);
  expect(try_open(path, {{"read_only", "true"}}).status(), SLIP_NOT_FOUND, "there is none");
  apply(*open(path), {put("a", "1", 1)}, 1);
  assert_string_equal(got(*open(path), "a").c_str(), "=1@1");
  const std::string begun = fresh_path();
  must(open(begun)->close());
  assert_int_equal(unlink((begun + "/CURRENT").c_str()), 0);
  assert_int_equal(truncate(data_file(begun).c_str(), 5000), 0);
  must(open(begun)->close());
  assert_true(list(*open(begun, {{"create", "never"}}), everything()).empty());
}

void data_mdb_is_checked_before_it_is_mapped(void**) {
  std::string path = filled_fold();
  const std::string names_it = "file \"" + path + "/gen-1/data.mdb\"";
  assert_int_equal(truncate(data_file(path).c_str(), 3 * 4096), 0);
  expect(try_open(path).status(), SLIP_CORRUPT, names_it + " is cut short: 12288 bytes");
  assert_int_equal(truncate(data_file(path).c_str(), 4096), 0);
  expect(try_open(path).status(), SLIP_CORRUPT, "ends within its second page");
  assert_int_equal(truncate(data_file(path).c_str(), 0), 0);
  expect(try_open(path).status(), SLIP_CORRUPT, "is missing or empty");
  assert_int_equal(unlink(data_file(path).c_str()), 0);
  expect(try_open(path, {{"read_only", "true"}}).status(), SLIP_CORRUPT, "is missing or empty");
  path = filled_fold();
  test_flip_bit(data_file(path).c_str(), 16, 0);  // the magic number
  expect(try_open(path).status(), SLIP_CORRUPT, "is damaged in its first pages");
  path = filled_fold();
  test_flip_bit(data_file(path).c_str(), 20, 2);  // the version
  expect(try_open(path).status(), SLIP_NEWER_FORMAT, "another version of LMDB");
  path = filled_fold();
  test_flip_bit(data_file(path).c_str(), 40, 5);  // the page size
  expect(try_open(path).status(), SLIP_CORRUPT, "has no valid page size");
}

long offset_in_file(const std::string& path, const std::string& bytes) {
  size_t size = 0;
  const char* data = test_read_file(data_file(path).c_str(), &size);
  const std::string_view file(data, size);
  const size_t at = file.rfind(bytes);
  assert_true(at != std::string_view::npos);
  assert_true(file.find(bytes) == at);
  return static_cast<long>(at);
}

void a_flipped_bit_in_a_record_is_found_when_it_is_read(void**) {
  const std::string path = fresh_path();
  {
    const auto fold = open(path);
    apply(*fold, {put("a", "1", 1), put("key", "a value to be found again", 2), put("z", "", 3)},
          3);
  }
  test_flip_bit(data_file(path).c_str(), offset_in_file(path, "a value to be found"), 4);
  const auto fold = open(path);
  const auto snapshot = must(fold->snapshot());
  assert_string_equal(got(*snapshot, "a").c_str(), "=1@1");
  Update update{};
  expect(snapshot->get("key", &update), SLIP_CORRUPT, "the record of key \"key\" is damaged");
  assert_int_equal(update.value.size, 0);
  expect(fold->check().status(), SLIP_CORRUPT, "the record of key \"key\" is damaged");
  const auto iterator = must(snapshot->range(RangeQuery()));
  assert_int_equal(must(iterator->next(&update, 1)), 1);
  for (int i = 0; i < 2; ++i)
    expect(iterator->next(&update, 1).status(), SLIP_CORRUPT, "the record of key \"key\"");
  // It is not built upon either: its counts would not be known.
  expect(try_apply(*must(fold->writer()), {put("key", "new", 4)}, commit_at(4)), SLIP_CORRUPT,
         "the record of key \"key\"");
  assert_int_equal(must(fold->meta()).revision, 3);
}

void a_flipped_bit_in_the_meta_record_is_found_on_opening(void**) {
  const std::string path = fresh_path();
  apply(*open(path, {{"durability", "full"}}), {put("a", "1", 1)}, 1);
  // Of the copies of the record that the file holds, the last one written.
  size_t size = 0;
  const char* data = test_read_file(data_file(path).c_str(), &size);
  const std::string_view file(data, size);
  for (size_t at = file.find("routes"); at != std::string_view::npos;
       at = file.find("routes", at + 1))
    test_flip_bit(data_file(path).c_str(), static_cast<long>(at), 0);
  expect(try_open(path).status(), SLIP_CORRUPT, "its meta record is damaged");
}

// Rewrites the meta record of a fold that is closed.
template <typename Change>
void change_meta(const std::string& path, const Change& change) {
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  MDB_dbi dbi = 0;
  MDB_val key{4, const_cast<char*>(slip::lmdb::kMetaKey)};
  MDB_val value{};
  assert_int_equal(mdb_env_create(&env), 0);
  assert_int_equal(mdb_env_set_maxdbs(env, 2), 0);
  assert_int_equal(mdb_env_set_mapsize(env, size_t{1} << 28), 0);
  assert_int_equal(mdb_env_open(env, (path + "/gen-1").c_str(), 0, 0600), 0);
  assert_int_equal(mdb_txn_begin(env, nullptr, 0, &txn), 0);
  assert_int_equal(mdb_dbi_open(txn, nullptr, 0, &dbi), 0);
  assert_int_equal(mdb_get(txn, dbi, &key, &value), 0);
  std::string bytes(static_cast<const char*>(value.mv_data), value.mv_size);
  change(&bytes);
  value = MDB_val{bytes.size(), bytes.data()};
  assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
  assert_int_equal(mdb_txn_commit(txn), 0);
  mdb_env_close(env);
}

void set_mark(const std::string& path, const std::string& mark) {
  change_meta(path, [&](std::string* bytes) {
    slip::lmdb::StoredMeta stored;
    must(slip::lmdb::decode_meta(*bytes, path, &stored));
    stored.unsynced = mark;
    *bytes = slip::lmdb::encode_meta(stored);
  });
}

std::string mark_of(const std::string& path) {
  std::string mark;
  change_meta(path, [&](std::string* bytes) {
    slip::lmdb::StoredMeta stored;
    must(slip::lmdb::decode_meta(*bytes, path, &stored));
    mark = stored.unsynced;
  });
  return mark;
}

void a_later_meta_record_is_refused(void**) {
  const std::string path = filled_fold();
  change_meta(path, [](std::string* bytes) {
    (*bytes)[12] = 1;  // a feature that a reader must know
    const uint64_t checksum = slip::xxh3(std::string_view(*bytes).substr(8));
    memcpy(bytes->data(), &checksum, sizeof checksum);
  });
  expect(try_open(path).status(), SLIP_NEWER_FORMAT, "with features of a later version");
}

void counts_that_do_not_match_are_found_by_check(void**) {
  const std::string path = filled_fold();
  change_meta(path, [&](std::string* bytes) {
    slip::lmdb::StoredMeta stored;
    must(slip::lmdb::decode_meta(*bytes, path, &stored));
    stored.meta.entries = 3;
    *bytes = slip::lmdb::encode_meta(stored);
  });
  expect(open(path)->check().status(), SLIP_CORRUPT,
         "holds 2 entries, 0 tombstones and 4 bytes, its meta record says 3 entries");
}

void a_power_loss_under_process_durability_makes_it_suspect(void**) {
  const std::string path = filled_fold({{"durability", "process"}});
  assert_string_equal(mark_of(path).c_str(), "");
  set_mark(path, "the boot before");
  for (int i = 0; i < 2; ++i) {  // a refused opening does not make it clean
    expect(try_open(path).status(), SLIP_SUSPECT, "the machine went down before its last commits");
    expect(try_open(path, {{"read_only", "true"}}).status(), SLIP_SUSPECT, "rebuild it");
  }
  set_mark(path, slip::lmdb::kSyncFailed);
  expect(try_open(path).status(), SLIP_SUSPECT, "the disk failed to take its last commits");
}

// The mark is there before the first commit that is not synced, and gone after a sync.
void process_durability_marks_what_is_not_synced(void**) {
  const std::string path = fresh_path();
  Child child([&](Child& self) {
    const auto fold = try_open(path, {{"durability", "process"}});
    const auto writer = fold.value()->writer();
    require(try_apply(*writer.value(), {put("a", "1", 1)}, commit_at(1)).ok());
    require(fold.value()->sync().ok());
    self.tell();
    self.hear();
    require(try_apply(*writer.value(), {put("a", "2", 2)}, commit_at(2)).ok());
    require(try_apply(*writer.value(), {put("a", "3", 3)}, commit_at(3)).ok());
    self.tell();
    self.hear();
  });
  child.hear();
  child.tell();
  child.hear();
  assert_int_equal(kill(child.pid(), SIGKILL), 0);
  int status = 0;
  waitpid(child.pid(), &status, 0);
  assert_string_equal(mark_of(path).c_str(), slip::lmdb::unsynced_mark().c_str());
  // Same boot: nothing is lost. Opened with another durability it is made whole at once.
  const auto fold = open(path);
  assert_string_equal(got(*fold, "a").c_str(), "=3@3");
  must(fold->close());
  assert_string_equal(mark_of(path).c_str(), "");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(create_says_whether_a_fold_may_be_made),
      cmocka_unit_test(urls_are_checked),
      cmocka_unit_test(what_is_not_a_fold_is_left_alone),
      cmocka_unit_test(files_are_private_whatever_the_umask),
      cmocka_unit_test(a_second_opening_in_the_process_is_busy),
      cmocka_unit_test(there_is_one_writer_and_close_waits_for_its_end),
      cmocka_unit_test(a_read_only_fold_cannot_be_written),
      cmocka_unit_test(another_process_is_refused_and_told_who_holds_it),
      cmocka_unit_test(a_reader_in_another_process_sees_what_is_committed),
      cmocka_unit_test(a_killed_writer_leaves_what_it_committed),
      cmocka_unit_test(a_forked_child_may_open_other_folds),
      cmocka_unit_test(current_is_checked),
      cmocka_unit_test(a_creation_that_was_cut_short_is_carried_on_with),
      cmocka_unit_test(data_mdb_is_checked_before_it_is_mapped),
      cmocka_unit_test(a_flipped_bit_in_a_record_is_found_when_it_is_read),
      cmocka_unit_test(a_flipped_bit_in_the_meta_record_is_found_on_opening),
      cmocka_unit_test(a_later_meta_record_is_refused),
      cmocka_unit_test(counts_that_do_not_match_are_found_by_check),
      cmocka_unit_test(a_power_loss_under_process_durability_makes_it_suspect),
      cmocka_unit_test(process_durability_marks_what_is_not_synced),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
