#include "kv/nats/nats_connection.h"

#include <utility>

#include "base/guard.h"
#include "base/log.h"
#include "kv/nats/js_api.h"
#include "kv/nats/nats_bucket.h"
#include "kv/nats/session.h"
#include "kv/nats/stream_config.h"

namespace slip {
namespace {

class NatsConnection : public Connection {
 public:
  explicit NatsConnection(std::shared_ptr<Session> session) : session_(std::move(session)) {}

  Result<std::shared_ptr<Bucket>> create_bucket(const BucketConfig& config) override;
  Result<std::shared_ptr<Bucket>> open_bucket(const std::string& name) override;
  Status delete_bucket(const std::string& name) override;
  ConnectionState state() const override { return session_->state(); }
  Status close() override {
    session_->close();
    return Status();
  }

 private:
  Result<BucketConfig> create_stream(const BucketConfig& config);
  std::shared_ptr<Bucket> bucket(const std::string& name) {
    return std::make_shared<NatsBucket>(name, session_);
  }

  const std::shared_ptr<Session> session_;
};

// The configuration that the server has afterwards. A stream that differs only in what is not part
// of a bucket's configuration, such as its description, is the same bucket.
Result<BucketConfig> NatsConnection::create_stream(const BucketConfig& config) {
  const std::string stream = stream_name(config.name);
  JsError error;
  const Result<JsonDocument> created =
      js_request(*session_, "STREAM.CREATE." + stream, stream_config_json(config), &error);
  if (created.ok()) return parse_stream_config(created.value().root().get("config"));
  if (error.err_code != kJsStreamExistsOtherwise) return created.status();
  SLIP_ASSIGN(const JsonDocument info, js_request(*session_, "STREAM.INFO." + stream, ""));
  const BucketConfig actual = parse_stream_config(info.root().get("config"));
  const std::string differences = config_differences(config, actual);
  if (differences.empty()) return actual;
  return Status(SLIP_BUCKET_EXISTS, "it exists with another configuration: " + differences +
                                        " (ask for the same, or delete it first)");
}

Result<std::shared_ptr<Bucket>> NatsConnection::create_bucket(const BucketConfig& config) {
  const Result<BucketConfig> made = create_stream(config);
  if (!made.ok()) {
    return made.status().with_context("cannot create bucket \"" + config.name + "\"");
  }
  // Servers leave out without a word what they do not know.
  const std::string differences = config_differences(config, made.value());
  // guard: config_echo
  if (!guard_on("config_echo") || differences.empty()) return bucket(config.name);
  const std::string sentence =
      "bucket \"" + config.name + "\" exists now, but not as asked: " + differences;
  if (!config.accept_differences) {
    return Status(SLIP_CONFIG_MISMATCH,
                  sentence + " (ask for what the server can do, or set accept_differences)");
  }
  log_line(SLIP_LOG_WARNING, "kv", sentence);
  return bucket(config.name);
}

Result<std::shared_ptr<Bucket>> NatsConnection::open_bucket(const std::string& name) {
  const std::shared_ptr<Bucket> opened = bucket(name);
  const Status status = opened->info().status();
  // A lazy connection looks at it when it is first needed.
  const bool later = session_->lazy() && status.is(SLIP_UNREACHABLE);
  if (status.ok() || later) return opened;
  return status.with_context("cannot open bucket \"" + name + "\"");
}

Status NatsConnection::delete_bucket(const std::string& name) {
  const Status status = js_request(*session_, "STREAM.DELETE." + stream_name(name), "").status();
  if (status.ok()) return status;
  return status.with_context("cannot delete bucket \"" + name + "\"");
}

}  // namespace

Result<std::shared_ptr<Connection>> connect_nats(const std::string& url, const Options& options) {
  SLIP_ASSIGN(std::shared_ptr<Session> session, Session::open(url, options));
  return std::shared_ptr<Connection>(std::make_shared<NatsConnection>(std::move(session)));
}

}  // namespace slip
