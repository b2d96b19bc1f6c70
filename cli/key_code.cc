#include "key_code.h"

namespace cli {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

bool stands_for_itself(std::string_view name, size_t at) {
  const char c = name[at];
  if (c == '.') return at > 0 && at + 1 < name.size() && name[at - 1] != '.';
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '/';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string encode_key(std::string_view name) {
  if (name.empty()) return "==";
  std::string key;
  for (size_t at = 0; at < name.size(); ++at) {
    if (stands_for_itself(name, at)) {
      key += name[at];
      continue;
    }
    const auto byte = static_cast<unsigned char>(name[at]);
    key += {'=', kHex[byte >> 4], kHex[byte & 15]};
  }
  return key;
}

std::optional<std::string> decode_key(std::string_view key) {
  if (key == "==") return "";
  std::string name;
  for (size_t at = 0; at < key.size(); ++at) {
    if (key[at] != '=') {
      name += key[at];
      continue;
    }
    if (at + 2 >= key.size()) return std::nullopt;
    const int high = hex_digit(key[at + 1]);
    const int low = hex_digit(key[at + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    name += static_cast<char>(high << 4 | low);
    at += 2;
  }
  // "=41" would be a second key for "A": only the one that encode_key gives counts.
  if (encode_key(name) != key) return std::nullopt;
  return name;
}

std::string encode_key_prefix(std::string_view prefix) {
  // Whether the last dot stands for itself depends on what follows: leave it out.
  if (!prefix.empty() && prefix.back() == '.') prefix.remove_suffix(1);
  if (prefix.empty()) return "";
  // The guard character makes every dot but the first one of a name a dot in the middle.
  std::string key = encode_key(std::string(prefix) + "x");
  key.pop_back();
  return key;
}

}  // namespace cli
