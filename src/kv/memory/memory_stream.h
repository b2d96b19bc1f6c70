// One embedded bucket: the store, its watchers and the mutex that guards both. Any thread.
//
// It has no thread of its own. Whoever writes, credits, ticks or looks also removes what has ended
// and pumps the watchers, under the bucket's mutex.
//
// Locks, outermost first: the server's (memory_server.h), the bucket's, an intake's. An intake
// calls nothing, and no caller's code runs under any of them, so a watch's callback may write the
// bucket that it watches.
#ifndef SLIP_KV_MEMORY_MEMORY_STREAM_H
#define SLIP_KV_MEMORY_MEMORY_STREAM_H

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "kv/bucket.h"
#include "kv/memory/message_store.h"
#include "kv/memory/subscription.h"

namespace slip {

class MemoryStream {
 public:
  MemoryStream(const BucketConfig& config, uint64_t epoch)
      : config_(config), epoch_(epoch), store_(config) {}

  const BucketConfig& config() const { return config_; }

  BucketState info();
  // `subjects` counts the scope alone.
  BucketState info(const Scope& scope);
  Result<Entry> last(Bytes key);
  std::optional<Entry> at_revision(uint64_t revision);
  Status write(const Write* writes, size_t count, WriteResult* results);
  // Live keys from *position on, as many as make a good batch; END when there are none left.
  Status list(Bytes prefix, bool with_values, uint64_t* position, Batch* out);

  // `owner` is the connection that asked, for end(). *target: the last revision at this moment.
  // BUCKET_NOT_FOUND: the bucket was deleted meanwhile.
  Status subscribe(const void* owner, Subscription* subscription, uint64_t* target);
  void unsubscribe(const Subscription* subscription) noexcept;
  void credit(Subscription* subscription, size_t updates, size_t bytes) noexcept;
  void tick(Subscription* subscription) noexcept;
  // Ends the watchers of `owner`.
  void disconnect(const void* owner, const Status& reason) noexcept;
  // The bucket is gone: ends every watcher, now and later.
  void erase(const Status& reason) noexcept;

 private:
  struct Watching {
    const void* owner;
    Subscription* subscription;
  };

  void settle() noexcept;
  void pump_all() noexcept;
  void write_one(const Write& write, int64_t now_ns, WriteResult* result, Status* first);

  const BucketConfig config_;
  const uint64_t epoch_;
  std::mutex mutex_;
  MessageStore store_;
  std::vector<Watching> watching_;
  bool erased_ = false;
};

}  // namespace slip
#endif
