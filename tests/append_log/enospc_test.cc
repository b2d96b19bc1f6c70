// A full disk: folding stops with a clear status, reads go on, nothing acknowledged is lost, and
// service resumes when there is room again. On the simulated disk at every amount of room, and on a
// real one whose files may not grow.
#include <signal.h>
#include <sys/resource.h>

#include "append_log/reopen.h"

using namespace append_log_test;

namespace {

Change nth_put(uint64_t revision) {
  return put("key-" + std::to_string(revision % 7), std::string(20 + revision * 37 % 300, 'v'),
             revision);
}

// What the fold must show after the commits 1 to `revision`.
std::string expected_after(uint64_t revision) {
  std::map<std::string, std::string> model;
  for (uint64_t i = 1; i <= revision; ++i) {
    const Change change = nth_put(i);
    model[change.key] = fold_test::shown(change.update());
  }
  std::string all = std::to_string(revision);
  for (const auto& entry : model) all += "|" + entry.second;
  return all;
}

// Commits until the disk is full, makes room and commits on: the state is exact at every moment.
void fill_and_go_on(uint64_t room_bytes, bool sync_commits, uint64_t* refused) {
  sim::SimFileSystem fs;
  prepare(fs);
  fs.keep_log(false);
  const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(fs, sync_commits)));
  const auto writer = must(fold->writer());
  must(try_apply(*writer, {nth_put(1)}, commit_at(1)));
  fs.set_space(fs.disk().used_bytes() + room_bytes);
  uint64_t revision = 1;
  Status full;
  while (full.ok() && revision < 20) {
    full = try_apply(*writer, {nth_put(revision + 1)}, commit_at(revision + 1));
    if (full.ok()) ++revision;
  }
  assert_true(!full.ok());
  ++*refused;
  expect(full, SLIP_NO_SPACE, "cannot commit to fold \"/data/fold\"");
  assert_true(full.retriable());
  assert_string_equal(shown(*fold).c_str(), expected_after(revision).c_str());
  if (sync_commits) {
    sim::SimFileSystem crashed(fs.disk().after_crash(room_bytes));
    const auto found = must(slip::append_log::open(request_on(crashed)));
    assert_string_equal(shown(*found).c_str(), expected_after(revision).c_str());
  }
  fs.set_space(0);
  for (const uint64_t last = revision + 5; revision < last; ++revision)
    must(try_apply(*writer, {nth_put(revision + 1)}, commit_at(revision + 1)));
  must(fold->sync());
  for (uint64_t seed = 0; seed < 4; ++seed) {
    sim::SimFileSystem crashed(fs.disk().after_crash(seed));
    const auto found = must(slip::append_log::open(request_on(crashed)));
    assert_string_equal(shown(*found).c_str(), expected_after(revision).c_str());
    assert_true(must(found->check()) > 0);
  }
}

void service_resumes_at_every_amount_of_room(void**) {
  uint64_t refused = 0;
  const uint64_t step = long_lane() ? 1 : kSanitized ? 35 : 7;
  for (const bool sync_commits : {true, false})
    for (uint64_t room_bytes = 1; room_bytes < 3000; room_bytes += step)
      fill_and_go_on(room_bytes, sync_commits, &refused);
  print_message("%lu amounts of room\n", refused);
  assert_true(refused > (kSanitized ? 150 : 500));
}

// Of a batch that was refused parts may be on the disk. They must be gone from it before another
// batch takes their place: a crash could else leave a mixture, which is damage.
std::vector<Change> batch_of(uint64_t revision, size_t records, size_t value_bytes) {
  std::vector<Change> changes;
  for (size_t i = 0; i < records; ++i)
    changes.push_back(put("key-" + std::to_string(i), std::string(value_bytes, 'v'), revision));
  return changes;
}

enum class Refused { by_append, by_sync };

void refuse_and_go_on(Refused refused, size_t records) {
  sim::SimFileSystem fs;
  prepare(fs);
  Store::Request request = request_on(fs, refused == Refused::by_sync);
  request.segment_bytes = 1 << 20;
  const std::shared_ptr<Fold> fold = must(slip::append_log::open(request));
  apply(*fold, {put("a", "1", 1)}, 1);
  must(fold->sync());
  sim::Fault fault;
  fault.error_number = ENOSPC;
  fault.op = refused == Refused::by_sync ? sim::Op::sync : sim::Op::append;
  fault.effect = refused == Refused::by_sync ? sim::Effect::lose_pages : sim::Effect::part;
  fs.arm(fault);
  const auto writer = must(fold->writer());
  expect(try_apply(*writer, batch_of(2, records, 700), commit_at(2)), SLIP_NO_SPACE, "make room");
  must(fs.finish());
  const auto crash = [&] {
    for (uint64_t seed = 0; seed < 100; ++seed) {
      sim::SimFileSystem crashed(fs.disk().after_crash(seed * 1000 + fs.operations()));
      const auto found = must(slip::append_log::open(request_on(crashed)));
      const FoldMeta meta = must(found->meta());
      const size_t entries = meta.revision == 1 ? 1 : meta.revision == 2 ? 1 + records : 10;
      assert_int_equal(meta.entries, entries);
    }
  };
  fs.set_witness([&](const sim::Operation&) { crash(); });
  must(try_apply(*writer, batch_of(3, 9, 300), commit_at(3)));
  fs.set_witness(nullptr);
  crash();
}

void what_was_refused_does_not_mix_with_what_follows(void**) {
  for (size_t records = 1; records < 8; ++records) {
    refuse_and_go_on(Refused::by_append, records);
    refuse_and_go_on(Refused::by_sync, records);
  }
}

// No file of this process may be longer: what a quota does, and a full disk in all but its name.
void limit_files(uint64_t bytes) {
  rlimit limit;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

void a_real_disk_that_takes_no_more(void**) {
  signal(SIGXFSZ, SIG_IGN);
  Store::Request request;
  request.path = std::string(test_directory()) + "/fold";
  uint64_t revision = 0;
  {
    const std::shared_ptr<Fold> fold = must(slip::append_log::open(request));
    const auto writer = must(fold->writer());
    limit_files(4096);
    Status full;
    while (full.ok() && revision < 100) {
      full = try_apply(*writer, {nth_put(revision + 1)}, commit_at(revision + 1));
      if (full.ok()) ++revision;
    }
    expect(full, SLIP_NO_SPACE, "make room: it may then be tried again");
    assert_true(revision > 5 && revision < 100);
    assert_string_equal(shown(*fold).c_str(), expected_after(revision).c_str());
    limit_files(0);
    ++revision;
    must(try_apply(*writer, {nth_put(revision)}, commit_at(revision)));
  }
  const std::shared_ptr<Fold> fold = must(slip::append_log::open(request));
  assert_string_equal(shown(*fold).c_str(), expected_after(revision).c_str());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(service_resumes_at_every_amount_of_room),
      cmocka_unit_test(what_was_refused_does_not_mix_with_what_follows),
      cmocka_unit_test(a_real_disk_that_takes_no_more),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
