#include "json.h"

#include <fmt/format.h>

#include "text.h"

namespace cli {
namespace {

constexpr int kDepthMax = 64;

// Walks over well-formed JSON and stops at the first byte that is not.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }
  bool at_end() {
    space();
    return at_ == text_.size();
  }
  bool take(char c) {
    space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  size_t position() const { return at_; }

  // The text of one value; nothing where there is none.
  std::optional<std::string_view> value(int depth = 0) {
    space();
    const size_t begin = at_;
    if (depth > kDepthMax || at_ >= text_.size()) return std::nullopt;
    bool good = false;
    switch (text_[at_]) {
      case '{':
        good = members(depth);
        break;
      case '[':
        good = elements(depth);
        break;
      case '"':
        good = string();
        break;
      default:
        good = word("true") || word("false") || word("null") || number();
    }
    if (!good) return std::nullopt;
    return text_.substr(begin, at_ - begin);
  }

 private:
  bool members(int depth) {
    take('{');
    if (take('}')) return true;
    do {
      space();
      if (at_ >= text_.size() || text_[at_] != '"' || !string() || !take(':') ||
          !value(depth + 1)) {
        return false;
      }
    } while (take(','));
    return take('}');
  }
  bool elements(int depth) {
    take('[');
    if (take(']')) return true;
    do {
      if (!value(depth + 1)) return false;
    } while (take(','));
    return take(']');
  }
  bool string() {
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\') ++at_;  // json_string looks at what is escaped
    }
    return false;
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }
  bool digits() {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin;
  }
  bool is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool number() {
    if (is('-')) ++at_;
    if (is('0')) {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (is('.')) {
      ++at_;
      if (!digits()) return false;
    }
    if (is('e') || is('E')) {
      ++at_;
      if (is('+') || is('-')) ++at_;
      if (!digits()) return false;
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

std::optional<uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    const char c = text[i];
    const uint32_t digit = c >= '0' && c <= '9'   ? static_cast<uint32_t>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<uint32_t>(c - 'a' + 10)
                           : c >= 'A' && c <= 'F' ? static_cast<uint32_t>(c - 'A' + 10)
                                                  : 16u;
    if (digit == 16) return std::nullopt;
    value = value << 4 | digit;
  }
  return value;
}

// Decodes what follows a backslash; returns how many bytes it took, 0 where it is not well-formed.
size_t unescape(std::string_view rest, std::string* out) {
  constexpr std::string_view kFrom = "\"\\/bfnrt";
  constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
  if (rest.empty()) return 0;
  const size_t simple = kFrom.find(rest[0]);
  if (simple != std::string_view::npos) {
    *out += kTo[simple];
    return 1;
  }
  if (rest[0] != 'u') return 0;
  const auto first = hex4(rest.substr(1));
  if (!first || (*first >= 0xdc00 && *first <= 0xdfff)) return 0;
  if (*first < 0xd800 || *first > 0xdbff) {
    append_utf8(*out, *first);
    return 5;
  }
  if (rest.size() < 7 || rest[5] != '\\' || rest[6] != 'u') return 0;
  const auto second = hex4(rest.substr(7));
  if (!second || *second < 0xdc00 || *second > 0xdfff) return 0;
  append_utf8(*out, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
  return 11;
}

std::string at_byte(size_t position) { return fmt::format("not well-formed at byte {}", position); }

}  // namespace

std::string json_quote(std::string_view utf8) {
  std::string out = "\"";
  for (const char c : utf8) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

void JsonObject::name(const char* name) {
  if (!body_.empty()) body_ += ',';
  body_ += json_quote(name) + ":";
}
JsonObject& JsonObject::text(const char* member, std::string_view utf8) {
  name(member);
  body_ += json_quote(utf8);
  return *this;
}
JsonObject& JsonObject::bytes(const char* member, std::string_view bytes) {
  if (is_utf8(bytes)) return text(member, bytes);
  return text((std::string(member) + "_base64").c_str(), base64_encode(bytes));
}
JsonObject& JsonObject::number(const char* member, uint64_t value) {
  return raw(member, std::to_string(value));
}
JsonObject& JsonObject::signed_number(const char* member, int64_t value) {
  return raw(member, std::to_string(value));
}
JsonObject& JsonObject::boolean(const char* member, bool value) {
  return raw(member, value ? "true" : "false");
}
JsonObject& JsonObject::raw(const char* member, std::string_view json) {
  name(member);
  body_ += json;
  return *this;
}

std::optional<std::string> json_string(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  value = value.substr(1, value.size() - 2);
  std::string out;
  out.reserve(value.size());
  for (size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '"' || static_cast<unsigned char>(value[at]) < 0x20) return std::nullopt;
    if (value[at] != '\\') {
      out += value[at];
      continue;
    }
    const size_t taken = unescape(value.substr(at + 1), &out);
    if (taken == 0) return std::nullopt;
    at += taken;
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::optional<std::vector<JsonMember>> json_members(std::string_view text, std::string* why) {
  std::vector<JsonMember> members;
  Scanner scanner(text);
  const auto fail = [&](std::string reason) {
    *why = std::move(reason);
    return std::nullopt;
  };
  if (!scanner.take('{')) return fail("not a JSON object");
  if (!scanner.take('}')) {
    do {
      const auto name = scanner.value();
      const auto decoded = name ? json_string(*name) : std::nullopt;
      if (!decoded || !scanner.take(':')) return fail(at_byte(scanner.position()));
      const auto value = scanner.value();
      if (!value) return fail(at_byte(scanner.position()));
      for (const JsonMember& other : members) {
        if (other.name == *decoded) return fail(fmt::format("\"{}\" stands twice", *decoded));
      }
      members.push_back({*decoded, *value});
    } while (scanner.take(','));
    if (!scanner.take('}')) return fail(at_byte(scanner.position()));
  }
  if (!scanner.at_end()) return fail(at_byte(scanner.position()));
  return members;
}

std::optional<std::vector<std::string_view>> json_elements(std::string_view text,
                                                           std::string* why) {
  std::vector<std::string_view> elements;
  Scanner scanner(text);
  bool good = scanner.take('[');
  if (good && !scanner.take(']')) {
    do {
      const auto value = scanner.value();
      good = value.has_value();
      if (good) elements.push_back(*value);
    } while (good && scanner.take(','));
    good = good && scanner.take(']');
  }
  if (good && scanner.at_end()) return elements;
  *why = at_byte(scanner.position());
  return std::nullopt;
}

std::string json_pretty(std::string_view text) {
  Scanner scanner(text);
  if (!scanner.value() || !scanner.at_end()) return std::string(text);
  std::string out;
  size_t depth = 0;
  bool quoted = false;
  const auto line = [&] { out += "\n" + std::string(2 * depth, ' '); };
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      out += c;
      if (c == '\\') out += text[++at];
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
      out += c;
    } else if (c == '{' || c == '[') {
      out += c;
      ++depth;
      const size_t next = text.find_first_not_of(" \t\r\n", at + 1);
      if (text[next] == '}' || text[next] == ']') {
        --depth;
        out += text[at = next];
      } else {
        line();
      }
    } else if (c == '}' || c == ']') {
      --depth;
      line();
      out += c;
    } else if (c == ',') {
      out += c;
      line();
    } else if (c == ':') {
      out += ": ";
    } else if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) {
      out += c;
    }
  }
  return out;
}

}  // namespace cli
