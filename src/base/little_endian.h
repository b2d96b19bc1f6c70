// Integers in files are little-endian whatever the machine. Pure; any thread.
#ifndef SLIP_BASE_LITTLE_ENDIAN_H
#define SLIP_BASE_LITTLE_ENDIAN_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace slip {

template <typename Integer>
void append_le(std::string* out, Integer value) {
  const auto bits = static_cast<std::make_unsigned_t<Integer>>(value);
  char bytes[sizeof(Integer)];
  for (size_t i = 0; i < sizeof(Integer); ++i)
    bytes[i] = static_cast<char>((bits >> (8 * i)) & 0xff);
  out->append(bytes, sizeof bytes);
}

template <typename Integer>
Integer read_le(const char* bytes) {
  std::make_unsigned_t<Integer> bits = 0;
  for (size_t i = 0; i < sizeof(Integer); ++i)
    bits |= static_cast<decltype(bits)>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return static_cast<Integer>(bits);
}

}  // namespace slip
#endif
