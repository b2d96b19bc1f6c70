// What the tests of the watch share: a caller that writes down everything that it is called for,
// and a watch over a scripted bucket and a switchable fold. Assertions on the main thread only.
#ifndef TESTS_WATCH_WORLD_H
#define TESTS_WATCH_WORLD_H

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/guard.h"
#include "scripted_bucket.h"
#include "support/expect.h"
#include "support/validators.h"
#include "switch_fold.h"
#include "watch/watch.h"

namespace test {

// What the runs of one fold over one bucket told: when the last of them is gone, the six properties
// are judged, and a breach aborts with its sentence; not where a guard was off meanwhile.
struct JudgedTrace {
  JudgedTrace(std::shared_ptr<ScriptedBucket> of_bucket, std::shared_ptr<SwitchFold> of_fold);
  ~JudgedTrace();
  JudgedTrace(const JudgedTrace&) = delete;
  JudgedTrace& operator=(const JudgedTrace&) = delete;

  const std::shared_ptr<ScriptedBucket> bucket;
  const std::shared_ptr<SwitchFold> fold;
  trace::Trace trace;

 private:
  const int guards_off_before_;
};

// The caller. Its record has one line a call: "replay a b", "apply 1 2 3", "reject 4", "applied 3
// (3)", "discard 5", "failed SLIP_BUSY", "ended SLIP_OK 3".
class Recorder final : public slip::Consumer {
 public:
  // --- the script, set before the watch starts ----------------------------------------------
  // Runs on the watch's thread for each batch that is applied.
  std::function<slip::Status(const slip::Batch&, slip::Cursor)> on_apply;
  std::function<void(slip::Cursor)> on_applied;
  std::function<void()> on_end;
  std::function<bool(const slip::Update&)> rejects;  // as parse would
  std::function<Retry()> on_commit_failed;
  std::shared_ptr<JudgedTrace> judged;  // nullable: also written there

  std::vector<std::string> record() const;
  // Lines that begin with `word`.
  size_t count(const std::string& word) const;

  // --- slip::Consumer -----------------------------------------------------------------------
  slip::Status apply(slip::Batch& batch, slip::Cursor cursor, bool replay) override;
  void discard(const slip::Batch& batch) override;
  void applied(slip::Cursor cursor, size_t updates) override;
  Retry commit_failed(const slip::Status& status) override;
  void ended(const slip::Status& status, slip::Cursor cursor) override;

 private:
  void write(std::string line);
  mutable std::mutex mutex_;
  std::vector<std::string> record_;
};

constexpr int64_t kPatienceMs = 20000;
constexpr int64_t kHourMs = 3600000;

struct World {
  std::shared_ptr<ScriptedBucket> bucket = std::make_shared<ScriptedBucket>();
  std::shared_ptr<SwitchFold> fold = std::make_shared<SwitchFold>();
  std::shared_ptr<Recorder> caller = std::make_shared<Recorder>();
  slip::WatchSettings settings;
  std::shared_ptr<JudgedTrace> judged;
  std::shared_ptr<slip::Watch> watch;

  World();
  // Batches of three, and a window that no test lives to see.
  static World with_long_window();

  slip::Status start();
  // Another run on the same bucket and fold, with a caller of its own.
  slip::Status restart();
  // A run that ends where the bucket ends.
  void fill();
  slip::Status close(slip::Cursor* cursor = nullptr) { return watch->close(cursor); }
  slip::Status wait_caught_up() {
    return watch->wait_caught_up(slip::deadline_after_ms(kPatienceMs));
  }
  slip::Status wait_revision(uint64_t revision) {
    return watch->wait_revision(revision, slip::deadline_after_ms(kPatienceMs));
  }
};

void await(const std::function<bool()>& condition, const char* what);
// Until the watch has ended by itself.
void await_end(const World& world);

void check_record(const Recorder& caller, const std::vector<std::string>& expected,
                  const char* file, int line);

// Switches a guard off for as long as it lives.
class GuardOff {
 public:
  explicit GuardOff(const char* name) : name_(name) {
    ++ever;
    ++now;
    slip::guard_switch(name, false);
  }
  ~GuardOff() {
    --now;
    slip::guard_switch(name_, true);
  }
  GuardOff(const GuardOff&) = delete;
  GuardOff& operator=(const GuardOff&) = delete;
  static int ever;  // how many there were, and are
  static int now;

 private:
  const char* const name_;
};

}  // namespace test

#define EXPECT_RECORD(caller, ...) \
  test::check_record(*(caller), std::vector<std::string>{__VA_ARGS__}, __FILE__, __LINE__)
#endif
