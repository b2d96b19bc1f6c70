// The health of a watch: what happened under it, how far it is behind, and whether what it serves
// is ready.
//
// The watch's own thread writes, any thread reads. One mutex, held for copies only; nothing is
// called with it held. Recording allocates nothing. Counters live as long as the watch and only
// grow.
//
// The state is complete once the fold had been loaded to its end and was replayed, or once this run
// has caught up. It is current at each sign of the source at which everything that had come was
// applied. Ready is complete, and current at most max_stale ago.
#ifndef SLIP_WATCH_HEALTH_H
#define SLIP_WATCH_HEALTH_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/batch.h"
#include "base/clock.h"
#include "base/status.h"
#include "kv/bucket.h"
#include "kv/intake.h"
#include "watch/watch.h"

namespace slip {

constexpr size_t kWatchEvents = 21;  // kinds of SLIP_EVENT_*

// "?" where there is no such event. Static.
const char* watch_event_name(int32_t event);

class Health {
 public:
  // `max_stale_ms` 0: without a bound.
  explicit Health(int64_t max_stale_ms) : max_stale_ms_(max_stale_ms), begun_(Steady::now()) {}
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;

  // --- what happened; `revision` is the update's, else the cursor's --------------------------
  void record(int32_t event, uint64_t revision, uint64_t count = 1);
  // One pass over a batch that is about to be applied, whose thread only this is.
  void record_updates(const Batch& batch);
  // SourceEvent::other has no name and is not recorded.
  void record_source(SourceEvent event, uint64_t revision);
  // Why the watch cannot go on, where it is the bucket's doing. `known`: the bucket was there
  // before.
  void record_refusal(const Status& refusal, bool known, uint64_t revision);
  // The bucket as it is now: told when its rules changed since the last time.
  void see_bucket(const std::string& name, const BucketState& state, uint64_t revision);
  // An audit has counted.
  void audited(bool matched, uint64_t revision);
  void set_auditable(bool auditable);

  // --- where the watch is -------------------------------------------------------------------
  // Of the fold at the start: once loaded to its end; about to be replayed.
  void begin(bool loaded, bool replaying);
  void replayed();
  void place_found();
  void place_lost();
  // The server is out of reach, whether or not the place is held to be lost.
  void out_of_reach();
  // Everything up to the target is applied.
  void caught_up();
  // With everything applied that had come by then.
  void current_at(Deadline sign);

  // --- any thread ---------------------------------------------------------------------------
  // Fills in what follows from here and from the intake. `state` holds what was published.
  void complete(const Intake& intake, WatchState* state) const;
  // Those that happened, ascending; how many were filled.
  size_t events(WatchEvent* out, size_t capacity) const;

 private:
  struct Count {
    uint64_t count = 0;
    uint64_t last_revision = 0;
    int64_t last_ns = 0;
  };
  void record_at(size_t index, uint64_t revision, uint64_t count);
  int32_t phase(const WatchState& state) const;
  bool is_ready(const WatchState& state, Deadline now) const;

  const int64_t max_stale_ms_;
  const Deadline begun_;
  BucketState bucket_ = SLIP_BUCKET_STATE_INIT;  // epoch 0: not seen yet; of the watch's thread

  mutable std::mutex mutex_;
  std::array<Count, kWatchEvents> events_{};
  int32_t last_event_ = 0;
  bool complete_ = false;
  bool replaying_ = false;
  bool placed_ = false;
  bool was_placed_ = false;
  bool reachable_ = true;
  bool auditable_ = false;
  uint64_t reconnects_ = 0;
  uint64_t audits_ = 0;
  uint64_t audit_mismatches_ = 0;
  Deadline current_at_{};  // Deadline{}: never
};

}  // namespace slip
#endif
