#include "kv/nats/pull_consumer.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/decimal.h"
#include "base/guard.h"
#include "kv/nats/ack_subject.h"
#include "kv/nats/js_api.h"
#include "kv/nats/kv_message.h"
#include "kv/nats/pull_status.h"
#include "kv/nats/signals.h"
#include "kv/nats/stream_config.h"

namespace slip {
namespace {

constexpr int64_t kNsPerMs = 1000000;
constexpr int64_t kRequestLifeMs = 30000;
// Until the target is reached: where the end of the stream was removed, only a heartbeat tells it.
constexpr int64_t kEarlyHeartbeatMs = 250;
// A consumer that we could not delete is gone so long after its last request: soon, because a
// process that is killed again and again leaves one each time, and servers bound their number. An
// applier that stalls for longer asks for nothing, and finds a new consumer when it goes on.
constexpr int64_t kInactiveMs = 30 * 1000;

std::optional<uint64_t> number_of(Bytes text) {
  uint64_t number = 0;
  if (parse_decimal(text, &number) != Decimal::ok) return std::nullopt;
  return number;
}

}  // namespace

PullConsumer::PullConsumer(std::shared_ptr<Session> session, const PullConfig& config,
                           std::shared_ptr<Intake> intake)
    : session_(std::move(session)),
      config_(config),
      intake_(std::move(intake)),
      stream_(stream_name(config.bucket)),
      consumer_("slip-" + random_token()),
      subject_prefix_(subject_prefix(config.bucket)),
      reply_prefix_("_INBOX." + random_token() + "."),
      pull_subject_(session_->api_prefix() + "CONSUMER.MSG.NEXT." + stream_ + "." + consumer_),
      budget_(config.credit_updates, config.credit_bytes) {}

Result<std::unique_ptr<PullConsumer>> PullConsumer::start(std::shared_ptr<Session> session,
                                                          const PullConfig& config,
                                                          std::shared_ptr<Intake> intake) {
  std::unique_ptr<PullConsumer> consumer(
      new PullConsumer(std::move(session), config, std::move(intake)));
  SLIP_TRY(consumer->create());
  return consumer;
}

PullConsumer::~PullConsumer() {
  session_->remove_listener(this);
  subscription_.end();
  if (made_on_server_) delete_on_server();
}

std::string PullConsumer::create_body() const {
  JsonWriter json;
  json.begin_object().member("stream_name", stream_).key("config").begin_object();
  json.member("name", consumer_)
      .member("deliver_policy", config_.last_per_key ? "last_per_subject" : "by_start_sequence");
  if (!config_.last_per_key) {
    json.member_u64("opt_start_seq", std::max<uint64_t>(1, config_.from_revision));
  }
  if (!config_.filter.empty()) json.member("filter_subject", config_.filter);
  if (config_.headers_only) json.member_bool("headers_only", true);
  json.member("ack_policy", "none")
      .member("replay_policy", "instant")
      .member_i64("max_deliver", 1)
      .member_bool("mem_storage", true)
      .member_i64("num_replicas", 1)
      .member_i64("inactive_threshold", kInactiveMs * kNsPerMs);
  return json.end_object().member("action", "create").end_object().take();
}

// Servers ignore without a word what they do not know.
Status PullConsumer::check_echo(JsonValue config) const {
  const auto text = [&](const char* name) {
    return config.get(name).as_string().value_or(std::string());
  };
  const std::string policy = config_.last_per_key ? "last_per_subject" : "by_start_sequence";
  const bool as_asked =
      text("deliver_policy") == policy && text("filter_subject") == config_.filter &&
      config.get("headers_only").as_bool().value_or(false) == config_.headers_only;
  if (as_asked) return Status();
  return Status(SLIP_UNSUPPORTED, "the server did not make the consumer as asked", false);
}

// The subscription stands before the consumer is made, so that a break of the connection in between
// is seen as one. The target is read afterwards: whatever it counts, the consumer delivers.
Status PullConsumer::create() {
  SLIP_ASSIGN(connection_, session_->connection());
  session_->add_listener(this);
  SLIP_TRY(subscription_.begin(connection_, reply_prefix_ + "*", [this](NatsMessagePtr& message) {
    guarded([&] { on_message(message.get()); });
  }));
  std::string operation = "CONSUMER.CREATE." + stream_ + "." + consumer_;
  if (!config_.filter.empty()) operation += "." + config_.filter;
  made_on_server_ = true;  // also where the answer is lost
  SLIP_ASSIGN(const JsonDocument created, js_request(*session_, operation, create_body()));
  SLIP_TRY(check_echo(created.root().get("config")));
  SLIP_ASSIGN(const JsonDocument info, js_request(*session_, "STREAM.INFO." + stream_, ""));
  SLIP_ASSIGN(const BucketState state, parse_stream_info(info.root()));
  target_revision_ = state.last_revision;
  const auto lock = subscription_.lock();
  at_target_ = config_.from_revision > target_revision_ && !config_.last_per_key;
  intake_->touch();
  pull();
  return Status();
}

void PullConsumer::credit(size_t updates, size_t bytes) {
  const auto lock = subscription_.lock();
  budget_.credited(updates, bytes);
  pull();
}

void PullConsumer::tick() {
  const auto lock = subscription_.lock();
  if (broken_) return;
  pull();
  const Deadline now = Steady::now();
  if (!budget_.any_open() || !session_->connected()) {
    listening_since_ = now;
    return;
  }
  const Deadline heard = std::max(intake_->last_contact(), listening_since_);
  const int64_t silent_ms = (now - heard) / std::chrono::milliseconds(1);
  // guard: pull_silence
  if (!guard_on("pull_silence") || silent_ms * 2 <= config_.idle_heartbeat_ms * 5) return;
  break_source(Status(SLIP_UNREACHABLE,
                      "no sign from the server for " + std::to_string(silent_ms) + " ms", true),
               SourceEvent::silence);
}

void PullConsumer::pull() {
  if (broken_) return;
  while (const auto request = budget_.next()) {
    Status sent = send_request(*request);
    if (sent.ok()) continue;
    break_source(std::move(sent));
    return;
  }
}

Status PullConsumer::send_request(const PullBudget::Request& request) {
  const int64_t beat_ms = at_target_ ? config_.idle_heartbeat_ms
                                     : std::min(config_.idle_heartbeat_ms, kEarlyHeartbeatMs);
  const int64_t life_ms = std::max(kRequestLifeMs, config_.idle_heartbeat_ms * 3);
  JsonWriter json;
  json.begin_object()
      .member_u64("batch", request.updates)
      .member_i64("expires", life_ms * kNsPerMs)
      .member_i64("idle_heartbeat", beat_ms * kNsPerMs);
  if (request.bytes > 0) json.member_u64("max_bytes", request.bytes);
  const std::string body = json.end_object().take();
  const std::string reply = reply_prefix_ + std::to_string(request.number);
  const PipeSignalBlocked blocked;
  const natsStatus status =
      natsConnection_PublishRequest(connection_->get(), pull_subject_.c_str(), reply.c_str(),
                                    body.data(), static_cast<int>(body.size()));
  if (status == NATS_OK) return Status();
  const Status failure = nats_status(status, "cannot ask for updates");
  return Status(failure.code(), failure.message(), true);
}

void PullConsumer::on_message(natsMsg* message) {
  if (broken_) return;
  const Bytes subject = subject_of(message);
  if (subject.substr(0, reply_prefix_.size()) == reply_prefix_) {
    on_status(message, subject.substr(reply_prefix_.size()));
    pull();
  } else {
    on_update(message, subject);
  }
}

void PullConsumer::on_update(natsMsg* message, Bytes subject) {
  const char* const reply_text = natsMsg_GetReply(message);
  const Bytes reply = reply_text == nullptr ? Bytes() : Bytes(reply_text);
  AckSubject numbers;
  const bool ours = subject.size() > subject_prefix_.size() &&
                    subject.substr(0, subject_prefix_.size()) == subject_prefix_ &&
                    parse_ack_subject(reply, &numbers) && numbers.consumer == consumer_;
  if (!ours) {
    break_source(
        Status(SLIP_SERVER, "the server delivered what is no update of this bucket", false));
    return;
  }
  const Bytes value = data_of(message);
  Update update{};
  update.key = as_slip_bytes(subject.substr(subject_prefix_.size()));
  update.value = as_slip_bytes(value);
  update.revision = numbers.stream_sequence;
  update.timestamp_ns = numbers.timestamp_ns;
  classify(KvHeaders{header_of(message, "KV-Operation"), header_of(message, "Nats-Marker-Reason"),
                     header_of(message, "Nats-TTL")},
           &update);
  budget_.delivered(subject.size() + reply.size() + value.size(),
                    update.key.size + update.value.size);
  if (numbers.stream_sequence >= target_revision_) at_target_ = true;
  intake_->append(update, config_.incarnation, numbers.consumer_sequence);
}

void PullConsumer::on_heartbeat(natsMsg* message) {
  const auto delivery = number_of(header_of(message, "Nats-Last-Consumer"));
  const auto revision = number_of(header_of(message, "Nats-Last-Stream"));
  if (!delivery || !revision) {
    intake_->touch();
    return;
  }
  if (*revision >= target_revision_) at_target_ = true;
  intake_->heartbeat(Heartbeat{config_.incarnation, *delivery, *revision});
}

void PullConsumer::on_status(natsMsg* message, Bytes number) {
  const PullStatus status =
      judge_pull_status(header_of(message, "Status"), header_of(message, "Description"));
  const uint64_t request = number_of(number).value_or(0);
  const auto updates_left = number_of(header_of(message, "Nats-Pending-Messages"));
  const auto bytes_left = number_of(header_of(message, "Nats-Pending-Bytes"));
  switch (status.verdict) {
    case PullVerdict::heartbeat:
      on_heartbeat(message);
      return;
    case PullVerdict::ended:
      budget_.ended(request, updates_left, bytes_left);
      break;
    case PullVerdict::too_small:
      budget_.ended_too_small(request, updates_left, bytes_left);
      break;
    case PullVerdict::all_ended:
      intake_->note(config_.incarnation, status.event);
      budget_.lost_all();
      break;
    case PullVerdict::broken:
      break_source(status.reason, status.event);
      return;
  }
  intake_->touch();
}

void PullConsumer::break_source(Status reason, SourceEvent event) noexcept {
  if (broken_.exchange(true)) return;
  intake_->broken(config_.incarnation, std::move(reason), event);
}

template <typename Function>
void PullConsumer::guarded(const Function& function) noexcept {
  try {
    function();
  } catch (const std::bad_alloc&) {
    break_source(Status(SLIP_OUT_OF_MEMORY, "out of memory", false));
  }
}

// A closed connection ends the watch whatever was said before.
void PullConsumer::connection_lost(const Status& reason) noexcept {
  guarded([&] {
    if (!reason.retriable() && broken_) intake_->broken(config_.incarnation, reason);
    const bool news = reason.retriable() && !down_noted_;
    break_source(reason, news ? SourceEvent::connection_lost : SourceEvent::other);
  });
}

void PullConsumer::connection_down() noexcept {
  down_noted_ = true;
  intake_->note(config_.incarnation, SourceEvent::connection_lost);
}

void PullConsumer::denied(Bytes subject, const Status& reason) noexcept {
  const bool ours =
      subject == pull_subject_ || subject.substr(0, reply_prefix_.size()) == reply_prefix_;
  if (!ours) return;
  guarded([&] { break_source(reason); });
}

// Best effort: what is missed here ends by its inactivity.
void PullConsumer::delete_on_server() noexcept {
  try {
    const Result<NatsConnectionPtr> current = session_->connection();
    if (!current.ok()) return;
    const std::string subject =
        session_->api_prefix() + "CONSUMER.DELETE." + stream_ + "." + consumer_;
    const std::string reply = session_->requests().deaf_reply_subject();
    const PipeSignalBlocked blocked;
    ClientConnection& connection = *current.value();
    natsConnection_PublishRequest(connection.get(), subject.c_str(), reply.c_str(), "", 0);
    connection.flush_soon();
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace slip
