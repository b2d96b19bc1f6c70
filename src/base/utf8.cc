#include "base/utf8.h"

#include "base/limits.h"

namespace slip {
namespace {

unsigned char byte_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}
bool in(unsigned char byte, unsigned low, unsigned high) { return byte >= low && byte <= high; }

}  // namespace

// Table 3-7 of the Unicode standard.
size_t utf8_sequence(std::string_view text, size_t at) {
  const unsigned char first = byte_at(text, at);
  if (first < 0x80) return at < text.size() ? 1 : 0;
  const unsigned char second = byte_at(text, at + 1);
  if (in(first, 0xC2, 0xDF)) return in(second, 0x80, 0xBF) ? 2 : 0;
  const bool third_continues = in(byte_at(text, at + 2), 0x80, 0xBF);
  if (in(first, 0xE0, 0xEF)) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return in(second, low, high) && third_continues ? 3 : 0;
  }
  if (!in(first, 0xF0, 0xF4)) return 0;
  const unsigned low = first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
  const bool fourth_continues = in(byte_at(text, at + 3), 0x80, 0xBF);
  return in(second, low, high) && third_continues && fourth_continues ? 4 : 0;
}

std::string quoted(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  size_t at = 0;
  while (at < text.size() && at < kQuotedBytesMax) {
    const size_t length = utf8_sequence(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
      ++at;
      continue;
    }
    if (byte == '"' || byte == '\\') out += '\\';
    out.append(text.substr(at, length));
    at += length;
  }
  if (at < text.size()) out += "...";
  out += '"';
  return out;
}

}  // namespace slip
