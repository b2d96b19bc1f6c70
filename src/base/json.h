// The one JSON reader and writer. The reader stands on cJSON and adds what it lacks: 64-bit
// integers exactly, limits on size and depth before parsing, refusal of NUL in strings, of
// duplicate names, of trailing bytes and of invalid UTF-8. The writer escapes and keeps the order
// it is given.
//
// A JsonValue is a view into its JsonDocument. A missing member is a value for which every is_ is
// false and every as_ is empty, so chains need no checks in between.
#ifndef SLIP_BASE_JSON_H
#define SLIP_BASE_JSON_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/status.h"

struct cJSON;

namespace slip {

class JsonValue {
 public:
  explicit JsonValue(const cJSON* node = nullptr) : node_(node) {}
  bool present() const { return node_ != nullptr; }
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_null() const;
  JsonValue get(const char* name) const;  // member of an object
  size_t size() const;                    // of an array or object
  JsonValue at(size_t index) const;       // element of an array or object; O(index): prefer items()
  std::vector<JsonValue> items() const;   // elements or members, in order
  std::string name() const;               // of a member
  std::optional<std::string> as_string() const;
  // An integer without fraction or exponent, in range. -0 is 0 as i64 and no u64.
  std::optional<uint64_t> as_u64() const;
  std::optional<int64_t> as_i64() const;
  std::optional<bool> as_bool() const;
  std::optional<double> as_double() const;
  // The member as it is expected, or an INVALID status that names it: `"cursor" is not a string`.
  Result<std::string> string_at(const char* name) const;
  Result<uint64_t> u64_at(const char* name) const;

 private:
  const cJSON* node_;
};

class JsonDocument {
 public:
  // INVALID with offset and reason; OUT_OF_MEMORY.
  static Result<JsonDocument> parse(std::string_view text, size_t bytes_max = kJsonBytesMax);
  JsonValue root() const { return JsonValue(root_.get()); }
  JsonDocument(JsonDocument&&) noexcept = default;
  JsonDocument& operator=(JsonDocument&&) noexcept = default;

 private:
  struct Delete {
    void operator()(cJSON* node) const;
  };
  explicit JsonDocument(cJSON* root) : root_(root) {}
  std::unique_ptr<cJSON, Delete> root_;
};

// Appends members and elements; commas are its own business. `indent` 0 is compact.
class JsonWriter {
 public:
  explicit JsonWriter(int indent = 0) : indent_(indent) {}
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  // Bytes that are not UTF-8 become U+FFFD. NUL is written as \u0000, which the reader refuses.
  JsonWriter& string(std::string_view text);
  JsonWriter& u64(uint64_t value);
  JsonWriter& i64(int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // a value that is JSON already
  // key and value in one.
  JsonWriter& member(std::string_view name, std::string_view value);
  JsonWriter& member(std::string_view name, const char* value);
  JsonWriter& member_u64(std::string_view name, uint64_t value);
  JsonWriter& member_i64(std::string_view name, int64_t value);
  JsonWriter& member_bool(std::string_view name, bool value);
  std::string take() { return std::move(text_); }

 private:
  void before_value();
  void newline();
  int indent_;
  int depth_ = 0;
  bool first_ = true;
  bool after_key_ = false;
  std::string text_;
};

}  // namespace slip
#endif
