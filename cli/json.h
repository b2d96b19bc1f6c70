// JSON of the command: objects that it writes, and lines and lists that it reads.
//
// Reading keeps the exact text of each value: a number of 64 bits or a spelling like 1.0 comes out
// as it went in. Bounds: nesting 64; the caller bounds the size.
#ifndef SLIP_CLI_JSON_H
#define SLIP_CLI_JSON_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// Builds one object, members in the order of the calls.
class JsonObject {
 public:
  JsonObject& text(const char* name, std::string_view utf8);
  // `name` where the bytes are UTF-8, `name`_base64 where they are not.
  JsonObject& bytes(const char* name, std::string_view bytes);
  JsonObject& number(const char* name, uint64_t value);
  JsonObject& signed_number(const char* name, int64_t value);
  JsonObject& boolean(const char* name, bool value);
  JsonObject& raw(const char* name, std::string_view json);
  std::string str() const { return "{" + body_ + "}"; }

 private:
  void name(const char* name);
  std::string body_;
};

std::string json_quote(std::string_view utf8);

struct JsonMember {
  std::string name;
  std::string_view value;  // its text, in the text that was read
};
// The members of an object; nothing, and *why, where `text` is not exactly one well-formed object
// without duplicate names.
std::optional<std::vector<JsonMember>> json_members(std::string_view text, std::string* why);
// The elements of an array.
std::optional<std::vector<std::string_view>> json_elements(std::string_view text, std::string* why);
// The bytes of a string value; nothing where it is another kind of value or not well-formed.
std::optional<std::string> json_string(std::string_view value);
// Well-formed JSON, indented for people. Text that is not JSON comes back as it is.
std::string json_pretty(std::string_view text);

}  // namespace cli
#endif
