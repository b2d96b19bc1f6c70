#include <cassert>

#include "base/json.h"
#include "base/utf8.h"

namespace slip {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

void append_escaped(std::string* out, unsigned char byte) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (byte) {
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      break;
  }
  if (byte >= 0x20) {
    *out += static_cast<char>(byte);
    return;
  }
  *out += "\\u00";
  *out += kHex[byte >> 4];
  *out += kHex[byte & 15];
}

void append_string(std::string* out, std::string_view text) {
  *out += '"';
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = utf8_sequence(text, at);
    if (length == 1)
      append_escaped(out, static_cast<unsigned char>(text[at]));
    else
      out->append(length == 0 ? kReplacement : text.substr(at, length));
    at += length == 0 ? 1 : length;
  }
  *out += '"';
}

}  // namespace

void JsonWriter::newline() {
  if (indent_ == 0) return;
  text_ += '\n';
  text_.append(static_cast<size_t>(depth_) * static_cast<size_t>(indent_), ' ');
}

// What stands between the value that is about to be written and what stands before it.
void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (depth_ == 0) return;
  if (!first_) text_ += ',';
  newline();
  first_ = false;
}

JsonWriter& JsonWriter::begin_object() {
  before_value();
  text_ += '{';
  ++depth_;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  assert(depth_ > 0 && !after_key_);
  --depth_;
  if (!first_) newline();
  text_ += '}';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  before_value();
  text_ += '[';
  ++depth_;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  assert(depth_ > 0 && !after_key_);
  --depth_;
  if (!first_) newline();
  text_ += ']';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  assert(depth_ > 0 && !after_key_);
  before_value();
  append_string(&text_, name);
  text_ += indent_ == 0 ? ":" : ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  before_value();
  append_string(&text_, text);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  text_.append(json);
  return *this;
}

JsonWriter& JsonWriter::u64(uint64_t value) { return raw(std::to_string(value)); }
JsonWriter& JsonWriter::i64(int64_t value) { return raw(std::to_string(value)); }
JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::member(std::string_view name, std::string_view value) {
  return key(name).string(value);
}
JsonWriter& JsonWriter::member(std::string_view name, const char* value) {
  return key(name).string(value);
}
JsonWriter& JsonWriter::member_u64(std::string_view name, uint64_t value) {
  return key(name).u64(value);
}
JsonWriter& JsonWriter::member_i64(std::string_view name, int64_t value) {
  return key(name).i64(value);
}
JsonWriter& JsonWriter::member_bool(std::string_view name, bool value) {
  return key(name).boolean(value);
}

}  // namespace slip
