#include "conformance/model.h"

#include <algorithm>

namespace conformance {
namespace {

constexpr size_t kShownBytesMax = 60;

slip_bytes view(const std::string& bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

std::string text(slip_bytes bytes) {
  return bytes.size == 0 ? std::string()
                         : std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

}  // namespace

slip_update Row::update() const {
  slip_update update{};
  update.key = view(key);
  update.value = view(value);
  update.revision = revision;
  update.timestamp_ns = timestamp_ns;
  update.ttl_ns = ttl_ns;
  update.operation = operation;
  update.flags = flags;
  return update;
}

Row Row::of(const slip_update& update) {
  return {text(update.key),    text(update.value), update.revision, update.operation,
          update.timestamp_ns, update.ttl_ns,      update.flags};
}

Row put(std::string key, std::string value, uint64_t revision) {
  Row row{std::move(key), std::move(value), revision};
  row.timestamp_ns = 1700000000000000000 + static_cast<int64_t>(revision);
  return row;
}

Row removal(std::string key, uint64_t revision, uint32_t operation) {
  Row row = put(std::move(key), std::string(), revision);
  row.operation = operation;
  return row;
}

Row synthetic(std::string key) {
  Row row = removal(std::move(key), 0);
  row.timestamp_ns = 0;
  row.flags = SLIP_FLAG_SYNTHETIC;
  return row;
}

std::string show_bytes(const std::string& bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string shown = "\"";
  for (size_t i = 0; i < bytes.size() && i < kShownBytesMax; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte >= 0x20 && byte < 0x7f) {
      shown += bytes[i];
      continue;
    }
    shown += std::string("\\x") + kHex[byte >> 4] + kHex[byte & 15];
  }
  shown += "\"";
  if (bytes.size() > kShownBytesMax) shown += "... of " + std::to_string(bytes.size()) + " bytes";
  return shown;
}

std::string show(const Row& row) {
  std::string shown = show_bytes(row.key);
  if (row.live())
    shown += " = " + show_bytes(row.value);
  else
    shown += row.operation == SLIP_DELETE ? " deleted" : " purged";
  shown += " at revision " + std::to_string(row.revision);
  if (row.timestamp_ns != 0) shown += ", time " + std::to_string(row.timestamp_ns);
  if (row.ttl_ns != 0) shown += ", ttl " + std::to_string(row.ttl_ns);
  if (row.flags != 0) shown += ", flags " + std::to_string(row.flags);
  return shown;
}

std::string RangeOf::show() const {
  std::string shown = reverse ? "the descending range" : "the ascending range";
  if (!prefix.empty()) shown += " of prefix " + show_bytes(prefix);
  if (!from.empty()) shown += " from " + show_bytes(from);
  if (limit > 0) shown += " limited to " + std::to_string(limit);
  if (tombstones) shown += " with tombstones";
  return shown;
}

void Model::apply(const std::vector<Row>& updates, uint64_t revision) {
  for (const Row& update : updates) apply_one(update);
  for (const Row& update : updates) {
    const auto found = rows_.find(update.key);
    if (found != rows_.end() && found->second.revision == 0)
      found->second.revision = std::max<uint64_t>(revision, 1);
  }
  revision_ = revision;
}

// A put of unknown revision has 0 until the batch is at its end: what follows it there is newer.
void Model::apply_one(const Row& update) {
  const auto found = rows_.find(update.key);
  if (update.revision == 0 && !update.live()) {
    rows_.erase(update.key);
    return;
  }
  if (update.revision != 0 && found != rows_.end() && update.revision <= found->second.revision)
    return;
  Row row = update;
  if (!row.live()) row.value.clear();
  row.flags &= SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER;
  rows_[row.key] = std::move(row);
}

std::vector<Row> Model::range(const RangeOf& range) const {
  std::vector<Row> rows;
  for (const auto& entry : rows_) rows.push_back(entry.second);
  if (range.reverse) std::reverse(rows.begin(), rows.end());
  const auto left_out = [&range](const Row& row) {
    if (!row.live() && !range.tombstones) return true;
    if (row.key.compare(0, range.prefix.size(), range.prefix) != 0) return true;
    if (range.from.empty()) return false;
    return range.reverse ? row.key > range.from : row.key < range.from;
  };
  rows.erase(std::remove_if(rows.begin(), rows.end(), left_out), rows.end());
  if (range.limit > 0 && rows.size() > range.limit) rows.resize(range.limit);
  return rows;
}

uint64_t Model::entries() const {
  return static_cast<uint64_t>(std::count_if(
      rows_.begin(), rows_.end(), [](const auto& entry) { return entry.second.live(); }));
}

uint64_t Model::payload_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [key, row] : rows_)
    if (row.live()) bytes += key.size() + row.value.size();
  return bytes;
}

uint64_t Random::next() {
  uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

std::string Random::bytes(size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(next());
  return bytes;
}

}  // namespace conformance
