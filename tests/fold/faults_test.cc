// Full disks and failed syncs. Runs with the witness preloaded (tests/support/interposer.c), which
// refuses writes and syncs of what lies below a directory named "faulty" while a file exists.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "fold/world.h"

using namespace fold_test;

namespace {

std::string switches;  // the directory of the witness's switches

void set_up_witness() {
  switches = test_directory();
  setenv("SLIP_MATCH", "/faulty", 1);
  setenv("SLIP_FULL_WHILE", (switches + "/full").c_str(), 1);
  setenv("SLIP_SYNC_FAILS_WHILE", (switches + "/sync-fails").c_str(), 1);
}
void turn(const char* name, bool on) {
  const std::string path = switches + "/" + name;
  if (on)
    test_write_file(path.c_str(), "", 0);
  else
    unlink(path.c_str());
}

std::string faulty_path() { return std::string(test_directory()) + "/faulty"; }

std::vector<Change> many(size_t count, uint64_t revision, const char* value) {
  std::vector<Change> changes;
  for (size_t i = 0; i < count; ++i)
    changes.push_back(put("key-" + std::to_string(i), value + std::string(500, 'v'), revision));
  return changes;
}

void a_full_disk_refuses_a_batch_that_may_be_tried_again(void**) {
  for (const char* durability : {"process", "meta", "full"}) {
    const auto fold = open(faulty_path(), {{"durability", durability}});
    apply(*fold, {put("a", "before", 1)}, 1);
    const auto writer = must(fold->writer());
    turn("full", true);
    for (int i = 0; i < 3; ++i) {
      const Status full = try_apply(*writer, many(200, 2, "x"), commit_at(2));
      expect(full, SLIP_NO_SPACE, "cannot commit to fold \"" + fold->path() + "\"");
      expect(full, SLIP_NO_SPACE, "No space left on device (make room");
      assert_true(full.retriable());
    }
    expect_list(list(*fold), {"a=before@1"});
    assert_int_equal(must(fold->meta()).revision, 1);
    assert_int_equal(must(fold->meta()).entries, 1);
    turn("full", false);
    must(try_apply(*writer, many(200, 2, "x"), commit_at(2)));
    assert_int_equal(must(fold->meta()).entries, 201);
    assert_int_equal(must(fold->check()), 201);
  }
}

// In a process of its own: the witness counts bytes for its whole life.
template <typename Body>
int in_child(const Body& body) {
  const pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) _exit(body());
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

enum Outcome { kFitted, kRetried, kWrong };

// A disk that is full after `bytes` more, then has space again.
Outcome fill_up(const std::string& path, long bytes) {
  const auto fold = try_open(path);
  if (!fold.ok()) return kWrong;
  const auto writer = fold.value()->writer();
  if (!writer.ok()) return kWrong;
  const uint64_t before = fold.value()->meta().value().revision;
  const auto try_it = [&] {
    return try_apply(*writer.value(), many(100, before + 1, "y"), commit_at(before + 1));
  };
  const auto is_sound_at = [&](uint64_t revision) {
    return fold.value()->meta().value().revision == revision && fold.value()->check().ok();
  };
  setenv("SLIP_FAIL_AFTER_BYTES", std::to_string(bytes).c_str(), 1);
  const Status status = try_it();
  unsetenv("SLIP_FAIL_AFTER_BYTES");
  if (status.ok()) return is_sound_at(before + 1) ? kFitted : kWrong;
  if (!status.is(SLIP_NO_SPACE) || !is_sound_at(before)) return kWrong;
  return try_it().ok() && is_sound_at(before + 1) ? kRetried : kWrong;
}

void a_disk_may_be_full_at_any_byte(void**) {
  const std::string path = faulty_path();
  must(open(path)->close());
  int outcomes[3] = {};
  for (long bytes = 0; outcomes[kFitted] < 3; bytes += 2048) {
    const int outcome = in_child([&] { return fill_up(path, bytes); });
    ++outcomes[outcome];
    if (outcome == kWrong) fail_msg("wrong after %ld bytes", bytes);
    assert_true(bytes < 10000000);
  }
  assert_true(outcomes[kRetried] > 10);
}

// Where only LMDB's meta page does not fit, LMDB gives up until it is opened anew. Snapshots that
// hold it keep it from that: the batch is taken once they are gone.
void a_meta_page_that_cannot_be_written_waits_for_snapshots(void**) {
  const std::string path = faulty_path();
  must(open(path)->close());
  int waited = 0;
  for (long bytes = 0; bytes < 200000; bytes += 2048) {
    waited += in_child([&] {
      const auto fold = try_open(path);
      const auto writer = fold.value()->writer();
      auto snapshot = fold.value()->snapshot();
      setenv("SLIP_FAIL_AFTER_BYTES", std::to_string(bytes).c_str(), 1);
      const uint64_t next = fold.value()->meta().value().revision + 1;
      const auto try_it = [&] {
        return try_apply(*writer.value(), many(100, next, "z"), commit_at(next));
      };
      Status status = try_it();
      unsetenv("SLIP_FAIL_AFTER_BYTES");
      if (!status.ok()) status = try_it();
      if (status.ok()) return 0;
      if (!status.is(SLIP_IO) || !status.retriable()) return 100;
      if (status.message().find("snapshots were open (free them)") == std::string::npos) return 101;
      snapshot = Status(SLIP_CLOSED, "");
      return try_it().ok() && fold.value()->check().ok() ? 1 : 102;
    });
    if (waited >= 100) fail_msg("wrong after %ld bytes: %d", bytes, waited);
  }
  assert_true(waited >= 1);
}

// What a limit or a real disk does: the write that hits the end is a short one.
void a_short_write_is_told_from_a_broken_disk(void**) {
  const std::string path = faulty_path();
  const int outcome = in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const auto fold = try_open(path);
    const auto writer = fold.value()->writer();
    if (!try_apply(*writer.value(), {put("a", "1", 1)}, commit_at(1)).ok()) return 1;
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t unlimited = limit.rlim_cur;
    limit.rlim_cur = fold.value()->stats().value().file_bytes + 3 * 4096 + 100;
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status full = try_apply(*writer.value(), many(200, 2, "x"), commit_at(2));
    if (!full.is(SLIP_NO_SPACE) || !full.retriable()) return 2;
    limit.rlim_cur = unlimited;
    setrlimit(RLIMIT_FSIZE, &limit);
    if (!try_apply(*writer.value(), many(200, 2, "x"), commit_at(2)).ok()) return 3;
    return fold.value()->check().ok() ? 0 : 4;
  });
  assert_int_equal(outcome, 0);
}

