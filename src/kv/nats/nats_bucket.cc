#include "kv/nats/nats_bucket.h"

#include <algorithm>
#include <utility>

#include "kv/nats/js_api.h"
#include "kv/nats/kv_message.h"
#include "kv/nats/nats_listing.h"
#include "kv/nats/pull_consumer.h"
#include "kv/nats/stream_config.h"
#include "kv/nats/stream_inquiry.h"
#include "kv/nats/write_call.h"

namespace slip {
namespace {

void set_all(WriteResult* results, size_t count, slip_status status) {
  std::fill(results, results + count, WriteResult{0, status, 0});
}

}  // namespace

NatsBucket::NatsBucket(std::string name, std::shared_ptr<Session> session)
    : name_(std::move(name)),
      stream_(stream_name(name_)),
      subject_prefix_(subject_prefix(name_)),
      session_(std::move(session)) {}

Result<BucketState> NatsBucket::info() {
  Result<JsonDocument> answer = js_request(*session_, "STREAM.INFO." + stream_, "");
  if (!answer.ok()) return answer.status().with_context("bucket \"" + name_ + "\"");
  return parse_stream_info(answer->root());
}

Result<std::unique_ptr<Inquiry>> NatsBucket::inquire(const Scope& scope) {
  return StreamInquiry::ask(session_, name_, scope);
}

// From the stream's leader: a direct get may be answered by a replica that lags behind, and what is
// read here decides about writes.
Result<Entry> NatsBucket::stored_message(const std::string& body) {
  SLIP_ASSIGN(const JsonDocument answer, js_request(*session_, "STREAM.MSG.GET." + stream_, body));
  return parse_stored_message(answer.root().get("message"), subject_prefix_);
}

Result<Entry> NatsBucket::last(Bytes key) {
  JsonWriter body;
  body.begin_object().member("last_by_subj", subject_prefix_ + std::string(key)).end_object();
  Result<Entry> entry = stored_message(body.take());
  if (entry.status().is(SLIP_NOT_FOUND)) return Status(SLIP_NOT_FOUND, "there is no such key");
  return entry;
}

Result<std::optional<Entry>> NatsBucket::at_revision(uint64_t revision) {
  if (revision == 0) return std::optional<Entry>();
  JsonWriter body;
  body.begin_object().member_u64("seq", revision).end_object();
  Result<Entry> entry = stored_message(body.take());
  if (entry.status().is(SLIP_NOT_FOUND)) return std::optional<Entry>();
  if (!entry.ok()) return entry.status();
  return std::optional<Entry>(entry.take());
}

// Servers before 2.11, and buckets without marker_ttl, ignore the life of a value without a word.
Status NatsBucket::check_lives(const Write* writes, size_t count) {
  const bool any =
      std::any_of(writes, writes + count, [](const Write& write) { return write.ttl_ns != 0; });
  if (!any) return Status();
  SLIP_ASSIGN(const BucketState state, info());
  if (state.per_message_ttl == 1) return Status();
  return Status(SLIP_UNSUPPORTED,
                "the bucket was made without marker_ttl_ms, or its server is older than 2.11, so "
                "its values have no life of their own");
}

Status NatsBucket::write(const Write* writes, size_t count, WriteResult* results) {
  const Status lives = check_lives(writes, count);
  if (!lives.ok()) {
    set_all(results, count, lives.code());
    return lives;
  }
  WriteCall call(*session_, session_->write_prefix(name_), writes, count, results);
  const Status status = call.run();
  if (!call.any_untaken()) return status;
  // Nobody listens: no such bucket, no JetStream, or a server on its way.
  const Status why = info().status();
  return call.judge_untaken(
      why.ok()
          ? Status(SLIP_UNREACHABLE, "nobody took the write, although the bucket is there", true)
          : why);
}

Result<std::unique_ptr<Listing>> NatsBucket::list(Bytes prefix, bool with_values) {
  Result<std::unique_ptr<Listing>> listing =
      NatsListing::start(session_, name_, prefix, with_values);
  if (listing.ok()) return listing;
  return listing.status().with_context("cannot list the keys of bucket \"" + name_ + "\"");
}

Result<std::unique_ptr<Watcher>> NatsBucket::watch(const WatchRequest& request,
                                                   std::shared_ptr<Intake> intake) {
  PullConfig config;
  config.bucket = name_;
  config.from_revision = request.from_revision;
  config.scope = request.scope;
  config.filter = scope_filter(request.scope, subject_prefix_);
  config.incarnation = request.incarnation;
  config.credit_updates = request.credit_updates;
  config.credit_bytes = request.credit_bytes;
  config.idle_heartbeat_ms = request.idle_heartbeat_ms;
  Result<std::unique_ptr<PullConsumer>> consumer =
      PullConsumer::start(session_, config, std::move(intake));
  if (consumer.ok()) return std::unique_ptr<Watcher>(consumer.take());
  return consumer.status().with_context("cannot watch bucket \"" + name_ + "\"");
}

}  // namespace slip
