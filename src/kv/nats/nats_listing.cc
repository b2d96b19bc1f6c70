#include "kv/nats/nats_listing.h"

#include <utility>

#include "kv/nats/js_api.h"
#include "kv/nats/stream_config.h"

namespace slip {
namespace {

constexpr size_t kListedUpdatesMax = 1000;
constexpr size_t kListedBytesMax = 1u << 20;
constexpr size_t kCreditUpdates = 10000;
constexpr size_t kCreditBytes = 16u << 20;
constexpr int64_t kHeartbeatMs = 1000;
constexpr int64_t kTickMs = 500;

}  // namespace

NatsListing::NatsListing(std::shared_ptr<Session> session, Bytes prefix, bool with_values)
    : session_(std::move(session)),
      prefix_(prefix),
      with_values_(with_values),
      intake_(std::make_shared<Intake>(BatchBounds{kListedUpdatesMax, kListedBytesMax})) {}

Result<std::unique_ptr<Listing>> NatsListing::start(std::shared_ptr<Session> session,
                                                    const std::string& bucket, Bytes prefix,
                                                    bool with_values) {
  std::unique_ptr<NatsListing> listing(new NatsListing(session, prefix, with_values));
  SLIP_ASSIGN(const JsonDocument info,
              js_request(*session, "STREAM.INFO." + stream_name(bucket), ""));
  SLIP_ASSIGN(const BucketState state, parse_stream_info(info.root()));
  if (state.messages == 0) return std::unique_ptr<Listing>(std::move(listing));
  PullConfig config;
  config.bucket = bucket;
  config.last_per_key = true;
  config.filter.subjects = {subject_prefix(bucket) + std::string(whole_tokens(prefix)) + ">"};
  config.headers_only = !with_values;
  config.credit_updates = kCreditUpdates;
  config.credit_bytes = kCreditBytes;
  config.idle_heartbeat_ms = kHeartbeatMs;
  listing->intake_->begin_incarnation(config.incarnation);
  SLIP_ASSIGN(listing->consumer_,
              PullConsumer::start(std::move(session), config, listing->intake_));
  listing->progress_.emplace(listing->consumer_->target_revision());
  return std::unique_ptr<Listing>(std::move(listing));
}

Result<const Batch*> NatsListing::next() {
  SLIP_TRY(session_->connection().status());
  wanted_.clear();
  while (wanted_.empty()) {
    if (at_end()) {
      consumer_ = nullptr;
      return Status(SLIP_END, "no more keys");
    }
    SLIP_TRY(take(deadline_after_ms(kTickMs)));
  }
  wanted_.seal();
  return &wanted_;
}

Status NatsListing::take(Deadline deadline) {
  Intake::Taken taken = intake_->take(-1, deadline, &received_);
  switch (taken.outcome) {
    case Intake::Outcome::batch:
      return keep_wanted();
    case Intake::Outcome::heartbeat:
      return progress_->confirmed(taken.heartbeat.delivery, taken.heartbeat.revision);
    case Intake::Outcome::broken:
      return taken.reason.with_context("the listing broke off");
    case Intake::Outcome::noted:
    case Intake::Outcome::state_end:  // servers have none
    case Intake::Outcome::interrupted:
    case Intake::Outcome::timeout:
      // A watch waits for a new connection; a listing could not go on with it.
      SLIP_TRY(session_->connection().status().with_context("the listing broke off"));
      consumer_->tick();
      return Status();
  }
  return Status();
}

Status NatsListing::keep_wanted() {
  for (size_t i = 0; i < received_.size(); ++i) {
    const Update& update = received_.updates()[i];
    SLIP_TRY(progress_->delivered(received_.delivery(i), update.revision));
    if (!is_live(update) || key_of(update).substr(0, prefix_.size()) != prefix_) continue;
    wanted_.append(update, received_.delivery(i));
  }
  consumer_->credit(received_.size(), received_.bytes());
  return Status();
}

}  // namespace slip
