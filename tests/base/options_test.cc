// Options: every error with its status and sentence, every default within its own bounds.
#include "base/options.h"

#include <set>

#include "base/json.h"
#include "base/limits.h"
#include "support/expect.h"

using slip::JsonDocument;
using slip::JsonValue;
using slip::Options;
using slip::OptionSpec;
using slip::OptionType;

namespace {

constexpr int32_t kKinds[] = {
    SLIP_OPTIONS_CONNECTION, SLIP_OPTIONS_BUCKET,       SLIP_OPTIONS_WATCH,   SLIP_OPTIONS_FOLD,
    SLIP_OPTIONS_EXPORT,     SLIP_OPTIONS_OBJECT_STORE, SLIP_OPTIONS_PUBLISH, SLIP_OPTIONS_IMPORT};

void defaults_hold_until_something_is_set(void**) {
  Options options(SLIP_OPTIONS_WATCH);
  assert_int_equal(options.u64("window_ms"), 1000);
  EXPECT_TEXT(options.string("batch_close"), "idle");
  assert_false(options.is_set("window_ms"));
  EXPECT_OK(options.set_u64("window_ms", 5));
  EXPECT_OK(options.set_string("batch_close", "window"));
  assert_int_equal(options.u64("window_ms"), 5);
  EXPECT_TEXT(options.string("batch_close"), "window");
  assert_true(options.is_set("window_ms"));
  EXPECT_OK(options.set_string("window_ms", "86400000"));
  assert_int_equal(options.u64("window_ms"), 86400000);
  const Options copy = options;
  EXPECT_OK(options.set_u64("window_ms", 7));
  assert_int_equal(copy.u64("window_ms"), 86400000);
}

void booleans_and_lists(void**) {
  Options fold(SLIP_OPTIONS_FOLD);
  assert_false(fold.boolean("read_only"));
  for (const char* yes : {"true", "1"}) {
    EXPECT_OK(fold.set_bool("read_only", false));
    EXPECT_OK(fold.set_string("read_only", yes));
    assert_true(fold.boolean("read_only"));
  }
  EXPECT_OK(fold.set_string("read_only", "0"));
  assert_false(fold.boolean("read_only"));
  EXPECT_OK(fold.set_bool("read_only", true));
  assert_true(fold.boolean("read_only"));

  Options connection(SLIP_OPTIONS_CONNECTION);
  assert_true(connection.list("servers").empty());
  EXPECT_OK(connection.add("servers", "nats://a"));
  EXPECT_OK(connection.add("servers", "nats://b,c"));
  const std::vector<std::string> two = {"nats://a", "nats://b,c"};
  assert_true(connection.list("servers") == two);
  EXPECT_OK(connection.set_string("servers", "nats://d"));
  const std::vector<std::string> one = {"nats://d"};
  assert_true(connection.list("servers") == one);
}

void unknown_names_get_the_nearest(void**) {
  Options bucket(SLIP_OPTIONS_BUCKET);
  const char* const expected = "unknown option \"histroy\": the nearest is \"history\"";
  EXPECT_FAILED(bucket.set_u64("histroy", 1), SLIP_UNKNOWN_OPTION, expected);
  EXPECT_FAILED(bucket.set_string("histroy", "1"), SLIP_UNKNOWN_OPTION, expected);
  EXPECT_FAILED(bucket.set_bool("histroy", true), SLIP_UNKNOWN_OPTION, expected);
  EXPECT_FAILED(bucket.set_bytes("histroy", "1"), SLIP_UNKNOWN_OPTION, expected);
  EXPECT_FAILED(bucket.add("histroy", "1"), SLIP_UNKNOWN_OPTION, expected);
  EXPECT_FAILED(bucket.set_u64("max_age", 1), SLIP_UNKNOWN_OPTION, "the nearest is \"max_age_ms\"");
  EXPECT_FAILED(bucket.set_u64("", 1), SLIP_UNKNOWN_OPTION, "unknown option \"\"");
  EXPECT_FAILED(bucket.set_u64("History", 1), SLIP_UNKNOWN_OPTION, "the nearest is \"history\"");
  Options import(SLIP_OPTIONS_OBJECT_STORE);
  EXPECT_FAILED(import.set_u64("x", 1), SLIP_UNKNOWN_OPTION, "there are no options of this kind");
  const slip::Status huge = bucket.set_u64(std::string(1000000, 'h'), 1);
  EXPECT_FAILED(huge, SLIP_UNKNOWN_OPTION, "...");
  assert_true(huge.message().size() < 1000);
}

void bounds_are_named(void**) {
  Options options(SLIP_OPTIONS_WATCH);
  EXPECT_FAILED(options.set_u64("window_ms", 0), SLIP_OUT_OF_BOUNDS,
                "option \"window_ms\" is 0: its bounds are 1 to 86400000 ms");
  EXPECT_FAILED(options.set_u64("window_ms", 86400001), SLIP_OUT_OF_BOUNDS, "1 to 86400000 ms");
  EXPECT_FAILED(options.set_string("window_ms", "86400001"), SLIP_OUT_OF_BOUNDS, "is 86400001");
  EXPECT_FAILED(options.set_string("window_ms", "99999999999999999999"), SLIP_OUT_OF_BOUNDS,
                "its bounds are 1 to 86400000 ms");
  EXPECT_FAILED(options.set_string("batch_close", "never"), SLIP_OUT_OF_BOUNDS,
                "option \"batch_close\" is \"never\": its values are idle|window");
  for (const char* value : {"", "idle|window", "Idle", "idle "})
    EXPECT_FAILED(options.set_string("batch_close", value), SLIP_OUT_OF_BOUNDS, "idle|window");
  EXPECT_FAILED(options.set_string("cursor", std::string(slip::kOptionBytesMax + 1, 'x')),
                SLIP_OUT_OF_BOUNDS,
                "option \"cursor\" has 1048577 bytes: its bounds are 0 to 1048576 bytes");
  EXPECT_OK(options.set_string("cursor", std::string(slip::kOptionBytesMax, 'x')));
  assert_false(options.is_set("window_ms") || options.is_set("batch_close"));
}

void lists_are_bounded(void**) {
  Options options(SLIP_OPTIONS_CONNECTION);
  for (size_t i = 0; i < slip::kOptionListMax; ++i) EXPECT_OK(options.add("servers", "nats://a"));
  EXPECT_FAILED(options.add("servers", "nats://a"), SLIP_OUT_OF_BOUNDS,
                "option \"servers\" has 10000 values already");
  EXPECT_FAILED(options.add("servers", std::string(slip::kOptionBytesMax + 1, 'x')),
                SLIP_OUT_OF_BOUNDS, "1048577 bytes");
}

void another_type_is_invalid(void**) {
  Options options(SLIP_OPTIONS_CONNECTION);
  EXPECT_FAILED(options.set_u64("name", 1), SLIP_INVALID,
                "option \"name\" is of type string, not a number");
  EXPECT_FAILED(options.set_bool("connect", true), SLIP_INVALID,
                "option \"connect\" is of type choice, not a bool");
  EXPECT_FAILED(options.set_bytes("name", "x"), SLIP_INVALID,
                "option \"name\" is of type string, not bytes");
  EXPECT_FAILED(options.add("name", "x"), SLIP_INVALID,
                "option \"name\" is of type string, not a list");
  EXPECT_FAILED(options.set_u64("servers", 1), SLIP_INVALID,
                "option \"servers\" is of type list, not a number");
  for (const char* value :
       {"", "abc", "-1", "+1", " 1", "1 ", "1.5", "0x10", "007", "1e3", "99999999999999999999x"})
    EXPECT_FAILED(options.set_string("connect_timeout_ms", value), SLIP_INVALID,
                  "option \"connect_timeout_ms\" is of type u64, not \"");
  Options fold(SLIP_OPTIONS_FOLD);
  EXPECT_FAILED(fold.set_u64("read_only", 1), SLIP_INVALID,
                "option \"read_only\" is of type boolean, not a number");
  for (const char* value : {"", "yes", "TRUE", "2"})
    EXPECT_FAILED(fold.set_string("read_only", value), SLIP_INVALID, "(true or false is expected)");
}

void secrets_stay_out_of_sentences(void**) {
  Options options(SLIP_OPTIONS_CONNECTION);
  const std::string secret = "s3cr3t-canary";
  for (const char* name : {"password", "token"}) {
    EXPECT_OK(options.set_string(name, secret));
    EXPECT_TEXT(options.string(name), secret);
    std::string long_secret;
    while (long_secret.size() <= slip::kOptionBytesMax) long_secret += secret;
    const slip::Status status = options.set_string(name, long_secret);
    EXPECT_FAILED(status, SLIP_OUT_OF_BOUNDS, name);
    assert_true(status.message().find(secret) == std::string::npos);
    for (const slip::Status& other : {options.set_bytes(name, secret), options.add(name, secret)}) {
      EXPECT_FAILED(other, SLIP_INVALID, name);
      assert_true(other.message().find(secret) == std::string::npos);
    }
  }
  EXPECT_OK(Options::describe(SLIP_OPTIONS_CONNECTION));
  assert_true(Options::describe(SLIP_OPTIONS_CONNECTION)->find(secret) == std::string::npos);
}

// A table that contradicts itself would only show in the field.
void every_table_is_sound(void**) {
  for (const int32_t kind : kKinds) {
    const OptionSpec* spec = slip::option_specs(kind);
    assert_non_null(spec);
    std::set<std::string> names;
    for (; spec->name != nullptr; ++spec) {
      assert_true(names.insert(spec->name).second);
      assert_true(spec->min <= spec->max);
      assert_true(spec->summary != nullptr && *spec->summary != '\0');
      assert_int_equal(spec->type == OptionType::choice, spec->choices != nullptr);
      if (spec->type == OptionType::list) continue;
      Options options(kind);
      EXPECT_OK(options.set_string(spec->name, spec->default_text));
      Options untouched(kind);
      if (spec->type == OptionType::u64)
        assert_true(options.u64(spec->name) == untouched.u64(spec->name));
      else if (spec->type == OptionType::boolean)
        assert_true(options.boolean(spec->name) == untouched.boolean(spec->name));
      else
        EXPECT_TEXT(options.string(spec->name), untouched.string(spec->name));
    }
  }
  assert_null(slip::option_specs(0));
  assert_null(slip::option_specs(99));
}

JsonValue described(const JsonDocument& document, const char* name) {
  for (const JsonValue& option : document.root().items())
    if (option.get("name").as_string() == std::string(name)) return option;
  return JsonValue();
}

void descriptions_say_what_holds(void**) {
  for (const int32_t kind : kKinds) {
    auto text = Options::describe(kind);
    EXPECT_OK(text);
    EXPECT_OK(JsonDocument::parse(*text));
  }
  const auto watch = JsonDocument::parse(*Options::describe(SLIP_OPTIONS_WATCH));
  const JsonValue window = described(watch.value(), "window_ms");
  EXPECT_TEXT(*window.get("type").as_string(), "u64");
  assert_int_equal(*window.get("default").as_u64(), 1000);
  assert_int_equal(*window.get("min").as_u64(), 1);
  assert_int_equal(*window.get("max").as_u64(), 86400000);
  EXPECT_TEXT(*window.get("unit").as_string(), "ms");
  assert_false(window.get("values").present() || window.get("secret").present());
  const JsonValue close = described(watch.value(), "batch_close");
  assert_int_equal(close.get("values").size(), 2);
  EXPECT_TEXT(*close.get("values").at(1).as_string(), "window");
  EXPECT_TEXT(*close.get("default").as_string(), "idle");
  assert_false(close.get("min").present() || close.get("unit").present());
  assert_true(*described(watch.value(), "stop_revision").get("max").as_u64() == UINT64_MAX - 1);
  const auto connection = JsonDocument::parse(*Options::describe(SLIP_OPTIONS_CONNECTION));
  assert_true(*described(connection.value(), "password").get("secret").as_bool());
  assert_true(described(connection.value(), "servers").get("default").is_array());
  EXPECT_FAILED(Options::describe(99), SLIP_INVALID, "99 is no kind of options");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(defaults_hold_until_something_is_set),
      cmocka_unit_test(booleans_and_lists),
      cmocka_unit_test(unknown_names_get_the_nearest),
      cmocka_unit_test(bounds_are_named),
      cmocka_unit_test(lists_are_bounded),
      cmocka_unit_test(another_type_is_invalid),
      cmocka_unit_test(secrets_stay_out_of_sentences),
      cmocka_unit_test(every_table_is_sound),
      cmocka_unit_test(descriptions_say_what_holds),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
