// STREAM.INFO, asked without waiting for the answer: how many keys of a scope does the stream
// retain?
//
// The whole bucket is one question, and its answer is of one moment. A prefix is counted by a page
// of subjects beyond the last one, which is empty and names their total; the server takes that
// after the stream's last sequence, so the count may be newer than the revision. Several prefixes
// are several questions at once; the lowest of their revisions counts.
//
// One thread; the answers come on one of the NATS client's.
#ifndef SLIP_KV_NATS_STREAM_INQUIRY_H
#define SLIP_KV_NATS_STREAM_INQUIRY_H

#include <memory>
#include <string>
#include <vector>

#include "kv/bucket.h"
#include "kv/nats/session.h"

namespace slip {

class StreamInquiry final : public Inquiry, private Requests::Call {
 public:
  // UNSUPPORTED: a prefix that ends within a token or has wildcards, or too many of them.
  static Result<std::unique_ptr<Inquiry>> ask(std::shared_ptr<Session> session,
                                              const std::string& bucket, const Scope& scope);
  ~StreamInquiry() override;

  std::optional<Result<BucketState>> answer() override;

 private:
  StreamInquiry(std::shared_ptr<Session> session, const std::string& bucket, const Scope& scope);
  Status send();
  Result<BucketState> sum();

  void answered(size_t item, NatsMessagePtr& answer) noexcept override;
  void failed(size_t item, const Status& reason) noexcept override;
  bool is_to(size_t, Bytes subject) const noexcept override { return subject == subject_; }

  const std::shared_ptr<Session> session_;
  const std::string subject_;
  const bool whole_;
  const Deadline deadline_;
  std::vector<std::string> bodies_;
  // Under the lock of the session's requests.
  std::vector<NatsMessagePtr> answers_;
  size_t unanswered_ = 0;
  Status failure_;
};

}  // namespace slip
#endif
