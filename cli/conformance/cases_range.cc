// Ranges: in byte order, from every edge, both ways, and streaming.
#include "conformance/cases.h"

namespace conformance {
namespace {

// Keys around every edge of a byte order, some of them deleted.
Verdict fill(Bench& bench, Fold* fold, Model* model) {
  HOLD(bench.open(bench.new_place(), fold));
  std::vector<Row> rows;
  for (const char* key : {"b.2", "b", "a", "b.10", "c", "\xff", "\xff\xff", "\xff\xff\x01", "b/",
                          "b.", "\x7f", "\x80", "b.1", "\x01"}) {
    const uint64_t revision = rows.size() + 1;
    rows.push_back(revision % 4 == 0 ? removal(key, revision) : put(key, "v", revision));
  }
  rows.push_back(put(std::string("b\0", 2), "v", rows.size() + 1));
  rows.push_back(put(std::string("\0", 1), "v", rows.size() + 1));
  return apply(fold->get(), model, rows, rows.size());
}

// Every range of these, in the open fold.
Verdict compare_all(Bench& bench, const std::vector<RangeOf>& ranges) {
  Fold fold;
  Model model;
  HOLD(fill(bench, &fold, &model));
  {
    Snapshot snapshot;
    HOLD(open_snapshot(fold.get(), &snapshot));
    for (const RangeOf& range : ranges) HOLD(compare_range(snapshot.get(), model, range));
  }
  return bench.finish(&fold);
}

const std::vector<std::string>& edges() {
  static const std::vector<std::string> all = {"",
                                               std::string("\0", 1),
                                               "a",
                                               "b",
                                               std::string("b\0", 2),
                                               "b.",
                                               "b.1",
                                               "b.11",
                                               "b.2",
                                               "b0",
                                               "c",
                                               "d",
                                               "z",
                                               "\x7f",
                                               "\x80",
                                               "\xff",
                                               "\xff\xff",
                                               "\xff\xff\xff"};
  return all;
}

Verdict range_order(Bench& bench) { return compare_all(bench, {RangeOf{}}); }

Verdict range_prefix(Bench& bench) {
  std::vector<RangeOf> ranges;
  for (const std::string& prefix : edges()) ranges.push_back({prefix, "", false, false, 0});
  return compare_all(bench, ranges);
}

Verdict range_from(Bench& bench) {
  std::vector<RangeOf> ranges;
  for (const std::string& from : edges())
    for (const char* prefix : {"", "b", "b.", "\xff"})
      ranges.push_back({prefix, from, false, false, 0});
  return compare_all(bench, ranges);
}

Verdict range_reverse(Bench& bench) {
  std::vector<RangeOf> ranges;
  for (const std::string& prefix : edges())
    for (const std::string& from : edges()) ranges.push_back({prefix, from, true, false, 0});
  return compare_all(bench, ranges);
}

Verdict range_limit(Bench& bench) {
  std::vector<RangeOf> ranges;
  for (const uint64_t limit : {1, 2, 5, 1000})
    for (const char* prefix : {"", "b", "\xff"})
      for (const bool reverse : {false, true})
        ranges.push_back({prefix, "", reverse, false, limit});
  return compare_all(bench, ranges);
}

Verdict range_tombstones(Bench& bench) {
  std::vector<RangeOf> ranges;
  for (const char* prefix : {"", "b", "b.1", "\xff"})
    for (const bool reverse : {false, true})
      for (const uint64_t limit : {0, 2}) ranges.push_back({prefix, "", reverse, true, limit});
  return compare_all(bench, ranges);
}

// A long range gives the same whatever the pages that it is read in.
Verdict range_streaming(Bench& bench) {
  Fold fold;
  Model model;
  HOLD(bench.open(bench.new_place(), &fold));
  std::vector<Row> rows;
  for (uint64_t i = 1; i <= 2000; ++i) {
    const std::string key = "key-" + std::to_string(i * 7919 % 100003);
    rows.push_back(i % 5 == 0 ? removal(key, i) : put(key, std::string(i % 90, 'v'), i));
  }
  HOLD(apply(fold.get(), &model, rows, rows.size()));
  {
    Snapshot snapshot;
    HOLD(open_snapshot(fold.get(), &snapshot));
    for (const size_t page : {1, 7, 64, 1000, 5000})
      for (const bool reverse : {false, true}) {
        std::vector<Row> seen;
        const RangeOf range{"key-", "", reverse, false, 0};
        HOLD(read_range(snapshot.get(), range, page, &seen));
        HOLD(same_rows(range.show() + " in pages of " + std::to_string(page), model.range(range),
                       seen));
      }
  }
  return bench.finish(&fold);
}

// Several iterators of one snapshot do not disturb each other, nor do gets.
Verdict ranges_side_by_side(Bench& bench) {
  Fold fold;
  Model model;
  HOLD(fill(bench, &fold, &model));
  {
    Snapshot snapshot;
    Answer answer;
    HOLD(open_snapshot(fold.get(), &snapshot));
    Iterator up;
    Iterator down;
    slip_range range = SLIP_RANGE_INIT;
    HOLD(answer.is(SLIP_OK, slip_snapshot_range(snapshot.get(), &range, up.out(), answer.error()),
                   "a range"));
    range.reverse = 1;
    HOLD(answer.is(SLIP_OK, slip_snapshot_range(snapshot.get(), &range, down.out(), answer.error()),
                   "a second range"));
    std::vector<Row> ascending;
    std::vector<Row> descending;
    for (size_t i = 0; i < model.entries(); ++i) {
      slip_update update{};
      size_t count = 0;
      HOLD(answer.is(SLIP_OK, slip_iterator_next(up.get(), &update, 1, &count, answer.error()),
                     "the first of two iterators"));
      ascending.push_back(Row::of(update));
      HOLD(answer.is(SLIP_OK, slip_iterator_next(down.get(), &update, 1, &count, answer.error()),
                     "the second of two iterators"));
      descending.push_back(Row::of(update));
    }
    HOLD(same_rows("the first of two iterators", model.range(RangeOf{}), ascending));
    HOLD(same_rows("the second of two iterators", model.range({"", "", true, false, 0}),
                   descending));
  }
  return bench.finish(&fold);
}

}  // namespace

std::vector<Case> range_cases() {
  return {{"range-order", range_order},         {"range-prefix", range_prefix},
          {"range-from", range_from},           {"range-reverse", range_reverse},
          {"range-limit", range_limit},         {"range-tombstones", range_tombstones},
          {"range-streaming", range_streaming}, {"ranges-side-by-side", ranges_side_by_side}};
}

}  // namespace conformance
