// A bucket on a NATS server: a JetStream stream "KV_<name>" (ADR-8). Any thread.
//
// It finds its stream by name at each call: one that was deleted is not found, one that was made
// anew answers with its new epoch.
#ifndef SLIP_KV_NATS_NATS_BUCKET_H
#define SLIP_KV_NATS_NATS_BUCKET_H

#include <memory>
#include <string>

#include "kv/bucket.h"
#include "kv/nats/session.h"

namespace slip {

class NatsBucket : public Bucket {
 public:
  NatsBucket(std::string name, std::shared_ptr<Session> session);

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
  Result<Entry> stored_message(const std::string& body);
  Status check_lives(const Write* writes, size_t count);

  const std::string name_;
  const std::string stream_;
  const std::string subject_prefix_;
  const std::shared_ptr<Session> session_;
};

}  // namespace slip
#endif
