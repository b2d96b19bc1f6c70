// The intake: where received updates wait for the applier, in batches.
//
// Filled by one receiving thread (append, heartbeat, broken), emptied by one applier thread
// (take); interrupt() and touch() from anywhere. It never drops what is wanted: the source may have
// no more outstanding than the credit it was given (see Watcher), so its memory is bounded by that
// credit. Deliveries are numbered by the source and checked by the applier, after every place where
// one could be lost.
//
// Batches. One is full when it holds updates_max updates or bytes_max bytes of keys and values; it
// passes a bound by the updates of one revision at most. A batch never mixes incarnations and never
// parts updates of one revision.
//
// Locking: one mutex, the innermost of the room. Nothing is called with it held, so a source may
// append under a lock of its own.
#ifndef SLIP_KV_INTAKE_H
#define SLIP_KV_INTAKE_H

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "base/batch.h"
#include "base/clock.h"
#include "base/status.h"

namespace slip {

struct BatchBounds {
  size_t updates_max = 10000;
  size_t bytes_max = 8u << 20;
};

// The source has delivered everything in scope at or below `revision`, provided that the last
// delivery the applier took of this incarnation is number `delivery`.
struct Heartbeat {
  uint32_t incarnation = 0;
  uint64_t delivery = 0;
  uint64_t revision = 0;
  bool seen = false;  // an update of that revision came, in scope or not: the bucket is that long
};

// What a source went through. With a break: why it broke, as far as it has a name.
enum class SourceEvent {
  other,              // the reason's sentence says what
  connection_lost,    // to the server that it was on
  server_shutdown,    // that server said that it stops
  silence,            // heartbeats were missed
  consumer_deleted,   // by somebody, or with its stream
  consumer_replaced,  // one of the same name is there, in another state
  delivery_gap,       // something was sent and has not come
  leader_changed,     // who serves it is another one now, or nobody yet
};
constexpr size_t kSourceEvents = static_cast<size_t>(SourceEvent::leader_changed) + 1;

// The steady clock, a few milliseconds late and several times cheaper: for every update.
Deadline coarse_now();

class Intake {
 public:
  explicit Intake(BatchBounds bounds);
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // --- receiving side ---------------------------------------------------------------------
  // Only what belongs to the incarnation that begin_incarnation() announced last is taken in, and
  // nothing of it after broken(). None of these throws.

  // `pending`: how many updates the source had left behind this one, where it says so.
  // `more_of_revision`: further updates of the same revision follow; they wait until the last one
  // is here. Where memory fails, the source is broken with OUT_OF_MEMORY and the newest batch is
  // dropped: nothing can follow it, so no cursor passes it.
  // False: it failed so.
  bool append(const Update& update, uint32_t incarnation, uint64_t delivery,
              bool more_of_revision = false, uint64_t pending = 0) noexcept;
  // The rest of the revision of which more was to come is not wanted.
  void end_revision(uint32_t incarnation) noexcept;
  // What was appended up to here is the state of the bucket at `revision`; updates follow. No batch
  // holds of both.
  void state_end(uint32_t incarnation, uint64_t revision) noexcept;
  // Kept until the applier has taken everything before it; an append makes it void.
  void heartbeat(const Heartbeat& heartbeat) noexcept;
  // The source of this incarnation will deliver nothing more. `reason` retriable: start it anew
  // (consumer gone, silence, disconnect); else the watch ends with it. Seen by the applier after
  // everything that was appended before, once; of several the first that is not retriable.
  void broken(uint32_t incarnation, Status reason, SourceEvent event = SourceEvent::other) noexcept;
  // Something happened to the source, and it goes on.
  void note(uint32_t incarnation, SourceEvent event) noexcept;

  // --- applier's side ---------------------------------------------------------------------
  // Forget what was received and not taken, accept only this incarnation from now on.
  void begin_incarnation(uint32_t incarnation);
  // Once the source has come to this revision, by an update or a heartbeat, the window holds
  // nothing back any more: a watch that ends there does not wait it out. At first there is no such
  // revision.
  void release_at(uint64_t revision);

