// Buckets: one interface, three kinds (kv/memory, kv/nats, kv/foreign).
//
// Connections and buckets are used by many threads at once. A Watcher feeds one Intake from a
// thread of its kind's choosing; its own functions are called by the applier only. Nothing here
// knows of folds or batches' commits: credit is how the applier says that it went on.
#ifndef SLIP_KV_BUCKET_H
#define SLIP_KV_BUCKET_H

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cursor.h"
#include "base/options.h"
#include "base/status.h"
#include "base/update.h"
#include "kv/intake.h"

namespace slip {

using BucketState = ::slip_bucket_state;
using Write = ::slip_write;
using WriteResult = ::slip_write_result;

struct BucketConfig {
  std::string name;
  uint32_t history = 1;
  int64_t max_age_ns = 0;
  int64_t max_bytes = -1;
  int64_t max_value_size = -1;
  int64_t marker_ttl_ns = 0;
  uint32_t replicas = 1;
  uint32_t storage = SLIP_STORAGE_FILE;
  uint32_t discard = SLIP_DISCARD_NEW;
  std::string description;
  bool accept_differences = false;
};
// From SLIP_OPTIONS_BUCKET. INVALID: the name. OUT_OF_BOUNDS: a marker_ttl_ms below a second.
Result<BucketConfig> bucket_config(const std::string& name, const Options& options);
// What of the configuration is not as asked, for sentences: `history is 1, not 5; ...`. "" where
// all is. The description is not compared.
std::string config_differences(const BucketConfig& asked, const BucketConfig& actual);

struct WatchRequest {
  uint64_t from_revision = 1;  // the first that is wanted
  bool from_state = false;     // the current state first: of buckets that start from it
  Scope scope;
  uint32_t incarnation = 1;
  size_t credit_updates = 20000;  // outstanding at most: asked for and not yet credited back
  size_t credit_bytes = 32u << 20;
  int64_t idle_heartbeat_ms = 5000;
};

class Watcher {
 public:
  // Stops: nothing is appended afterwards, and the server's side is released.
  virtual ~Watcher() = default;
  // Everything up to here was in the bucket when the watcher was made: caught up is at or past it.
  virtual uint64_t target_revision() const = 0;
  // The applier is done with these: as many more may come. `bytes` are Batch::bytes().
  virtual void credit(size_t updates, size_t bytes) = 0;
  // Called by the applier at least once an idle_heartbeat_ms: for kinds that keep time by it.
  virtual void tick() {}
};

// A listing of live keys, read as it is advanced. One thread at a time.
class Listing {
 public:
  virtual ~Listing() = default;
  // The next updates, valid until the next call; END when there are none left.
  virtual Result<const Batch*> next() = 0;
};

// A question to a bucket that is under way. One thread; destroyed, nobody waits for it any more.
class Inquiry {
 public:
  virtual ~Inquiry() = default;
  // Empty until the answer is here, or why there is none. Asked no more afterwards.
  virtual std::optional<Result<BucketState>> answer() = 0;
};

class Bucket {
 public:
  virtual ~Bucket() = default;
  virtual const std::string& name() const = 0;
  // A first watch gets the current state (see Intake::state_end), not every revision from 1 on.
  virtual bool starts_from_state() const { return false; }
  // Its keys know no alphabet.
  virtual bool takes_any_key() const { return false; }
  virtual Result<BucketState> info() = 0;
  // Asks for the same without waiting, `subjects` counting the scope alone: all of it that was
  // retained when last_revision was the last one, and what has come since perhaps. UNSUPPORTED:
  // this kind, or so many prefixes, cannot be counted.
  virtual Result<std::unique_ptr<Inquiry>> inquire(const Scope&) {
    return Status(SLIP_UNSUPPORTED, "buckets of this kind do not count their keys");
  }
  // The last update of a key, a delete marker too. NOT_FOUND: the key has none.
  virtual Result<Entry> last(Bytes key) = 0;
  // The update at a revision; empty where it is not retained.
  virtual Result<std::optional<Entry>> at_revision(uint64_t revision) = 0;
  // Pipelined, in order; results has room for `count`. The status is that of the first that failed.
  // Conditions are in Write::expected_revision; keys were checked by the caller.
  virtual Status write(const Write* writes, size_t count, WriteResult* results) = 0;
  virtual Result<std::unique_ptr<Listing>> list(Bytes prefix, bool with_values) = 0;
  // Starts delivering into `intake` from request.from_revision on. The intake's incarnation was
  // begun by the caller. EXPIRED and the like are not judged here: see protocol/resume.h.
  virtual Result<std::unique_ptr<Watcher>> watch(const WatchRequest& request,
                                                 std::shared_ptr<Intake> intake) = 0;
};

using ConnectionState = ::slip_connection_state;

class Connection {
 public:
  virtual ~Connection() = default;
  virtual Result<std::shared_ptr<Bucket>> create_bucket(const BucketConfig& config) = 0;
  virtual Result<std::shared_ptr<Bucket>> open_bucket(const std::string& name) = 0;
  virtual Status delete_bucket(const std::string& name) = 0;
  virtual ConnectionState state() const = 0;
  // Watchers of it break with CLOSED (not retriable). Idempotent.
  virtual Status close() = 0;
};

// Dispatches on the scheme: mem, nats, tls. INVALID: another one, or a malformed URL. Sentences
// name the address, never the credentials.
Result<std::shared_ptr<Connection>> connect(const std::string& url, const Options& options);

// What is the same for every kind, built on last() and write().
Result<Entry> bucket_get(Bucket& bucket, Bytes key);
Result<uint64_t> bucket_put(Bucket& bucket, Bytes key, Bytes value);
Result<uint64_t> bucket_put_if_absent(Bucket& bucket, Bytes key, Bytes value);
Result<uint64_t> bucket_put_if(Bucket& bucket, Bytes key, Bytes value, uint64_t revision);
Result<uint64_t> bucket_remove(Bucket& bucket, Bytes key);
Result<uint64_t> bucket_remove_if(Bucket& bucket, Bytes key, uint64_t revision);
Result<uint64_t> bucket_purge(Bucket& bucket, Bytes key);
// Checks count, keys, operations; then Bucket::write.
Status bucket_write_many(Bucket& bucket, const Write* writes, size_t count, WriteResult* results);

}  // namespace slip
#endif
