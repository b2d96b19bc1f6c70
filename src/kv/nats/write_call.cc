#include "kv/nats/write_call.h"

#include <algorithm>
#include <new>
#include <utility>

#include "kv/nats/js_api.h"
#include "kv/nats/signals.h"

namespace slip {
namespace {

constexpr int64_t kNsPerSecond = 1000000000;
// What a write takes on its way besides its value; for the window of bytes only.
constexpr size_t kOverheadBytes = 128;

bool needs_headers(const Write& write) {
  return write.operation != SLIP_PUT || write.expected_revision != SLIP_REVISION_ANY ||
         write.ttl_ns != 0;
}

// "wrong last sequence: 5"; newer servers may not say which.
std::string actual_revision(const std::string& sentence) {
  constexpr Bytes kMark = "last sequence: ";
  const size_t at = sentence.find(kMark);
  if (at == std::string::npos) return std::string();
  const size_t begin = at + kMark.size();
  const size_t end = sentence.find_first_not_of("0123456789", begin);
  return sentence.substr(begin, end == std::string::npos ? end : end - begin);
}

}  // namespace

WriteCall::WriteCall(Session& session, std::string write_prefix, const Write* writes, size_t count,
                     WriteResult* results)
    : session_(session),
      requests_(session.requests()),
      write_prefix_(std::move(write_prefix)),
      writes_(writes),
      count_(count),
      results_(results),
      first_failed_(count) {}

// Memory may have failed in the middle: no answer may find this call once it is gone.
WriteCall::~WriteCall() {
  const Requests::Lock lock = requests_.lock();
  if (unanswered_ > 0) requests_.withdraw_all(lock, this);
}

Status WriteCall::run() {
  const PipeSignalBlocked blocked;
  std::fill(results_, results_ + count_, WriteResult{});
  const Status unsent = send_all();
  if (!unsent.ok()) {
    const Requests::Lock lock = requests_.lock();
    for (size_t item = sent_; item < count_; ++item) fail_item(item, unsent.code(), unsent);
  }
  const Requests::Lock lock = requests_.lock();
  return first_failure_;
}

// Ends early where nothing can be sent any more; answers to what was sent are awaited in any case.
Status WriteCall::send_all() {
  SLIP_ASSIGN(const NatsConnectionPtr connection, session_.connection());
  Status unsent;
  for (; sent_ < count_ && unsent.ok();) {
    unsent = send(connection->get(), sent_);
    if (unsent.ok()) ++sent_;
  }
  wait_for_answers(*connection);
  return unsent;
}

// OK also where the item itself was refused on the spot: its result says so.
Status WriteCall::send(natsConnection* connection, size_t item) {
  uint64_t id = 0;
  SLIP_TRY(reserve(item, &id));
  const natsStatus status = publish(connection, item, id);
  if (status == NATS_OK) return Status();
  const Requests::Lock lock = requests_.lock();
  // An answer or a break may have come first, and has set the result then.
  requests_.withdraw(lock, id);
  if (results_[item].status != SLIP_OK || results_[item].revision != 0) return Status();
  --unanswered_;
  if (status == NATS_MAX_PAYLOAD) {
    const Status too_large(SLIP_TOO_LARGE,
                           "the value has " + std::to_string(writes_[item].value.size) +
                               " bytes and the server takes messages of " +
                               std::to_string(natsConnection_GetMaxPayload(connection)));
    fail_item(item, too_large.code(), too_large);
    return Status();
  }
  const Status failure = nats_status(status, "cannot write");
  if (status == NATS_NO_MEMORY) {
    fail_item(item, failure.code(), failure);
    return Status();
  }
  const bool kept_back = status == NATS_INSUFFICIENT_BUFFER || status == NATS_CONNECTION_CLOSED ||
                         status == NATS_CONNECTION_DISCONNECTED;
  if (kept_back) {
    const Status now = session_.connection().status();
    return now.ok() ? failure : now;
  }
  // The client failed while it sent: a part of the bytes may have left.
  fail_item(item, SLIP_INDETERMINATE, failure);
  return Status();
}

Status WriteCall::reserve(size_t item, uint64_t* id) {
  const Write& write = writes_[item];
  const size_t bytes = write.key.size + write.value.size + kOverheadBytes;
  Requests::Lock lock = requests_.lock();
  while (!requests_.has_room(lock, bytes)) {
    const uint64_t before = requests_.answers(lock);
    const Deadline deadline = deadline_after_ms(session_.request_timeout_ms());
    if (requests_.wait_for_room(&lock, bytes, deadline)) break;
    if (requests_.answers(lock) != before) continue;
    return Status(SLIP_TIMEOUT, "the server answered nothing for " +
                                    std::to_string(session_.request_timeout_ms()) + " ms");
  }
  SLIP_TRY(requests_.add(lock, this, item, bytes, id));
  ++unanswered_;
  return Status();
}

natsStatus WriteCall::publish(natsConnection* connection, size_t item, uint64_t id) {
  const Write& write = writes_[item];
  subject_.assign(write_prefix_).append(view(write.key));
  const Requests::ReplySubject reply = requests_.reply_subject(id);
  if (needs_headers(write)) return publish_with_headers(connection, item, reply.text);
  return natsConnection_PublishRequest(connection, subject_.c_str(), reply.text, write.value.data,
                                       static_cast<int>(write.value.size));
}

natsStatus WriteCall::publish_with_headers(natsConnection* connection, size_t item,
                                           const char* reply) {
  const Write& write = writes_[item];
  natsMsg* made = nullptr;
  natsStatus status = natsMsg_Create(&made, subject_.c_str(), reply,
                                     reinterpret_cast<const char*>(write.value.data),
                                     static_cast<int>(write.value.size));
  const NatsMessagePtr message(made);
  const auto set = [&](const char* name, const std::string& value) {
    if (status == NATS_OK) status = natsMsgHeader_Set(made, name, value.c_str());
  };
  if (write.operation == SLIP_DELETE) set("KV-Operation", "DEL");
  if (write.operation == SLIP_PURGE) {
    set("KV-Operation", "PURGE");
    set("Nats-Rollup", "sub");
  }
  if (write.expected_revision != SLIP_REVISION_ANY) {
    set("Nats-Expected-Last-Subject-Sequence", std::to_string(write.expected_revision));
  }
  if (write.ttl_ns != 0) {
    set("Nats-TTL",
        write.ttl_ns == SLIP_TTL_NEVER ? "never" : std::to_string(write.ttl_ns / kNsPerSecond));
  }
  return status == NATS_OK ? natsConnection_PublishMsg(connection, made) : status;
}

void WriteCall::wait_for_answers(ClientConnection& connection) {
  {
    const Requests::Lock lock = requests_.lock();
    if (unanswered_ == 0) return;
  }
  connection.flush_soon();
  Requests::Lock lock = requests_.lock();
  waits_ = true;
  // Only answers to this call count: others on the connection may be answered for ever.
  while (unanswered_ > 0) {
    const size_t before = unanswered_;
    const Deadline deadline = deadline_after_ms(session_.request_timeout_ms());
    if (all_answered_.wait_until(lock, deadline, [this] { return unanswered_ == 0; })) break;
    if (unanswered_ == before) give_up_waiting(lock);
  }
}

void WriteCall::give_up_waiting(const Requests::Lock& lock) {
  requests_.withdraw_all(lock, this);
  const Status silence(SLIP_INDETERMINATE, "no answer within " +
                                               std::to_string(session_.request_timeout_ms()) +
                                               " ms: the write may have happened");
  for (size_t item = 0; item < sent_; ++item) {
    const WriteResult& result = results_[item];
    if (result.status == SLIP_OK && result.revision == 0) {
      fail_item(item, silence.code(), silence);
    }
  }
  unanswered_ = 0;
}

void WriteCall::settle_one() noexcept {
  --unanswered_;
  if (waits_ && unanswered_ == 0) all_answered_.notify_one();
}

void WriteCall::fail_item(size_t item, slip_status code, const Status& status) noexcept {
  results_[item].status = code;
  if (item >= first_failed_) return;
  first_failed_ = item;
  try {
    first_failure_ = status.is(code) ? status : Status(code, status.message());
  } catch (const std::bad_alloc&) {
    first_failure_ = Status(code, std::string());
  }
}

void WriteCall::answered(size_t item, NatsMessagePtr& answer) noexcept {
  try {
    judge_answer(item, answer.get());
  } catch (const std::bad_alloc&) {
    // It happened or not: what is known is lost.
    fail_item(item, SLIP_INDETERMINATE, Status(SLIP_INDETERMINATE, "out of memory"));
  }
  settle_one();
}

void WriteCall::judge_answer(size_t item, natsMsg* answer) {
  if (natsMsg_GetDataLength(answer) == 0 && natsMsg_IsNoResponders(answer)) {
    ++untaken_;
    fail_item(item, SLIP_BUCKET_NOT_FOUND, Status(SLIP_BUCKET_NOT_FOUND, "nobody took the write"));
    return;
  }
  const Result<uint64_t> revision = parse_put_ack(data_of(answer));
  if (revision.ok()) {
    results_[item].revision = revision.value();
    return;
  }
  const Status status = refusal(item, revision.status());
  fail_item(item, status.code(), status);
}

Status WriteCall::refusal(size_t item, const Status& status) const {
  const Write& write = writes_[item];
  if (status.is(SLIP_CONFLICT)) {
    const std::string actual = actual_revision(status.message());
    if (actual.empty()) return status;
    return Status(SLIP_CONFLICT, "the last revision of the key is " + actual + ", not " +
                                     std::to_string(write.expected_revision) + "; " +
                                     status.message());
  }
  if (status.is(SLIP_TOO_LARGE)) {
    return Status(SLIP_TOO_LARGE, "the value has " + std::to_string(write.value.size) +
                                      " bytes, more than the bucket takes; " + status.message());
  }
  return status;
}

void WriteCall::failed(size_t item, const Status& reason) noexcept {
  const bool unknown = reason.is(SLIP_UNREACHABLE) || reason.is(SLIP_CLOSED);
  try {
    const Status status = unknown
                              ? Status(SLIP_INDETERMINATE, reason.message() +
                                                               " before the write was answered: it "
                                                               "may have happened")
                              : reason;
    fail_item(item, status.code(), status);
  } catch (const std::bad_alloc&) {
    fail_item(item, unknown ? SLIP_INDETERMINATE : reason.code(), reason);
  }
  settle_one();
}

bool WriteCall::is_to(size_t item, Bytes subject) const noexcept {
  return subject.size() == write_prefix_.size() + writes_[item].key.size &&
         subject.substr(0, write_prefix_.size()) == write_prefix_ &&
         subject.substr(write_prefix_.size()) == view(writes_[item].key);
}

Status WriteCall::judge_untaken(const Status& reason) {
  const Requests::Lock lock = requests_.lock();
  for (size_t item = 0; item < count_; ++item) {
    if (results_[item].status != SLIP_BUCKET_NOT_FOUND) continue;
    results_[item].status = reason.code();
    if (item == first_failed_) first_failure_ = reason;
  }
  untaken_ = 0;
  return first_failure_;
}

}  // namespace slip
