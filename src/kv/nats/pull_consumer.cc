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
constexpr int64_t kUnsentMs = 1000;  // before the target, where a sign comes every few milliseconds
// Every other request lives half as long: they do not all end at once, so that while one that ended
// without a word is still counted as open, another brings updates.
constexpr int64_t kRequestLifeMs = 30000;
constexpr int64_t kExpiryMarginMs = 500;  // until a request that should be over is taken to be
// Until the target is reached: where the end of the stream is out of scope or was removed, only a
// heartbeat tells that nothing is left. Requests with so many of them live briefly.
constexpr int64_t kEarlyHeartbeatMs = 5;
constexpr int64_t kEarlyRequestLifeMs = 2000;
// While everything that comes is dropped, the intake is told so often how far it came.
constexpr int64_t kDroppedWordMs = 250;

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

// The subscription stands before the consumer is made, so that a break of the connection in between
// is seen as one. The target is read afterwards: whatever it counts, the consumer delivers.
Status PullConsumer::create() {
  SLIP_ASSIGN(connection_, session_->connection());
  session_->add_listener(this);
  SLIP_TRY(subscription_.begin(connection_, reply_prefix_ + "*", [this](NatsMessagePtr& message) {
    guarded([&] { on_message(message.get()); });
  }));
  made_on_server_ = true;  // also where the answer is lost
  SLIP_ASSIGN(
      const JsonDocument created,
      js_request(*session_, create_operation(config_, consumer_), create_body(config_, consumer_)));
  SLIP_ASSIGN(const bool filtered, check_echo(config_, created.root().get("config")));
  drops_foreign_ = !filtered || !config_.filter.exact;
  SLIP_ASSIGN(const JsonDocument info, js_request(*session_, "STREAM.INFO." + stream_, ""));
  SLIP_ASSIGN(const BucketState state, parse_stream_info(info.root()));
  target_revision_ = state.last_revision;
  const auto lock = subscription_.lock();
  at_target_ = config_.from_revision > target_revision_ && !config_.last_per_key;
  intake_->touch();
  idle_since_ = Steady::now();
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
  budget_.expire(Steady::now());
  pull();
  const Deadline now = Steady::now();
  if (!session_->connected()) asked_at_ = now;
  if (!budget_.any_open()) return;
  const Deadline heard_at = std::max(intake_->last_contact(), asked_at_);
  const int64_t silent_ms = (now - heard_at) / std::chrono::milliseconds(1);
  // What the client may have left in its buffer goes out: seen on a machine that was short of
  // processor time, where requests waited for the client's next ping.
  if (!at_target_ && silent_ms >= kUnsentMs) connection_->flush_soon();
  // guard: pull_silence
  if (!guard_on("pull_silence") || silent_ms * 2 <= config_.idle_heartbeat_ms * 5) return;
  break_source(Status(SLIP_UNREACHABLE,
                      "no sign from the server for " + std::to_string(silent_ms) + " ms", true),
               SourceEvent::silence);
}

// The server may have forgotten the consumer by now.
bool PullConsumer::is_forgotten() const {
  if (!idle_since_) return false;
  const int64_t idle_ms = (Steady::now() - *idle_since_) / std::chrono::milliseconds(1);
  // guard: idle_consumer
  return guard_on("idle_consumer") && idle_ms >= config_.inactive_ms * 2 / 3;
}

void PullConsumer::pull() {
  if (broken_) return;
  while (const auto request = budget_.next()) {
    if (is_forgotten()) {
      break_source(Status(SLIP_UNREACHABLE,
                          "nothing was asked for so long that the server has dropped the consumer",
                          true));
      return;
    }
    if (idle_since_) asked_at_ = Steady::now();
    idle_since_.reset();
    Status sent = send_request(*request);
    if (sent.ok()) continue;
    break_source(std::move(sent));
    return;
  }
  if (!budget_.any_open() && !idle_since_) idle_since_ = Steady::now();
}

