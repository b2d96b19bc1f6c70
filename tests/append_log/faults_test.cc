// Every operation of random histories failing in every way, once and for ever. Readers go on seeing
// the last commit; what opens afterwards, with a crash or without, is an exact committed state that
// holds everything acknowledged as durable. Every fault that is armed must fire.
#include "append_log/reopen.h"

using namespace append_log_test;

namespace {

constexpr int kBatches = 22;

// How one operation may fail.
struct Way {
  sim::Effect effect;
  int error_number;
  bool (*fits)(sim::Op op);
};
bool any_operation(sim::Op) { return true; }
bool is_append(sim::Op op) { return op == sim::Op::append; }
bool is_sync(sim::Op op) { return op == sim::Op::sync; }
bool is_read(sim::Op op) { return op == sim::Op::read; }
const Way kWays[] = {
    {sim::Effect::error, EIO, any_operation},    {sim::Effect::error, ENOSPC, any_operation},
    {sim::Effect::error, EMFILE, any_operation}, {sim::Effect::part, ENOSPC, is_append},
    {sim::Effect::part, EIO, is_append},         {sim::Effect::lose_pages, EIO, is_sync},
    {sim::Effect::lose_pages, ENOSPC, is_sync},  {sim::Effect::short_read, EIO, is_read},
    {sim::Effect::flip_bit, EIO, is_read},
};

struct Run {
  uint64_t seed;
  sim::Operation operation;
  Way way;
  bool for_ever;
};

void judge(const Run& run, const char* when, const std::string& wrong) {
  if (wrong.empty()) return;
  fail_msg("history %lu, operation %lu (%s %s) fails%s in way %ld, %s: %s", run.seed,
           run.operation.index, sim::op_name(run.operation.op), run.operation.path.c_str(),
           run.for_ever ? " for ever" : "", static_cast<long>(run.way.effect), when, wrong.c_str());
}

void fail_there(const Run& run) {
  sim::SimFileSystem fs;
  prepare(fs);
  fs.keep_log(false);
  sim::Fault fault;
  fault.index = run.operation.index;
  fault.effect = run.way.effect;
  fault.error_number = run.way.error_number;
  fault.for_ever = run.for_ever;
  fs.arm(fault);
  // A disk that turns bits at every reading is one that is rotten.
  const bool rotten = run.for_ever && run.way.effect == sim::Effect::flip_bit;
  History history(run.seed);
  if (rotten) history.expect_rot();
  history.expect_faults();
  history.run(fs, kBatches);
  must(fs.finish());
  judge(run, "in its course", history.misread());
  uint64_t verdict = 0;
  sim::SimFileSystem crashed(fs.disk().after_crash(run.seed + run.operation.index));
  judge(run, "after a crash", reopen(crashed, history, rotten, &verdict));
  if (run.for_ever) return;
  judge(run, "opened again", reopen(fs, history, false, &verdict));
  judge(run, "going on", go_on(fs, run.seed));
}

void every_operation_may_fail_once_and_for_ever(void**) {
  uint64_t runs = 0;
  const uint64_t first = test_random();
  const uint64_t histories = long_lane() ? 200 : kSanitized ? 1 : 3;
  for (uint64_t seed = first; seed < first + histories; ++seed) {
    sim::SimFileSystem control;
    prepare(control);
    const uint64_t begin = control.operations();
    History(seed).run(control, kBatches);
    for (const sim::Operation& operation : control.log()) {
      if (operation.index <= begin || (kSanitized && operation.index % 3 != 0)) continue;
      for (const Way& way : kWays) {
        if (!way.fits(operation.op)) continue;
        for (const bool for_ever : {false, true}) {
          fail_there({seed, operation, way, for_ever});
          ++runs;
        }
      }
    }
  }
  print_message("figure: faults of the append log's disk = %lu\n", runs);
  assert_true(runs > (kSanitized ? 500 : 1000));
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
      cmocka_unit_test(a_failed_sync_poisons_the_writer_until_reopening),
      cmocka_unit_test(every_operation_may_fail_once_and_for_ever),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
