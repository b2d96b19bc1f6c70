// A random history of an append-log fold on a simulated disk, and what every state of it held.
//
// The history decides by its seed alone what it does: commits, syncs, closing and opening again,
// compactions by call and by themselves, index.snap, snapshots that are held over them, a
// consumer's position, hidden revisions. It judges what is found after a crash: an exact state that
// was submitted, no older than the last that was acknowledged as durable, and a position that is
// the last one acknowledged or newer.
#ifndef TESTS_APPEND_LOG_HISTORY_H
#define TESTS_APPEND_LOG_HISTORY_H

#include <string>
#include <vector>

#include "fold/append_log/append_log_fold.h"
#include "fold/positions.h"
#include "fold/world.h"
#include "support/sim_file_system.h"

namespace append_log_test {

using namespace fold_test;
using slip::append_log::Store;

constexpr char kPath[] = "/data/fold";

// A sanitizer's build runs everything, and less often, whatever the lane.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
inline bool long_lane() { return !kSanitized && test_long_lane(); }

// See Store::Request: 1 where closing is to write index.snap. Left as it is, histories choose.
inline uint64_t index_after_bytes = Store::Request().index_after_bytes;

inline Store::Request request_on(sim::SimFileSystem& fs, bool sync_commits = true) {
  Store::Request request;
  request.path = kPath;
  request.fs = &fs;
  request.sync_commits = sync_commits;
  request.segment_bytes = 1500;
  request.salt = 42;
  request.index_after_bytes = index_after_bytes;
  return request;
}

// Everything that a reader sees, and the cursor.
inline std::string shown(Snapshot& snapshot) {
  std::string all = std::to_string(snapshot.meta().revision);
  const auto iterator = must(snapshot.range(everything()));
  Update buffer[16];
  while (const size_t count = must(iterator->next(buffer, 16)))
    for (size_t i = 0; i < count; ++i) all += "|" + fold_test::shown(buffer[i]);
  return all;
}
inline std::string shown(Fold& fold) { return shown(*must(fold.snapshot())); }

class History {
 public:
  explicit History(uint64_t seed)
      : random_(seed),
        sync_commits_(random_.below(3) == 0),
        segment_bytes_(1000 + 500 * random_.below(3)),
        dead_percent_(random_.below(3) == 0 ? 50 * random_.below(2) : 100),
        index_after_bytes_(index_after_bytes != Store::Request().index_after_bytes
                               ? index_after_bytes
                           : random_.below(3) == 0 ? 0
                                                   : 1 << 20),
        values_on_disk_(seed % 4 == 3) {
    states_.push_back({"0", 0, {}});
  }

  // Goes on after a failure with the fold opened again; ends where that fails.
  void run(sim::SimFileSystem& fs, int batches) {
    std::shared_ptr<Fold> fold;
    Held held;
    for (int i = 0; i < batches; ++i) {
      if (fold == nullptr || random_.below(16) == 0) {
        held = Held();
        fold.reset();
        fold = open(fs);
        if (fold == nullptr) return;
      }
      if (commit(*fold) && (random_.below(8) != 0 || sync(*fold)) && keep_up(*fold, i)) {
        look(*fold, &held);
        continue;
      }
      // What a reader sees is the last commit that succeeded, whatever failed since.
      note_reader("a reader after a failure", *must(fold->snapshot()), states_.back().text);
      held = Held();
      fold.reset();
    }
    held = Held();
    if (fold != nullptr && fold->close().ok()) durable_ = states_.size() - 1;
  }

