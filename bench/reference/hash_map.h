// A bare hash map of strings over the workloads' data.
#ifndef BENCH_REFERENCE_HASH_MAP_H
#define BENCH_REFERENCE_HASH_MAP_H

#include <absl/container/flat_hash_map.h>

#include <string>

#include "local/data.h"

namespace bench {

class HashMap {
 public:
  explicit HashMap(const std::vector<uint32_t>& order) {
    for (const uint32_t id : order) map_.emplace(std::string(Key(id).view()), value_of(id));
  }
  uint64_t get(std::string_view key) const {
    const auto found = map_.find(absl::string_view(key.data(), key.size()));
    return static_cast<uint8_t>(found->second[0]);
  }

 private:
  absl::flat_hash_map<std::string, std::string> map_;
};

}  // namespace bench
#endif
