#include "artifact/json_fields.h"

#include <algorithm>

#include "base/limits.h"
#include "base/utf8.h"

namespace slip {
namespace {

Status fault(std::string sentence) { return Status(SLIP_INVALID, std::move(sentence)); }

}  // namespace

void write_strings(JsonWriter* json, const std::vector<std::string>& strings) {
  json->begin_array();
  for (const std::string& text : strings) json->string(text);
  json->end_array();
}

Result<int64_t> i64_at(const JsonValue& object, const char* name) {
  const std::optional<int64_t> value = object.get(name).as_i64();
  if (!value) return fault(quoted(name) + " is not an integer");
  return *value;
}

Result<std::vector<std::string>> strings_at(const JsonValue& object, const char* name,
                                            size_t count_max) {
  const JsonValue list = object.get(name);
  if (!list.is_array()) return fault(quoted(name) + " is not an array");
  if (list.size() > count_max)
    return fault(quoted(name) + " has " + std::to_string(list.size()) + " elements, over " +
                 std::to_string(count_max));
  std::vector<std::string> strings;
  strings.reserve(list.size());
  for (const JsonValue& item : list.items()) {
    std::optional<std::string> text = item.as_string();
    if (!text) return fault(quoted(name) + " holds something that is not a string");
    strings.push_back(std::move(*text));
  }
  return strings;
}

Result<Scope> scope_at(const JsonValue& object, const char* name) {
  SLIP_ASSIGN(std::vector<std::string> prefixes, strings_at(object, name, kScopePrefixesMax));
  Scope given;
  given.prefixes = prefixes;
  if (prefixes.empty() || !(Scope::of(std::move(prefixes)) == given))
    return fault(quoted(name) + " is not in its normal form");
  return given;
}

Status check_identity(const Identity& identity, uint64_t revision) {
  if (!is_bucket_name(identity.bucket))
    return fault("its bucket " + quoted(identity.bucket) + " is not a legal name");
  if (identity.epoch == 0) return fault("its epoch is 0");
  if (revision > kRevisionMax)
    return fault("its cursor " + std::to_string(revision) + " leaves no revision to follow it");
  return Status();
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace slip
