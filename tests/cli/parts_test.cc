// The small parts of the command: the code of keys, JSON, and conversions of text.
#include <set>
#include <string>
#include <vector>

#include "json.h"
#include "key_code.h"
#include "support/support.h"
#include "text.h"
extern "C" {
#include <cmocka.h>
}

namespace {

bool is_legal_key(const std::string& key) {
  if (key.empty() || key.front() == '.' || key.back() == '.') return false;
  if (key.find("..") != std::string::npos) return false;
  return key.find_first_not_of(
             "-/_=.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
         std::string::npos;
}

// Names of up to five bytes out of an alphabet in which everything that is special occurs.
std::vector<std::string> all_short_names() {
  const std::string alphabet = std::string("a.=4+\0\xff", 7);
  std::vector<std::string> names = {""};
  for (size_t begin = 0, length = 1; length <= 5; ++length) {
    const size_t end = names.size();
    for (size_t i = begin; i < end; ++i)
      for (const char c : alphabet) names.push_back(names[i] + c);
    begin = end;
  }
  return names;
}

void keys_are_legal_and_come_back(void**) {
  std::set<std::string> keys;
  size_t names = 0;
  for (const std::string& name : all_short_names()) {
    const std::string key = cli::encode_key(name);
    assert_true(is_legal_key(key));
    assert_true(keys.insert(key).second);
    const auto decoded = cli::decode_key(key);
    assert_true(decoded.has_value());
    assert_true(*decoded == name);
    ++names;
  }
  assert_true(names > 19000);
  assert_string_equal(cli::encode_key("g++").c_str(), "g=2B=2B");
  assert_string_equal(cli::encode_key("lib.so.6").c_str(), "lib.so.6");
}

void other_keys_are_no_encoded_names(void**) {
  for (const char* key : {"=41", "a=", "a=2", "a=2b", "=", "===", "=2E=2Eb.", "a=2Eb", "a+b"})
    assert_false(cli::decode_key(key).has_value());
}

// Every name that begins with a prefix has a key that begins with the prefix's code.
void prefixes_cover_their_names(void**) {
  const std::vector<std::string> names = all_short_names();
  for (size_t i = 0; i < names.size(); i += 7) {
    const std::string key = cli::encode_key(names[i]);
    for (size_t length = 0; length <= names[i].size(); ++length) {
      const std::string prefix = cli::encode_key_prefix(names[i].substr(0, length));
      if (names[i].empty()) continue;
      assert_true(key.compare(0, prefix.size(), prefix) == 0);
    }
  }
}

void base64_is_exact(void**) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
    const auto decoded = cli::base64_decode(cli::base64_encode(all));
    assert_true(decoded.has_value());
    assert_true(*decoded == all);
  }
  assert_string_equal(cli::base64_encode("ab").c_str(), "YWI=");
  for (const char* bad : {"YWI", "YW=I", "YWJ=", "Y===", "YW I", "===="})
    assert_false(cli::base64_decode(bad).has_value());
}

void json_takes_what_is_well_formed(void**) {
  std::string why;
  const auto members = cli::json_members(
      R"( {"a" : [1, {"b":[]}, -0.5e+7], "s":"x\ud83d\ude00\n", "n":12345678901234567890 } )",
      &why);
  assert_true(members.has_value());
  assert_int_equal(members->size(), 3);
  assert_true((*members)[0].value == R"([1, {"b":[]}, -0.5e+7])");
  assert_true((*members)[2].value == "12345678901234567890");
  assert_true(cli::json_string((*members)[1].value) == "x\xf0\x9f\x98\x80\n");
  assert_true(cli::json_elements("[]", &why)->empty());
}

void json_refuses_the_rest(void**) {
  std::string why;
  for (const char* bad :
       {"", "{", "[]", "{} {}", "{\"a\":}", "{\"a\":1,}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":tru}",
        "{\"a\":\"x}", "{a:1}", "{\"a\":1,\"a\":2}", "{\"a\\u0041\":1 \"b\":2}", "{\"a\":[1,]}"})
    assert_false(cli::json_members(bad, &why).has_value());
  const std::string deep = "{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}";
  assert_false(cli::json_members(deep, &why).has_value());
  for (const char* bad :
       {"\"\\ud800\"", "\"\\udc00\"", "\"\\x\"", "\"\\u12\"", "\"\xff\"", "12", "\""})
    assert_false(cli::json_string(bad).has_value());
}

void json_comes_back_as_it_was_written(void**) {
  std::string odd;
  for (int i = 0; i < 128; ++i) odd += static_cast<char>(i);
  const std::string text = cli::JsonObject().text("odd", odd).number("n", UINT64_MAX).str();
  std::string why;
  const auto members = cli::json_members(text, &why);
  assert_true(members.has_value());
  assert_true(cli::json_string((*members)[0].value) == odd);
  assert_true((*members)[1].value == "18446744073709551615");
  assert_true(cli::JsonObject().bytes("v", "\xff").str() == R"({"v_base64":"/w=="})");
}

void text_for_people(void**) {
  assert_string_equal(cli::printable("a\tb\\\n\x01\xff\xc3\xbc").c_str(),
                      "a\\tb\\\\\\n\\x01\\xff\xc3\xbc");
  assert_string_equal(cli::format_count(1234567).c_str(), "1,234,567");
  assert_string_equal(cli::format_count(123).c_str(), "123");
  assert_string_equal(cli::format_size(1536).c_str(), "1.5 KiB");
  assert_string_equal(cli::format_time(1700000000000000001).c_str(),
                      "2023-11-14T22:13:20.000000001Z");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(keys_are_legal_and_come_back),
      cmocka_unit_test(other_keys_are_no_encoded_names),
      cmocka_unit_test(prefixes_cover_their_names),
      cmocka_unit_test(base64_is_exact),
      cmocka_unit_test(json_takes_what_is_well_formed),
      cmocka_unit_test(json_refuses_the_rest),
      cmocka_unit_test(json_comes_back_as_it_was_written),
      cmocka_unit_test(text_for_people),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
