// A random history of an append-log fold on a simulated disk, and what every state of it held.
#ifndef TESTS_APPEND_LOG_HISTORY_H
#define TESTS_APPEND_LOG_HISTORY_H

#include <string>
#include <vector>

#include "fold/append_log/append_log_fold.h"
#include "fold/world.h"
#include "support/sim_file_system.h"

namespace append_log_test {

using namespace fold_test;
using slip::append_log::Store;

constexpr char kPath[] = "/data/fold";

inline Store::Request request_on(sim::SimFileSystem& fs, bool sync_commits = true) {
  Store::Request request;
  request.path = kPath;
  request.fs = &fs;
  request.sync_commits = sync_commits;
  request.segment_bytes = 1500;
  request.salt = 42;
  return request;
}

// Everything that a reader sees, and the cursor.
inline std::string shown(Fold& fold) {
  std::string all = std::to_string(must(fold.meta()).revision);
  for (const std::string& line : list(fold, everything())) all += "|" + line;
  return all;
}

class History {
 public:
  explicit History(uint64_t seed) : random_(seed), sync_commits_(random_.below(4) != 0) {
    states_.push_back("0");
  }

  // Runs until the end or the first failure. Opens anew now and then.
  void run(sim::SimFileSystem& fs, int batches) {
    std::shared_ptr<Fold> fold;
    for (int i = 0; i < batches; ++i) {
      if (fold == nullptr || random_.below(12) == 0) {
        fold.reset();
        auto opened = slip::append_log::open(request_on(fs, sync_commits_));
        if (!opened.ok()) return;
        fold = opened.take();
      }
      if (!commit(*fold)) return;
      if (random_.below(6) == 0) {
        if (!fold->sync().ok()) return;
        durable_ = states_.size() - 1;
      }
    }
    if (fold != nullptr && fold->close().ok()) durable_ = states_.size() - 1;
  }

  // What a fold that is opened after a crash may hold: a state that was submitted, and none before
  // the last that was acknowledged as durable. Empty where it does; else what is wrong.
  std::string judge(const std::string& found) const {
    for (size_t i = durable_; i < states_.size(); ++i)
      if (states_[i] == found) return std::string();
    if (found == submitted_) return std::string();
    return "after " + std::to_string(durable_) + " durable of " +
           std::to_string(states_.size() - 1) + " commits it holds \"" + found +
           "\", the last durable state is \"" + states_[durable_] + "\"";
  }
  size_t commits() const { return states_.size() - 1; }

 private:
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
    for (const Change& change : changes) {
      if (change.revision == 0) {
        model_.erase(change.key);
        continue;
      }
      Change kept = change;
      model_[change.key] = fold_test::shown(kept.update());
    }
    submitted_ = std::to_string(revision_);
    for (const auto& entry : model_) submitted_ += "|" + entry.second;
    const auto writer = fold.writer();
    if (!writer.ok()) return false;
    if (!try_apply(*writer.value(), changes, commit_at(revision_)).ok()) return false;
    states_.push_back(submitted_);
    if (sync_commits_) durable_ = states_.size() - 1;
    return true;
  }

  sim::Random random_;
  const bool sync_commits_;
  uint64_t revision_ = 0;
  std::map<std::string, std::string> model_;
  std::string submitted_;            // the commit that is under way, or failed
  std::vector<std::string> states_;  // after each commit that succeeded
  size_t durable_ = 0;               // of them, acknowledged as durable
};

inline void prepare(sim::SimFileSystem& fs) {
  must(fs.make_directory("/data"));
  must(fs.sync_directory("/"));
}

}  // namespace append_log_test
#endif