Status PullConsumer::send_request(const PullBudget::Request& request) {
  const int64_t beat_ms = at_target_ ? config_.idle_heartbeat_ms
                                     : std::min(config_.idle_heartbeat_ms, kEarlyHeartbeatMs);
  const int64_t longest_ms =
      at_target_ ? std::max(kRequestLifeMs, config_.idle_heartbeat_ms * 6) : kEarlyRequestLifeMs;
  const int64_t life_ms = longest_ms / (1 + static_cast<int64_t>(request.number % 2));
  budget_.expect_end(request.number, deadline_after_ms(life_ms + kExpiryMarginMs));
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
  budget_.expire(coarse_now());
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
                    parse_ack_subject(reply, &numbers) && numbers.stream == stream_ &&
                    numbers.consumer == consumer_;
  if (!ours) {
    break_source(
        Status(SLIP_SERVER, "the server delivered what is no update of this bucket", false));
    return;
  }
  if (!is_expected(order_.delivered(numbers.consumer_sequence))) return;
  const Bytes key = subject.substr(subject_prefix_.size());
  const Bytes value = data_of(message);
  budget_.delivered(subject.size() + reply.size() + value.size(), key.size() + value.size());
  // guard: local_filter
  if (drops_foreign_ && !config_.scope.contains(key) && guard_on("local_filter")) {
    drop(key.size() + value.size(), numbers.stream_sequence);
    return;
  }
  Update update{};
  update.key = as_slip_bytes(key);
  update.value = as_slip_bytes(value);
  update.revision = numbers.stream_sequence;
  update.timestamp_ns = numbers.timestamp_ns;
  classify(KvHeaders{header_of(message, "KV-Operation"), header_of(message, "Nats-Marker-Reason"),
                     header_of(message, "Nats-TTL")},
           &update);
  if (numbers.stream_sequence >= target_revision_) at_target_ = true;
  intake_->append(update, config_.incarnation, order_.appended(), false, numbers.pending);
  if (!budget_.any_open()) pull();
}

// Everything in scope up to this revision is in the intake. At the target somebody waits for it.
void PullConsumer::drop(size_t bytes, uint64_t revision) {
  order_.dropped();
  budget_.credited(1, bytes);
  pull();
  const Deadline now = Steady::now();
  const bool arrived = !at_target_ && revision >= target_revision_;
  if (now < next_word_ && !arrived) return;
  at_target_ = at_target_ || arrived;
  next_word_ = now + std::chrono::milliseconds(kDroppedWordMs);
  intake_->touch();
  // guard: dropped_word
  if (!guard_on("dropped_word")) return;
  intake_->heartbeat(Heartbeat{config_.incarnation, order_.appended(), revision, true});
}

// A consumer that counts otherwise than we do is not the one that we made, or not all of it came.
bool PullConsumer::is_expected(DeliverySequence::Verdict verdict) {
  switch (verdict) {
    case DeliverySequence::Verdict::as_expected:
      return true;
    case DeliverySequence::Verdict::not_yet:
      break;
    case DeliverySequence::Verdict::gap:
      break_source(Status(SLIP_SERVER, "a delivery of the consumer did not come", true),
                   SourceEvent::delivery_gap);
      break;
    case DeliverySequence::Verdict::replaced:
      break_source(
          Status(SLIP_SERVER, "the consumer began again from its start: another has its name now",
                 true),
          SourceEvent::consumer_replaced);
      break;
  }
  return false;
}

void PullConsumer::on_heartbeat(natsMsg* message) {
  const auto delivery = number_of(header_of(message, "Nats-Last-Consumer"));
  const auto revision = number_of(header_of(message, "Nats-Last-Stream"));
  intake_->touch();
  if (!delivery || !revision || !is_expected(order_.confirmed(*delivery))) return;
  if (*revision >= target_revision_) at_target_ = true;
  intake_->heartbeat(Heartbeat{config_.incarnation, order_.appended(), *revision});
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
      // Each open request is told; those that were opened since are not meant.
      if (!budget_.is_open(request)) break;
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
