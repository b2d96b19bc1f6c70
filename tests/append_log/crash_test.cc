// A crash at every operation of random histories, whatever survives of what was not synced; and
// every operation failing, once and for ever. What opens afterwards is an exact committed state, no
// older than the last that was acknowledged as durable.
#include <unordered_set>

#include "append_log/history.h"

using namespace append_log_test;

namespace {

struct Tally {
  std::unordered_set<uint64_t> images;
  uint64_t crashes = 0;
  uint64_t again = 0;
};

// Opens what a crash left, and says what is wrong with it.
std::string reopen(sim::SimFileSystem& fs, const History& history) {
  auto opened = slip::append_log::open(request_on(fs));
  if (!opened.ok()) return "cannot be opened: " + opened.status().message();
  const std::shared_ptr<Fold> fold = opened.take();
  const std::string wrong = history.judge(shown(*fold));
  if (!wrong.empty()) return wrong;
  const auto checked = fold->check();
  return checked.ok() ? std::string() : "its check fails: " + checked.status().message();
}

// One that was repaired by opening takes a commit and loses nothing in a second crash.
std::string go_on(sim::SimFileSystem& fs, uint64_t seed) {
  std::string expected;
  {
    const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(fs)));
    const uint64_t revision = must(fold->meta()).revision + 1;
    apply(*fold, {put("after", std::string(100, 'z'), revision)}, revision);
    expected = shown(*fold);
  }
  sim::SimFileSystem crashed(fs.disk().after_crash(seed));
  const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(crashed)));
  const std::string found = shown(*fold);
  return found == expected ? std::string() : "holds \"" + found + "\" after going on";
}

void crash_here(Tally* tally, sim::SimFileSystem& fs, const History& history, uint64_t seed) {
  ++tally->crashes;
  sim::SimFileSystem crashed(fs.disk().after_crash(seed));
  if (!tally->images.insert(crashed.disk().digest()).second) return;
  crashed.keep_log(false);
  std::string wrong = reopen(crashed, history);
  if (wrong.empty() && tally->images.size() % 16 == 0) {
    ++tally->again;
    wrong = go_on(crashed, seed);
  }
  if (!wrong.empty())
    fail_msg("crash seed %lu at operation %lu: %s", seed, fs.operations(), wrong.c_str());
}

void a_crash_at_every_operation_leaves_a_committed_state(void**) {
  Tally tally;
  const int histories = test_long_lane() ? 4000 : 150;
  const uint64_t first = test_random();
  for (int i = 0; i < histories; ++i) {
    sim::SimFileSystem fs;
    prepare(fs);
    History history(first + static_cast<uint64_t>(i));
    uint64_t seed = first;
    fs.set_witness([&](const sim::Operation&) {
      for (int s = 0; s < 3; ++s) crash_here(&tally, fs, history, ++seed);
    });
    history.run(fs, 14);
    fs.set_witness(nullptr);
    for (int s = 0; s < 3; ++s) crash_here(&tally, fs, history, ++seed);
    assert_int_equal(history.commits(), 14);
  }
  print_message("%zu distinct images of %lu crashes in %d histories, %lu gone on with\n",
                tally.images.size(), tally.crashes, histories, tally.again);
  assert_true(tally.images.size() > tally.crashes / 10);
}

// Runs a history with one fault, then crashes it.
void fail_at(uint64_t index, uint64_t seed, const sim::Fault& fault, uint64_t* fired) {
  sim::SimFileSystem fs;
  prepare(fs);
  sim::Fault armed = fault;
  armed.index = index + fs.operations();
  fs.arm(armed);
  History history(seed);
  history.run(fs, 10);
  *fired += fs.faults_fired() > 0 ? 1 : 0;
  sim::SimFileSystem crashed(fs.disk().after_crash(seed + index));
  const std::string wrong = reopen(crashed, history);
  if (!wrong.empty())
    fail_msg("fault at operation %lu of history %lu: %s", index, seed, wrong.c_str());
}

void every_operation_may_fail_once_and_for_ever(void**) {
  uint64_t fired = 0;
  uint64_t runs = 0;
  const uint64_t first = test_random();
  const int histories = test_long_lane() ? 100 : 4;
  for (int i = 0; i < histories; ++i) {
    for (const int error_number : {EIO, ENOSPC, EMFILE}) {
      for (const bool for_ever : {false, true}) {
        for (const auto effect : {sim::Effect::error, sim::Effect::part, sim::Effect::lose_pages}) {
          sim::Fault fault;
          fault.error_number = error_number;
          fault.for_ever = for_ever;
          fault.effect = effect;
          uint64_t before = UINT64_MAX;
          for (uint64_t index = 1; before != fired; ++index, ++runs) {
            before = fired;
            fail_at(index, first + static_cast<uint64_t>(i), fault, &fired);
          }
        }
      }
    }
  }
  print_message("%lu runs with a fault that fired\n", fired);
  assert_true(fired > runs / 2);
}

// A full disk refuses, goes on serving, and takes the same commit when there is room again.
void service_resumes_when_there_is_room_again(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(fs)));
  const auto writer = must(fold->writer());
  must(try_apply(*writer, {put("a", "1", 1)}, commit_at(1)));
  fs.set_space(fs.disk().used_bytes() + 200);
  const Status full = try_apply(*writer, {put("b", std::string(500, 'b'), 2)}, commit_at(2));
  expect(full, SLIP_NO_SPACE, "make room: it may then be tried again");
  assert_true(full.retriable());
  expect_list(list(*fold), {"a=1@1"});
  fs.set_space(0);
  must(try_apply(*writer, {put("b", "2", 2)}, commit_at(2)));
  for (uint64_t seed = 0; seed < 50; ++seed) {
    sim::SimFileSystem crashed(fs.disk().after_crash(seed));
    expect_list(list(*must(slip::append_log::open(request_on(crashed)))), {"a=1@1", "b=2@2"});
  }
}

void a_failed_sync_poisons_the_writer_until_reopening(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  {
    const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(fs)));
    apply(*fold, {put("a", "1", 1)}, 1);
    sim::Fault fault;
    fault.op = sim::Op::sync;
    fault.effect = sim::Effect::lose_pages;
    fs.arm(fault);
    const auto writer = must(fold->writer());
    expect(try_apply(*writer, {put("b", "2", 2)}, commit_at(2)), SLIP_IO, "open the fold again");
    expect(try_apply(*writer, {put("b", "2", 2)}, commit_at(2)), SLIP_IO, "open the fold again");
    expect_list(list(*fold), {"a=1@1"});
    must(fs.finish());
  }
  const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(fs)));
  apply(*fold, {put("c", "3", 3)}, 3);
  expect_list(list(*fold), {"a=1@1", "c=3@3"});
  for (uint64_t seed = 0; seed < 50; ++seed) {
    sim::SimFileSystem crashed(fs.disk().after_crash(seed));
    expect_list(list(*must(slip::append_log::open(request_on(crashed)))), {"a=1@1", "c=3@3"});
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_crash_at_every_operation_leaves_a_committed_state),
      cmocka_unit_test(every_operation_may_fail_once_and_for_ever),
      cmocka_unit_test(service_resumes_when_there_is_room_again),
      cmocka_unit_test(a_failed_sync_poisons_the_writer_until_reopening),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
