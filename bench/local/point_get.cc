// point-get: nanoseconds a get of a random key, arms in turn, on one thread and on two at once;
// many short turns, of which those count in which nothing else had the processor.
//   point_get COUNT ROUNDS DIRECTORY
// "two threads": what both do together, over what one does alone.
#include <sched.h>

#include <atomic>
#include <functional>
#include <thread>

#include "local/fold.h"
#include "reference/hash_map.h"
#include "reference/lmdb.h"

using namespace bench;

namespace {

constexpr size_t kGets = 5000;  // of one turn: shorter than a time slice
constexpr unsigned kTurns = 60;
constexpr double kUndisturbed = 1.05;  // times the processor time that a turn took

void pin_to(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

using Keys = std::vector<Key>;
using Get = std::function<void(const Keys&)>;

// One thread's turn, in nanoseconds a get of its processor time; so that what else the machine does
// counts less.
struct Turn {
  double nanos = 0;
  bool undisturbed = false;
};

Turn run(const Get& all, const Keys& keys) {
  const int64_t began = bench_now_ns();
  const int64_t start = bench_thread_ns();
  all(keys);
  const auto took = static_cast<double>(bench_thread_ns() - start);
  return {took / static_cast<double>(keys.size()),
          static_cast<double>(bench_now_ns() - began) < kUndisturbed * took};
}

// A get on each of two threads that run at the same time: the mean.
Turn run_two(const Get& all, const Keys& first, const Keys& second) {
  std::atomic<int> ready{0};
  Turn turns[2];
  const auto on = [&](unsigned core, const Keys& keys) {
    pin_to(core);
    ++ready;
    while (ready < 2) {
    }
    turns[core] = run(all, keys);
  };
  std::thread other(on, 0, std::cref(first));
  on(1, second);
  other.join();
  return {(turns[0].nanos + turns[1].nanos) / 2, turns[0].undisturbed && turns[1].undisturbed};
}

// The median of the turns in which nothing else had the processor; of all where there are none.
double median(std::vector<Turn> turns) {
  const auto quiet =
      std::partition(turns.begin(), turns.end(), [](const Turn& turn) { return turn.undisturbed; });
  if (quiet != turns.begin()) turns.erase(quiet, turns.end());
  std::sort(turns.begin(), turns.end(),
            [](const Turn& a, const Turn& b) { return a.nanos < b.nanos; });
  return turns[turns.size() / 2].nanos;
}

// One thread and two in turn, the one on either core.
void measure(const char* name, const Get& all, uint32_t count, uint64_t seed, Figures* figures) {
  std::vector<Turn> one;
  std::vector<Turn> two;
  for (unsigned turn = 0; turn < kTurns; ++turn) {
    const Keys first = random_keys(count, kGets, seed + 2 * turn);
    const Keys second = random_keys(count, kGets, seed + 2 * turn + 1);
    pin_to(turn % 2);
    one.push_back(run(all, first));
    // LMDB's transactions belong to one thread at a time.
    if (std::string_view(name) != "mdb_get") two.push_back(run_two(all, second, first));
  }
  figures->add(name, "get", median(one));
  if (two.empty()) return;
  figures->add(name, "get, two threads", median(two));
  figures->add(name, "two threads", 2 * median(one) / median(two));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto count = static_cast<uint32_t>(atol(argv[1]));
  const int rounds = atoi(argv[2]);
  const std::string directory = argv[3];
  const std::vector<uint32_t> order = shuffled(count);
  OwnFold log("append-log:" + directory + "/log");
  OwnFold tree("lmdb:" + directory + "/lmdb");
  log.fill(order);
  std::vector<uint32_t> sorted(count);
  for (uint32_t i = 0; i < count; ++i) sorted[i] = i;
  tree.fill(sorted);
  const RawLmdb lmdb(directory + "/raw", count);
  const HashMap map(order);
  slip_snapshot* const of_log = log.snapshot();
  slip_snapshot* const of_tree = tree.snapshot();
  MDB_txn* const txn = lmdb.begin_read();

  const std::pair<const char*, Get> arms[] = {{"append-log",
                                               [&](const auto& keys) {
                                                 for (const Key& k : keys)
                                                   use(get_from(of_log, k.view()));
                                               }},
                                              {"hash map",
                                               [&](const auto& keys) {
                                                 for (const Key& k : keys) use(map.get(k.view()));
                                               }},
                                              {"lmdb",
                                               [&](const auto& keys) {
                                                 for (const Key& k : keys)
                                                   use(get_from(of_tree, k.view()));
                                               }},
                                              {"mdb_get", [&](const auto& keys) {
                                                 for (const Key& k : keys)
                                                   use(lmdb.get(txn, k.view()));
                                               }}};
  Figures figures;
  for (int round = 0; round < rounds; ++round) {
    for (const auto& [name, all] : arms)
      measure(name, all, count, 1000 * (static_cast<uint64_t>(round) + 1), &figures);
  }
  leave(figures);
}
