// The JSON reader against hostile texts.
#include "base/json.h"

#include <clocale>
#include <cmath>

#include "support/expect.h"

using slip::JsonDocument;
using slip::JsonValue;

namespace {

JsonDocument parsed(std::string_view text) {
  auto document = JsonDocument::parse(text);
  EXPECT_OK(document);
  return document.take();
}

void expect_refused(std::string_view text, const char* reason) {
  EXPECT_FAILED(JsonDocument::parse(text), SLIP_INVALID, "invalid JSON");
  EXPECT_FAILED(JsonDocument::parse(text), SLIP_INVALID, reason);
}

void values_of_every_kind(void**) {
  const JsonDocument document = parsed(
      " {\"s\":\"a\\u00e9\\n\\ud83d\\ude00\",\"n\":null,\"t\":true,\"f\":false,\"i\":-7,\"d\":1."
      "5e2,"
      "\"a\":[1,\"two\",[]],\"o\":{\"x\":1}} \n");
  const JsonValue root = document.root();
  assert_true(root.is_object());
  assert_int_equal(root.size(), 8);
  EXPECT_TEXT(*root.get("s").as_string(), "a\xc3\xa9\n\xf0\x9f\x98\x80");
  assert_true(root.get("n").is_null());
  assert_true(*root.get("t").as_bool());
  assert_false(*root.get("f").as_bool());
  assert_int_equal(*root.get("i").as_i64(), -7);
  assert_true(*root.get("d").as_double() == 150);
  assert_true(root.get("a").is_array());
  assert_int_equal(root.get("a").size(), 3);
  EXPECT_TEXT(*root.get("a").at(1).as_string(), "two");
  assert_false(root.get("a").at(3).present());
  const std::vector<JsonValue> items = root.items();
  assert_int_equal(items.size(), 8);
  EXPECT_TEXT(items[0].name(), "s");
  EXPECT_TEXT(items[7].name(), "o");
}

void what_is_missing_is_empty_all_the_way_down(void**) {
  const JsonDocument document = parsed("{\"a\":1,\"b\":\"1\"}");
  const JsonValue nothing = document.root().get("x").get("y").at(3).get("z");
  assert_false(nothing.present() || nothing.is_object() || nothing.is_array());
  assert_false(nothing.is_string() || nothing.is_null());
  assert_false(nothing.as_string().has_value() || nothing.as_u64().has_value());
  assert_false(nothing.as_i64().has_value() || nothing.as_bool().has_value());
  assert_false(nothing.as_double().has_value());
  assert_int_equal(nothing.size(), 0);
  assert_true(nothing.items().empty());
  EXPECT_TEXT(nothing.name(), "");
  assert_false(document.root().get("A").present());  // names are exact
  EXPECT_FAILED(document.root().u64_at("x"), SLIP_INVALID, "\"x\" is missing");
  EXPECT_FAILED(document.root().string_at("x"), SLIP_INVALID, "\"x\" is missing");
  EXPECT_FAILED(document.root().string_at("a"), SLIP_INVALID, "\"a\" is not a string");
  EXPECT_FAILED(document.root().u64_at("b"), SLIP_INVALID,
                "\"b\" is not an integer from 0 to 2^64-1");
  assert_int_equal(document.root().u64_at("a").value(), 1);
  EXPECT_TEXT(document.root().string_at("b").value(), "1");
}

struct Number {
  const char* text;
  std::optional<uint64_t> u64;
  std::optional<int64_t> i64;
};

void integers_are_exact(void**) {
  const Number numbers[] = {
      {"0", 0, 0},
      {"1", 1, 1},
      {"9007199254740993", 9007199254740993u, 9007199254740993},  // 2^53 + 1
      {"9223372036854775807", 9223372036854775807u, INT64_MAX},
      {"9223372036854775808", 9223372036854775808u, {}},  // 2^63
      {"18446744073709551614", UINT64_MAX - 1, {}},
      {"18446744073709551615", UINT64_MAX, {}},
      {"18446744073709551616", {}, {}},  // 2^64
      {"99999999999999999999999999", {}, {}},
      {"-1", {}, -1},
      {"-9223372036854775808", {}, INT64_MIN},
      {"-9223372036854775809", {}, {}},
      {"-0", {}, 0},
      {"1e3", {}, {}},
      {"1E3", {}, {}},
      {"1.0", {}, {}},
      {"0.0", {}, {}},
      {"1e-1", {}, {}},
  };
  for (const Number& number : numbers) {
    const JsonDocument document =
        parsed("[[[]],{\"a\":false,\"n\":" + std::string(number.text) + "},2]");
    const JsonValue value = document.root().at(1).get("n");
    assert_true(value.as_u64() == number.u64);
    assert_true(value.as_i64() == number.i64);
    assert_true(value.as_double().has_value() &&
                std::fabs(*value.as_double() - strtod(number.text, nullptr)) <=
                    std::fabs(*value.as_double()) * 1e-15);
    assert_int_equal(*document.root().at(2).as_u64(), 2);
    assert_false(value.as_string().has_value());
  }
  const JsonDocument text = parsed("\"5\"");
  assert_false(text.root().as_u64().has_value());
}

void fractions_do_not_depend_on_the_locale(void**) {
  for (const char* name : {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "C.UTF-8"})
    if (setlocale(LC_NUMERIC, name) != nullptr) break;
  assert_true(*parsed("2.5").root().as_double() == 2.5);
  setlocale(LC_NUMERIC, "C");
}

void malformed_texts(void**) {
  expect_refused("", "at byte 0: a value is expected");
  expect_refused("   ", "at byte 3: a value is expected");
  expect_refused("\xef\xbb\xbf{}", "at byte 0: a value is expected");
  expect_refused("nul", "a value is expected");
  expect_refused("True", "a value is expected");
  expect_refused("NaN", "a value is expected");
  expect_refused("+1", "a value is expected");
  expect_refused(".5", "a value is expected");
  expect_refused("-", "a digit is expected");
  expect_refused("1.", "a digit is expected");
  expect_refused("1e", "a digit is expected");
  expect_refused("1e+", "a digit is expected");
  expect_refused("01", "at byte 1: something follows the value");
  expect_refused("0x10", "something follows");
  expect_refused("{} {}", "at byte 3: something follows the value");
  expect_refused("{}x", "something follows");
  expect_refused(std::string_view("{}\0", 3), "something follows");
  expect_refused(std::string_view("\0", 1), "a value is expected");
  expect_refused("[1,]", "a value is expected");
  expect_refused("[1 2]", "a comma or the closing bracket is expected");
  expect_refused("[1}", "a comma or the closing bracket is expected");
  expect_refused("{\"a\":1,}", "a name in quotes is expected");
  expect_refused("{a:1}", "a name in quotes is expected");
  expect_refused("{'a':1}", "a name in quotes is expected");
  expect_refused("{\"a\" 1}", "a colon is expected");
  expect_refused("{\"a\":}", "a value is expected");
  expect_refused("[1] // note", "something follows");
  expect_refused("[\v1]", "a value is expected");
}

void malformed_strings(void**) {
  expect_refused("\"abc", "a string does not end");
  expect_refused("\"abc\\\"", "a string does not end");
  expect_refused("\"a\nb\"", "a control character in a string");
  expect_refused(std::string_view("\"a\0b\"", 5), "a control character in a string");
  expect_refused("\"a\\u0000b\"", "a NUL in a string");
  expect_refused("{\"a\\u0000\":1}", "a NUL in a string");
  expect_refused("\"\\x41\"", "an unknown escape");
  expect_refused("\"\\'\"", "an unknown escape");
  expect_refused("\"\\u12\"", "four hex digits are expected");
  expect_refused("\"\\u12g4\"", "four hex digits are expected");
  expect_refused("\"\\ud800\"", "a lone surrogate");
  expect_refused("\"\\ud800x\"", "a lone surrogate");
  expect_refused("\"\\ud800\\n\"", "a lone surrogate");
  expect_refused("\"\\ud800\\ud800\"", "a lone surrogate");
  expect_refused("\"\\udc00\"", "a lone surrogate");
  for (const char* bytes :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xe2\x82",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    expect_refused("\"" + std::string(bytes) + "\"", "bytes that are not UTF-8");
}

void duplicate_names(void**) {
  expect_refused("{\"a\":1,\"a\":2}", "the name \"a\" stands twice");
  expect_refused("{\"a\":1,\"b\":2,\"\\u0061\":3}", "the name \"a\" stands twice");
  expect_refused("[{\"x\":{\"\":1,\"\":2}}]", "the name \"\" stands twice");
  parsed("{\"a\":{\"a\":1},\"A\":[{\"a\":1},{\"a\":1}]}");
}

std::string nested(size_t depth, const char* open, const char* close) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (size_t i = 0; i < depth; ++i) text += close;
  return text;
}

