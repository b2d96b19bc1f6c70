// A listing: a pull consumer of each key's last update, read to the revision that the stream had
// when it began. One thread at a time.
//
// It ends only on proof: an update at or past that revision, or a heartbeat that confirms every
// delivery up to it. A missing delivery or a silent server is an error, never an end.
#ifndef SLIP_KV_NATS_NATS_LISTING_H
#define SLIP_KV_NATS_NATS_LISTING_H

#include <memory>
#include <optional>
#include <string>

#include "kv/bucket.h"
#include "kv/nats/listing_progress.h"
#include "kv/nats/pull_consumer.h"

namespace slip {

class NatsListing : public Listing {
 public:
  static Result<std::unique_ptr<Listing>> start(std::shared_ptr<Session> session,
                                                const std::string& bucket, Bytes prefix,
                                                bool with_values);
  Result<const Batch*> next() override;

 private:
  NatsListing(std::shared_ptr<Session> session, Bytes prefix, bool with_values);
  bool at_end() const { return !progress_ || progress_->complete(); }
  Status take(Deadline deadline);
  Status keep_wanted();

  const std::shared_ptr<Session> session_;
  const std::string prefix_;
  const bool with_values_;
  const std::shared_ptr<Intake> intake_;
  std::unique_ptr<PullConsumer> consumer_;  // none: the bucket is empty
  Batch received_;
  Batch wanted_;
  std::optional<ListingProgress> progress_;  // with consumer_
};

}  // namespace slip
#endif
