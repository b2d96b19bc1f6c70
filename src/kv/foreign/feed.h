// The feed: where one source of a caller's own bucket puts what it delivers.
//
// Shared by the caller's handle (slip_feed), whose functions run on any thread of his, one at a
// time, and by the Watcher, on the watch's thread. It stands between the two: what comes is
// checked, put into the intake as far as it is in scope, and held back while the applier has left
// no room, so that the intake's memory is bounded by the credit whatever the caller does. stop()
// waits for nobody but a copy that is under way.
//
// Locking: one mutex, held while updates are copied; the intake's is taken inside it.
#ifndef SLIP_KV_FOREIGN_FEED_H
#define SLIP_KV_FOREIGN_FEED_H

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/thread.h"
#include "kv/bucket.h"
#include "kv/foreign/delivery_order.h"

namespace slip {

class Feed {
 public:
  Feed(std::string bucket, const WatchRequest& request, std::shared_ptr<Intake> intake);
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // --- the caller's source: see slipstream.h ----------------------------------------------
  Status append(const Update* updates, size_t count, uint64_t first_delivery, Deadline deadline);
  Status progress(uint64_t delivery, uint64_t revision);
  Status end_state(uint64_t revision);
  Status end(slip_status code, const char* text, bool retriable);
  // The handle goes.
  void abandon() noexcept;

  // --- the watch --------------------------------------------------------------------------
  void credit(size_t updates, size_t bytes);
  void stop() noexcept;
  // Breaks a source that has given no sign of life for this long and is not held up itself.
  void check_silence(int64_t allowed_ms);

  // While a function of the caller runs on this thread: an append there must not wait.
  class Inside {
   public:
    explicit Inside(Feed& feed) : feed_(feed) { feed_.set_inside(std::this_thread::get_id()); }
    ~Inside() { feed_.set_inside(std::thread::id()); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Feed& feed_;
  };

 private:
  enum class Numbering { open, counted, own };

  void set_inside(std::thread::id thread);
  Status check_usable(const char* doing) const;
  Status check_append(const Update* updates, size_t count, uint64_t first_delivery,
                      DeliveryOrder* order, Amount* needed) const;
  Status check_numbers(size_t count, uint64_t first_delivery) const;
  bool has_room(const Amount& needed) const;
  Status wait_for_room(std::unique_lock<std::mutex>* lock, const Amount& needed, Deadline deadline);
  Status take(const Update* updates, size_t count, uint64_t first_delivery);
  Status breach(Status status);
  Status run_out_of_memory() noexcept;
  void finish(Status reason) noexcept;
  bool is_own_number() const { return numbering_ == Numbering::own; }

  const std::string bucket_;
  const Scope scope_;
  const uint32_t incarnation_;
  const Amount credit_;
  const std::shared_ptr<Intake> intake_;
  const Deadline started_ = coarse_now();

  std::mutex mutex_;
  std::condition_variable room_;
  std::thread::id inside_;
  bool waits_ = false;  // an append, for room
  bool stopped_ = false;
  bool ended_ = false;
  DeliveryOrder order_;
  Amount outstanding_;  // appended and not credited back
  Numbering numbering_ = Numbering::open;
  uint64_t delivery_ = 0;  // the last number of the source
  uint64_t dropped_ = 0;   // out of scope: the intake's numbers are so much smaller
};

}  // namespace slip

struct slip_feed {
  explicit slip_feed(std::shared_ptr<slip::Feed> shared) : feed(std::move(shared)) {}
  bool forked() const { return generation != slip::fork_generation(); }
  const std::shared_ptr<slip::Feed> feed;
  const unsigned generation = slip::fork_generation();
};

#endif
