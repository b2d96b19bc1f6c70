// Which images of a disk have been seen, by their digests: millions of them in little memory.
#ifndef TESTS_APPEND_LOG_IMAGES_H
#define TESTS_APPEND_LOG_IMAGES_H

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace append_log_test {

class Images {
 public:
  // Whether it is new.
  bool insert(uint64_t digest) {
    if (digest == 0) digest = 1;  // 0 is an empty place
    if (2 * (size_ + 1) > places_.size()) grow();
    if (!put(&places_, digest)) return false;
    ++size_;
    return true;
  }
  uint64_t size() const { return size_; }

 private:
  static bool put(std::vector<uint64_t>* places, uint64_t digest) {
    const size_t mask = places->size() - 1;
    size_t at = static_cast<size_t>(digest) & mask;
    for (; (*places)[at] != 0; at = (at + 1) & mask)
      if ((*places)[at] == digest) return false;
    (*places)[at] = digest;
    return true;
  }
  void grow() {
    std::vector<uint64_t> larger(2 * places_.size());
    for (const uint64_t digest : places_)
      if (digest != 0) put(&larger, digest);
    places_ = std::move(larger);
  }

  std::vector<uint64_t> places_ = std::vector<uint64_t>(1024);
  uint64_t size_ = 0;
};

}  // namespace append_log_test
#endif
