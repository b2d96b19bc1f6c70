// The embedded server: a set of buckets by name, private to one connection or shared by all
// connections of the process to "mem://NAME". Any thread.
//
// A shared server lives as long as anything of it does: the registry of the process holds it
// weakly. Its mutex guards the set only; the order of locks is in memory_stream.h.
#ifndef SLIP_KV_MEMORY_MEMORY_SERVER_H
#define SLIP_KV_MEMORY_MEMORY_SERVER_H

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kv/memory/memory_stream.h"

namespace slip {

class MemoryServer {
 public:
  // The server of that name, made if there is none.
  static std::shared_ptr<MemoryServer> shared(const std::string& name);

  // Makes the bucket, or finds one with the same configuration: BUCKET_EXISTS names the difference
  // to another, NO_SPACE the limit of buckets.
  Result<std::shared_ptr<MemoryStream>> create(const BucketConfig& config);
  // BUCKET_NOT_FOUND
  Result<std::shared_ptr<MemoryStream>> find(const std::string& name) const;
  Status remove(const std::string& name);
  // Ends the watchers of `owner`, in every bucket.
  void disconnect(const void* owner, const Status& reason) noexcept;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<MemoryStream>> streams_;
};

}  // namespace slip
#endif
