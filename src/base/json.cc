#include "base/json.h"

#include <cJSON.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/decimal.h"
#include "base/json_scan.h"
#include "base/utf8.h"

namespace slip {
namespace {

Status out_of_memory() { return Status(SLIP_OUT_OF_MEMORY, "cannot read JSON: out of memory"); }

// cJSON keeps a double only. Its nodes have an unused string where they are numbers, and it frees
// that: the literal goes there. The tree is walked in the order of the text.
class Annotator {
 public:
  explicit Annotator(const std::vector<std::string_view>& numbers) : next_(numbers.begin()) {}

  Status visit(cJSON* node) {  // depth is bounded by the scan
    if (cJSON_IsNumber(node)) return keep_literal(node);
    if (cJSON_IsObject(node)) SLIP_TRY(refuse_duplicates(node));
    for (cJSON* child = node->child; child != nullptr; child = child->next) SLIP_TRY(visit(child));
    return Status();
  }

 private:
  Status keep_literal(cJSON* node) {
    const std::string_view literal = *next_++;
    auto* text = static_cast<char*>(cJSON_malloc(literal.size() + 1));
    if (text == nullptr) return out_of_memory();
    memcpy(text, literal.data(), literal.size());
    text[literal.size()] = '\0';
    node->valuestring = text;
    return Status();
  }

  static Status refuse_duplicates(const cJSON* object) {
    std::vector<std::string_view> names;
    for (const cJSON* child = object->child; child != nullptr; child = child->next)
      names.emplace_back(child->string);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice == names.end()) return Status();
    return Status(SLIP_INVALID, "invalid JSON: the name " + quoted(*twice) + " stands twice");
  }

  std::vector<std::string_view>::const_iterator next_;
};

std::string_view literal_of(const cJSON* node) {
  return cJSON_IsNumber(node) ? std::string_view(node->valuestring) : std::string_view();
}

}  // namespace

bool JsonValue::is_object() const { return cJSON_IsObject(node_); }
bool JsonValue::is_array() const { return cJSON_IsArray(node_); }
bool JsonValue::is_string() const { return cJSON_IsString(node_); }
bool JsonValue::is_null() const { return cJSON_IsNull(node_); }

JsonValue JsonValue::get(const char* name) const {
  return JsonValue(is_object() ? cJSON_GetObjectItemCaseSensitive(node_, name) : nullptr);
}

size_t JsonValue::size() const {
  if (!is_object() && !is_array()) return 0;
  return static_cast<size_t>(cJSON_GetArraySize(node_));
}

JsonValue JsonValue::at(size_t index) const {
  if (!is_object() && !is_array()) return JsonValue();
  const cJSON* child = node_->child;
  while (child != nullptr && index-- > 0) child = child->next;
  return JsonValue(child);
}

std::vector<JsonValue> JsonValue::items() const {
  std::vector<JsonValue> all;
  if (!is_object() && !is_array()) return all;
  for (const cJSON* child = node_->child; child != nullptr; child = child->next)
    all.emplace_back(child);
  return all;
}

std::string JsonValue::name() const {
  return node_ != nullptr && node_->string != nullptr ? node_->string : std::string();
}

std::optional<std::string> JsonValue::as_string() const {
  if (!is_string()) return std::nullopt;
  return std::string(node_->valuestring);
}

std::optional<uint64_t> JsonValue::as_u64() const {
  uint64_t value = 0;
  if (parse_decimal(literal_of(node_), &value) != Decimal::ok) return std::nullopt;
  return value;
}

std::optional<int64_t> JsonValue::as_i64() const {
  const std::string_view literal = literal_of(node_);
  int64_t value = 0;
  const auto parsed = std::from_chars(literal.data(), literal.data() + literal.size(), value);
  if (literal.empty() || parsed.ec != std::errc() || parsed.ptr != literal.data() + literal.size())
    return std::nullopt;
  return value;
}

std::optional<bool> JsonValue::as_bool() const {
  if (!cJSON_IsBool(node_)) return std::nullopt;
  return cJSON_IsTrue(node_) != 0;
}

// Not cJSON's own double: that one is read with the decimal point of the locale.
std::optional<double> JsonValue::as_double() const {
  const std::string_view literal = literal_of(node_);
  double value = 0;
  const auto parsed = std::from_chars(literal.data(), literal.data() + literal.size(), value);
  if (literal.empty() || parsed.ec != std::errc()) return std::nullopt;
  return value;
}

Result<std::string> JsonValue::string_at(const char* name) const {
  const JsonValue member = get(name);
  if (!member.present()) return Status(SLIP_INVALID, quoted(name) + " is missing");
  std::optional<std::string> value = member.as_string();
  if (!value) return Status(SLIP_INVALID, quoted(name) + " is not a string");
  return *std::move(value);
}

Result<uint64_t> JsonValue::u64_at(const char* name) const {
  const JsonValue member = get(name);
  if (!member.present()) return Status(SLIP_INVALID, quoted(name) + " is missing");
  const std::optional<uint64_t> value = member.as_u64();
  if (!value) return Status(SLIP_INVALID, quoted(name) + " is not an integer from 0 to 2^64-1");
  return *value;
}

void JsonDocument::Delete::operator()(cJSON* node) const { cJSON_Delete(node); }

Result<JsonDocument> JsonDocument::parse(std::string_view text, size_t bytes_max) {
  if (text.size() > bytes_max)
    return Status(SLIP_INVALID, "invalid JSON: " + std::to_string(text.size()) +
                                    " bytes, more than the limit of " + std::to_string(bytes_max));
  SLIP_ASSIGN(const std::vector<std::string_view> numbers, scan_json(text));
  // The scan accepts nothing that cJSON refuses, so that all it can lack is memory.
  JsonDocument document(cJSON_ParseWithLength(text.data(), text.size()));
  if (document.root_ == nullptr) return out_of_memory();
  SLIP_TRY(Annotator(numbers).visit(document.root_.get()));
  return document;
}

}  // namespace slip
