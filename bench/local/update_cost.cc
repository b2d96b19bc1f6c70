// update-cost: microseconds an update, in commits of 100 random keys that are there, without
// syncing, arms in turn.
//   update_cost COUNT ROUNDS DIRECTORY
#include "local/fold.h"
#include "reference/lmdb.h"

using namespace bench;

namespace {

constexpr size_t kBatch = 100;
constexpr int kBatches = 100;

std::vector<uint32_t> random_ids(uint32_t count, Random& random) {
  std::vector<uint32_t> ids(kBatch);
  for (uint32_t& id : ids) id = random.below(count);
  return ids;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto count = static_cast<uint32_t>(atol(argv[1]));
  const int rounds = atoi(argv[2]);
  const std::string directory = argv[3];
  OwnFold fold("append-log:" + directory + "/log");
  fold.fill(shuffled(count));
  // So that the order of the keys is there, and kept up.
  slip_snapshot* const snapshot = fold.snapshot();
  scan_of(snapshot, Key(0).prefix());
  slip_snapshot_free(snapshot);
  RawLmdb lmdb(directory + "/raw", count);
  Figures figures;
  Random random(3);
  for (int round = 0; round < rounds; ++round) {
    double of_fold = 0;
    double of_lmdb = 0;
    for (int i = 0; i < kBatches; ++i) {
      const auto ids = random_ids(count, random);
      fold.put(ids.data(), ids.size(), static_cast<uint32_t>(round) + 1);
      of_fold += fold.apply_us();
      of_lmdb += lmdb.put(ids, static_cast<uint32_t>(round) + 1);
    }
    figures.add("append-log", "update", of_fold / kBatches / kBatch);
    figures.add("raw LMDB", "update", of_lmdb / kBatches / kBatch);
  }
  leave(figures);
}