void limits(void**) {
  parsed(nested(slip::kJsonDepthMax, "[", "]"));
  parsed(nested(slip::kJsonDepthMax, "{\"a\":", "}"));
  expect_refused(nested(slip::kJsonDepthMax + 1, "[", "]"), "at byte 32: nested too deeply");
  expect_refused(nested(slip::kJsonDepthMax + 1, "{\"a\":", "}"), "nested too deeply");
  expect_refused(std::string(1000000, '['), "nested too deeply");

  const std::string text = "[1,2,3]";
  EXPECT_OK(JsonDocument::parse(text, text.size()));
  EXPECT_FAILED(JsonDocument::parse(text, text.size() - 1), SLIP_INVALID,
                "7 bytes, more than the limit of 6");

  parsed(std::string(slip::kJsonNumberBytesMax, '9'));
  expect_refused(std::string(slip::kJsonNumberBytesMax + 1, '9'), "a number is too long");
  std::string bomb = "[0";
  for (size_t i = 2; i < slip::kJsonNodesMax; ++i) bomb += ",0";
  EXPECT_OK(JsonDocument::parse(bomb + "]"));
  EXPECT_FAILED(JsonDocument::parse(bomb + ",0]"), SLIP_INVALID, "too many values");
}

void every_cut_is_refused(void**) {
  const std::string text =
      "{\"name\":\"caf\xc3\xa9 \\u00e9 "
      "\\ud83d\\ude00\",\"n\":[-1.5e+10,18446744073709551615,true,null],\"o\":{}}";
  parsed(text);
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_FAILED(JsonDocument::parse(text.substr(0, length)), SLIP_INVALID,
                  "invalid JSON at byte ");
  // The text need not end in a NUL, nor stop where the view does.
  const std::string longer = text + "}}}}";
  EXPECT_OK(JsonDocument::parse(std::string_view(longer).substr(0, text.size())));
}

