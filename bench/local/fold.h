// A fold of ours, through the shared library alone: made of the workloads' data, opened again,
// read.
#ifndef BENCH_LOCAL_FOLD_H
#define BENCH_LOCAL_FOLD_H

#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "arms/arm.h"
#include "local/data.h"

namespace bench {

constexpr uint64_t kEpoch = 1;

inline slip_bytes bytes_of(std::string_view view) {
  return {reinterpret_cast<const uint8_t*>(view.data()), view.size()};
}

class OwnFold {
 public:
  using Settings = std::vector<std::pair<const char*, const char*>>;
  explicit OwnFold(const std::string& url, Settings settings = {})
      : url_(url), settings_(std::move(settings)) {
    open();
  }
  ~OwnFold() { close(); }
  OwnFold(const OwnFold&) = delete;
  OwnFold& operator=(const OwnFold&) = delete;

  void open() {
    slip_options* options = arm_options(SLIP_OPTIONS_FOLD);
    arm_set(options, "durability", "process");
    for (const auto& [name, value] : settings_) arm_set(options, name, value);
    arm_check(slip_fold_open(url_.c_str(), options, &fold_, &error_), error_);
    slip_options_free(options);
    slip_cursor cursor;
    arm_check(slip_fold_cursor(fold_, &cursor, nullptr, &error_), error_);
    revision_ = cursor.revision;
  }
  void close() {
    if (fold_ != nullptr) arm_check(slip_fold_close(fold_, &error_), error_);
    slip_fold_free(fold_);
    fold_ = nullptr;
  }

  // Each of `ids` with a new revision, in one commit.
  void put(const uint32_t* ids, size_t count, uint32_t version = 0) {
    std::vector<Key> keys;
    std::vector<std::string> values(count);
    std::vector<slip_update> updates(count, slip_update{});
    keys.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      keys.emplace_back(ids[i]);
      values[i] = value_of(ids[i], version);
      updates[i].key = bytes_of(keys[i].view());
      updates[i].value = bytes_of(values[i]);
      updates[i].revision = ++revision_;
      updates[i].timestamp_ns = 1700000000000000000 + static_cast<int64_t>(revision_);
      updates[i].operation = SLIP_PUT;
    }
    const int64_t start = bench_now_ns();
    arm_check(slip_fold_apply(fold_, "bench", updates.data(), count, {kEpoch, revision_}, &error_),
              error_);
    apply_us_ = micros_since(start);
  }
  // What the last put() took in the library.
  double apply_us() const { return apply_us_; }
  void fill(const std::vector<uint32_t>& order, uint32_t version = 0) {
    for (size_t done = 0; done < order.size(); done += kLoadBatch)
      put(order.data() + done, std::min(kLoadBatch, order.size() - done), version);
  }
  slip_snapshot* snapshot() {
    slip_snapshot* snapshot = nullptr;
    arm_check(slip_snapshot_open(fold_, &snapshot, &error_), error_);
    return snapshot;
  }
  slip_fold* get() const { return fold_; }

 private:
  const std::string url_;
  const Settings settings_;
  slip_fold* fold_ = nullptr;
  slip_error* error_ = nullptr;
  uint64_t revision_ = 0;
  double apply_us_ = 0;
};

// Ends the program. What a large fold would take to close (it writes index.snap) and to free is
// nothing that was to be measured.
[[noreturn]] inline void leave(const Figures& figures) {
  figures.print();
  fflush(stdout);
  _exit(0);
}

inline uint64_t get_from(slip_snapshot* snapshot, std::string_view key) {
  slip_update update;
  slip_error* error = nullptr;
  arm_check(slip_snapshot_get(snapshot, key.data(), key.size(), &update, &error), error);
  return update.value.data[0];
}

// Everything under a prefix; how many there were.
inline size_t scan_of(slip_snapshot* snapshot, std::string_view prefix) {
  slip_update updates[256];
  slip_error* error = nullptr;
  slip_iterator* iterator = nullptr;
  slip_range range = SLIP_RANGE_INIT;
  range.prefix = bytes_of(prefix);
  arm_check(slip_snapshot_range(snapshot, &range, &iterator, &error), error);
  size_t found = 0;
  for (size_t count = 0;; found += count) {
    const slip_status status = slip_iterator_next(iterator, updates, 256, &count, &error);
    if (status == SLIP_END) break;
    arm_check(status, error);
    for (size_t i = 0; i < count; ++i) use(updates[i].key.data[0] + updates[i].value.data[0]);
  }
  slip_error_free(error);
  slip_iterator_free(iterator);
  return found;
}

}  // namespace bench
#endif
