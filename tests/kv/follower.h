// An applier for tests: an intake, a watcher and what was taken, with credit given back at once.
// Main thread, or one thread of its own without asserting helpers: failures are kept in `trouble`.
#ifndef TESTS_KV_FOLLOWER_H
#define TESTS_KV_FOLLOWER_H

#include <memory>
#include <string>
#include <vector>

#include "kv/kv_support.h"

namespace kv_test {

class Follower {
 public:
  explicit Follower(slip::BatchBounds bounds = {})
      : intake(std::make_shared<slip::Intake>(bounds)) {}

  // Starts a new incarnation of the watch.
  bool start(slip::Bucket& bucket, uint64_t from_revision) {
    watcher.reset();
    request.from_revision = from_revision;
    request.incarnation = ++incarnation_;
    credited = intake->received();
    next_delivery_ = 1;
    reason = slip::Status();
    intake->begin_incarnation(incarnation_);
    slip::Result<std::unique_ptr<slip::Watcher>> made = bucket.watch(request, intake);
    if (!made.ok()) {
      trouble = made.status().message();
      return false;
    }
    watcher = made.take();
    return true;
  }

  // Takes until everything at or below `revision` was taken or confirmed; false after half a
  // minute, or at a break (kept in `reason`), or where a delivery is missing (kept in `trouble`).
  bool follow_to(uint64_t revision) {
    const slip::Deadline deadline = slip::deadline_after_ms(60000);
    while (position < revision && trouble.empty() && reason.ok()) {
      if (!step(deadline)) return false;
    }
    return trouble.empty() && position >= revision;
  }

  // One outcome; false for a timeout or a break.
  bool step(slip::Deadline deadline) {
    const slip::Intake::Taken taken = intake->take(-1, deadline, &batch);
    if (taken.outcome == slip::Intake::Outcome::broken) reason = taken.reason;
    if (taken.outcome == slip::Intake::Outcome::heartbeat) {
      const bool of_what_was_taken = taken.heartbeat.incarnation == incarnation_ &&
                                     taken.heartbeat.delivery + 1 == next_delivery_;
      if (of_what_was_taken) position = std::max(position, taken.heartbeat.revision);
      return true;
    }
    if (taken.outcome != slip::Intake::Outcome::batch) return false;
    keep();
    if (gives_credit) watcher->credit(batch.size(), batch.bytes());
    if (gives_credit) credited += batch.size();
    return true;
  }

  std::string text() const {
    std::string all;
    for (const std::string& one : updates) all += (all.empty() ? "" : " ") + one;
    return all;
  }

  slip::WatchRequest request;
  std::shared_ptr<slip::Intake> intake;
  std::unique_ptr<slip::Watcher> watcher;
  slip::Batch batch;
  std::vector<std::string> updates;  // as shown()
  uint64_t position = 0;             // everything in scope up to here was taken
  uint64_t credited = 0;
  bool gives_credit = true;
  uint32_t last_flags = 0;
  slip::Status reason;
  std::string trouble;

 private:
  void keep() {
    if (batch.incarnation != incarnation_) trouble = "a batch of another incarnation";
    for (size_t i = 0; i < batch.size(); ++i) {
      const slip::Update& update = batch.updates()[i];
      if (batch.delivery(i) != next_delivery_++) trouble = "a delivery is missing";
      if (update.revision <= last_revision_ && incarnation_ == last_incarnation_) {
        trouble = "out of order at " + shown(update);
      }
      last_revision_ = update.revision;
      last_incarnation_ = incarnation_;
      last_flags = update.flags;
      updates.push_back(shown(update));
      position = std::max(position, update.revision);
    }
  }

  uint32_t incarnation_ = 0;
  uint32_t last_incarnation_ = 0;
  uint64_t last_revision_ = 0;
  uint64_t next_delivery_ = 1;
};

}  // namespace kv_test
#endif
