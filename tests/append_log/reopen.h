// Opening what a crash or a fault left behind, and judging it.
#ifndef TESTS_APPEND_LOG_REOPEN_H
#define TESTS_APPEND_LOG_REOPEN_H

#include <string>

#include "append_log/history.h"
#include "base/checksum.h"
#include "fold/append_log/index_snap.h"

namespace append_log_test {

inline bool is_typed(slip_status code) { return code == SLIP_CORRUPT || code == SLIP_NOT_OURS; }

// The revision that an index.snap of this very log knows to have been on the disk; 0 where there is
// none.
inline uint64_t known_revision(sim::SimFileSystem& fs) {
  struct Ignore : slip::append_log::LogVisitor {
    void update(const Update&) override {}
    void commit(const FoldMeta&) override {}
  } ignore;
  const std::string directory = std::string(kPath) + "/gen-1";
  auto segments = slip::append_log::read_segment_list(fs, directory);
  if (!segments.ok()) return 0;
  std::optional<slip::append_log::LogPlace> known;
  [[maybe_unused]] const Status read =
      slip::append_log::read_snap(fs, directory, *segments, &ignore, &known).status();
  return known.has_value() ? known->meta.revision : 0;
}

inline Status read_all(Fold& fold) {
  const auto snapshot = must(fold.snapshot());
  const auto updates = must(snapshot->range(RangeQuery{}));
  Update batch[16];
  for (;;) {
    Result<size_t> read = updates->next(batch, 16);
    if (!read.ok()) return read.status();
    if (*read == 0) return Status();
  }
}

// Opens what a crash left, and says what is wrong with it.
inline std::string reopen(sim::SimFileSystem& fs, const History& history, bool disk_lied,
                          uint64_t* verdict) {
  const uint64_t known = disk_lied ? known_revision(fs) : 0;
  Store::Request request = request_on(fs);
  // As it was opened before, or otherwise.
  request.values_on_disk = history.values_on_disk() && history.commits() % 4 != 3;
  auto opened = slip::append_log::open(request);
  if (!opened.ok()) {
    *verdict = static_cast<uint64_t>(opened.status().code());
    if (disk_lied && is_typed(opened.status().code())) return std::string();
    return "cannot be opened: " + opened.status().message();
  }
  const std::shared_ptr<Fold> fold = opened.take();
  // Values that stay in the log are looked at when they are read.
  const Status read = request.values_on_disk ? read_all(*fold) : Status();
  *verdict = static_cast<uint64_t>(read.code());
  if (disk_lied && is_typed(read.code())) return std::string();
  const std::string found = shown(*fold);
  *verdict = slip::xxh3(found);
  if (must(fold->meta()).revision < known) return "is older than its index.snap: \"" + found + "\"";
  std::string wrong = history.judge(found, disk_lied);
  if (wrong.empty()) wrong = history.judge_position(*fold, disk_lied, false);
  if (!wrong.empty() || found.size() % 8 != 0) return wrong;
  const auto checked = fold->check();
  const bool excused = disk_lied && is_typed(checked.status().code());
  return checked.ok() || excused ? std::string() : "its check fails: " + checked.status().message();
}

// One that was repaired by opening takes a commit and loses nothing in a second crash.
inline std::string go_on(sim::SimFileSystem& fs, uint64_t seed) {
  std::string expected;
  {
    const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(fs)));
    const uint64_t revision = must(fold->meta()).revision + 1;
    apply(*fold, {put("after", std::string(100, 'z'), revision)}, revision);
    expected = shown(*fold);
  }
  sim::SimFileSystem crashed(fs.disk().after_crash(seed));
  auto opened = slip::append_log::open(request_on(crashed));
  if (!opened.ok()) return "cannot be opened after going on: " + opened.status().message();
  const std::shared_ptr<Fold> fold = opened.take();
  const std::string found = shown(*fold);
  return found == expected ? std::string() : "holds \"" + found + "\" after going on";
}

}  // namespace append_log_test
#endif
