// Epochs: how the writer knows that nobody reads what it took away.
//
// A reader pins the current epoch while it walks pointers that the writer may change. What the
// writer unlinks gets the epoch of that moment, and is freed when every pin is younger. Any thread;
// a pin is a store to a cache line of its own thread. One pin per thread at a time.
#ifndef SLIP_FOLD_APPEND_LOG_EPOCH_H
#define SLIP_FOLD_APPEND_LOG_EPOCH_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace slip::append_log {

class EpochPin {
 public:
  static constexpr uint64_t kIdle = UINT64_MAX;
  EpochPin();
  ~EpochPin() { pinned_->store(kIdle, std::memory_order_release); }
  EpochPin(const EpochPin&) = delete;
  EpochPin& operator=(const EpochPin&) = delete;

 private:
  std::atomic<uint64_t>* pinned_;
};

// What was unlinked and not freed yet. Used under the lock of whoever unlinks.
class Limbo {
 public:
  using Destroy = void (*)(void*);
  Limbo() = default;
  ~Limbo();  // nobody reads any more: frees all
  Limbo(const Limbo&) = delete;
  Limbo& operator=(const Limbo&) = delete;
  // Room for `count` more, so that retire() cannot fail.
  void reserve_more(size_t count);
  // After the unlinking.
  void retire(void* what, Destroy destroy) noexcept;
  // Frees what no reader can hold.
  void drain() noexcept;
  size_t size() const { return retired_.size(); }

 private:
  struct Retired {
    void* what;
    Destroy destroy;
    uint64_t epoch;
  };
  std::vector<Retired> retired_;  // epochs ascend
};

}  // namespace slip::append_log
#endif