  // What a fold that is opened after a crash may hold: a state that was submitted, and none before
  // the last that was acknowledged as durable (where the disk lied: any). Empty where it does; else
  // what is wrong.
  std::string judge(const std::string& found, bool disk_lied = false) const {
    if (find(found, disk_lied).first <= states_.size()) return std::string();
    return "after " + std::to_string(durable_) + " durable of " +
           std::to_string(states_.size() - 1) + " commits it holds \"" + found +
           "\", the last durable state is \"" + states_[durable_].text + "\"";
  }
  // The same of the consumer's position, read from the fold that holds `found`.
  // `may_fail`: the disk may refuse to be read; a wrong answer is none of what that excuses.
  std::string judge_position(Fold& fold, bool disk_lied, bool may_fail) const {
    const auto loaded = fold.positions()->load("consumer", must(fold.meta()));
    if (!loaded.ok()) {
      const bool is_unbound = loaded.status().is(SLIP_IDENTITY_MISMATCH) && durable_ == 0;
      if (disk_lied || may_fail || is_unbound) return std::string();
      return "its position cannot be read: " + loaded.status().message();
    }
    for (const uint64_t position : disk_lied ? saved_ : positions_)
      if (position == loaded.value().revision) return std::string();
    return "its position is " + std::to_string(loaded.value().revision) + ", and " +
           std::to_string(positions_.front()) + " was acknowledged";
  }
  int commits() const { return commits_; }
  bool values_on_disk() const { return values_on_disk_; }
  // The step of a compaction that is under way, as docs/formats.md names it; else empty.
  const std::string& window() const { return window_; }
  uint64_t compactions() const { return compactions_; }
  uint64_t hidings() const { return hidings_; }
  size_t snapshots() const { return snapshots_; }
  size_t positions() const { return saved_.size() - 1; }
  // What was seen in the course of it that should not have been; empty where nothing was.
  const std::string& misread() const { return misread_; }
  // Readings may be wrong for good: then the fold may go back to any state when it is opened.
  void expect_rot() { rotten_ = true; }
  void expect_faults() { faulty_ = true; }

 private:
  static constexpr int kCompactEvery = 7;
  struct Entry {
    std::string text;
    uint64_t revision;
  };
  struct State {
    std::string text;  // what a reader sees
    uint64_t revision;
    std::map<std::string, Entry> model;
  };
  // Of the revisions that are hidden, half-open: one range.
  struct Hidden {
    uint64_t from;
    uint64_t to;
  };
  // A snapshot that stays open while the fold goes on.
  struct Held {
    std::unique_ptr<Snapshot> snapshot;
    std::string expected;
  };

  static std::string text_of(const State& state, Hidden hidden) {
    std::string text = std::to_string(state.revision);
    for (const auto& [key, entry] : state.model)
      if (entry.revision < hidden.from || entry.revision >= hidden.to) text += "|" + entry.text;
    return text;
  }

  // Which state it is, and with what hidden: the last that was acknowledged, or one that may be
  // there. `states_.size()` is the one that was submitted, and one more is none.
  std::pair<size_t, Hidden> find(const std::string& text, bool disk_lied) const {
    const size_t from = disk_lied ? 0 : durable_;
    for (size_t i = from; i < states_.size(); ++i)
      if (states_[i].text == text) return {i, hidden_.front()};
    for (const Hidden& hidden : disk_lied ? ever_hidden_ : hidden_) {
      for (size_t i = from; i < states_.size(); ++i)
        if (text_of(states_[i], hidden) == text) return {i, hidden};
      if (text_of(submitted_, hidden) == text) return {states_.size(), hidden};
    }
    return {states_.size() + 1, hidden_.front()};
  }

  void take_hidden(Hidden hidden) {
    hidden_ = {hidden};
    for (State& state : states_) state.text = text_of(state, hidden);
  }

  // What opening finds is what there is from then on, and it is durable.
  std::shared_ptr<Fold> open(sim::SimFileSystem& fs) {
    Store::Request request = request_on(fs, sync_commits_);
    request.segment_bytes = segment_bytes_;
    request.compact_dead_percent = dead_percent_;
    request.min_segments = 1;
    request.index_after_bytes = index_after_bytes_;
    request.compact_in_background = false;
    request.values_on_disk = values_on_disk_;
    request.witness = [this](const char* window) { window_ = window; };
    auto opened = slip::append_log::open(request);
    if (!opened.ok()) return nullptr;
    const std::string found = shown(*opened.value());
    std::string wrong = judge(found, rotten_);
    if (wrong.empty()) wrong = judge_position(*opened.value(), rotten_, faulty_);
    if (!wrong.empty()) {
      misread_ = "opened again " + wrong;
      return nullptr;
    }
    const auto [at, hidden] = find(found, rotten_);
    if (at == states_.size()) states_.push_back(submitted_);
    states_.resize(at + 1);
    take_hidden(hidden);
    submitted_ = states_.back();
    durable_ = at;
    return opened.take();
  }

  Change random_change() {
    const std::string key = "key-" + std::to_string(random_.below(9));
    const uint64_t kind = random_.below(10);
    if (kind == 0) return drop(key);
    if (kind < 3) return del(key, ++revision_);
    const auto fill = static_cast<char>('a' + random_.below(26));
    return put(key, std::string(random_.below(kind == 9 ? 700 : 60), fill), ++revision_);
  }

