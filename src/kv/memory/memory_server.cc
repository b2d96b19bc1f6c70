#include "kv/memory/memory_server.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"

namespace slip {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<MemoryServer>> servers;
};

// Never destroyed: handles may be freed while the process ends.
Registry& registry() {
  static Registry* const instance = new Registry;
  return *instance;
}

// Growing and unique in the process, so that no two incarnations of a bucket are taken for one.
uint64_t next_epoch() {
  static std::mutex mutex;
  static uint64_t last = 0;
  std::lock_guard<std::mutex> lock(mutex);
  last = std::max(last + 1, static_cast<uint64_t>(unix_now_ns()));
  return last;
}

}  // namespace

std::shared_ptr<MemoryServer> MemoryServer::shared(const std::string& name) {
  Registry& all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  for (auto at = all.servers.begin(); at != all.servers.end();) {
    at = at->second.expired() && at->first != name ? all.servers.erase(at) : std::next(at);
  }
  std::weak_ptr<MemoryServer>& place = all.servers[name];
  std::shared_ptr<MemoryServer> server = place.lock();
  if (server == nullptr) place = server = std::make_shared<MemoryServer>();
  return server;
}

Result<std::shared_ptr<MemoryStream>> MemoryServer::create(const BucketConfig& config) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = streams_.find(config.name);
  if (found != streams_.end()) {
    const std::string differences = config_differences(config, found->second->config());
    if (differences.empty()) return found->second;
    return Status(SLIP_BUCKET_EXISTS, "it exists with another configuration: " + differences +
                                          " (ask for the same, or delete it first)");
  }
  if (streams_.size() >= kMemoryBucketsMax) {
    return Status(SLIP_NO_SPACE, "the embedded server has " + std::to_string(kMemoryBucketsMax) +
                                     " buckets, which is its limit (delete some)");
  }
  auto stream = std::make_shared<MemoryStream>(config, next_epoch());
  streams_.emplace(config.name, stream);
  return stream;
}

Result<std::shared_ptr<MemoryStream>> MemoryServer::find(const std::string& name) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = streams_.find(name);
  if (found != streams_.end()) return found->second;
  return Status(SLIP_BUCKET_NOT_FOUND, "there is no bucket \"" + name + "\" (create it first)");
}

Status MemoryServer::remove(const std::string& name) {
  // Retriable: a watch looks for its bucket again and finds it gone, or made anew.
  const Status reason(SLIP_BUCKET_NOT_FOUND, "bucket \"" + name + "\" was deleted", true);
  SLIP_ASSIGN(const std::shared_ptr<MemoryStream> stream, find(name));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = streams_.find(name);
    if (found != streams_.end() && found->second == stream) streams_.erase(found);
  }
  stream->erase(reason);
  return Status();
}

void MemoryServer::disconnect(const void* owner, const Status& reason) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [name, stream] : streams_) stream->disconnect(owner, reason);
}

}  // namespace slip
