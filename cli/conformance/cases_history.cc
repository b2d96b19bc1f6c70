// A seeded random history: the fold holds what the rules say, and the same as one of another kind.
#include "conformance/cases.h"
#include "conformance/kinds.h"

namespace conformance {
namespace {

constexpr int kBatches = 80;

class History {
 public:
  explicit History(uint64_t seed) : random_(seed) {}

  std::vector<Row> batch() {
    std::vector<Row> rows;
    for (uint64_t left = random_.below(14); left > 0; --left) rows.push_back(change());
    revision_ += random_.below(3);
    return rows;
  }
  uint64_t revision() const { return revision_; }

 private:
  std::string key() {
    const uint64_t number = random_.below(70);
    std::string key = "key." + std::to_string(number);
    if (number % 10 == 3) key += '\0' + std::string(number, '\xff');
    if (number == 68) key += std::string(700, 'l');
    return key;
  }

  Row change() {
    const uint64_t kind = random_.below(20);
    if (kind == 0) return synthetic(key());
    if (kind == 1) return put(key(), "unknown", 0);
    // One in ten comes late, as redeliveries do.
    const uint64_t revision =
        kind == 2 && revision_ > 20 ? revision_ - random_.below(20) : ++revision_;
    if (kind < 6) return removal(key(), revision, kind == 5 ? SLIP_PURGE : SLIP_DELETE);
    Row row = put(key(), random_.bytes(random_.below(kind == 19 ? 5000 : 80)), revision);
    if (kind == 7) row.ttl_ns = static_cast<int64_t>(random_.below(1000000));
    if (kind == 8) row.flags = SLIP_FLAG_MARKER;
    return row;
  }

  Random random_;
  uint64_t revision_ = 1;
};

// Both folds hold the same, in the same order, and export to the same stream.
Verdict compare_folds(Bench& bench, slip_fold* examined, slip_fold* reference) {
  std::vector<Row> rows[2];
  slip_fold* folds[] = {reference, examined};
  std::string digests[2];
  for (int i = 0; i < 2; ++i) {
    Snapshot snapshot;
    RangeOf everything;
    everything.tombstones = true;
    everything.reverse = true;
    HOLD(open_snapshot(folds[i], &snapshot));
    HOLD(read_range(snapshot.get(), everything, 33, &rows[i]));
    std::string artifact;
    HOLD(bench.artifact_of(folds[i], &artifact, &digests[i]));
  }
  HOLD(same_rows("the order in which an lmdb: fold gives the same history", rows[0], rows[1]));
  return same("the logical digest of an lmdb: fold of the same history", digests[0], digests[1]);
}

Verdict same_history(Bench& bench) {
  const std::string root = bench.new_path("reference");
  UrlKind lmdb("lmdb:", root);
  Fold reference;
  Answer answer;
  HOLD(answer.is(SLIP_OK, lmdb.open(1, reference.out(), answer.error()), "a fold to compare with"));
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  History history(bench.seed());
  Model model;
  for (int i = 0; i < kBatches; ++i) {
    const std::vector<Row> batch = history.batch();
    HOLD(apply(fold.get(), &model, batch, history.revision()));
    HOLD(apply(reference.get(), batch, history.revision()));
    if (i % 8 == 0) HOLD(compare(fold.get(), model));
    if (i % 20 == 19) HOLD(bench.reopen(place, &fold));
  }
  HOLD(compare(fold.get(), model));
  HOLD(compare(reference.get(), model));
  HOLD(compare_folds(bench, fold.get(), reference.get()));
  return bench.finish(&fold);
}

}  // namespace

std::vector<Case> history_cases() { return {{"same-history", same_history}}; }

}  // namespace conformance
