// What a fold should hold: rows by key, changed by the rules of slip_fold_apply. Plain values.
#ifndef SLIP_CLI_CONFORMANCE_MODEL_H
#define SLIP_CLI_CONFORMANCE_MODEL_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "slipstream.h"

namespace conformance {

// An update that owns its bytes.
struct Row {
  std::string key;
  std::string value;
  uint64_t revision = 0;
  uint32_t operation = SLIP_PUT;
  int64_t timestamp_ns = 0;
  int64_t ttl_ns = 0;
  uint32_t flags = 0;

  bool live() const { return operation == SLIP_PUT; }
  // Views into this row.
  slip_update update() const;
  static Row of(const slip_update& update);
};
Row put(std::string key, std::string value, uint64_t revision);
Row removal(std::string key, uint64_t revision, uint32_t operation = SLIP_DELETE);
// A delete that was made by comparing states: it has no revision.
Row synthetic(std::string key);

// Every member, for a sentence; long bytes are cut.
std::string show(const Row& row);
std::string show_bytes(const std::string& bytes);

struct RangeOf {
  std::string prefix;
  std::string from;
  bool reverse = false;
  bool tombstones = false;
  uint64_t limit = 0;
  std::string show() const;
};

class Model {
 public:
  void apply(const std::vector<Row>& updates, uint64_t revision);
  const std::map<std::string, Row>& rows() const { return rows_; }
  std::vector<Row> range(const RangeOf& range) const;
  uint64_t entries() const;
  uint64_t tombstones() const { return rows_.size() - entries(); }
  uint64_t payload_bytes() const;
  uint64_t revision() const { return revision_; }

 private:
  void apply_one(const Row& update);
  std::map<std::string, Row> rows_;
  uint64_t revision_ = 0;
};

// The same numbers on every machine for the same seed (splitmix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  uint64_t below(uint64_t bound) { return next() % bound; }
  std::string bytes(size_t size);

 private:
  uint64_t state_;
};

}  // namespace conformance
#endif