  bool commit(Fold& fold) {
    std::vector<Change> changes;
    for (uint64_t count = random_.below(6); count > 0; --count) changes.push_back(random_change());
    ++revision_;
    submitted_ = states_.back();
    for (const Change& change : changes) {
      if (change.revision == 0)
        submitted_.model.erase(change.key);
      else
        submitted_.model[change.key] = {fold_test::shown(change.update()), change.revision};
    }
    submitted_.revision = revision_;
    submitted_.text = text_of(submitted_, hidden_.front());
    const auto writer = fold.writer();
    if (!writer.ok()) return false;
    const bool applied = try_apply(*writer.value(), changes, commit_at(revision_)).ok();
    if (window_ == "retire_sync") ++compactions_;
    window_.clear();
    if (!applied) return false;
    states_.push_back(submitted_);
    ++commits_;
    if (sync_commits_) durable_ = states_.size() - 1;
    return true;
  }

  bool sync(Fold& fold) {
    if (!fold.sync().ok()) return false;
    durable_ = states_.size() - 1;
    return true;
  }

  // A compaction changes nothing that a reader sees, however it ends; a position that could not be
  // saved is the old one or the new one.
  bool keep_up(Fold& fold, int batch) {
    if (batch % kCompactEvery == kCompactEvery - 1) {
      const auto compacted = fold.compact();
      window_.clear();
      if (!compacted.ok()) return false;
      if (compacted.value().outcome == SLIP_COMPACTION_PERFORMED) ++compactions_;
      note_reader("a reader after a compaction", *must(fold.snapshot()), states_.back().text);
    }
    if (random_.below(10) == 0 && !hide(fold)) return false;
    if (random_.below(8) != 0) return true;
    positions_.push_back(revision_);
    saved_.push_back(revision_);
    if (!fold.positions()->save("consumer", {7, revision_}, must(fold.meta())).ok()) return false;
    positions_ = {revision_};
    return true;
  }

  // A few of the latest revisions are hidden, or all are shown again.
  bool hide(Fold& fold) {
    const Hidden now = hidden_.front();
    const bool shows = now.to > now.from;
    const Hidden next =
        shows ? Hidden{0, 0} : Hidden{revision_ - std::min<uint64_t>(revision_, 3), revision_};
    if (!shows && next.to == next.from) return true;
    hidden_.push_back(next);
    ever_hidden_.push_back(next);
    const slip::RevisionRange range =
        shows ? slip::RevisionRange{now.from, now.to} : slip::RevisionRange{next.from, next.to};
    if (!(shows ? fold.unhide(range) : fold.hide(range)).ok()) return false;
    take_hidden(next);
    ++hidings_;
    return true;
  }

  void look(Fold& fold, Held* held) {
    if (held->snapshot != nullptr && random_.below(3) == 0) {
      note_reader("a snapshot that was held", *held->snapshot, held->expected);
      *held = Held();
    }
    if (held->snapshot != nullptr || random_.below(3) != 0) return;
    held->snapshot = must(fold.snapshot());
    held->expected = states_.back().text;
    ++snapshots_;
  }

  void note_reader(const char* who, Snapshot& snapshot, const std::string& expected) {
    const std::string seen = shown(snapshot);
    if (seen != expected)
      misread_ = std::string(who) + " saw \"" + seen + "\", not \"" + expected + "\"";
  }

  sim::Random random_;
  const bool sync_commits_;
  const uint64_t segment_bytes_;
  const uint64_t dead_percent_;
  const uint64_t index_after_bytes_;
  const bool values_on_disk_;  // a quarter of all: it changes nothing of what is written
  bool rotten_ = false;
  bool faulty_ = false;
  uint64_t revision_ = 0;
  State submitted_;                        // the commit that is under way, or failed
  std::vector<State> states_;              // after each commit that succeeded
  size_t durable_ = 0;                     // of them, acknowledged as durable
  std::vector<uint64_t> positions_ = {0};  // acknowledged last, then those that may be there
  std::vector<uint64_t> saved_ = {0};      // all
  std::vector<Hidden> hidden_ = {{0, 0}};  // likewise
  std::vector<Hidden> ever_hidden_ = {{0, 0}};
  uint64_t hidings_ = 0;
  std::string window_;
  uint64_t compactions_ = 0;
  int commits_ = 0;
  size_t snapshots_ = 0;
  std::string misread_;
};

inline void prepare(sim::SimFileSystem& fs) {
  must(fs.make_directory("/data"));
  must(fs.sync_directory("/"));
}

}  // namespace append_log_test
#endif
