// Decimal numbers out of text, exactly: digits only, no sign, no space, no leading zero. Pure.
#ifndef SLIP_BASE_DECIMAL_H
#define SLIP_BASE_DECIMAL_H

#include <cstdint>
#include <string_view>

namespace slip {

enum class Decimal { ok, malformed, too_large };

inline Decimal parse_decimal(std::string_view text, uint64_t* out) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return Decimal::malformed;
  uint64_t value = 0;
  bool overflow = false;
  for (const char c : text) {
    if (c < '0' || c > '9') return Decimal::malformed;
    overflow = overflow || __builtin_mul_overflow(value, uint64_t{10}, &value) ||
               __builtin_add_overflow(value, static_cast<uint64_t>(c - '0'), &value);
  }
  if (overflow) return Decimal::too_large;
  *out = value;
  return Decimal::ok;
}

}  // namespace slip
#endif
