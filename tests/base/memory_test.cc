// Every nth allocation fails, in C++ and in cJSON: everything unwinds, nothing is half done. What
// leaks on the way is seen by the address sanitizer's build.
#include <cJSON.h>

#include <cstdlib>
#include <new>

#include "base/batch.h"
#include "base/checksum.h"
#include "base/cursor.h"
#include "base/json.h"
#include "base/options.h"
#include "base/thread.h"
#include "support/every_allocation.h"
#include "support/expect.h"

namespace {

using test::fail_every_allocation;

void* json_malloc(size_t size) { return test::allocation_fails_now() ? nullptr : malloc(size); }

void reading_json(void**) {
  const std::string text =
      "{\"a long enough name for the heap\":[1,2.5,\"a long enough value for the "
      "heap\",{\"b\":null}],\"c\":true}";
  cJSON_Hooks hooks = {json_malloc, free};
  cJSON_InitHooks(&hooks);
  size_t reported = 0;
  const size_t count = fail_every_allocation([&] {
    auto document = slip::JsonDocument::parse(text);
    if (document.ok()) return document->root().get("c").as_bool() == true;
    const bool right = document.status().is(SLIP_OUT_OF_MEMORY) && document.status().retriable();
    if (right) ++reported;
    return false;
  });
  cJSON_InitHooks(nullptr);
  assert_true(count > 15);
  assert_true(reported > 10);  // those of cJSON do not throw
}

void setting_options(void**) {
  slip::Options options(SLIP_OPTIONS_CONNECTION);
  EXPECT_OK(options.set_string("name", "before"));
  const std::string name = "a name that is long enough to need the heap";
  const size_t count = fail_every_allocation([&] {
    const bool fine = options.set_string("name", name).ok() && options.add("servers", name).ok() &&
                      options.set_string("unknown", name).is(SLIP_UNKNOWN_OPTION) &&
                      slip::Options::describe(SLIP_OPTIONS_WATCH).ok();
    return fine;
  });
  assert_true(count > 10);
  EXPECT_TEXT(options.string("name"), name);
  for (const std::string& server : options.list("servers")) EXPECT_TEXT(server, name);
}

void a_failed_list_keeps_its_default(void**) {
  for (long nth = 0; nth < 10; ++nth) {
    slip::Options options(SLIP_OPTIONS_CONNECTION);
    test::allocations_until_failure = nth;
    bool added = false;
    try {
      added = options.add("servers", "a server that is long enough to need the heap").ok();
    } catch (const std::bad_alloc&) {
    }
    test::allocations_until_failure = -1;
    assert_int_equal(options.list("servers").size(), added ? 1 : 0);
    if (options.is_set("servers")) assert_true(added);
  }
}

void appending_to_a_batch(void**) {
  const std::string key(100, 'k');
  const std::string value(5000, 'v');
  slip::Batch batch;
  size_t appended = 0;
  const size_t count = fail_every_allocation([&] {
    while (appended % 100 != 99) {
      slip::Update update{};
      update.key = slip::as_slip_bytes(key);
      update.value = slip::as_slip_bytes(value);
      update.revision = appended + 1;
      batch.append(update, appended + 1);
      ++appended;
    }
    return true;
  });
  assert_true(count > 3);
  batch.seal();
  assert_int_equal(batch.size(), appended);
  assert_int_equal(batch.bytes(), appended * 5100);
  for (size_t i = 0; i < appended; ++i) {
    assert_int_equal(batch.updates()[i].revision, i + 1);
    EXPECT_TEXT(slip::key_of(batch.updates()[i]), key);
    EXPECT_TEXT(slip::value_of(batch.updates()[i]), value);
  }
}

void everything_else(void**) {
  const size_t count = fail_every_allocation([] {
    const std::string bucket(100, 'b');
    auto text = slip::format_cursor(bucket, {5, 6});
    const bool cursor =
        text.ok() && slip::parse_cursor(*text).ok() && !slip::parse_cursor("x").ok();
    const auto scope =
        slip::Scope::of({std::string(50, 'a'), std::string(60, 'a'), std::string(50, 'b')});
    const bool described = scope.prefixes.size() == 2 && !scope.describe().empty();
    std::thread thread;
    const bool started = slip::start_thread(
                             "x", [] {}, &thread)
                             .ok();
    if (thread.joinable()) thread.join();
    return cursor && described && started && slip::sha256_hex(bucket).size() == 64 &&
           slip::random_hex(50).size() == 100;
  });
  assert_true(count > 10);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(reading_json),
      cmocka_unit_test(setting_options),
      cmocka_unit_test(a_failed_list_keeps_its_default),
      cmocka_unit_test(appending_to_a_batch),
      cmocka_unit_test(everything_else),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
