// compaction: what a writer's batches of 100 random keys take, without syncing, while the whole log
// compacts beside it and while nothing does, in turn.
//   compaction COUNT ROUNDS DIRECTORY
#include <atomic>
#include <thread>

#include "local/fold.h"

using namespace bench;

namespace {

constexpr size_t kBatch = 100;
constexpr size_t kBatchesFirst = 2000;

class Writer {
 public:
  Writer(OwnFold& fold, uint32_t count) : fold_(fold), count_(count) {}
  double put() {
    uint32_t ids[kBatch];
    for (uint32_t& id : ids) id = random_.below(count_);
    fold_.put(ids, kBatch, ++version_);
    return fold_.apply_us();
  }

 private:
  OwnFold& fold_;
  const uint32_t count_;
  Random random_{3};
  uint32_t version_ = 0;
};

double at(std::vector<double>* sorted, double part) {
  return (*sorted)[static_cast<size_t>(part * static_cast<double>(sorted->size() - 1))];
}

void add(Figures* figures, const char* arm, std::vector<double> batches) {
  std::sort(batches.begin(), batches.end());
  figures->add(arm, "median batch", at(&batches, 0.5));
  figures->add(arm, "p99 batch", at(&batches, 0.99));
  figures->add(arm, "slowest batch", batches.back());
  figures->add(arm, "batches", static_cast<double>(batches.size()));
}

// Of the whole log; its seconds.
double compact(slip_fold* fold, slip_compaction* compaction) {
  slip_error* error = nullptr;
  const int64_t start = bench_now_ns();
  arm_check(slip_fold_compact(fold, compaction, nullptr, &error), error);
  if (compaction->outcome != SLIP_COMPACTION_PERFORMED) exit(3);
  return micros_since(start) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto count = static_cast<uint32_t>(atol(argv[1]));
  const int rounds = atoi(argv[2]);
  OwnFold fold("append-log:" + std::string(argv[3]) + "/log",
               {{"compact_dead_percent", "100"}, {"min_segments", "1"}});
  fold.fill(shuffled(count));
  // So that the order of the keys is there, and kept up.
  slip_snapshot* const snapshot = fold.snapshot();
  scan_of(snapshot, Key(0).prefix());
  slip_snapshot_free(snapshot);
  Writer writer(fold, count);
  Figures figures;
  size_t batches = kBatchesFirst;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> alone;
    while (alone.size() < batches) alone.push_back(writer.put());
    std::vector<double> beside;
    slip_compaction compaction = SLIP_COMPACTION_INIT;
    std::atomic<bool> done{false};
    double seconds = 0;
    std::thread compactor([&] {
      seconds = compact(fold.get(), &compaction);
      done = true;
    });
    while (!done) beside.push_back(writer.put());
    compactor.join();
    batches = beside.size();
    add(&figures, "alone", std::move(alone));
    add(&figures, "beside a compaction", std::move(beside));
    figures.add("compaction", "seconds", seconds);
    figures.add("compaction", "MiB before",
                static_cast<double>(compaction.bytes_before) / (1 << 20));
    figures.add("compaction", "MiB after", static_cast<double>(compaction.bytes_after) / (1 << 20));
  }
  leave(figures);
}
