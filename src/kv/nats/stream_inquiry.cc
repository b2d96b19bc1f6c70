#include "kv/nats/stream_inquiry.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/json.h"
#include "base/limits.h"
#include "kv/nats/js_api.h"
#include "kv/nats/signals.h"
#include "kv/nats/stream_config.h"

namespace slip {
namespace {

constexpr uint64_t kBeyondAllSubjects = 1u << 30;

// A filter means the same as the prefix only where that ends with a token.
bool is_countable(const std::string& prefix) {
  return !prefix.empty() && prefix.back() == '.' &&
         prefix.find_first_of(std::string("*> \t\r\n\0", 7)) == std::string::npos;
}

std::string count_body(const std::string& filter) {
  JsonWriter body;
  body.begin_object().member("subjects_filter", filter);
  return body.member_u64("offset", kBeyondAllSubjects).end_object().take();
}

}  // namespace

StreamInquiry::StreamInquiry(std::shared_ptr<Session> session, const std::string& bucket,
                             const Scope& scope)
    : session_(std::move(session)),
      subject_(session_->api_prefix() + "STREAM.INFO." + stream_name(bucket)),
      whole_(scope.whole()),
      deadline_(deadline_after_ms(session_->request_timeout_ms())) {
  for (const std::string& prefix : scope.prefixes)
    bodies_.push_back(whole_ ? std::string() : count_body(subject_prefix(bucket) + prefix + ">"));
  answers_.resize(bodies_.size());
}

Result<std::unique_ptr<Inquiry>> StreamInquiry::ask(std::shared_ptr<Session> session,
                                                    const std::string& bucket, const Scope& scope) {
  const auto& prefixes = scope.prefixes;
  if (!scope.whole() && (prefixes.size() > kAuditPrefixesMax ||
                         !std::all_of(prefixes.begin(), prefixes.end(), is_countable)))
    return Status(SLIP_UNSUPPORTED, "the server cannot count the keys of " + scope.describe());
  std::unique_ptr<StreamInquiry> inquiry(new StreamInquiry(std::move(session), bucket, scope));
  SLIP_TRY(inquiry->send());
  return std::unique_ptr<Inquiry>(std::move(inquiry));
}

StreamInquiry::~StreamInquiry() {
  const Requests::Lock lock = session_->requests().lock();
  if (unanswered_ > 0) session_->requests().withdraw_all(lock, this);
}

Status StreamInquiry::send() {
  SLIP_ASSIGN(const NatsConnectionPtr connection, session_->connection());
  const PipeSignalBlocked blocked;
  for (size_t item = 0; item < bodies_.size(); ++item) {
    uint64_t id = 0;
    {
      const Requests::Lock lock = session_->requests().lock();
      SLIP_TRY(session_->requests().add(lock, this, item, 0, &id));
      ++unanswered_;
    }
    const natsStatus status = natsConnection_PublishRequest(
        connection->get(), subject_.c_str(), session_->requests().reply_subject(id).text,
        bodies_[item].data(), static_cast<int>(bodies_[item].size()));
    if (status != NATS_OK) return nats_status(status, "cannot send to " + subject_);
  }
  connection->flush_soon();
  return Status();
}

void StreamInquiry::answered(size_t item, NatsMessagePtr& answer) noexcept {
  answers_[item] = std::move(answer);
  --unanswered_;
}

void StreamInquiry::failed(size_t, const Status& reason) noexcept {
  --unanswered_;
  try {
    failure_ = reason;
  } catch (const std::bad_alloc&) {
    failure_ = Status(reason.code(), std::string(), reason.retriable());
  }
}

std::optional<Result<BucketState>> StreamInquiry::answer() {
  size_t unanswered = 0;
  {
    const Requests::Lock lock = session_->requests().lock();
    if (!failure_.ok()) return Result<BucketState>(failure_);
    unanswered = unanswered_;
  }
  if (unanswered == 0) return sum();  // nobody else touches the answers any more
  if (Steady::now() < deadline_) return std::nullopt;
  return Result<BucketState>(
      Status(SLIP_TIMEOUT, "no answer to " + subject_ + " within " +
                               std::to_string(session_->request_timeout_ms()) + " ms"));
}

Result<BucketState> StreamInquiry::sum() {
  BucketState all = SLIP_BUCKET_STATE_INIT;
  for (size_t item = 0; item < answers_.size(); ++item) {
    SLIP_ASSIGN(const JsonDocument answer,
                parse_js_answer(*session_, subject_, answers_[item].get()));
    SLIP_ASSIGN(BucketState state, parse_stream_info(answer.root()));
    if (!whole_) {
      SLIP_ASSIGN(state.subjects, answer.root().u64_at("total"));
    }
    if (item == 0) {
      all = state;
      continue;
    }
    if (state.epoch != all.epoch)
      return Status(SLIP_SERVER, "the stream was made anew while its keys were counted", true);
    all.subjects += state.subjects;
    all.last_revision = std::min(all.last_revision, state.last_revision);
  }
  return all;
}

}  // namespace slip
