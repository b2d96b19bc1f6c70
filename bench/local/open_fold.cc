// open and memory: seconds until a fold that is on the disk answers, the bytes it takes, and what
// opening a snapshot of it costs. What the allocator has free is not counted as the fold's: most of
// it is this program's; but it is in the peak.
//   open_fold COUNT ROUNDS DIRECTORY
#include <malloc.h>

#include "local/fold.h"

using namespace bench;

namespace {

constexpr int kSnapshots = 1000;

double bytes_now() {
  malloc_trim(0);
  return static_cast<double>(bench_anonymous_kib()) * 1024;
}

// Until the first range is answered, for which the order of the keys may have to be made.
double seconds_to_scan(OwnFold& fold, uint32_t count) {
  const int64_t start = bench_now_ns();
  slip_snapshot* snapshot = fold.snapshot();
  if (scan_of(snapshot, Key(count / 2).prefix()) != kGroup) exit(3);
  slip_snapshot_free(snapshot);
  return micros_since(start) / 1e6;
}

double seconds_to_open(OwnFold& fold, uint32_t count) {
  const int64_t start = bench_now_ns();
  fold.open();
  slip_snapshot* snapshot = fold.snapshot();
  use(get_from(snapshot, Key(count / 2).view()));
  slip_snapshot_free(snapshot);
  seconds_to_scan(fold, count);
  return micros_since(start) / 1e6;
}

void measure_snapshots(OwnFold& fold, Figures* figures) {
  std::vector<slip_snapshot*> open(kSnapshots);
  const size_t before = mallinfo2().uordblks;
  const int64_t start = bench_now_ns();
  for (slip_snapshot*& snapshot : open) snapshot = fold.snapshot();
  figures->add("append-log", "snapshot", micros_since(start) / kSnapshots);
  figures->add("append-log", "snapshot bytes",
               static_cast<double>(mallinfo2().uordblks - before) / kSnapshots);
  for (slip_snapshot* snapshot : open) slip_snapshot_free(snapshot);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto count = static_cast<uint32_t>(atol(argv[1]));
  const int rounds = atoi(argv[2]);
  const double payload = double{kKeyBytes + kValueBytes} * count;
  Figures figures;
  const std::vector<uint32_t> order = shuffled(count);
  const double before = bytes_now();
  bench_peak_kib = 0;
  bench_memory_start();
  OwnFold fold("append-log:" + std::string(argv[3]) + "/log");
  int64_t start = bench_now_ns();
  fold.fill(order);
  figures.add("append-log", "load", micros_since(start) / 1e6);
  figures.add("append-log", "first range", seconds_to_scan(fold, count));
  const double peak = bench_memory_stop_mib() * 1024 * 1024 - before;
  figures.add("append-log", "memory after a load", (bytes_now() - before) / payload);
  figures.add("append-log", "memory, peak of the load", peak / payload);
  start = bench_now_ns();
  fold.fill(order, 1);
  figures.add("append-log", "write all again", micros_since(start) / 1e6);
  figures.add("append-log", "memory, all written twice", (bytes_now() - before) / payload);
  for (int round = 0; round < rounds; ++round) {
    measure_snapshots(fold, &figures);
    start = bench_now_ns();
    fold.close();
    figures.add("append-log", "close", micros_since(start) / 1e6);
    const double closed = bytes_now();
    figures.add("append-log", "open", seconds_to_open(fold, count));
    figures.add("append-log", "memory after opening", (bytes_now() - closed) / payload);
  }
  fold.close();
  if (unlink((std::string(argv[3]) + "/log/gen-1/index.snap").c_str()) != 0) return 4;
  figures.add("append-log", "open by the log", seconds_to_open(fold, count));
  leave(figures);
}
