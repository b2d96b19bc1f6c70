// point-get: nanoseconds a get of a random key, arms in turn, on one thread and on two at once.
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

constexpr size_t kGets = 300000;

void pin_to(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

using Get = std::function<void(const std::vector<Key>&)>;

// Of this thread's processor time, so that what else the machine does counts less.
double nanos_of(const Get& all, const std::vector<Key>& keys) {
  const int64_t start = bench_thread_ns();
  all(keys);
  return static_cast<double>(bench_thread_ns() - start) / static_cast<double>(keys.size());
}

// Of one get on each of two threads that run at the same time: the mean.
double nanos_of_two(const Get& all, const std::vector<Key>& first, const std::vector<Key>& second) {
  std::atomic<int> ready{0};
  double took[2];
  const auto run = [&](unsigned core, const std::vector<Key>& keys) {
    pin_to(core);
    ++ready;
    while (ready < 2) {
    }
    took[core] = nanos_of(all, keys);
  };
  std::thread other(run, 0, std::cref(first));
  run(1, second);
  other.join();
  return (took[0] + took[1]) / 2;
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
    const auto first = random_keys(count, kGets, 100 + static_cast<uint64_t>(round));
    const auto second = random_keys(count, kGets, 900 + static_cast<uint64_t>(round));
    for (const auto& [name, all] : arms) {
      pin_to(1);
      const double one = nanos_of(all, first);
      // LMDB's transactions belong to one thread at a time.
      figures.add(name, "get", one);
      if (std::string_view(name) == "mdb_get") continue;
      const double two = nanos_of_two(all, first, second);
      figures.add(name, "get, two threads", two);
      figures.add(name, "two threads", 2 * one / two);
    }
  }
  leave(figures);
}
