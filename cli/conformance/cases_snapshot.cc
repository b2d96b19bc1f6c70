// Snapshots: one committed state, whatever is committed afterwards.
#include "conformance/cases.h"

namespace conformance {
namespace {

Verdict snapshots_isolated(Bench& bench) {
  Fold fold;
  HOLD(bench.open(bench.new_place(), &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {put("a", "1", 1), put("b", "2", 2), removal("c", 3)}, 3));
  const Model before = model;
  {
    Snapshot snapshot;
    HOLD(open_snapshot(fold.get(), &snapshot));
    Iterator begun;
    Answer answer;
    HOLD(answer.is(SLIP_OK,
                   slip_snapshot_range(snapshot.get(), nullptr, begun.out(), answer.error()),
                   "a range"));
    slip_update first{};
    size_t count = 0;
    HOLD(answer.is(SLIP_OK, slip_iterator_next(begun.get(), &first, 1, &count, answer.error()),
                   "the first row of a range"));
    HOLD(apply(fold.get(), &model,
               {put("a", "other", 4), removal("b", 5), put("c", "back", 6), put("d", "new", 7)},
               7));
    HOLD(apply(fold.get(), &model, {synthetic("c"), put("a", "again", 8)}, 8));
    HOLD(same_rows("a view that was given before two commits", {before.rows().at("a")},
                   {Row::of(first)}));
    slip_update second{};
    HOLD(answer.is(SLIP_OK, slip_iterator_next(begun.get(), &second, 1, &count, answer.error()),
                   "the second row of a range"));
    HOLD(same_rows("a range that began before two commits", {before.rows().at("b")},
                   {Row::of(second)}));
    RangeOf everything;
    everything.tombstones = true;
    HOLD(compare_range(snapshot.get(), before, everything));
    HOLD(same("the cursor of a snapshot that is older:", 3,
              slip_snapshot_cursor(snapshot.get()).revision));
    slip_update kept{};
    HOLD(answer.is(SLIP_OK, slip_snapshot_get(snapshot.get(), "b", 1, &kept, answer.error()),
                   "a get from a snapshot that is older"));
    HOLD(
        same_rows("a get from a snapshot that is older", {before.rows().at("b")}, {Row::of(kept)}));
  }
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

Verdict snapshot_refresh(Bench& bench) {
  Fold fold;
  HOLD(bench.open(bench.new_place(), &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {put("a", "1", 1)}, 1));
  {
    Snapshot snapshot;
    HOLD(open_snapshot(fold.get(), &snapshot));
    HOLD(apply(fold.get(), &model, {put("b", "2", 2)}, 2));
    Answer answer;
    {
      Iterator open;
      HOLD(answer.is(SLIP_OK,
                     slip_snapshot_range(snapshot.get(), nullptr, open.out(), answer.error()),
                     "a range"));
      HOLD(answer.is(SLIP_MISUSE, slip_snapshot_refresh(snapshot.get(), answer.error()),
                     "a refresh under an iterator"));
    }
    HOLD(answer.is(SLIP_OK, slip_snapshot_refresh(snapshot.get(), answer.error()), "a refresh"));
    HOLD(compare_range(snapshot.get(), model, RangeOf{}));
    HOLD(same("the cursor after a refresh:", 2, slip_snapshot_cursor(snapshot.get()).revision));
  }
  return bench.finish(&fold);
}

// Many states at once, each with what was there when it was opened.
Verdict many_snapshots(Bench& bench) {
  Fold fold;
  HOLD(bench.open(bench.new_place(), &fold));
  Model model;
  {
    std::vector<Snapshot> snapshots;
    std::vector<Model> models;
    for (uint64_t revision = 1; revision <= 30; ++revision) {
      HOLD(apply(fold.get(), &model,
                 {put("key-" + std::to_string(revision % 7), std::to_string(revision), revision)},
                 revision));
      HOLD(open_snapshot(fold.get(), &snapshots.emplace_back()));
      models.push_back(model);
    }
    // They go in another order than they came.
    for (size_t i = 0; i < snapshots.size(); ++i) {
      const size_t at = i * 11 % snapshots.size();
      HOLD(compare_range(snapshots[at].get(), models[at], RangeOf{}));
      snapshots[at].reset();
    }
  }
  return bench.finish(&fold);
}

}  // namespace

std::vector<Case> snapshot_cases() {
  return {{"snapshots-isolated", snapshots_isolated},
          {"snapshot-refresh", snapshot_refresh},
          {"many-snapshots", many_snapshots}};
}

}  // namespace conformance
