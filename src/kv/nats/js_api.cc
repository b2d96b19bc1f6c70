#include "kv/nats/js_api.h"

#include <new>
#include <utility>

#include "base/decimal.h"
#include "base/limits.h"
#include "kv/nats/redact.h"
#include "kv/nats/signals.h"

namespace slip {
namespace {

constexpr size_t kAnswerBytesMax = 2 * kValueBytesMax;  // a value in base64, and some
constexpr size_t kDescriptionBytesMax = 1000;

// One request and the place for its answer.
class ApiCall : public Requests::Call {
 public:
  ApiCall(Session& session, const std::string& subject) : session_(session), subject_(subject) {}
  ~ApiCall() override {
    if (id_ != 0) session_.requests().withdraw(session_.requests().lock(), id_);
  }
  ApiCall(const ApiCall&) = delete;
  ApiCall& operator=(const ApiCall&) = delete;

  Result<NatsMessagePtr> run(const std::string& body) {
    SLIP_ASSIGN(const NatsConnectionPtr connection, session_.connection());
    {
      const Requests::Lock lock = session_.requests().lock();
      SLIP_TRY(session_.requests().add(lock, this, 0, 0, &id_));
    }
    const Deadline started = Steady::now();
    const Deadline deadline = deadline_after_ms(session_.request_timeout_ms());
    const uint64_t retired = connection->retired();
    SLIP_TRY(send(*connection, body));
    Requests::Lock lock = session_.requests().lock();
    if (!done_.wait_until(lock, deadline, [this] { return ended_; })) {
      return Status(SLIP_TIMEOUT, "no answer to " + subject_ + " within " +
                                      std::to_string(session_.request_timeout_ms()) + " ms");
    }
    id_ = 0;
    if (!status_.ok()) return status_;
    lock.unlock();
    connection->answered(retired);
    session_.note_round_trip((Steady::now() - started) / std::chrono::nanoseconds(1));
    return std::move(answer_);
  }

  void answered(size_t, NatsMessagePtr& answer) noexcept override {
    answer_ = std::move(answer);
    end();
  }
  void failed(size_t, const Status& reason) noexcept override {
    try {
      status_ = reason;
    } catch (const std::bad_alloc&) {
      status_ = Status(reason.code(), std::string(), reason.retriable());
    }
    end();
  }
  bool is_to(size_t, Bytes subject) const noexcept override { return subject_ == subject; }

 private:
  Status send(ClientConnection& connection, const std::string& body) {
    const PipeSignalBlocked blocked;
    natsStatus status = natsConnection_PublishRequest(connection.get(), subject_.c_str(),
                                                      session_.requests().reply_subject(id_).text,
                                                      body.data(), static_cast<int>(body.size()));
    if (status != NATS_OK) return nats_status(status, "cannot send to " + subject_);
    connection.flush_soon();
    return Status();
  }
  void end() {
    ended_ = true;
    done_.notify_one();
  }

