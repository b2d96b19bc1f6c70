// The handle of an embedded bucket. Any thread.
//
// It finds the bucket by name at each call, as a client of a server does: a bucket that was deleted
// is not found, one that was made anew under the name answers with its new epoch.
#ifndef SLIP_KV_MEMORY_MEMORY_BUCKET_H
#define SLIP_KV_MEMORY_MEMORY_BUCKET_H

#include <atomic>
#include <memory>
#include <string>

#include "kv/memory/memory_server.h"

namespace slip {

// What a connection shares with everything that was made of it.
struct MemorySession {
  explicit MemorySession(std::shared_ptr<MemoryServer> its_server)
      : server(std::move(its_server)) {}
  const std::shared_ptr<MemoryServer> server;
  std::atomic<bool> closed{false};
  Status check() const;  // CLOSED
};

class MemoryBucket : public Bucket {
 public:
  MemoryBucket(std::string name, std::shared_ptr<MemorySession> session)
      : name_(std::move(name)), session_(std::move(session)) {}

  const std::string& name() const override { return name_; }
  Result<BucketState> info() override;
  Result<std::unique_ptr<Inquiry>> inquire(const Scope& scope) override;
  Result<Entry> last(Bytes key) override;
  Result<std::optional<Entry>> at_revision(uint64_t revision) override;
  Status write(const Write* writes, size_t count, WriteResult* results) override;
  Result<std::unique_ptr<Listing>> list(Bytes prefix, bool with_values) override;
  Result<std::unique_ptr<Watcher>> watch(const WatchRequest& request,
                                         std::shared_ptr<Intake> intake) override;

 private:
  Result<std::shared_ptr<MemoryStream>> stream() const;

  const std::string name_;
  const std::shared_ptr<MemorySession> session_;
};

}  // namespace slip
#endif