// What the scan accepts cJSON must accept too: its refusal would be reported as want of memory.
void mutated_texts_are_read_or_refused(void**) {
  const std::string seeds[] = {
      "{\"name\":\"caf\xc3\xa9 \\u00e9 "
      "\\ud83d\\ude00\",\"n\":[-1.5e+10,18446744073709551615,true,null],\"o\":{}}",
      "[0,-0,1e5,\"\\\\\\\"\\/\\b\\f\\n\\r\\t\",false,{\"a\":[[[]]]}]", "  \"\"  "};
  const std::string alphabet = "{}[]\":,.eE+-0123456789\\untrfals \t\n\x01\x7f\x80\xc3\xa9\xed\xf0";
  size_t accepted = 0;
  for (int round = 0; round < 200000; ++round) {
    std::string text = seeds[test_random() % 3];
    for (size_t edits = 1 + test_random() % 3; edits > 0; --edits) {
      const size_t at = test_random() % text.size();
      const char c = alphabet[test_random() % alphabet.size()];
      switch (test_random() % 3) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, 1);
          break;
      }
      if (text.empty()) text = "0";
    }
    const auto document = JsonDocument::parse(text);
    if (document.ok())
      ++accepted;
    else
      EXPECT_FAILED(document, SLIP_INVALID, "invalid JSON");
  }
  assert_true(accepted > 10000);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(values_of_every_kind),
      cmocka_unit_test(what_is_missing_is_empty_all_the_way_down),
      cmocka_unit_test(integers_are_exact),
      cmocka_unit_test(fractions_do_not_depend_on_the_locale),
      cmocka_unit_test(malformed_texts),
      cmocka_unit_test(malformed_strings),
      cmocka_unit_test(duplicate_names),
      cmocka_unit_test(limits),
      cmocka_unit_test(every_cut_is_refused),
      cmocka_unit_test(mutated_texts_are_read_or_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
