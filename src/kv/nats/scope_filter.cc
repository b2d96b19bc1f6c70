#include "kv/nats/scope_filter.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace slip {
namespace {

constexpr size_t kFilterBytesMax = 1024;         // of one: it also stands in a request's subject
constexpr size_t kFiltersBytesMax = 256u << 10;  // of all: servers take requests of 1 MB

// The length of the character at text[at] where it may stand in a token of a filter, else 0. A
// filter travels as JSON, which holds UTF-8 only.
size_t token_character(Bytes text, size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  const bool special = byte <= 0x20 || byte == 0x7f || byte == '*' || byte == '>';
  return special ? 0 : utf8_sequence(text, at);
}

}  // namespace

Bytes whole_tokens(Bytes prefix) {
  size_t whole = 0;
  for (size_t at = 0; at < std::min(prefix.size(), kFilterBytesMax);) {
    if (prefix[at] == '.') {
      if (at == whole) break;  // an empty token
      whole = ++at;
      continue;
    }
    const size_t size = token_character(prefix, at);
    if (size == 0) break;
    at += size;
  }
  return prefix.substr(0, whole);
}

ScopeFilter scope_filter(const Scope& scope, const std::string& subject_prefix) {
  ScopeFilter filter;
  std::vector<std::string> stems;
  for (const std::string& prefix : scope.prefixes) {
    const Bytes tokens = whole_tokens(prefix);
    filter.exact = filter.exact && tokens.size() == prefix.size();
    stems.emplace_back(tokens);
  }
  // Stems end where tokens do, so one covers another exactly if it is a prefix of it.
  const Scope disjoint = Scope::of(std::move(stems));
  size_t bytes = 0;
  for (const std::string& stem : disjoint.prefixes) bytes += stem.size() + subject_prefix.size();
  const bool too_many = disjoint.prefixes.size() > kFiltersMax || bytes > kFiltersBytesMax;
  if (disjoint.whole() || too_many) {
    filter.exact = scope.whole();
    return filter;
  }
  for (const std::string& stem : disjoint.prefixes) {
    filter.subjects.push_back(subject_prefix + stem + ">");
  }
  return filter;
}

}  // namespace slip
