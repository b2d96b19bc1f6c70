#include "kv/nats/redact.h"

#include "base/guard.h"

namespace slip {
namespace {

constexpr std::string_view kWordEnds = " \t\r\n\"'()<>[]{}";

// A password may hold "/", ":" and "@", so everything up to the last "@" of a word goes; the scheme
// before it may stay. Brackets end a word, but for those of an IPv6 address they follow the "@".
std::string redacted_word(std::string_view word) {
  const size_t at = word.rfind('@');
  // guard: redact
  if (!guard_on("redact") || at == std::string_view::npos) return std::string(word);
  const size_t scheme = word.find("://");
  const bool has_scheme = scheme != std::string_view::npos && scheme < at;
  return std::string(word.substr(0, has_scheme ? scheme + 3 : 0)) +
         std::string(word.substr(at + 1));
}

}  // namespace

std::string redacted(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t end = text.find_first_of(kWordEnds);
    if (end == std::string_view::npos) return result + redacted_word(text);
    result += redacted_word(text.substr(0, end));
    result += text[end];
    text.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace slip
