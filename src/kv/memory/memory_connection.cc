#include "kv/memory/memory_connection.h"

#include <utility>

#include "base/limits.h"
#include "kv/memory/memory_bucket.h"

namespace slip {
namespace {

constexpr Bytes kScheme = "mem://";

class MemoryConnection : public Connection {
 public:
  explicit MemoryConnection(std::shared_ptr<MemoryServer> server)
      : session_(std::make_shared<MemorySession>(std::move(server))) {}

  Result<std::shared_ptr<Bucket>> create_bucket(const BucketConfig& config) override;
  Result<std::shared_ptr<Bucket>> open_bucket(const std::string& name) override;
  Status delete_bucket(const std::string& name) override;
  ConnectionState state() const override;
  Status close() override;

 private:
  Result<std::shared_ptr<Bucket>> bucket(const std::string& name) {
    return std::shared_ptr<Bucket>(std::make_shared<MemoryBucket>(name, session_));
  }

  const std::shared_ptr<MemorySession> session_;
};

// The bucket is made as asked but for what an embedded server cannot do: keep more than one copy,
// or keep it in files. The storage is no difference to complain of, being the point of the kind.
Result<std::shared_ptr<Bucket>> MemoryConnection::create_bucket(const BucketConfig& config) {
  const std::string what = "cannot create bucket \"" + config.name + "\"";
  Status status = session_->check();
  if (!status.ok()) return status.with_context(what);
  BucketConfig taken = config;
  taken.replicas = 1;
  taken.storage = SLIP_STORAGE_MEMORY;
  const auto made = session_->server->create(taken);
  if (!made.ok()) return made.status().with_context(what);
  taken.storage = config.storage;
  const std::string differences = config_differences(config, taken);
  if (!differences.empty() && !config.accept_differences) {
    return Status(SLIP_CONFIG_MISMATCH,
                  "bucket \"" + config.name + "\" exists now, but not as asked: " + differences +
                      " (ask for what the embedded server has, or set accept_differences)");
  }
  return bucket(config.name);
}

Result<std::shared_ptr<Bucket>> MemoryConnection::open_bucket(const std::string& name) {
  Status status = session_->check();
  if (status.ok()) status = session_->server->find(name).status();
  if (!status.ok()) return status.with_context("cannot open bucket \"" + name + "\"");
  return bucket(name);
}

Status MemoryConnection::delete_bucket(const std::string& name) {
  Status status = session_->check();
  if (status.ok()) status = session_->server->remove(name);
  if (!status.ok()) return status.with_context("cannot delete bucket \"" + name + "\"");
  return Status();
}

ConnectionState MemoryConnection::state() const {
  ConnectionState state = SLIP_CONNECTION_STATE_INIT;
  state.state = session_->closed ? SLIP_CONNECTION_CLOSED : SLIP_CONNECTION_CONNECTED;
  state.max_payload_bytes = kValueBytesMax;
  return state;
}

Status MemoryConnection::close() {
  session_->closed = true;
  session_->server->disconnect(session_.get(), session_->check());
  return Status();
}

}  // namespace

Result<std::shared_ptr<Connection>> connect_memory(const std::string& url) {
  const std::string name = url.substr(kScheme.size());
  if (!name.empty() && !is_bucket_name(name)) {
    return Status(
        SLIP_INVALID,
        "cannot connect to the embedded server: the name after \"mem://\" may have 1 to " +
            std::to_string(kBucketNameBytesMax) + " letters, digits, \"-\" and \"_\" only");
  }
  auto server = name.empty() ? std::make_shared<MemoryServer>() : MemoryServer::shared(name);
  return std::shared_ptr<Connection>(std::make_shared<MemoryConnection>(std::move(server)));
}

}  // namespace slip
