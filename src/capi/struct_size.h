// Structs that begin with struct_size: what a caller of any age may hand in.
//
// A struct grows at its end only. FirstSize<T> is its size when it was first published: smaller
// ones never were. A caller's struct may be shorter than ours (an older header: what it lacks
// counts as zero) or longer (a newer one: what we do not know must be zero, or the call would
// silently do something else than it was asked). Pure; any thread.
#ifndef SLIP_CAPI_STRUCT_SIZE_H
#define SLIP_CAPI_STRUCT_SIZE_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "slipstream.h"

namespace slip::capi {

constexpr uint32_t kStructSizeMax = 4096;

template <typename T>
struct FirstSize;
template <>
struct FirstSize<slip_connection_state> {
  static constexpr uint32_t bytes = 32;
};
template <>
struct FirstSize<slip_bucket_state> {
  static constexpr uint32_t bytes = 120;
};
template <>
struct FirstSize<slip_bucket_functions> {
  static constexpr uint32_t bytes = 96;
};
template <>
struct FirstSize<slip_watch_callbacks> {
  static constexpr uint32_t bytes = 64;
};
template <>
struct FirstSize<slip_watch_state> {
  static constexpr uint32_t bytes = 240;
};
template <>
struct FirstSize<slip_fold_state> {
  static constexpr uint32_t bytes = 88;
};
template <>
struct FirstSize<slip_compaction> {
  static constexpr uint32_t bytes = 48;
};
template <>
struct FirstSize<slip_fold_functions> {
  static constexpr uint32_t bytes = 104;
};
template <>
struct FirstSize<slip_range> {
  static constexpr uint32_t bytes = 56;
};
template <>
struct FirstSize<slip_artifact_summary> {
  static constexpr uint32_t bytes = 264;
};
template <>
struct FirstSize<slip_published> {
  static constexpr uint32_t bytes = 112;
};

template <typename T>
bool is_struct_size(uint32_t size) {
  static_assert(sizeof(T) >= FirstSize<T>::bytes, "a published struct only grows");
  return size >= FirstSize<T>::bytes && size <= kStructSizeMax;
}

// Zeroes what the caller has behind struct_size; false where the size cannot be true.
template <typename T>
bool clear_struct(T* out) {
  if (!is_struct_size<T>(out->struct_size)) return false;
  std::memset(reinterpret_cast<char*>(out) + sizeof(uint32_t), 0,
              out->struct_size - sizeof(uint32_t));
  return true;
}

// Fills a cleared struct as far as the caller has room. `out` is nullable.
template <typename T>
void fill_struct(const T& value, T* out) {
  if (out == nullptr) return;
  const size_t size = std::min<size_t>(out->struct_size, sizeof(T));
  std::memcpy(reinterpret_cast<char*>(out) + sizeof(uint32_t),
              reinterpret_cast<const char*>(&value) + sizeof(uint32_t), size - sizeof(uint32_t));
}

enum class StructProblem { none, size, newer };

// A caller's struct as one of ours. It is copied in full also where it is of a newer version.
template <typename T>
StructProblem read_struct(const T& in, T* out) noexcept {
  const uint32_t size = in.struct_size;
  if (!is_struct_size<T>(size)) return StructProblem::size;
  const char* bytes = reinterpret_cast<const char*>(&in);
  *out = T{};
  std::memcpy(out, bytes, std::min<size_t>(size, sizeof(T)));
  out->struct_size = sizeof(T);
  for (size_t at = sizeof(T); at < size; ++at)
    if (bytes[at] != 0) return StructProblem::newer;
  return StructProblem::none;
}

}  // namespace slip::capi
#endif
