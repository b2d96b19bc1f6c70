// The JSON writer: exact text, and everything it writes can be read back.
#include "base/json.h"
#include "support/expect.h"

using slip::JsonDocument;
using slip::JsonWriter;

namespace {

void write_sample(JsonWriter* json) {
  json->begin_object().member("name", "x").member_u64("u", UINT64_MAX).member_i64("i", INT64_MIN);
  json->member_bool("b", true).key("n").null();
  json->key("list").begin_array().u64(1).string("two").begin_array().end_array();
  json->begin_object().end_object().end_array();
  json->key("raw").raw("{\"r\":1}").end_object();
}

void compact(void**) {
  JsonWriter json;
  write_sample(&json);
  EXPECT_TEXT(json.take(),
              "{\"name\":\"x\",\"u\":18446744073709551615,\"i\":-9223372036854775808,\"b\":true,"
              "\"n\":null,\"list\":[1,\"two\",[],{}],\"raw\":{\"r\":1}}");
}

void indented(void**) {
  JsonWriter json(2);
  write_sample(&json);
  EXPECT_TEXT(
      json.take(),
      "{\n  \"name\": \"x\",\n  \"u\": 18446744073709551615,\n"
      "  \"i\": -9223372036854775808,\n  \"b\": true,\n  \"n\": null,\n"
      "  \"list\": [\n    1,\n    \"two\",\n    [],\n    {}\n  ],\n  \"raw\": {\"r\":1}\n}");
}

void a_value_alone(void**) {
  JsonWriter json;
  json.string("a");
  EXPECT_TEXT(json.take(), "\"a\"");
  JsonWriter empty(2);
  empty.begin_array().end_array();
  EXPECT_TEXT(empty.take(), "[]");
}

std::string written(std::string_view text) {
  JsonWriter json;
  json.string(text);
  return json.take();
}

void strings_are_escaped(void**) {
  EXPECT_TEXT(written("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
  EXPECT_TEXT(written("\n\r\t\x01\x1f\x7f"), "\"\\n\\r\\t\\u0001\\u001f\x7f\"");
  EXPECT_TEXT(written("caf\xc3\xa9 \xf0\x9f\x98\x80"), "\"caf\xc3\xa9 \xf0\x9f\x98\x80\"");
  EXPECT_TEXT(written(std::string_view("a\0b", 3)), "\"a\\u0000b\"");
  EXPECT_TEXT(written("\xff"), "\"\xef\xbf\xbd\"");
  EXPECT_TEXT(written("a\xc3(\xe2\x82"), "\"a\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\"");
}

void every_byte_string_makes_json(void**) {
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t length = test_random() % 12; length > 0; --length)
      text += static_cast<char>(1 + test_random() % 255);  // the reader refuses NUL
    JsonWriter json(static_cast<int>(round % 3));
    json.begin_object().member(text, text).end_object();
    const std::string written_text = json.take();
    auto document = JsonDocument::parse(written_text);
    EXPECT_OK(document);
    EXPECT_TEXT(*document->root().at(0).as_string(), document->root().at(0).name());
    if (text.find_first_not_of("abcdefghij\"\\\n\t ") == std::string::npos)
      EXPECT_TEXT(*document->root().at(0).as_string(), text);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(compact),
      cmocka_unit_test(indented),
      cmocka_unit_test(a_value_alone),
      cmocka_unit_test(strings_are_escaped),
      cmocka_unit_test(every_byte_string_makes_json),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