void a_fold_cannot_be_made_on_a_full_disk(void**) {
  const std::string path = faulty_path();
  turn("full", true);
  expect(try_open(path).status(), SLIP_NO_SPACE, "cannot open fold \"" + path + "\"");
  turn("full", false);
  apply(*open(path), {put("a", "1", 1)}, 1);
}

void a_load_onto_a_full_disk_leaves_nothing(void**) {
  const std::string parent = test_directory();
  {
    const auto loader = must(slip::load_fold("lmdb:" + parent + "/faulty"));
    turn("full", true);
    Status status;
    for (int i = 0; i < 100 && status.ok(); ++i) {
      const std::string value(1000000, 'v');
      const Change change = put("key-" + std::to_string(1000 + i), value, 1);
      const Update update = change.update();
      status = loader->add(&update, 1);
    }
    expect(status, SLIP_NO_SPACE, "cannot load fold");
    turn("full", false);
    FoldMeta meta;
    meta.identity = {"routes", 7};
    expect(loader->commit(meta), SLIP_NO_SPACE, "cannot load fold");
  }
  must(must(slip::load_fold("lmdb:" + parent + "/faulty"))->commit(FoldMeta{}));
  assert_int_equal(access((parent + "/faulty/CURRENT").c_str(), F_OK), 0);
}

// After a failed fsync the system holds pages that it believes to be on the disk: nothing is built
// on them in this opening, and what was acknowledged as durable is what the next one finds.
void a_failed_sync_ends_all_writing(void**) {
  for (const char* durability : {"meta", "full"}) {
    const std::string path = faulty_path();
    const auto fold = open(path, {{"durability", durability}});
    apply(*fold, {put("a", "before", 1)}, 1);
    auto writer = must(fold->writer());
    turn("sync-fails", true);
    const Status failed = try_apply(*writer, {put("a", "lost", 2)}, commit_at(2));
    expect(failed, SLIP_IO, "mend the disk and open the fold again");
    assert_false(failed.retriable());
    turn("sync-fails", false);
    expect(try_apply(*writer, {put("a", "lost", 2)}, commit_at(2)), SLIP_IO, "nothing more is");
    assert_string_equal(got(*fold, "a").c_str(), "=before@1");
    writer.reset();
    expect(fold->sync(), SLIP_IO, "nothing more is written");
    expect(fold->close(), SLIP_IO, "nothing more is written");
    expect(fold->close(), SLIP_IO, "nothing more is written");
    assert_string_equal(got(*open(path), "a").c_str(), "=before@1");
    apply(*open(path), {put("a", "after", 2)}, 2);
  }
}

void process_durability_syncs_its_mark_and_then_not(void**) {
  const std::string path = faulty_path();
  auto fold = open(path, {{"durability", "process"}});
  turn("sync-fails", true);
  expect(try_apply(*must(fold->writer()), {put("a", "1", 1)}, commit_at(1)), SLIP_IO,
         "mend the disk");
  turn("sync-fails", false);
  expect(fold->close(), SLIP_IO, "nothing more is written");
  fold = open(path, {{"durability", "process"}});  // nothing unsynced was acknowledged
  apply(*fold, {put("a", "1", 1)}, 1);
  turn("sync-fails", true);
  apply(*fold, {put("a", "2", 2)}, 2);
  assert_string_equal(got(*fold, "a").c_str(), "=2@2");
  // What was acknowledged unsynced may be lost now, and no later success of a sync says otherwise.
  expect(fold->sync(), SLIP_IO, "mend the disk");
  turn("sync-fails", false);
  expect(fold->sync(), SLIP_IO, "nothing more is written");
  expect(fold->close(), SLIP_IO, "nothing more is written");
  expect(try_open(path).status(), SLIP_SUSPECT, "the disk failed to take its last commits");
}

}  // namespace

int main() {
  set_up_witness();
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_full_disk_refuses_a_batch_that_may_be_tried_again),
      cmocka_unit_test(a_disk_may_be_full_at_any_byte),
      cmocka_unit_test(a_meta_page_that_cannot_be_written_waits_for_snapshots),
      cmocka_unit_test(a_short_write_is_told_from_a_broken_disk),
      cmocka_unit_test(a_fold_cannot_be_made_on_a_full_disk),
      cmocka_unit_test(a_load_onto_a_full_disk_leaves_nothing),
      cmocka_unit_test(a_failed_sync_ends_all_writing),
      cmocka_unit_test(process_durability_syncs_its_mark_and_then_not),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
