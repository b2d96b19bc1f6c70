// Cursor texts, names and scopes.
#include "base/cursor.h"

#include <algorithm>

#include "base/limits.h"
#include "support/expect.h"

using slip::Cursor;
using slip::format_cursor;
using slip::parse_cursor;
using slip::Scope;

namespace {

void cursors_survive_the_round_trip(void**) {
  const uint64_t values[] = {1,
                             9,
                             10,
                             4294967295u,
                             4294967296u,
                             9007199254740993u,
                             9223372036854775808u,
                             slip::kRevisionMax};
  for (const uint64_t epoch : values)
    for (const uint64_t revision : values) {
      auto text = format_cursor("a-Bucket_9", Cursor{epoch, revision});
      EXPECT_OK(text);
      EXPECT_TEXT(*text,
                  "slip1:a-Bucket_9:" + std::to_string(epoch) + ":" + std::to_string(revision));
      auto parsed = parse_cursor(*text);
      EXPECT_OK(parsed);
      EXPECT_TEXT(parsed->bucket, "a-Bucket_9");
      assert_true(parsed->cursor.epoch == epoch && parsed->cursor.revision == revision);
    }
  auto largest = parse_cursor("slip1:b:18446744073709551615:0");
  EXPECT_OK(largest);
  assert_true(largest->cursor.epoch == UINT64_MAX);
  EXPECT_OK(parse_cursor("slip1:b:0:0"));
}

void malformed_cursors_are_refused(void**) {
  const char* const texts[] = {"",
                               "slip1",
                               "slip1:",
                               "slip1:b",
                               "slip1:b:1",
                               "slip1::1:2",
                               "slip1:b:1:",
                               "slip1:b::2",
                               "slip1:b:1:2:3",
                               "slip1:b:1:2 ",
                               " slip1:b:1:2",
                               "slip1:b: 1:2",
                               "slip1:b:+1:2",
                               "slip1:b:1:+2",
                               "slip1:b:-1:2",
                               "slip1:b:1:-2",
                               "slip1:b:01:2",
                               "slip1:b:1:02",
                               "slip1:b:0x1:2",
                               "slip1:b:1.0:2",
                               "slip1:b:1e3:2",
                               "slip1:b.c:1:2",
                               "slip1:b c:1:2",
                               "slip1:b:18446744073709551616:2",
                               "slip1:b:1:18446744073709551616",
                               "slip1:b:1:99999999999999999999999999",
                               "slip0:b:1:2",
                               "slip01:b:1:2",
                               "slip02:b:1:2",
                               "slip:b:1:2",
                               "Slip1:b:1:2",
                               "slip1x:b:1:2",
                               "slip-2:b:1:2",
                               "slips:b:1:2",
                               "nats:b:1:2"};
  for (const char* text : texts) {
    EXPECT_FAILED(parse_cursor(text), SLIP_INVALID, "cannot read cursor \"");
    EXPECT_FAILED(parse_cursor(text), SLIP_INVALID, "expected slip1:BUCKET:EPOCH:REVISION");
  }
  EXPECT_FAILED(parse_cursor(std::string_view("slip1:b:1:2\0", 12)), SLIP_INVALID, "revision");
  EXPECT_FAILED(parse_cursor("slip1:b:1:18446744073709551615"), SLIP_INVALID, "2^64-1");
  EXPECT_FAILED(parse_cursor("slip1:b:0:5"), SLIP_INVALID, "needs an epoch");
  EXPECT_FAILED(parse_cursor("slip1:b:1:" + std::string(100000, '9')), SLIP_INVALID, "...");
  assert_true(parse_cursor(std::string(100000, 'x')).status().message().size() < 1000);
}

void every_cut_of_a_cursor_is_refused_or_another_cursor(void**) {
  const std::string text = "slip1:bucket:12:34";
  for (size_t length = 0; length < text.size() - 1; ++length)
    EXPECT_FAILED(parse_cursor(text.substr(0, length)), SLIP_INVALID, "cannot read cursor");
}

void later_cursors_are_told_apart(void**) {
  for (const char* text :
       {"slip2:b:1:2", "slip2:", "slip10:anything else at all", "slip99999999999999999999999:"})
    EXPECT_FAILED(parse_cursor(text), SLIP_NEWER_FORMAT, "a later version");
}

void cursors_that_cannot_be_read_are_not_written(void**) {
  EXPECT_FAILED(format_cursor("b", Cursor{1, UINT64_MAX}), SLIP_INVALID, "2^64-1");
  EXPECT_FAILED(format_cursor("b", Cursor{0, 1}), SLIP_INVALID, "needs an epoch");
  EXPECT_FAILED(format_cursor("b:c", Cursor{1, 1}), SLIP_INVALID, "\"b:c\" is not a bucket name");
  EXPECT_FAILED(format_cursor("", Cursor{1, 1}), SLIP_INVALID, "\"\" is not a bucket name");
}

void bucket_names(void**) {
  assert_true(slip::is_bucket_name("a"));
  assert_true(slip::is_bucket_name("Az09_-"));
  assert_true(slip::is_bucket_name(std::string(slip::kBucketNameBytesMax, 'a')));
  assert_false(slip::is_bucket_name(std::string(slip::kBucketNameBytesMax + 1, 'a')));
  assert_false(slip::is_bucket_name(""));
  for (int byte = 0; byte < 256; ++byte) {
    const std::string name(1, static_cast<char>(byte));
    const bool legal = byte < 128 && (isalnum(byte) != 0 || byte == '_' || byte == '-');
    assert_int_equal(slip::is_bucket_name(name), legal);
  }
}

void keys(void**) {
  for (const char* key : {"a", "a.b", "a.b.c", "-", "/", "=", "_", "a/b=c_d-e.f", "/.a"})
    assert_true(slip::is_key(key));
  for (const char* key : {"", ".", "a.", ".a", "a..b", "a b", "a*", ">", "a\tb", "g++", "\xc3\xa9"})
    assert_false(slip::is_key(key));
  assert_true(slip::is_key(std::string(slip::kKeyBytesMax, 'k')));
  assert_false(slip::is_key(std::string(slip::kKeyBytesMax + 1, 'k')));
  for (int byte = 0; byte < 256; ++byte) {
    const std::string key = std::string("a") + static_cast<char>(byte) + "a";
    const bool legal = byte < 128 && byte != 0 &&
                       (isalnum(byte) != 0 ||
                        std::string("-/_=.").find(static_cast<char>(byte)) != std::string::npos);
    assert_int_equal(slip::is_key(key), legal);
  }
}

void scopes_are_normalised(void**) {
  assert_true(Scope::of({}) == Scope::all());
  assert_true(Scope::of({"b.", ""}) == Scope::all());
  assert_true(Scope::all().whole());
  const Scope scope = Scope::of({"b.", "a.x.", "a.", "b.", "a.y", "c"});
  const std::vector<std::string> expected = {"a.", "b.", "c"};
  assert_true(scope.prefixes == expected);
  assert_false(scope.whole());
  EXPECT_TEXT(Scope::all().describe(), "the whole bucket");
  EXPECT_TEXT(Scope::of({"a."}).describe(), "prefix \"a.\"");
  EXPECT_TEXT(scope.describe(), "prefixes \"a.\", \"b.\", \"c\"");
  std::vector<std::string> many;
  for (char c = 'a'; c <= 'z'; ++c) many.push_back(std::string(1, c));
  EXPECT_TEXT(Scope::of(many).describe(),
              "prefixes \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\" and 18 more");
  EXPECT_TEXT(Scope::of({std::string("a\n\"\xff", 4)}).describe(), "prefix \"a\\x0a\\\"\\xff\"");
}

// Random strings over two letters and the extreme bytes, so that prefixes meet often.
std::string random_text(size_t longest) {
  std::string text;
  const size_t length = test_random() % (longest + 1);
  for (size_t i = 0; i < length; ++i) text += std::string("ab\x00\xff", 4)[test_random() % 4];
  return text;
}

void scopes_agree_with_the_plain_definition(void**) {
  size_t inside = 0;
  size_t covered = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::string> given;
    for (size_t count = 1 + test_random() % 4; count > 0; --count)
      given.push_back(random_text(4) + (round % 50 != 0 ? "a" : ""));
    const auto follows = [&given](const std::string& key) {
      return std::any_of(given.begin(), given.end(),
                         [&key](const std::string& prefix) { return key.rfind(prefix, 0) == 0; });
    };
    const Scope scope = Scope::of(given);
    for (int i = 0; i < 5; ++i) {
      const std::string key = random_text(6);
      assert_int_equal(scope.contains(key), follows(key));
      inside += scope.contains(key) ? 1 : 0;
    }
    const std::vector<std::string> other = {random_text(5) + "b", random_text(5)};
    const bool expected = std::all_of(other.begin(), other.end(), follows);
    assert_int_equal(scope.covers(Scope::of(other)), expected);
    covered += expected ? 1 : 0;
    assert_true(scope.covers(scope) && Scope::all().covers(scope));
  }
  assert_true(inside > 1000 && covered > 100);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(cursors_survive_the_round_trip),
      cmocka_unit_test(malformed_cursors_are_refused),
      cmocka_unit_test(every_cut_of_a_cursor_is_refused_or_another_cursor),
      cmocka_unit_test(later_cursors_are_told_apart),
      cmocka_unit_test(cursors_that_cannot_be_read_are_not_written),
      cmocka_unit_test(bucket_names),
      cmocka_unit_test(keys),
      cmocka_unit_test(scopes_are_normalised),
      cmocka_unit_test(scopes_agree_with_the_plain_definition),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
