// A crash at every operation of random histories, whatever survives of what was not synced. What
// opens afterwards is an exact committed state, no older than the last that was acknowledged as
// durable; where the disk lied about a sync, a typed refusal or an older state, never an invention.
#include "append_log/images.h"
#include "append_log/reopen.h"

using namespace append_log_test;

namespace {

constexpr int kHistories = kSanitized ? 10 : 1050;
constexpr uint64_t kImagesMin = kSanitized ? 2000 : 300000;
constexpr int kLongHistories = 40000;
constexpr uint64_t kLongImagesMin = 10000000;
constexpr int kBatches = 30;
constexpr uint64_t kOperationsMin = 200;
constexpr uint64_t kCompactionsMin = 3;
// Of a compaction, as docs/formats.md names them.
const char* const kWindows[] = {"output", "copy", "output_sync", "output_name", "live_sync",
                                "stage",  "swap", "retire",      "retire_sync"};

// Survival is drawn anew until so many draws gave no new image, or so many were drawn.
constexpr int kStaleDraws = 3;
constexpr int kDrawsMax = 100;
constexpr int kLiesDrawsMax = 6;

struct Tally {
  Images images;
  uint64_t crashes = 0;
  uint64_t again = 0;
  uint64_t most = 0;                        // images of one history
  uint64_t verdicts = 0;                    // what was found, as one number
  std::map<std::string, uint64_t> windows;  // images of crashes within a compaction
};

// Whether it was an image that had not been seen.
bool crash_here(Tally* tally, sim::SimFileSystem& fs, const History& history, uint64_t seed,
                bool disk_lied) {
  ++tally->crashes;
  sim::SimFileSystem crashed(fs.disk().after_crash(seed));
  const uint64_t image = crashed.disk().digest();
  if (!tally->images.insert(image)) return false;
  crashed.keep_log(false);
  if (!history.window().empty()) ++tally->windows[history.window()];
  uint64_t verdict = 0;
  std::string wrong = reopen(crashed, history, disk_lied, &verdict);
  tally->verdicts = slip::append_log::next_chain(tally->verdicts, image ^ verdict);
  if (wrong.empty() && !disk_lied && tally->images.size() % 32 == 0) {
    ++tally->again;
    wrong = go_on(crashed, seed);
  }
  if (!wrong.empty())
    fail_msg("crash seed %lu at operation %lu: %s", seed, fs.operations(), wrong.c_str());
  return true;
}

// One history, crashed at each of its operations in every way that can be told apart, as far as it
// is drawn.
void crash_everywhere(Tally* tally, sim::SimFileSystem& fs, History* history, uint64_t seed,
                      bool disk_lied = false) {
  const uint64_t before = tally->images.size();
  sim::Random random(seed);
  const int draws_max = disk_lied ? kLiesDrawsMax : kDrawsMax;
  const auto crash = [&] {
    const int unsynced = static_cast<int>(std::min<uint64_t>(fs.disk().unsynced(), 3));
    const int stale_max = unsynced == 0 ? 1 : kStaleDraws * unsynced;
    int stale = 0;
    for (int draw = 0; draw < draws_max && stale < stale_max; ++draw)
      if (!crash_here(tally, fs, *history, random.next(), disk_lied) || unsynced == 0) ++stale;
  };
  fs.set_witness([&](const sim::Operation&) { crash(); });
  history->run(fs, kBatches);
  fs.set_witness(nullptr);
  crash();
  tally->most = std::max(tally->most, tally->images.size() - before);
  if (!history->misread().empty()) fail_msg("history %lu: %s", seed, history->misread().c_str());
}

void a_crash_at_every_operation_leaves_a_committed_state(void**) {
  Tally tally;
  const int histories = long_lane() ? kLongHistories : kHistories;
  const uint64_t first = test_random();
  uint64_t operations = UINT64_MAX, compactions = UINT64_MAX, snapshots = 0;
  uint64_t hidings = 0, positions = 0;
  for (int i = 0; i < histories; ++i) {
    sim::SimFileSystem fs;
    prepare(fs);
    fs.keep_log(false);
    History history(first + static_cast<uint64_t>(i));
    crash_everywhere(&tally, fs, &history, first + static_cast<uint64_t>(i));
    assert_int_equal(history.commits(), kBatches);
    operations = std::min(operations, fs.operations());
    compactions = std::min(compactions, history.compactions());
    snapshots += history.snapshots();
    hidings += history.hidings();
    positions += history.positions();
  }
  print_message("figure: distinct crash images of the append log = %lu\n", tally.images.size());
  print_message(
      "%lu crashes in %d histories of %lu operations and %lu compactions at least, %lu images of "
      "one at most, "
      "%lu gone on with; %lu snapshots, %lu changes of what is hidden, %lu positions\n",
      tally.crashes, histories, operations, compactions, tally.most, tally.again, snapshots,
      hidings, positions);
  // Most histories have each of them.
  assert_true(2 * std::min({snapshots, hidings, positions}) > static_cast<uint64_t>(histories));
  assert_true(tally.images.size() >= (long_lane() ? kLongImagesMin : kImagesMin));
  assert_true(tally.most * 100 <= tally.images.size() || histories < 1000);
  for (const char* window : kWindows) {
    print_message("window %s: %lu images\n", window, tally.windows[window]);
    assert_true(tally.windows[window] > 0);
  }
  assert_true(operations >= kOperationsMin);
  assert_true(compactions >= kCompactionsMin);
}

Tally crashes_of(uint64_t first_seed) {
  Tally tally;
  for (uint64_t seed = first_seed; seed < first_seed + (kSanitized ? 1 : 5); ++seed) {
    sim::SimFileSystem fs;
    prepare(fs);
    History history(seed);
    crash_everywhere(&tally, fs, &history, seed);
  }
  return tally;
}

void the_same_seed_gives_the_same_images_and_verdicts(void**) {
  const uint64_t seed = test_random();
  const Tally once = crashes_of(seed);
  const Tally again = crashes_of(seed);
  const Tally other = crashes_of(seed + 1000000);
  assert_true(once.images.size() == again.images.size() && once.crashes == again.crashes);
  assert_true(once.verdicts == again.verdicts);
  assert_true(once.verdicts != other.verdicts);
}

// A sync that is acknowledged and does nothing, once or from then on.
void where_the_disk_lies_nothing_is_invented(void**) {
  Tally tally;
  const uint64_t first = test_random();
  const uint64_t histories = long_lane() ? 4000 : kSanitized ? 6 : 60;
  uint64_t lies = 0;
  for (uint64_t seed = first; seed < first + histories; ++seed) {
    sim::Random random(seed);
    sim::SimFileSystem fs;
    prepare(fs);
    fs.keep_log(false);
    sim::Fault fault;
    fault.op = random.below(3) == 0 ? sim::Op::sync_directory : sim::Op::sync;
    fault.nth = 1 + random.below(8);
    fault.effect = sim::Effect::lie;
    fault.for_ever = random.below(2) == 0;
    fs.arm(fault);
    History history(seed);
    history.expect_rot();
    crash_everywhere(&tally, fs, &history, seed, true);
    must(fs.finish());
    lies += fs.faults_fired();
  }
  print_message("%lu distinct images after %lu lies\n", tally.images.size(), lies);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_crash_at_every_operation_leaves_a_committed_state),
      cmocka_unit_test(the_same_seed_gives_the_same_images_and_verdicts),
      cmocka_unit_test(where_the_disk_lies_nothing_is_invented),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
