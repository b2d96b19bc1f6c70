#include "base/json_scan.h"

#include "base/limits.h"
#include "base/utf8.h"

namespace slip {
namespace {

// One pass over the text. Each function leaves at_ behind what it took; the first defect ends it.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Status run() {
    skip_space();
    SLIP_TRY(value());
    skip_space();
    if (at_ < text_.size()) return defect("something follows the value");
    return Status();
  }
  std::vector<std::string_view> take_numbers() { return std::move(numbers_); }

 private:
  Status defect(const char* reason) const {
    return Status(SLIP_INVALID,
                  "invalid JSON at byte " + std::to_string(at_) + ": " + std::string(reason));
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take_digits() {
    const size_t start = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ > start;
  }
  void skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }

  Status value() {
    if (++values_ > kJsonNodesMax) return defect("too many values");
    switch (peek()) {
      case '{':
        return container('}');
      case '[':
        return container(']');
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  Status word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return defect("a value is expected");
    at_ += expected.size();
    return Status();
  }

  Status container(char close) {
    if (depth_ >= kJsonDepthMax) return defect("nested too deeply");
    ++depth_;
    ++at_;
    skip_space();
    if (!take(close)) SLIP_TRY(elements(close));
    --depth_;
    return Status();
  }

  Status elements(char close) {
    while (true) {
      if (close == '}') {
        if (peek() != '"') return defect("a name in quotes is expected");
        SLIP_TRY(string());
        skip_space();
        if (!take(':')) return defect("a colon is expected");
        skip_space();
      }
      SLIP_TRY(value());
      skip_space();
      if (take(close)) return Status();
      if (!take(',')) return defect("a comma or the closing bracket is expected");
      skip_space();
    }
  }

  Status number() {
    const size_t start = at_;
    const bool negative = take('-');
    if (!take('0') && !take_digits())
      return defect(negative ? "a digit is expected" : "a value is expected");
    if (take('.') && !take_digits()) return defect("a digit is expected");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!take_digits()) return defect("a digit is expected");
    }
    if (at_ - start > kJsonNumberBytesMax) return defect("a number is too long");
    numbers_.push_back(text_.substr(start, at_ - start));
    return Status();
  }

  Status string() {
    ++at_;
    while (at_ < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') {
        ++at_;
        return Status();
      }
      if (byte < 0x20) return defect("a control character in a string");
      if (byte == '\\') {
        SLIP_TRY(escape());
        continue;
      }
      const size_t length = utf8_sequence(text_, at_);
      if (length == 0) return defect("bytes that are not UTF-8");
      at_ += length;
    }
    return defect("a string does not end");
  }

  Status escape() {
    ++at_;
    const char c = peek();
    if (c == 'u') return unicode_escape();
    if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos)
      return defect("an unknown escape");
    ++at_;
    return Status();
  }

  Status unicode_escape() {
    const int unit = code_unit();
    if (unit < 0) return defect("four hex digits are expected");
    if (unit == 0) return defect("a NUL in a string");
    if (unit < 0xD800 || unit > 0xDFFF) return Status();
    if (unit > 0xDBFF || !take('\\') || peek() != 'u') return defect("a lone surrogate");
    const int second = code_unit();
    if (second < 0xDC00 || second > 0xDFFF) return defect("a lone surrogate");
    return Status();
  }

  // `uXXXX`; -1 where that is not what stands there.
  int code_unit() {
    ++at_;
    int unit = 0;
    for (int digit = 0; digit < 4; ++digit, ++at_) {
      const char c = peek();
      if (c >= '0' && c <= '9')
        unit = unit * 16 + (c - '0');
      else if (c >= 'a' && c <= 'f')
        unit = unit * 16 + (c - 'a' + 10);
      else if (c >= 'A' && c <= 'F')
        unit = unit * 16 + (c - 'A' + 10);
      else
        return -1;
    }
    return unit;
  }

  const std::string_view text_;
  size_t at_ = 0;
  size_t depth_ = 0;
  size_t values_ = 0;
  std::vector<std::string_view> numbers_;
};

}  // namespace

Result<std::vector<std::string_view>> scan_json(std::string_view text) {
  Scanner scanner(text);
  SLIP_TRY(scanner.run());
  return scanner.take_numbers();
}

}  // namespace slip
