// A sorted, bounded walk over the objects below a root. One use, one thread.
#ifndef SLIP_OBJECTS_LOCAL_LISTING_H
#define SLIP_OBJECTS_LOCAL_LISTING_H

#include <string>
#include <vector>

#include "objects/object_store.h"

namespace slip {

class LocalListing {
 public:
  LocalListing(FileSystem& fs, const std::string& root, const std::string& prefix,
               const std::string& after, size_t limit)
      : fs_(fs), root_(root), prefix_(prefix), after_(after), limit_(limit) {}
  Status run() { return walk(std::string()); }
  std::vector<ObjectInfo> take() { return std::move(found_); }

 private:
  Status walk(const std::string& folder);
  Result<std::vector<ObjectInfo>> entries(const std::string& folder);
  bool may_hold(const std::string& name) const;

  FileSystem& fs_;
  const std::string& root_;
  const std::string& prefix_;
  const std::string& after_;
  const size_t limit_;
  std::vector<ObjectInfo> found_;
};

}  // namespace slip
#endif
