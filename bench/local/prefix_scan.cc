// prefix-scan: microseconds of a scan of the 1,000 keys under a random prefix, arms in turn.
//   prefix_scan COUNT ROUNDS DIRECTORY
#include "local/fold.h"
#include "reference/lmdb.h"

using namespace bench;

namespace {

constexpr int kScans = 1000;

template <typename Scan>
double micros_of(uint32_t count, uint64_t seed, const Scan& scan) {
  const auto keys = random_keys(count, kScans, seed);
  const int64_t start = bench_thread_ns();
  for (const Key& key : keys)
    if (scan(key.prefix()) != kGroup) exit(3);
  return static_cast<double>(bench_thread_ns() - start) / 1e3 / kScans;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto count = static_cast<uint32_t>(atol(argv[1]));
  const int rounds = atoi(argv[2]);
  const std::string directory = argv[3];
  OwnFold fold("append-log:" + directory + "/log");
  fold.fill(shuffled(count));
  const RawLmdb lmdb(directory + "/raw", count);
  slip_snapshot* snapshot = fold.snapshot();
  MDB_txn* const txn = lmdb.begin_read();
  // The first one may have to make the order of the keys.
  scan_of(snapshot, Key(0).prefix());
  Figures figures;
  for (int round = 0; round < rounds; ++round) {
    const auto seed = static_cast<uint64_t>(round) + 5;
    figures.add("append-log", "scan", micros_of(count, seed, [&](std::string_view prefix) {
                  return scan_of(snapshot, prefix);
                }));
    figures.add("cursor loop", "scan", micros_of(count, seed, [&](std::string_view prefix) {
                  return lmdb.scan(txn, prefix);
                }));
  }
  leave(figures);
}
