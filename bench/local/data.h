// The data of the workloads that need no server: keys of 31 bytes, 1,000 to a prefix, values of 128
// bytes, in the shuffled order in which a bucket's stream would bring them; and how an arm's
// figures are printed.
#ifndef BENCH_LOCAL_DATA_H
#define BENCH_LOCAL_DATA_H

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "measure.h"

namespace bench {

constexpr size_t kKeyBytes = 31;
constexpr size_t kPrefixBytes = 17;
constexpr size_t kValueBytes = 128;
constexpr uint32_t kGroup = 1000;
constexpr size_t kLoadBatch = 10000;

struct Key {
  char bytes[kKeyBytes + 1];
  explicit Key(uint32_t id) {
    char text[48];
    snprintf(text, sizeof text, "route.svc-%06u.%014u", id / kGroup, id);
    memcpy(bytes, text, sizeof bytes);
  }
  std::string_view view() const { return {bytes, kKeyBytes}; }
  std::string_view prefix() const { return {bytes, kPrefixBytes}; }
};

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>((next() >> 32) * bound >> 32); }

 private:
  uint64_t state_;
};

inline std::string value_of(uint32_t id, uint32_t version = 0) {
  std::string value(kValueBytes, '\0');
  Random random(uint64_t{id} << 8 | version);
  for (size_t i = 0; i < kValueBytes; i += sizeof(uint64_t)) {
    const uint64_t word = random.next();
    memcpy(&value[i], &word, sizeof word);
  }
  return value;
}

inline std::vector<uint32_t> shuffled(uint32_t count) {
  std::vector<uint32_t> order(count);
  for (uint32_t i = 0; i < count; ++i) order[i] = i;
  Random random(7);
  for (uint32_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

inline std::vector<Key> random_keys(uint32_t count, size_t wanted, uint64_t seed) {
  Random random(seed);
  std::vector<Key> keys;
  keys.reserve(wanted);
  while (keys.size() < wanted) keys.emplace_back(random.below(count));
  return keys;
}

// What the compiler must not leave out.
inline void use(uint64_t value) { asm volatile("" : : "r"(value) : "memory"); }

// Microseconds since `start`.
inline double micros_since(int64_t start) {
  return static_cast<double>(bench_now_ns() - start) / 1e3;
}

// arm and metric -> the values of all rounds; printed as one line of JSON.
class Figures {
 public:
  void add(const std::string& arm, const std::string& metric, double value) {
    values_[{arm, metric}].push_back(value);
  }
  void print() const {
    const char* before = "{\"figures\":[";
    for (const auto& [name, values] : values_) {
      printf("%s{\"arm\":\"%s\",\"metric\":\"%s\",\"values\":[", before, name.first.c_str(),
             name.second.c_str());
      for (size_t i = 0; i < values.size(); ++i) printf("%s%.4f", i == 0 ? "" : ",", values[i]);
      printf("]}");
      before = ",";
    }
    printf("]}\n");
  }

 private:
  std::map<std::pair<std::string, std::string>, std::vector<double>> values_;
};

}  // namespace bench
#endif
