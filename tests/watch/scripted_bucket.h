// A bucket that does what a test says: its stream, what it delivers of it, what it loses, doubles
// or claims, and when it fails. Any thread. One watcher at a time.
//
// It is a foreign bucket: everything goes through the functions of slipstream.h, as a caller's own
// kind does. It numbers its deliveries, which is how it loses and doubles them, and leaves what the
// feed has no room for until it gets credit.
#ifndef TESTS_WATCH_SCRIPTED_BUCKET_H
#define TESTS_WATCH_SCRIPTED_BUCKET_H

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kv/bucket.h"
#include "support/validators.h"

namespace test {

class ScriptedBucket final : public slip::Bucket,
                             public std::enable_shared_from_this<ScriptedBucket> {
 public:
  // `capabilities`: SLIP_BUCKET_*. With FROM_STATE a first watch gets the live keys, last key
  // first.
  explicit ScriptedBucket(std::string name = "routes", uint64_t epoch = 7,
                          uint32_t capabilities = 0);
  ~ScriptedBucket() override;

  // What was written, for the validators.
  trace::Record record;

  // --- the stream ---------------------------------------------------------------------------
  // A new update; a running watcher delivers it. The revision.
  uint64_t put(const std::string& key, const std::string& value = "v");
  uint64_t remove(const std::string& key);
  // An update that is not delivered and counts as no delivery: it is out of scope, or gone at once.
  uint64_t skip_revision();
  // Retained no more.
  void forget(uint64_t revision);
  // The server went back: nothing after `revision` is there any more.
  void rewind(uint64_t revision);
  // Deleted and made anew.
  void recreate(uint64_t epoch);
  // Changes what info() says beyond that (max_age, ...).
  void configure(const std::function<void(slip::BucketState&)>& change);

  // --- deliveries ---------------------------------------------------------------------------
  // The next `count` deliveries are numbered and never arrive.
  void lose(int count);
  // The same after `count` more have arrived: one is lost.
  void lose_after(int count);
  // Delivers it again, as a further delivery.
  void redeliver(uint64_t revision);
  // Delivers a run of updates that share one revision.
  void put_together(const std::vector<std::string>& keys);
  // Delivers an update of unknown revision, which is not retained.
  void deliver_unknown(const std::string& key, uint32_t operation, const std::string& value = "");
  // From now on a state that is delivered does not end before end_state().
  void hold_state();
  void end_state();
  void end_state(uint64_t revision);
  // What the source says of itself; the plain form is true.
  void heartbeat();
  void heartbeat(int64_t delivery_offset, uint64_t revision);
  void break_watcher(const slip::Status& reason);

  // --- failures -----------------------------------------------------------------------------
  void fail_info(const slip::Status& status, int times);
  void fail_watch(const slip::Status& status, int times);
  // Runs once, when the next watcher has been made and has delivered what there is.
  void after_next_watch(std::function<void()> action);

  // --- what happened ------------------------------------------------------------------------
  std::vector<uint64_t> started_from() const;  // of each watcher
  std::vector<uint32_t> incarnations() const;
  slip::WatchRequest last_request() const;
  uint64_t delivered() const;  // updates handed to the intake, ever
  size_t credited_updates() const;
  size_t credited_bytes() const;
  int infos() const;
  int ticks() const;
  bool is_watched() const;

  // --- slip::Bucket -------------------------------------------------------------------------
  const std::string& name() const override { return name_; }
  bool starts_from_state() const override { return inner_->starts_from_state(); }
  bool takes_any_key() const override { return inner_->takes_any_key(); }
  slip::Result<slip::BucketState> info() override;
  slip::Result<slip::Entry> last(slip::Bytes key) override;
  slip::Result<std::optional<slip::Entry>> at_revision(uint64_t revision) override;
  slip::Status write(const slip::Write*, size_t, slip::WriteResult*) override;
  slip::Result<std::unique_ptr<slip::Listing>> list(slip::Bytes, bool) override;
  slip::Result<std::unique_ptr<slip::Watcher>> watch(const slip::WatchRequest& request,
                                                     std::shared_ptr<slip::Intake> intake) override;

 private:
  class Watcher;
  struct Functions;
  struct Delivery {
    slip::Entry entry;
    uint64_t number = 0;
  };
  struct Failure {
    slip::Status status;
    int times = 0;
    slip::Status next();
  };
  uint64_t append(const std::string& key, const std::string& value, uint32_t operation);
  void deliver(const slip::Update& update, bool more_of_revision = false);
  void deliver_state();
  void pump();
  void fill(slip::BucketState* out) const;

  const std::string name_;
  mutable std::mutex mutex_;
  std::map<uint64_t, slip::Entry> log_;
  uint64_t last_revision_ = 0;
  slip::BucketState configured_ = SLIP_BUCKET_STATE_INIT;
  Failure info_failure_;
  Failure watch_failure_;
  std::function<void()> after_next_watch_;
  std::shared_ptr<slip::Bucket> inner_;  // what the library made of the functions
  slip_feed* feed_ = nullptr;            // of the watcher, while there is one
  std::deque<Delivery> pending_;         // for which the feed had no room
  bool state_is_held_ = false;
  bool state_is_due_ = false;  // what is pending ends with it
  uint64_t state_revision_ = 0;
  uint64_t delivery_ = 0;
  int to_lose_ = 0;
  int before_loss_ = 0;
  uint64_t delivered_ = 0;
  size_t credited_updates_ = 0;
  size_t credited_bytes_ = 0;
  int infos_ = 0;
  int ticks_ = 0;
  std::vector<slip::WatchRequest> requests_;
};

}  // namespace test
#endif
