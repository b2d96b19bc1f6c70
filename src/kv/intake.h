// The intake: where received updates wait for the applier, in batches.
//
// Filled by one receiving thread (append, heartbeat, interruption), emptied by one applier thread
// (take); interrupt() from anywhere. It never drops: the source may have no more outstanding than
// the credit it was given (see Watcher), so its memory is bounded by that credit. Deliveries are
// numbered by the source and checked by the applier, after every place where one could be lost.
#ifndef SLIP_KV_INTAKE_H
#define SLIP_KV_INTAKE_H

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

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
};

class Intake {
 public:
  explicit Intake(BatchBounds bounds);

  // --- receiving side ---------------------------------------------------------------------
  // Deliveries of an older incarnation than begin_incarnation() announced are ignored.
  void append(const Update& update, uint32_t incarnation, uint64_t delivery);
  void heartbeat(const Heartbeat& heartbeat);
  // The source of this incarnation will deliver nothing more. `reason` retriable: start it anew
  // (consumer gone, silence, disconnect); else the watch ends with it. Seen by the applier after
  // everything that was appended before.
  void broken(uint32_t incarnation, Status reason);

  // --- applier's side ---------------------------------------------------------------------
  // Forget what was received and not taken, accept only this incarnation from now on.
  void begin_incarnation(uint32_t incarnation);

  enum class Outcome {
    batch,        // *out holds a sealed batch
    heartbeat,    // *heartbeat holds the newest; everything before it was taken
    broken,       // *reason holds why
    interrupted,  // interrupt() was called since the last take
    timeout
  };
  struct Taken {
    Outcome outcome = Outcome::timeout;
    Heartbeat heartbeat;
    Status reason;
    bool full = false;  // the batch reached a bound
  };
  // Waits until there is something to take. With window_ms < 0 whatever has been received is a
  // batch as soon as the applier asks (close on idle). With window_ms >= 0 only a full batch is, or
  // one whose first update has waited that long, or the rest before a broken source. A batch is cut
  // at the bounds and never between updates of one revision. `out` is cleared and its memory reused.
  Taken take(int64_t window_ms, Deadline deadline, Batch* out);
  // What has been received, full or not, without waiting; false: nothing.
  bool take_now(Batch* out);
  void interrupt();

  // Updates received and not taken; the receiving side's clock of the last sign of the source.
  size_t waiting() const;
  Deadline last_contact() const;
  void touch();  // any sign of the source
  uint64_t received() const;  // updates, ever

 private:
  Batch& open_batch(const Update& update, uint32_t incarnation);
  void hand_out(Batch* out);

  const BatchBounds bounds_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> batches_;  // the last one is open
  Batch spare_;
  size_t waiting_ = 0;
  uint64_t received_ = 0;
  uint32_t incarnation_ = 0;
  bool has_heartbeat_ = false;
  Heartbeat heartbeat_;
  bool broken_ = false;
  Status broken_reason_;
  bool interrupted_ = false;
  Deadline first_waiting_since_{};
  Deadline last_contact_{};
};

}  // namespace slip
#endif
