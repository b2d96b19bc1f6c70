#include "conformance/bench.h"

#include <algorithm>

namespace conformance {
namespace {

constexpr size_t kPage = 64;

std::string named(slip_status status) {
  return std::string(slip_status_name(status)) +
         (status >= SLIP_USER_FIRST ? " " + std::to_string(status) : "");
}

}  // namespace

Verdict same(const std::string& what, uint64_t expected, uint64_t seen) {
  return hold(expected == seen, what + " " + std::to_string(expected), std::to_string(seen));
}

Verdict same(const std::string& what, const std::string& expected, const std::string& seen) {
  return hold(expected == seen, what + " " + show_bytes(expected), show_bytes(seen));
}

Verdict same_rows(const std::string& what, const std::vector<Row>& expected,
                  const std::vector<Row>& seen) {
  for (size_t i = 0; i < std::max(expected.size(), seen.size()); ++i) {
    const std::string wanted = i < expected.size() ? show(expected[i]) : "its end";
    const std::string found = i < seen.size() ? show(seen[i]) : "its end";
    const bool equal = i < expected.size() && i < seen.size() && wanted == found &&
                       expected[i].value == seen[i].value && expected[i].key == seen[i].key;
    if (!equal)
      return Verdict::failed("in " + what + " as row " + std::to_string(i) + ": " + wanted, found);
  }
  return Verdict();
}

Verdict Answer::is(slip_status expected, slip_status status, const std::string& what) const {
  if (status == expected) return Verdict();
  const std::string said = sentence();
  return Verdict::failed(what + " to give " + named(expected),
                         named(status) + (said.empty() ? "" : ": " + said));
}

std::string Bench::new_path(const std::string& name) {
  return settings_.directory + "/" + name + "-" + std::to_string(++paths_);
}

Verdict Bench::open(int place, Fold* fold) {
  Answer answer;
  Verdict verdict =
      answer.is(SLIP_OK, kind_.open(place, fold->out(), answer.error()), "opening a fold");
  if (!verdict.held() && answer.sentence().empty()) verdict.seen += ": " + kind_.refusal();
  return verdict;
}

Verdict Bench::reopen(int place, Fold* fold) {
  if (!keeps_nothing.empty()) return Verdict();
  Answer answer;
  HOLD(answer.is(SLIP_OK, slip_fold_close(fold->get(), answer.error()), "closing the fold"));
  fold->reset();
  return open(place, fold);
}

Verdict Bench::finish(Fold* fold) {
  Answer answer;
  std::vector<Row> rows;
  {
    Snapshot snapshot;
    RangeOf everything;
    everything.tombstones = true;
    HOLD(open_snapshot(fold->get(), &snapshot));
    HOLD(read_range(snapshot.get(), everything, kPage, &rows));
  }
  uint64_t checked = 0;
  HOLD(answer.is(SLIP_OK, slip_fold_check(fold->get(), &checked, answer.error()), "the check"));
  HOLD(same("records read by the check:", rows.size(), checked));
  HOLD(answer.is(SLIP_OK, slip_fold_sync(fold->get(), answer.error()), "the sync"));
  HOLD(answer.is(SLIP_OK, slip_fold_close(fold->get(), answer.error()), "closing the fold"));
  fold->reset();
  return Verdict();
}

Verdict Bench::artifact_of(slip_fold* fold, std::string* directory, std::string* digest) {
  *directory = new_path("artifact");
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  Answer answer;
  HOLD(answer.is(SLIP_OK,
                 slip_fold_export(fold, directory->c_str(), nullptr, &summary, answer.error()),
                 "the export"));
  *digest = summary.logical_digest;
  return Verdict();
}

Verdict apply(slip_fold* fold, const std::vector<Row>& updates, uint64_t revision) {
  std::vector<slip_update> views;
  views.reserve(updates.size());
  for (const Row& update : updates) views.push_back(update.update());
  Answer answer;
  const slip_status status = slip_fold_apply(fold, kBucket, views.data(), views.size(),
                                             slip_cursor{kEpoch, revision}, answer.error());
  return answer.is(SLIP_OK, status,
                   "a commit of " + std::to_string(updates.size()) + " updates at revision " +
                       std::to_string(revision));
}

Verdict apply(slip_fold* fold, Model* model, const std::vector<Row>& updates, uint64_t revision) {
  model->apply(updates, revision);
  return apply(fold, updates, revision);
}

Verdict read_range(slip_snapshot* snapshot, const RangeOf& range, size_t capacity,
                   std::vector<Row>* rows) {
  rows->clear();
  slip_range asked = SLIP_RANGE_INIT;
  asked.prefix = {reinterpret_cast<const uint8_t*>(range.prefix.data()), range.prefix.size()};
  asked.from = {reinterpret_cast<const uint8_t*>(range.from.data()), range.from.size()};
  asked.reverse = range.reverse ? 1 : 0;
  asked.tombstones = range.tombstones ? 1 : 0;
  asked.limit = range.limit;
  Answer answer;
  Iterator iterator;
  HOLD(answer.is(SLIP_OK, slip_snapshot_range(snapshot, &asked, iterator.out(), answer.error()),
                 range.show()));
  std::vector<slip_update> page(capacity);
  for (;;) {
    size_t count = 0;
    const slip_status status =
        slip_iterator_next(iterator.get(), page.data(), capacity, &count, answer.error());
    if (status == SLIP_END) break;
    HOLD(answer.is(SLIP_OK, status, "reading " + range.show()));
    for (size_t i = 0; i < count; ++i) rows->push_back(Row::of(page[i]));
  }
  size_t count = 0;
  return answer.is(SLIP_END,
                   slip_iterator_next(iterator.get(), page.data(), 1, &count, answer.error()),
                   "reading on behind the end of " + range.show());
}

Verdict compare_range(slip_snapshot* snapshot, const Model& model, const RangeOf& range) {
  std::vector<Row> rows;
  HOLD(read_range(snapshot, range, kPage, &rows));
  return same_rows(range.show(), model.range(range), rows);
}

Verdict open_snapshot(slip_fold* fold, Snapshot* snapshot) {
  Answer answer;
  return answer.is(SLIP_OK, slip_snapshot_open(fold, snapshot->out(), answer.error()),
                   "opening a snapshot");
}

Verdict compare_get(slip_fold* fold, const std::string& key, const Row* expected) {
  const std::string what = "a get of key " + show_bytes(key);
  const slip_status wanted = expected != nullptr ? SLIP_OK : SLIP_NOT_FOUND;
  Answer answer;
  cli::Entry entry;
  HOLD(answer.is(wanted, slip_fold_get(fold, key.data(), key.size(), entry.out(), answer.error()),
                 what));
  Snapshot snapshot;
  HOLD(open_snapshot(fold, &snapshot));
  slip_update update{};
  HOLD(answer.is(wanted,
                 slip_snapshot_get(snapshot.get(), key.data(), key.size(), &update, answer.error()),
                 what));
  if (expected == nullptr) return Verdict();
  HOLD(same_rows(what, {*expected}, {Row::of(*slip_entry_update(entry.get()))}));
  return same_rows(what, {*expected}, {Row::of(update)});
}

Verdict compare(slip_fold* fold, const Model& model) {
  Answer answer;
  slip_fold_state state = SLIP_FOLD_STATE_INIT;
  HOLD(answer.is(SLIP_OK, slip_fold_stats(fold, &state, answer.error()), "the statistics"));
  HOLD(same("the cursor's revision", model.revision(), state.cursor.revision));
  HOLD(same("live entries counted:", model.entries(), state.entries));
  HOLD(same("tombstones counted:", model.tombstones(), state.tombstones));
  HOLD(same("bytes of live keys and values counted:", model.payload_bytes(), state.payload_bytes));
  Snapshot snapshot;
  HOLD(open_snapshot(fold, &snapshot));
  HOLD(same("the snapshot's cursor", model.revision(),
            slip_snapshot_cursor(snapshot.get()).revision));
  RangeOf everything;
  everything.tombstones = true;
  HOLD(compare_range(snapshot.get(), model, everything));
  everything.reverse = true;
  HOLD(compare_range(snapshot.get(), model, everything));
  for (const auto& [key, row] : model.rows()) {
    slip_update update{};
    HOLD(answer.is(
        row.live() ? SLIP_OK : SLIP_NOT_FOUND,
        slip_snapshot_get(snapshot.get(), key.data(), key.size(), &update, answer.error()),
        "a get of key " + show_bytes(key)));
    if (row.live()) HOLD(same_rows("a get of key " + show_bytes(key), {row}, {Row::of(update)}));
  }
  return Verdict();
}

}  // namespace conformance
