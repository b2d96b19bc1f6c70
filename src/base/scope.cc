#include <algorithm>
#include <utility>

#include "base/cursor.h"
#include "base/utf8.h"

namespace slip {
namespace {

constexpr size_t kPrefixesShownMax = 8;

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

Scope Scope::of(std::vector<std::string> prefixes) {
  Scope scope;
  if (prefixes.empty()) return scope;
  std::sort(prefixes.begin(), prefixes.end());
  scope.prefixes.clear();
  // Whatever begins with a prefix follows it at once in byte order.
  for (std::string& prefix : prefixes)
    if (scope.prefixes.empty() || !begins_with(prefix, scope.prefixes.back()))
      scope.prefixes.push_back(std::move(prefix));
  return scope;
}

// Normalised, only the greatest prefix that is not above the key can be one of it: whatever lies
// between a prefix and a key that begins with it begins with it too.
bool Scope::contains(std::string_view key) const {
  const auto above = std::upper_bound(prefixes.begin(), prefixes.end(), key);
  return above != prefixes.begin() && begins_with(key, *(above - 1));
}

bool Scope::covers(const Scope& other) const {
  return std::all_of(other.prefixes.begin(), other.prefixes.end(),
                     [this](const std::string& prefix) { return contains(prefix); });
}

std::string Scope::describe() const {
  if (whole()) return "the whole bucket";
  std::string text = prefixes.size() == 1 ? "prefix " : "prefixes ";
  const size_t shown = std::min(prefixes.size(), kPrefixesShownMax);
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) text += ", ";
    text += quoted(prefixes[i]);
  }
  if (shown < prefixes.size()) text += " and " + std::to_string(prefixes.size() - shown) + " more";
  return text;
}

}  // namespace slip