  Session& session_;
  const std::string& subject_;
  uint64_t id_ = 0;
  std::condition_variable done_;
  bool ended_ = false;
  Status status_;
  NatsMessagePtr answer_;
};

std::string sentence_of(const JsError& error) {
  return "the server says: " + error.description + " (code " + std::to_string(error.code) +
         ", err_code " + std::to_string(error.err_code) + ")";
}

}  // namespace

JsError parse_js_error(JsonValue error) {
  JsError parsed;
  parsed.code = error.get("code").as_u64().value_or(0);
  parsed.err_code = error.get("err_code").as_u64().value_or(0);
  parsed.description = redacted(error.get("description").as_string().value_or("no description"));
  if (parsed.description.size() > kDescriptionBytesMax) {
    parsed.description.resize(kDescriptionBytesMax);
  }
  return parsed;
}

Status js_status(const JsError& error) {
  const std::string sentence = sentence_of(error);
  switch (error.err_code) {
    case kJsStreamNotFound:
      return Status(SLIP_BUCKET_NOT_FOUND,
                    "there is no such bucket (create it first); " + sentence);
    case kJsNoMessageFound:
      return Status(SLIP_NOT_FOUND, sentence);
    case kJsNotEnabledForAccount:
    case kJsNotEnabled:
      return Status(SLIP_NO_JETSTREAM, sentence);
    case kJsWrongLastSequence:
    case kJsWrongLastSequenceConstant:
      return Status(SLIP_CONFLICT, sentence);
    case kJsStoreFailed:
      return Status(SLIP_BUCKET_FULL, sentence);
    case kJsMessageTooLarge:
      return Status(SLIP_TOO_LARGE, sentence);
    case kJsStreamExistsOtherwise:
      return Status(SLIP_BUCKET_EXISTS, sentence);
    case kJsReplicasNotSupported:
    case kJsTtlDisabled:
      return Status(SLIP_UNSUPPORTED, sentence);
    case kJsTtlInvalid:
      return Status(SLIP_INVALID, sentence);
    case kJsClusterNotAvailable:
    case kJsClusterNotLeader:
    case kJsConsumerNotFound:
    case kJsStreamOffline:
    case kJsConsumerOffline:
      return Status(SLIP_UNREACHABLE, sentence, true);
    case kJsTooManyRequests:
      return Status(SLIP_SERVER, sentence, true);
    default:
      // 503: for the moment.
      return Status(SLIP_SERVER, sentence, error.code == 503 || error.code == 408);
  }
}

Status no_jetstream(const Session& session) {
  if (session.jetstream_seen()) {
    return Status(SLIP_UNREACHABLE, "JetStream does not answer at the moment", true);
  }
  return Status(SLIP_NO_JETSTREAM,
                "nobody answers for JetStream: the server or the account has it switched off "
                "(no responders, code 503)");
}

Result<JsonDocument> js_request(Session& session, const std::string& operation,
                                const std::string& body, JsError* error) {
  const std::string subject = session.api_prefix() + operation;
  ApiCall call(session, subject);
  SLIP_ASSIGN(const NatsMessagePtr answer, call.run(body));
  return parse_js_answer(session, subject, answer.get(), error);
}

Result<JsonDocument> parse_js_answer(Session& session, const std::string& subject, natsMsg* answer,
                                     JsError* error) {
  if (natsMsg_IsNoResponders(answer)) return no_jetstream(session);
  Result<JsonDocument> parsed = JsonDocument::parse(data_of(answer), kAnswerBytesMax);
  if (!parsed.ok()) {
    return Status(SLIP_SERVER,
                  "the answer to " + subject + " is malformed: " + parsed.status().message(),
                  false);
  }
  const JsonValue failure = parsed->root().get("error");
  if (!failure.present()) {
    session.note_jetstream();
    return parsed;
  }
  const JsError told = parse_js_error(failure);
  if (error != nullptr) *error = told;
  return js_status(told);
}

Result<uint64_t> parse_put_ack(Bytes answer) {
  // {"stream":"KV_b", "seq":5}, with more members sometimes: by far the most frequent answer, and
  // names of streams hold no quotes.
  constexpr Bytes kBegin = "{\"stream\":";
  constexpr Bytes kSequence = "\"seq\":";
  if (answer.substr(0, kBegin.size()) == kBegin) {
    const size_t at = answer.find(kSequence);
    if (at != Bytes::npos) {
      Bytes digits = answer.substr(at + kSequence.size());
      while (!digits.empty() && digits.front() == ' ') digits.remove_prefix(1);
      const size_t end = digits.find_first_not_of("0123456789");
      uint64_t sequence = 0;
      const bool good = parse_decimal(digits.substr(0, end), &sequence) == Decimal::ok;
      if (good && sequence > 0) return sequence;
    }
  }
  const Result<JsonDocument> parsed = JsonDocument::parse(answer);
  if (!parsed.ok()) {
    return Status(SLIP_SERVER, "the answer to a write is malformed: " + parsed.status().message(),
                  false);
  }
  const JsonValue error = parsed.value().root().get("error");
  if (error.present()) return js_status(parse_js_error(error));
  const auto sequence = parsed.value().root().get("seq").as_u64();
  if (sequence && *sequence > 0) return *sequence;
  return Status(SLIP_SERVER, "the answer to a write has no sequence number", false);
}

}  // namespace slip
