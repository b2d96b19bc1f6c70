// Commits: the cursor with the data, each once, whatever comes again.
#include "conformance/cases.h"

namespace conformance {
namespace {

Verdict cursor_only_commit(Bench& bench) {
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {}, 3));
  HOLD(compare(fold.get(), model));
  HOLD(apply(fold.get(), &model, {put("a", "1", 4)}, 4));
  HOLD(apply(fold.get(), &model, {}, 9));
  HOLD(compare(fold.get(), model));
  HOLD(bench.reopen(place, &fold));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

Verdict reopen_at_cursor(Bench& bench) {
  if (!bench.keeps_nothing.empty()) return {Result::not_offered, "", bench.keeps_nothing};
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  Model model;
  for (uint64_t revision = 1; revision <= 20; ++revision) {
    HOLD(apply(fold.get(), &model,
               {put("key-" + std::to_string(revision % 6), std::to_string(revision), revision)},
               revision));
    HOLD(bench.reopen(place, &fold));
    HOLD(compare(fold.get(), model));
  }
  Answer answer;
  slip_cursor cursor{0, 0};
  cli::Text bucket;
  HOLD(answer.is(SLIP_OK, slip_fold_cursor(fold.get(), &cursor, bucket.out(), answer.error()),
                 "the cursor of a fold that was opened again"));
  HOLD(same("the epoch after opening again:", kEpoch, cursor.epoch));
  HOLD(same("the bucket after opening again:", kBucket, slip_text_string(bucket.get())));
  return bench.finish(&fold);
}

Verdict reapplying(Bench& bench) {
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  Model model;
  const std::vector<Row> batch = {put("a", "1", 1), put("b", "2", 2), removal("a", 3),
                                  put("c", std::string(9000, 'x'), 4)};
  for (int i = 0; i < 3; ++i) {
    HOLD(apply(fold.get(), &model, batch, 4));
    HOLD(compare(fold.get(), model));
    HOLD(bench.reopen(place, &fold));
  }
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

Verdict stale_updates(Bench& bench) {
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {put("a", "new", 10), removal("b", 11)}, 11));
  HOLD(bench.reopen(place, &fold));
  HOLD(apply(fold.get(), &model,
             {put("a", "older", 9), put("a", "same", 10), removal("a", 3), put("b", "older", 10)},
             12));
  HOLD(compare(fold.get(), model));
  HOLD(apply(fold.get(), &model, {put("a", "newer", 13), put("b", "newer", 14)}, 14));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

Verdict last_of_a_batch(Bench& bench) {
  Fold fold;
  HOLD(bench.open(bench.new_place(), &fold));
  Model model;
  HOLD(apply(fold.get(), &model,
             {put("a", "1", 1), put("b", "2", 2), put("a", "3", 3), removal("b", 4),
              put("c", "5", 5), removal("c", 6), put("c", "7", 7)},
             7));
  HOLD(compare(fold.get(), model));
  HOLD(apply(fold.get(), &model, {put("b", "8", 8), removal("a", 9), put("b", "10", 10)}, 10));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

Verdict refuse(slip_fold* fold, slip_status wanted, const char* bucket, const Row& row,
               slip_cursor cursor, const std::string& what) {
  Answer answer;
  const slip_update update = row.update();
  return answer.is(wanted, slip_fold_apply(fold, bucket, &update, 1, cursor, answer.error()), what);
}

// What must not be committed is refused, and nothing of it is there afterwards.
Verdict refused_commits(Bench& bench) {
  Fold fold;
  HOLD(bench.open(bench.new_place(), &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {put("a", "1", 5)}, 5));
  const Row fine = put("b", "2", 6);
  Row wrong = fine;
  wrong.operation = 9;
  HOLD(refuse(fold.get(), SLIP_IDENTITY_MISMATCH, "another", fine, {kEpoch, 6},
              "a commit of another bucket"));
  HOLD(refuse(fold.get(), SLIP_IDENTITY_MISMATCH, kBucket, fine, {kEpoch + 1, 6},
              "a commit of another epoch"));
  HOLD(refuse(fold.get(), SLIP_INVALID, kBucket, fine, {kEpoch, 4}, "a cursor that goes back"));
  HOLD(refuse(fold.get(), SLIP_INVALID, kBucket, fine, {0, 6}, "a cursor of epoch 0"));
  HOLD(refuse(fold.get(), SLIP_INVALID, kBucket, fine, {kEpoch, UINT64_MAX},
              "a cursor that nothing can follow"));
  HOLD(refuse(fold.get(), SLIP_INVALID, kBucket, put("", "x", 6), {kEpoch, 6}, "an empty key"));
  HOLD(refuse(fold.get(), SLIP_INVALID, kBucket, wrong, {kEpoch, 6}, "an unknown operation"));
  HOLD(refuse(fold.get(), SLIP_TOO_LARGE, kBucket, put(std::string(65536, 'k'), "x", 6),
              {kEpoch, 6}, "a key of 65,536 bytes"));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

Verdict closed(Bench& bench) {
  Fold fold;
  HOLD(bench.open(bench.new_place(), &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {put("a", "1", 1)}, 1));
  Snapshot snapshot;
  HOLD(open_snapshot(fold.get(), &snapshot));
  Answer answer;
  for (int i = 0; i < 2; ++i)
    HOLD(answer.is(SLIP_OK, slip_fold_close(fold.get(), answer.error()), "closing the fold"));
  HOLD(answer.is(SLIP_CLOSED, slip_fold_check(fold.get(), nullptr, answer.error()),
                 "a check of a closed fold"));
  fold.reset();
  // What was open is whole until it is freed.
  return compare_range(snapshot.get(), model, RangeOf{});
}

}  // namespace

std::vector<Case> commit_cases() {
  return {{"cursor-only-commit", cursor_only_commit},
          {"reopen-at-cursor", reopen_at_cursor},
          {"reapplying", reapplying},
          {"stale-updates", stale_updates},
          {"last-of-a-batch", last_of_a_batch},
          {"refused-commits", refused_commits},
          {"closed", closed}};
}

}  // namespace conformance
