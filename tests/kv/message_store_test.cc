// The store of an embedded bucket, with the time given: lives, markers, and what counts as full.
#include "kv/memory/message_store.h"

#include "kv/kv_support.h"

using namespace slip;  // NOLINT
using kv_test::shown;
using kv_test::write_of;

namespace {

constexpr int64_t kSecond = 1000000000;

BucketConfig config_of(uint32_t history, int64_t max_age_s, int64_t marker_ttl_s) {
  BucketConfig config;
  config.history = history;
  config.max_age_ns = max_age_s * kSecond;
  config.marker_ttl_ns = marker_ttl_s * kSecond;
  return config;
}

void put(MessageStore& store, Bytes key, int64_t at_s, int64_t ttl_s = 0) {
  Write write = write_of(SLIP_PUT, key, "v");
  write.ttl_ns = ttl_s < 0 ? SLIP_TTL_NEVER : ttl_s * kSecond;
  assert_ok(store.write(write, at_s * kSecond));
}

// What is retained after everything that has ended by then is gone.
std::string at(MessageStore& store, int64_t now_s) {
  store.expire(now_s * kSecond);
  std::string text;
  for (const auto& message : store.log()) {
    text += (text.empty() ? "" : " ") + shown(as_update(message));
  }
  return text;
}

void max_age_ends_lives(void**) {
  MessageStore store(config_of(1, 10, 0));
  put(store, "a", 100);
  put(store, "b", 105);
  assert_text(at(store, 109), "a=v@1 b=v@2");
  assert_text(at(store, 110), "b=v@2");
  assert_int_equal(store.subjects(), 1);
  put(store, "b", 112);  // a new life
  assert_text(at(store, 121), "b=v@3");
  assert_text(at(store, 122), "");
  assert_int_equal(store.subjects(), 0);
  assert_int_equal(store.size_bytes(), 0);
  assert_int_equal(store.first_revision(), 4);
  assert_int_equal(store.last_revision(), 3);
}

void the_sooner_end_counts(void**) {
  MessageStore store(config_of(1, 10, 60));
  put(store, "short", 100, 3);
  put(store, "long", 100, 60);
  put(store, "never", 100, -1);
  assert_text(at(store, 102), "short=v@1 long=v@2 never=v@3");
  assert_text(at(store, 103), "long=v@2 never=v@3 short!@4");
  assert_text(at(store, 110), "never=v@3 short!@4 long!@5");
  // The markers' own life is bounded by max_age, and ends silently.
  assert_text(at(store, 113), "never=v@3 long!@5");
  assert_text(at(store, 1000), "never=v@3");
}

void markers_stand_for_what_ended(void**) {
  MessageStore store(config_of(3, 0, 60));
  put(store, "a", 100);
  put(store, "a", 101, 5);
  put(store, "a", 102, 2);
  // The last one's end takes the older ones along, as the rollup of a server does.
  assert_text(at(store, 104), "a!@4");
  const MessageStore::Message& marker = store.log().begin()->second;
  assert_int_equal(marker.flags, SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER);
  assert_int_equal(marker.ttl_ns, 60 * kSecond);
  assert_int_equal(marker.timestamp_ns, 104 * kSecond);
  put(store, "a", 105);  // live again
  assert_text(at(store, 164), "a=v@5");
  // An older one's end leaves none while a newer one lives.
  put(store, "b", 200, 1);
  put(store, "b", 200);
  assert_text(at(store, 202), "a=v@5 b=v@7");
  // A delete marker that ends is replaced; a purge is not.
  Write write = write_of(SLIP_DELETE, "b", "");
  write.ttl_ns = 5 * kSecond;
  assert_ok(store.write(write, 210 * kSecond));
  write = write_of(SLIP_PURGE, "a", "");
  write.ttl_ns = 5 * kSecond;
  assert_ok(store.write(write, 210 * kSecond));
  assert_text(at(store, 215), "b!@10");
}

void without_markers_an_older_one_resurfaces(void**) {
  MessageStore store(config_of(2, 10, 0));
  put(store, "a", 100);
  assert_status(store.write(write_of(SLIP_PUT, "a", "v", 7), 0), SLIP_CONFLICT, "is 1, not 7");
  Write write = write_of(SLIP_PUT, "a", "v");
  write.ttl_ns = kSecond;
  assert_status(store.write(write, 0), SLIP_UNSUPPORTED, "marker_ttl_ms");
  put(store, "a", 105);
  assert_text(at(store, 110), "a=v@2");
  assert_int_equal(store.last("a")->first, 2);
}

void the_clock_may_be_set_back(void**) {
  MessageStore store(config_of(1, 10, 0));
  put(store, "a", 100);
  put(store, "b", 50);
  assert_int_equal(store.log().rbegin()->second.timestamp_ns, 100 * kSecond);
  MessageStore old(config_of(1, INT64_MAX / kSecond, 0));
  put(old, "a", INT64_MAX / kSecond);  // the end lies beyond all time
  assert_text(at(old, INT64_MAX / kSecond), "a=v@1");
}

void full_is_exact(void**) {
  BucketConfig config = config_of(2, 0, 0);
  config.max_bytes = 10;  // five messages of two bytes
  MessageStore store(config);
  for (const char* key : {"a", "b", "c", "d", "a"}) put(store, key, 1);
  assert_int_equal(store.size_bytes(), 10);
  assert_status(store.write(write_of(SLIP_PUT, "e", "v"), 0), SLIP_BUCKET_FULL, "10 bytes",
                "max_bytes");
  assert_int_equal(store.subjects(), 4);
  assert_int_equal(store.last_revision(), 5);
  put(store, "a", 1);  // as much goes out of its history
  assert_status(store.write(write_of(SLIP_PUT, "a", "vv"), 0), SLIP_BUCKET_FULL);
  // A purge has room wherever its key has a value.
  assert_ok(store.write(write_of(SLIP_PURGE, "b", ""), 0));
  assert_ok(store.write(write_of(SLIP_PURGE, "a", ""), 0));
  assert_int_equal(store.size_bytes(), 6);
  put(store, "e", 1);

  config.discard = SLIP_DISCARD_OLD;
  MessageStore dropping(config);
  for (const char* key : {"a", "b", "a", "c", "d"}) put(dropping, key, 1);
  put(dropping, "e", 1);
  assert_text(at(dropping, 1), "b=v@2 a=v@3 c=v@4 d=v@5 e=v@6");
  assert_ok(dropping.write(write_of(SLIP_PUT, "f", "12345"), 0));
  assert_text(at(dropping, 1), "d=v@5 e=v@6 f=12345@7");
  assert_int_equal(dropping.subjects(), 3);
  assert_true(dropping.last("a") == dropping.log().end());
  assert_status(dropping.write(write_of(SLIP_PUT, "f", "1234567890"), 0), SLIP_BUCKET_FULL);
  assert_text(at(dropping, 1), "d=v@5 e=v@6 f=12345@7");
}

void values_have_their_limit(void**) {
  BucketConfig config = config_of(1, 0, 0);
  config.max_value_size = 3;
  MessageStore store(config);
  assert_ok(store.write(write_of(SLIP_PUT, "a", "123"), 0));
  assert_status(store.write(write_of(SLIP_PUT, "a", "1234"), 0), SLIP_TOO_LARGE, "4 bytes",
                "takes 3");
  assert_int_equal(store.last_revision(), 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(max_age_ends_lives),
      cmocka_unit_test(the_sooner_end_counts),
      cmocka_unit_test(markers_stand_for_what_ended),
      cmocka_unit_test(without_markers_an_older_one_resurfaces),
      cmocka_unit_test(the_clock_may_be_set_back),
      cmocka_unit_test(full_is_exact),
      cmocka_unit_test(values_have_their_limit),
  };
  return cmocka_run_group_tests_name("message store", tests, nullptr, nullptr);
}