  enum class Outcome {
    batch,        // *out holds a sealed batch
    state_end,    // everything of the state was taken; state_revision is its own
    heartbeat,    // *heartbeat holds the newest; everything before it was taken
    broken,       // *reason holds why, *event its kind
    noted,        // *event happened; the source goes on
    interrupted,  // interrupt() was called since the last take
    timeout
  };
  struct Taken {
    Outcome outcome = Outcome::timeout;
    Heartbeat heartbeat;
    Status reason;
    SourceEvent event = SourceEvent::other;
    uint64_t state_revision = 0;
    bool full = false;  // the batch reached a bound
  };
  // Waits until there is something to take. With window_ms < 0 whatever has been received is a
  // batch as soon as the applier asks (close on idle). With window_ms >= 0 only a full batch is, or
  // one whose first update has waited that long, or the rest before a broken source or where
  // release_at() was reached. A batch is cut at the bounds and never between updates of one
  // revision. `out` is cleared and its memory reused. An interruption comes first, then what was
  // noted, a batch or the end of the state next, then a heartbeat, then the break.
  Taken take(int64_t window_ms, Deadline deadline, Batch* out);
  // What has been received, full or not, without waiting; false: nothing, or the state's end.
  bool take_now(Batch* out);
  // Whether the state's end comes next: then it is taken.
  bool take_state_end(uint64_t* revision);
  void interrupt();

  // Updates received and not taken; the receiving side's clock of the last sign of the source (to
  // some milliseconds).
  size_t waiting() const;
  Deadline last_contact() const;  // Deadline{}: none yet
  void touch() noexcept;          // any sign of the source
  uint64_t received() const;      // updates, ever
  // How long the bucket is at least, from the updates received and the source's last word on what
  // is left; 0 where nothing is known.
  uint64_t newest_revision() const;

 private:
  struct Waiting {
    Batch batch;
    Deadline since;  // its first update came
  };
  // What a waiting applier is to be woken for, besides heartbeats, breaks and interruptions.
  enum class Awaited { nothing, any_update, full_batch };

  bool is_current(uint32_t incarnation) const;
  bool is_full(const Batch& batch) const;
  Batch& open_batch(const Update& update);
  void append_unfinished();
  void run_out_of_memory() noexcept;
  void wake_for_updates(std::unique_lock<std::mutex>* lock);
  void recount();
  void end_source(Status reason, SourceEvent event);
  bool at_state_end() const { return has_state_end_ && state_batches_ == 0; }
  bool take_note(SourceEvent* event);
  bool is_due(int64_t window_ms, Deadline now) const;
  bool find_outcome(int64_t window_ms, Deadline now, Batch* out, Taken* taken);
  void hand_out(Batch* out);
  void recycle(Batch* batch) noexcept;
  void wake(std::unique_lock<std::mutex>* lock);

  const BatchBounds bounds_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Awaited awaited_ = Awaited::nothing;
  std::deque<Waiting> batches_;  // none empty; the last one is open, the others are full
  Batch unfinished_;             // the first updates of a revision whose last is still to come
  std::vector<Batch> spares_;    // empty, with the memory of batches that were taken
  size_t waiting_ = 0;           // updates in batches_ and unfinished_
  uint64_t received_ = 0;
  uint64_t newest_revision_ = 0;    // received
  uint64_t promised_revision_ = 0;  // by the last delivery or heartbeat of this incarnation
  uint32_t incarnation_ = 0;
  uint64_t release_at_ = UINT64_MAX;
  bool released_ = false;  // the source has come to release_at_
  bool ended_ = false;     // broken() was called in this incarnation
  bool has_heartbeat_ = false;
  Heartbeat heartbeat_;
  bool has_state_end_ = false;
  uint64_t state_revision_ = 0;
  size_t state_batches_ = 0;  // of batches_: those before the state's end
  bool has_reason_ = false;
  Status reason_;
  SourceEvent reason_event_ = SourceEvent::other;
  bool has_notes_ = false;
  std::array<uint32_t, kSourceEvents> notes_{};  // of each, not taken yet
  bool interrupted_ = false;
  Deadline last_contact_{};
};

}  // namespace slip
#endif
