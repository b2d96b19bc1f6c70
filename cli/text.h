// Small conversions of text: nothing here knows the library's handles.
#ifndef SLIP_CLI_TEXT_H
#define SLIP_CLI_TEXT_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "slipstream.h"

namespace cli {

inline std::string_view view(slip_bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}
inline slip_bytes bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

bool is_utf8(std::string_view bytes);
void append_utf8(std::string& out, uint32_t code_point);

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

// One line that a terminal shows as it is: control characters, backslash and what is not UTF-8 as
// \n, \t, \\ or \xHH.
std::string printable(std::string_view bytes);

// "2026-01-31T12:00:00.123456789Z"; "-" for 0.
std::string format_time(int64_t unix_ns);
// "12.3 MiB", "812 B".
std::string format_size(uint64_t bytes);
// "12,345".
std::string format_count(uint64_t number);
// "85 ms", "12.4 s".
std::string format_duration(int64_t milliseconds);

const char* operation_name(uint32_t operation);  // "put", "delete", "purge"

int64_t monotonic_ms();

}  // namespace cli
#endif
