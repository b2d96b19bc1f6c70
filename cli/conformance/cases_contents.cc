// What a fold gives back of what it was given.
#include "conformance/cases.h"

namespace conformance {
namespace {

Verdict empty_store(Bench& bench) {
  Fold fold;
  HOLD(bench.open(bench.new_place(), &fold));
  Answer answer;
  slip_cursor cursor{1, 1};
  cli::Text bucket;
  HOLD(answer.is(SLIP_OK, slip_fold_cursor(fold.get(), &cursor, bucket.out(), answer.error()),
                 "the cursor of a fold that followed nothing"));
  HOLD(same("the epoch of a fold that followed nothing:", 0, cursor.epoch));
  HOLD(same("the bucket of a fold that followed nothing:", "", slip_text_string(bucket.get())));
  HOLD(compare(fold.get(), Model()));
  HOLD(compare_get(fold.get(), "a", nullptr));
  const std::string artifact = bench.new_path("artifact");
  HOLD(answer.is(SLIP_MISUSE,
                 slip_fold_export(fold.get(), artifact.c_str(), nullptr, nullptr, answer.error()),
                 "an export of a fold that followed nothing"));
  return bench.finish(&fold);
}

// Every member of an update, and bytes of every value.
Verdict round_trip(Bench& bench) {
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  Row full = put(every_byte, every_byte + every_byte, 4);
  full.timestamp_ns = -5;
  full.ttl_ns = 1500000000;
  full.flags = SLIP_FLAG_MARKER | SLIP_FLAG_EXPIRED;
  Row for_ever = put("for ever", "v", 5);
  for_ever.ttl_ns = SLIP_TTL_NEVER;
  Row expired = removal("expired", 6);
  expired.flags = SLIP_FLAG_EXPIRED;
  Model model;
  HOLD(apply(fold.get(), &model, {full, for_ever, expired, put("a", "1", UINT64_MAX - 1)},
             UINT64_MAX - 1));
  HOLD(compare(fold.get(), model));
  HOLD(bench.reopen(place, &fold));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

Verdict get(Bench& bench) {
  Fold fold;
  HOLD(bench.open(bench.new_place(), &fold));
  Model model;
  HOLD(apply(fold.get(), &model,
             {put("b", "1", 1), put("bb", "2", 2), removal("c", 3),
              put(std::string("b\0", 2), "nul", 4), put("deep.key", "5", 5)},
             4));
  for (const char* absent : {"a", "bbb", "c", "d", "B", "deep", "deep.", "deep.keys"})
    HOLD(compare_get(fold.get(), absent, nullptr));
  for (const auto& [key, row] : model.rows())
    if (row.live()) HOLD(compare_get(fold.get(), key, &row));
  HOLD(compare_get(fold.get(), std::string("b\0\0", 3), nullptr));
  HOLD(compare_get(fold.get(), std::string(), nullptr));
  return bench.finish(&fold);
}

// A value of no bytes is a value: its key lives.
Verdict empty_values(Bench& bench) {
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {put("a", "", 1), put("b", "full", 2), removal("c", 3)}, 3));
  HOLD(apply(fold.get(), &model, {put("b", "", 4), put("c", "", 5)}, 5));
  const Row a = model.rows().at("a");
  HOLD(compare_get(fold.get(), "a", &a));
  HOLD(bench.reopen(place, &fold));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

Verdict tombstones(Bench& bench) {
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {put("a", "1", 1), put("b", "2", 2)}, 2));
  HOLD(apply(fold.get(), &model, {removal("a", 3), removal("never was", 4)}, 4));
  HOLD(compare(fold.get(), model));
  HOLD(compare_get(fold.get(), "a", nullptr));
  HOLD(bench.reopen(place, &fold));
  HOLD(compare(fold.get(), model));
  HOLD(apply(fold.get(), &model, {put("a", "back", 5)}, 5));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

// A purge is told from a delete for as long as it is the key's last update.
Verdict purge(Bench& bench) {
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {put("a", "1", 1), put("b", "2", 2), removal("c", 3)}, 3));
  HOLD(apply(fold.get(), &model,
             {removal("a", 4, SLIP_PURGE), removal("c", 5, SLIP_PURGE), removal("b", 6)}, 6));
  HOLD(bench.reopen(place, &fold));
  HOLD(compare(fold.get(), model));
  HOLD(apply(fold.get(), &model, {put("c", "back", 7)}, 7));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

// A delete without a revision leaves nothing, newer or not.
Verdict synthetic_deletes(Bench& bench) {
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {put("a", "1", 1), put("b", "2", 2), removal("c", 3)}, 3));
  HOLD(apply(fold.get(), &model, {synthetic("a"), synthetic("c"), synthetic("never was")}, 3));
  HOLD(compare(fold.get(), model));
  HOLD(apply(fold.get(), &model, {synthetic("b"), put("b", "listed", 1)}, 4));
  HOLD(bench.reopen(place, &fold));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

// A put without a revision always counts, and is kept under its commit's.
Verdict unknown_revisions(Bench& bench) {
  Fold fold;
  HOLD(bench.open(bench.new_place(), &fold));
  Model model;
  HOLD(apply(fold.get(), &model, {put("a", "known", 9)}, 9));
  HOLD(apply(fold.get(), &model, {put("a", "unknown", 0), put("b", "unknown", 0)}, 9));
  HOLD(compare(fold.get(), model));
  HOLD(apply(fold.get(), &model, {put("a", "later", 10)}, 10));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

Verdict keys_of_every_length(Bench& bench) {
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  std::vector<Row> rows;
  for (const size_t size : {1, 255, 256, 478, 480, 511, 512, 1024, 3901, 65535})
    for (const char fill : {'a', '\x7f', '\x80', '\xff'}) {
      const uint64_t revision = rows.size() + 1;
      rows.push_back(put(std::string(size, fill), std::to_string(revision), revision));
    }
  Model model;
  HOLD(apply(fold.get(), &model, rows, rows.size()));
  HOLD(bench.reopen(place, &fold));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

// Values of every size, in place of smaller and of larger ones.
Verdict values_of_every_size(Bench& bench) {
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  Model model;
  Random random(bench.seed());
  const std::vector<size_t> sizes = {0, 1, 100, 4096, 70000, 1100000};
  uint64_t revision = 0;
  for (size_t round = 0; round < 3; ++round) {
    std::vector<Row> rows;
    for (size_t i = 0; i < sizes.size(); ++i)
      rows.push_back(put("value-" + std::to_string(i),
                         random.bytes(sizes[(i + round) % sizes.size()]), ++revision));
    HOLD(apply(fold.get(), &model, rows, revision));
  }
  HOLD(bench.reopen(place, &fold));
  HOLD(compare(fold.get(), model));
  return bench.finish(&fold);
}

}  // namespace

std::vector<Case> contents_cases() {
  return {{"empty-store", empty_store},
          {"round-trip", round_trip},
          {"get", get},
          {"empty-values", empty_values},
          {"tombstones", tombstones},
          {"purge", purge},
          {"synthetic-deletes", synthetic_deletes},
          {"unknown-revisions", unknown_revisions},
          {"keys-of-every-length", keys_of_every_length},
          {"values-of-every-size", values_of_every_size}};
}

}  // namespace conformance
