#include "fold/append_log/slab.h"

#include <algorithm>
#include <cassert>
#include <new>

#include "fold/append_log/large_memory.h"

namespace slip::append_log {
namespace {

constexpr size_t kChunkBytes = kLargeAlignment;
constexpr size_t kRegionBytesMin = kChunkBytes;
constexpr size_t kRegionBytesMax = 32u << 20;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kApart = true;
#else
constexpr bool kApart = false;
#endif

}  // namespace

// At the beginning of its 32 KiB; found by the address of any block in it.
struct alignas(64) Slab::Chunk {
  Slab* slab = nullptr;
  Region* region = nullptr;
  Chunk* next = nullptr;  // with room of one size, or empty
  Chunk* previous = nullptr;
  void* freed = nullptr;  // each block holds the next
  uint32_t block_bytes = 0;
  uint32_t size_class = 0;
  uint32_t used = 0;   // blocks
  uint32_t begun = 0;  // bytes, up to which blocks were ever given

  bool full() const { return freed == nullptr && begun + block_bytes > kChunkBytes; }
};

struct Slab::Region {
  explicit Region(size_t bytes) : memory(bytes), count(bytes / kChunkBytes) {}
  Chunk* chunk(size_t i) const {
    return reinterpret_cast<Chunk*>(memory.begin() + i * kChunkBytes);
  }
  const LargeMemory memory;
  const size_t count;  // chunks, side by side
  size_t begun = 0;    // of them, ever used: the others are not touched
  size_t used = 0;
  Region* next = nullptr;
  Region* previous = nullptr;
};

// Before a block that stands alone.
struct alignas(16) Slab::Alone {
  Slab* slab = nullptr;
  Alone* next = nullptr;
  Alone* previous = nullptr;
};

Slab::~Slab() {
  while (alone_ != nullptr) free_alone(alone_ + 1);
  while (regions_ != nullptr) {
    Region* const region = regions_;
    regions_ = region->next;
    delete region;
  }
}

// Up to 512 bytes in steps of 8, then eight steps to each doubling.
size_t Slab::class_of(size_t bytes, size_t* block_bytes) {
  bytes = std::max(bytes, sizeof(void*));
  if (bytes <= kSmallMax) {
    const size_t size_class = (bytes + kSmallStep - 1) / kSmallStep;
    *block_bytes = size_class * kSmallStep;
    return size_class;
  }
  size_t size_class = kSmallMax / kSmallStep;
  size_t from = kSmallMax;
  for (; bytes > 2 * from; from *= 2) size_class += 8;
  const size_t steps = (bytes - from + from / 8 - 1) / (from / 8);
  *block_bytes = from + steps * (from / 8);
  return size_class + steps;
}

void* Slab::allocate(size_t bytes) {
  if (kApart || bytes > kSlabBlockBytesMax) return allocate_alone(bytes);
  size_t block_bytes = 0;
  const size_t size_class = class_of(bytes, &block_bytes);
  Chunk* chunk = with_room_[size_class];
  if (chunk == nullptr) chunk = chunk_for(size_class, block_bytes);
  void* block = chunk->freed;
  if (block != nullptr) {
    chunk->freed = *static_cast<void**>(block);
  } else {
    block = reinterpret_cast<char*>(chunk) + chunk->begun;
    chunk->begun += chunk->block_bytes;
  }
  ++chunk->used;
  if (chunk->full()) take_out(&with_room_[size_class], chunk);
  return block;
}

void Slab::free(void* block, size_t bytes) noexcept {
  if (kApart || bytes > kSlabBlockBytesMax) {
    free_alone(block);
    return;
  }
  const auto address = reinterpret_cast<uintptr_t>(block);
  auto* const chunk = reinterpret_cast<Chunk*>(address / kChunkBytes * kChunkBytes);
  chunk->slab->free_in(chunk, block);
}

void* Slab::allocate_alone(size_t bytes) {
  auto* const alone = new (::operator new(sizeof(Alone) + bytes)) Alone;
  alone->slab = this;
  push(&alone_, alone);
  return alone + 1;
}

void Slab::free_alone(void* block) noexcept {
  auto* const alone = static_cast<Alone*>(block) - 1;
  take_out(&alone->slab->alone_, alone);
  ::operator delete(static_cast<void*>(alone));
}

void Slab::free_in(Chunk* chunk, void* block) noexcept {
  assert(chunk->used > 0);
  const bool was_full = chunk->full();
  *static_cast<void**>(block) = chunk->freed;
  chunk->freed = block;
  if (--chunk->used == 0) {
    if (!was_full) take_out(&with_room_[chunk->size_class], chunk);
    push(&empty_, chunk);
    // One idle region is kept, so that a fold that breathes does not ask for it again and again.
    if (--chunk->region->used == 0 && ++idle_regions_ > 1) remove_region(chunk->region);
  } else if (was_full) {
    push(&with_room_[chunk->size_class], chunk);
  }
}

Slab::Chunk* Slab::chunk_for(size_t size_class, size_t block_bytes) {
  Chunk* const chunk = next_empty();
  if (chunk->region->used++ == 0) --idle_regions_;
  chunk->freed = nullptr;
  chunk->block_bytes = static_cast<uint32_t>(block_bytes);
  chunk->size_class = static_cast<uint32_t>(size_class);
  chunk->begun = sizeof(Chunk);
  push(&with_room_[size_class], chunk);
  return chunk;
}

Slab::Chunk* Slab::next_empty() {
  if (Chunk* const chunk = empty_) {
    take_out(&empty_, chunk);
    return chunk;
  }
  if (regions_ == nullptr || regions_->begun == regions_->count) add_region();
  auto* const chunk = new (regions_->chunk(regions_->begun++)) Chunk;
  chunk->slab = this;
  chunk->region = regions_;
  return chunk;
}

// Regions grow with what is there, so that a small fold is small.
void Slab::add_region() {
  auto* const region = new Region(std::clamp(reserved_ / 2, kRegionBytesMin, kRegionBytesMax) /
                                  kChunkBytes * kChunkBytes);
  push(&regions_, region);
  reserved_ += region->count * kChunkBytes;
  ++idle_regions_;
}

void Slab::remove_region(Region* region) noexcept {
  for (size_t i = 0; i < region->begun; ++i) take_out(&empty_, region->chunk(i));
  take_out(&regions_, region);
  --idle_regions_;
  reserved_ -= region->count * kChunkBytes;
  delete region;
}

template <typename T>
void Slab::push(T** list, T* member) noexcept {
  member->previous = nullptr;
  member->next = *list;
  if (*list != nullptr) (*list)->previous = member;
  *list = member;
}

template <typename T>
void Slab::take_out(T** list, T* member) noexcept {
  if (member->previous != nullptr)
    member->previous->next = member->next;
  else
    *list = member->next;
  if (member->next != nullptr) member->next->previous = member->previous;
}

}  // namespace slip::append_log
