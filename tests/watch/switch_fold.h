// A fold in memory whose commits fail when a test says so. Any thread. It keeps every commit, so
// that a test sees what was committed together, and its cursor is that of the last one that
// succeeded.
#ifndef TESTS_WATCH_SWITCH_FOLD_H
#define TESTS_WATCH_SWITCH_FOLD_H

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fold/fold.h"

namespace test {

class SwitchFold final : public slip::Fold, public std::enable_shared_from_this<SwitchFold> {
 public:
  using Entries = std::map<std::string, slip::Entry>;
  struct Committed {
    std::vector<uint64_t> revisions;
    uint64_t cursor = 0;
    bool loading = false;
  };

  // --- the script ---------------------------------------------------------------------------
  // The next `times` commits fail with this; times < 0: all from now on.
  void fail_commits(slip::Status status, int times);
  void fail_snapshots(slip::Status status);
  void heal() { fail_commits(slip::Status(), 0); }

  // --- what happened ------------------------------------------------------------------------
  std::vector<Committed> commits() const;
  int failed_commits() const;
  // "key=value key=value ...", ascending, live keys only.
  std::string contents() const;
  slip::FoldMeta now() const;

  // --- slip::Fold ---------------------------------------------------------------------------
  const std::string& path() const override { return path_; }
  slip::Result<slip::FoldMeta> meta() override { return now(); }
  slip::Result<std::unique_ptr<slip::Snapshot>> snapshot() override;
  slip::Result<std::unique_ptr<slip::FoldWriter>> writer() override;
  slip::Result<slip::FoldStats> stats() override { return slip::FoldStats{}; }
  slip::Result<uint64_t> check() override { return uint64_t{0}; }
  slip::Status sync() override { return slip::Status(); }
  slip::Status close() override { return slip::Status(); }

 private:
  class Writer;
  slip::Status apply(const slip::Update* updates, size_t count, const slip::Commit& commit);

  const std::string path_ = "/folds/routes";
  mutable std::mutex mutex_;
  Entries entries_;
  slip::FoldMeta meta_;
  std::vector<Committed> commits_;
  bool has_writer_ = false;
  slip::Status failure_;
  int failures_left_ = 0;
  int failed_ = 0;
  slip::Status snapshot_failure_;
};

}  // namespace test
#endif
