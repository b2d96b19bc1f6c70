// Memory for the small pieces that a table is made of: blocks of one size stand together in chunks,
// chunks in regions, and a region goes back when nothing in it is in use. A block has no header and
// is rounded up to 8 bytes at most, to an eighth where it is larger than half a kilobyte; what is
// larger than kSlabBlockBytesMax stands alone. All of it goes with the slab. Large regions ask for
// large pages: a get then misses the cache, and not the page tables as well.
//
// Used by one thread at a time, but for none of what the blocks hold. Under a sanitizer each block
// is an allocation of its own, so that it sees what is done with it.
#ifndef SLIP_FOLD_APPEND_LOG_SLAB_H
#define SLIP_FOLD_APPEND_LOG_SLAB_H

#include <cstddef>
#include <cstdint>

namespace slip::append_log {

constexpr size_t kSlabBlockBytesMax = 2048;

class Slab {
 public:
  Slab() = default;
  // Frees everything, whatever of it is in use.
  ~Slab();
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  void* allocate(size_t bytes);
  // A block that allocate(bytes) of any slab gave.
  static void free(void* block, size_t bytes) noexcept;
  // In regions; blocks that stand alone are not counted.
  size_t reserved_bytes() const { return reserved_; }

 private:
  struct Chunk;
  struct Region;
  struct Alone;
  static constexpr size_t kSmallMax = 512;
  static constexpr size_t kSmallStep = 8;
  static constexpr size_t kClasses = kSmallMax / kSmallStep + 1 + 2 * 8;

  static size_t class_of(size_t bytes, size_t* block_bytes);
  void* allocate_alone(size_t bytes);
  static void free_alone(void* block) noexcept;
  Chunk* chunk_for(size_t size_class, size_t block_bytes);
  Chunk* next_empty();
  void add_region();
  void remove_region(Region* region) noexcept;
  void free_in(Chunk* chunk, void* block) noexcept;
  template <typename T>
  static void push(T** list, T* member) noexcept;
  template <typename T>
  static void take_out(T** list, T* member) noexcept;

  Chunk* with_room_[kClasses] = {};
  Chunk* empty_ = nullptr;
  Region* regions_ = nullptr;
  Alone* alone_ = nullptr;
  size_t idle_regions_ = 0;  // that have no chunk in use
  size_t reserved_ = 0;
};

}  // namespace slip::append_log
#endif
