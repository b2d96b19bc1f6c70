// Object stores: named blobs with a tag that changes with every write. Any thread.
#ifndef SLIP_OBJECTS_OBJECT_STORE_H
#define SLIP_OBJECTS_OBJECT_STORE_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "base/status.h"
#include "fs/file_system.h"

namespace slip {

struct Object {
  std::string data;
  std::string tag;
};
struct ObjectInfo {
  std::string name;
  uint64_t size = 0;
  int64_t modified_ns = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  virtual const std::string& url() const = 0;
  // TOO_LARGE over `bytes_max`.
  virtual Result<Object> get(const std::string& name, size_t bytes_max) = 0;
  virtual Result<std::string> put(const std::string& name, std::string_view data) = 0;  // the tag
  // Only while the tag is `expected`, or, without one, while there is no such object: CONFLICT.
  // INDETERMINATE: it may have happened.
  virtual Result<std::string> put_if(const std::string& name, std::string_view data,
                                     const std::optional<std::string>& expected) = 0;
  // Big objects, from and to a file. `path` of get_file must not exist.
  virtual Status put_file(const std::string& name, FileSystem& fs, const std::string& path) = 0;
  virtual Status get_file(const std::string& name, FileSystem& fs, const std::string& path,
                          uint64_t bytes_max) = 0;
  virtual Result<std::optional<ObjectInfo>> head(const std::string& name) = 0;
  virtual Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after,
                                               size_t limit) = 0;
  virtual Status remove(const std::string& name) = 0;
};

// "local:PATH", "file:///PATH". INVALID: another scheme.
Result<std::shared_ptr<ObjectStore>> open_object_store(const std::string& url,
                                                       const Options& options);
// [a-zA-Z0-9/._-]+, relative, no empty or dot segments, no segment beginning with ".slip", bounded.
Status check_object_name(const std::string& name);

}  // namespace slip
#endif
