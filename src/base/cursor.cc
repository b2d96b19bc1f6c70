#include "base/cursor.h"

#include "base/decimal.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace slip {
namespace {

constexpr std::string_view kTextName = "slip";
constexpr std::string_view kTextVersion = "1";

constexpr bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// What each byte is in a key.
constexpr uint8_t kForeign = 1;
constexpr uint8_t kDot = 2;
struct KeyBytes {
  uint8_t sort[256] = {};
  constexpr KeyBytes() {
    for (int byte = 0; byte < 256; ++byte) {
      const char c = static_cast<char>(byte);
      const bool legal = is_letter_or_digit(c) || c == '-' || c == '/' || c == '_' || c == '=';
      sort[byte] = c == '.' ? kDot : legal ? 0 : kForeign;
    }
  }
};
constexpr KeyBytes kKeyBytes;

Status invalid_cursor(std::string_view text, const std::string& why) {
  return Status(SLIP_INVALID,
                "cannot read cursor " + quoted(text) + ": " + why +
                    " (expected slip1:BUCKET:EPOCH:REVISION, as slip_cursor_format writes it)");
}

// A later version of the text: a larger number after the name.
bool is_later_version(std::string_view version) {
  if (version.empty() || version[0] == '0' || version == kTextVersion) return false;
  for (const char c : version)
    if (c < '0' || c > '9') return false;
  return true;
}

// What makes a cursor usable as a place to go on from; empty where nothing is wrong with it.
std::string defect_of(Cursor cursor) {
  if (cursor.revision > kRevisionMax) return "revision 2^64-1 leaves none that could follow it";
  if (cursor.epoch == 0 && cursor.revision != 0) return "a revision needs an epoch other than 0";
  return std::string();
}

// Splits off what stands before the first colon; false without one.
bool split(std::string_view* rest, std::string_view* head) {
  const size_t colon = rest->find(':');
  if (colon == std::string_view::npos) return false;
  *head = rest->substr(0, colon);
  rest->remove_prefix(colon + 1);
  return true;
}

}  // namespace

bool is_bucket_name(std::string_view name) {
  if (name.empty() || name.size() > kBucketNameBytesMax) return false;
  for (const char c : name)
    if (!is_letter_or_digit(c) && c != '_' && c != '-') return false;
  return true;
}

// Asked of every update that is received: a look into the table for each byte and no branch.
bool has_key_form(std::string_view key) {
  if (key.empty()) return false;
  uint8_t wrong = 0;
  uint8_t before = kDot;  // so that a leading dot is a double one
  for (const char c : key) {
    const uint8_t sort = kKeyBytes.sort[static_cast<uint8_t>(c)];
    wrong |= (sort & kForeign) | (sort & before & kDot);
    before = sort;
  }
  return wrong == 0 && before != kDot;
}

bool is_key(std::string_view key) { return key.size() <= kKeyBytesMax && has_key_form(key); }

Result<std::string> format_cursor(std::string_view bucket, Cursor cursor) {
  if (!is_bucket_name(bucket))
    return Status(SLIP_INVALID, "cannot format a cursor: " + quoted(bucket) +
                                    " is not a bucket name (A-Z, a-z, 0-9, _ and -, 1 to 128)");
  const std::string defect = defect_of(cursor);
  if (!defect.empty()) return Status(SLIP_INVALID, "cannot format a cursor: " + defect);
  std::string text(kTextName);
  text.append(kTextVersion).append(":").append(bucket);
  text.append(":").append(std::to_string(cursor.epoch));
  text.append(":").append(std::to_string(cursor.revision));
  return text;
}

Result<ParsedCursor> parse_cursor(std::string_view text) {
  std::string_view rest = text;
  std::string_view version;
  if (!split(&rest, &version) || version.substr(0, kTextName.size()) != kTextName)
    return invalid_cursor(text, "it does not begin with \"slip1:\"");
  version.remove_prefix(kTextName.size());
  if (is_later_version(version))
    return Status(SLIP_NEWER_FORMAT,
                  "cannot read cursor " + quoted(text) +
                      ": a later version of the library wrote it (update this one)");
  if (version != kTextVersion) return invalid_cursor(text, "it does not begin with \"slip1:\"");

  std::string_view bucket;
  std::string_view epoch;
  if (!split(&rest, &bucket) || !split(&rest, &epoch))
    return invalid_cursor(text, "it has fewer than four parts");
  if (!is_bucket_name(bucket))
    return invalid_cursor(text, quoted(bucket) + " is not a bucket name");
  ParsedCursor parsed;
  parsed.bucket = std::string(bucket);
  if (parse_decimal(epoch, &parsed.cursor.epoch) != Decimal::ok)
    return invalid_cursor(text, "its epoch is not a decimal number below 2^64");
  if (parse_decimal(rest, &parsed.cursor.revision) != Decimal::ok)
    return invalid_cursor(text, "its revision is not a decimal number below 2^64");
  const std::string defect = defect_of(parsed.cursor);
  if (!defect.empty()) return invalid_cursor(text, defect);
  return parsed;
}

}  // namespace slip
