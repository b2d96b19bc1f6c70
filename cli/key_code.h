// Names of any kind as keys that a bucket takes, reversibly (--encode-keys, --decode-keys).
//
// Letters, digits, '-', '_' and '/' stand for themselves, and so does a dot between two other
// characters. Every other byte, '=' included, and a dot that is first, last or after another dot
// becomes '=' and two capital hexadecimal digits: "g++" is "g=2B=2B". The empty name is "==". Two
// names never give the same key, every result is a legal key, and decode() takes back exactly what
// encode() gives.
#ifndef SLIP_CLI_KEY_CODE_H
#define SLIP_CLI_KEY_CODE_H

#include <optional>
#include <string>
#include <string_view>

namespace cli {

std::string encode_key(std::string_view name);
// Nothing: encode_key gives this key for no name.
std::optional<std::string> decode_key(std::string_view key);
// A prefix of the keys of all names that begin with `name_prefix`. Other names may have it too
// where the prefix ends in a dot, so compare the names as well.
std::string encode_key_prefix(std::string_view name_prefix);

}  // namespace cli
#endif
