// The embedded bucket: the conformance suite of every kind, and what is its own.
#include <atomic>
#include <cstring>
#include <thread>

#include "base/limits.h"
#include "kv/bucket_conformance.h"
#include "kv/follower.h"
#include "kv/kv_support.h"
#include "kv/memory/memory_server.h"

using namespace slip;  // NOLINT
using kv_test::BucketFactory;
using kv_test::Follower;

namespace {

std::shared_ptr<Connection> connect_to(const std::string& url) {
  Result<std::shared_ptr<Connection>> made = connect(url, Options(SLIP_OPTIONS_CONNECTION));
  assert_ok(made);
  return made.take();
}

std::shared_ptr<Bucket> make_bucket(
    Connection& connection, const std::string& name,
    std::initializer_list<std::pair<const char*, const char*>> settings = {}) {
  Options options(SLIP_OPTIONS_BUCKET);
  for (const auto& [option, value] : settings) assert_ok(options.set_string(option, value));
  Result<BucketConfig> config = bucket_config(name, options);
  assert_ok(config);
  Result<std::shared_ptr<Bucket>> made = connection.create_bucket(*config);
  assert_ok(made);
  return made.take();
}

void a_name_is_shared_while_anything_of_it_lives(void**) {
  std::shared_ptr<Connection> first = connect_to("mem://shared");
  std::shared_ptr<Bucket> bucket = make_bucket(*first, "b");
  assert_ok(bucket_put(*bucket, "a", "v"));
  Result<std::shared_ptr<Bucket>> second = connect_to("mem://shared")->open_bucket("b");
  assert_ok(second);
  assert_ok(bucket_get(**second, "a"));
  second = Status(SLIP_CLOSED, "");
  assert_status(connect_to("mem://other")->open_bucket("b"), SLIP_BUCKET_NOT_FOUND, "\"b\"");
  assert_status(connect_to("mem://")->open_bucket("b"), SLIP_BUCKET_NOT_FOUND, "\"b\"");
  first.reset();
  assert_ok(connect_to("mem://shared")->open_bucket("b"));  // the bucket keeps it
  Follower follower;
  assert_true(follower.start(*bucket, 1));
  bucket.reset();
  assert_ok(connect_to("mem://shared")->open_bucket("b"));  // the watch keeps it
  follower.watcher.reset();
  assert_status(connect_to("mem://shared")->open_bucket("b"), SLIP_BUCKET_NOT_FOUND, "\"b\"");
}

void urls_are_checked(void**) {
  const Options options(SLIP_OPTIONS_CONNECTION);
  for (const char* url : {"mem://a/b", "mem://user:secret@host", "mem://a b"}) {
    Result<std::shared_ptr<Connection>> made = connect(url, options);
    assert_status(made, SLIP_INVALID, "mem://");
    assert_null(std::strstr(made.status().message().c_str(), "secret"));
  }
  for (const char* url :
       {"", "mem", "mem:", "host:4222", "user:secret@host", "://secret", "se cret://host"}) {
    Result<std::shared_ptr<Connection>> made = connect(url, options);
    assert_status(made, SLIP_INVALID, "no scheme", "nats://HOST:PORT");
    assert_null(std::strstr(made.status().message().c_str(), "secret"));
  }
  Result<std::shared_ptr<Connection>> made = connect("http://user:secret@host", options);
  assert_status(made, SLIP_INVALID, "unknown scheme \"http\"", "nats://HOST:PORT");
  assert_null(std::strstr(made.status().message().c_str(), "secret"));
}

void options_become_the_configuration(void**) {
  Options options(SLIP_OPTIONS_BUCKET);
  Result<BucketConfig> config = bucket_config("b", options);
  assert_ok(config);
  assert_int_equal(config->history, 1);
  assert_int_equal(config->max_bytes, -1);
  assert_int_equal(config->max_value_size, -1);
  assert_int_equal(config->storage, SLIP_STORAGE_FILE);
  assert_int_equal(config->discard, SLIP_DISCARD_NEW);
  for (const auto& [name, value] : {std::pair<const char*, const char*>{"history", "7"},
                                    {"max_age_ms", "5"},
                                    {"max_bytes", "9"},
                                    {"max_value_size", "8"},
                                    {"marker_ttl_ms", "1000"},
                                    {"replicas", "3"},
                                    {"storage", "memory"},
                                    {"discard", "old"},
                                    {"description", "text"}}) {
    assert_ok(options.set_string(name, value));
  }
  Result<BucketConfig> other = bucket_config("b", options);
  assert_ok(other);
  assert_int_equal(other->max_age_ns, 5000000);
  assert_text(config_differences(*config, *config), "");
  assert_text(config_differences(*config, *other),
              "history is 7, not 1; max_age_ns is 5000000, not 0; max_bytes is 9, not -1; "
              "max_value_size is 8, not -1; marker_ttl_ns is 1000000000, not 0; "
              "replicas is 3, not 1; storage is memory, not file; discard is old, not new");
  assert_ok(options.set_string("marker_ttl_ms", "999"));
  assert_status(bucket_config("b", options), SLIP_OUT_OF_BOUNDS, "marker_ttl_ms", "999");
}

void differences_can_be_accepted(void**) {
  std::shared_ptr<Connection> connection = connect_to("mem://");
  Options options(SLIP_OPTIONS_BUCKET);
  assert_ok(options.set_u64("replicas", 3));
  Result<BucketConfig> config = bucket_config("b", options);
  assert_ok(config);
  assert_status(connection->create_bucket(*config), SLIP_CONFIG_MISMATCH, "\"b\"",
                "replicas is 1, not 3", "accept_differences");
  assert_ok(connection->open_bucket("b"));
  config->accept_differences = true;
  Result<std::shared_ptr<Bucket>> bucket = connection->create_bucket(*config);
  assert_ok(bucket);
  Result<BucketState> state = (*bucket)->info();
  assert_ok(state);
  assert_int_equal(state->replicas, 1);
  assert_int_equal(state->storage, SLIP_STORAGE_MEMORY);
}

void values_age_silently(void**) {
  std::shared_ptr<Connection> connection = connect_to("mem://");
  std::shared_ptr<Bucket> bucket = make_bucket(*connection, "b", {{"max_age_ms", "20"}});
  Follower follower;
  assert_true(follower.start(*bucket, 1));
  assert_ok(bucket_put(*bucket, "a", "v"));
  test_await(
      [](void* user) {
        return bucket_get(*static_cast<Bucket*>(user), "a").status().is(SLIP_NOT_FOUND) ? 1 : 0;
      },
      bucket.get(), 30000, "the value to be gone");
  const Result<BucketState> state = bucket->info();
  assert_ok(state);
  assert_int_equal(state.value().messages, 0);
  assert_int_equal(state.value().first_revision, 2);
  assert_int_equal(state.value().last_revision, 1);
  assert_true(follower.follow_to(1));
  assert_text(follower.text(), "a=v@1");
  // One that starts now is told where the bucket stands.
  Follower late;
  assert_true(late.start(*bucket, 1));
  assert_true(late.follow_to(1));
  assert_text(late.text(), "");
  Write write = kv_test::write_of(SLIP_PUT, "a", "v");
  write.ttl_ns = 1000000000;
  WriteResult result;
  assert_status(bucket_write_many(*bucket, &write, 1, &result), SLIP_UNSUPPORTED, "marker_ttl_ms");
}

void a_tick_is_a_sign_of_life(void**) {
  std::shared_ptr<Connection> connection = connect_to("mem://");
  std::shared_ptr<Bucket> bucket = make_bucket(*connection, "b");
  assert_ok(bucket_put(*bucket, "a", "v"));
  Follower follower;
  assert_true(follower.start(*bucket, 1));
  assert_true(follower.follow_to(1));
  follower.watcher->tick();
  const Intake::Taken taken = follower.intake->take(-1, Deadline{}, &follower.batch);
  assert_int_equal(taken.outcome, Intake::Outcome::heartbeat);
  assert_int_equal(taken.heartbeat.delivery, 1);
  assert_int_equal(taken.heartbeat.revision, 1);
}

void a_listing_ends_with_its_bucket(void**) {
  std::shared_ptr<Connection> connection = connect_to("mem://");
  std::shared_ptr<Bucket> bucket = make_bucket(*connection, "b");
  assert_ok(bucket_put(*bucket, "a", "v"));
  Result<std::unique_ptr<Listing>> listing = bucket->list("", true);
  assert_ok(listing);
  assert_ok(connection->delete_bucket("b"));
  make_bucket(*connection, "b");
  assert_status((*listing)->next(), SLIP_BUCKET_NOT_FOUND, "deleted");
}

// Whichever comes first: the watch is refused, or it is told.
void a_watch_made_while_closing_ends(void**) {
  std::shared_ptr<Connection> keeper = connect_to("mem://closing");
  make_bucket(*keeper, "b");
  int made = 0;
  int round = 0;
  // A matter of chance: many rounds on an idle machine, few on a busy one.
  for (const Deadline end = deadline_after_ms(1000); Steady::now() < end; ++round) {
    std::shared_ptr<Connection> connection = connect_to("mem://closing");
    Result<std::shared_ptr<Bucket>> bucket = connection->open_bucket("b");
    assert_ok(bucket);
    std::atomic<bool> closes{false};
    std::thread closing([&] {
      closes = true;
      for (volatile int delay = round % 200 * 40; delay > 0;) delay = delay - 1;
      (void)connection->close();
    });
    Follower follower;
    while (!closes) {  // no yielding: that would let the other thread finish first
    }
    const bool started = follower.start(**bucket, 1);
    closing.join();
    made += started;
    if (!started) continue;
    while (follower.step(Deadline{})) {
    }
    assert_int_equal(follower.reason.code(), SLIP_CLOSED);
  }
  print_message("%d of %d watches were made before the connection closed\n", made, round);
}

void the_number_of_buckets_is_bounded(void**) {
  std::shared_ptr<Connection> connection = connect_to("mem://");
  BucketConfig config;
  for (size_t i = 0; i < kMemoryBucketsMax; ++i) {
    config.name = "b" + std::to_string(i);
    assert_ok(connection->create_bucket(config));
  }
  config.name = "one-more";
  assert_status(connection->create_bucket(config), SLIP_NO_SPACE, "\"one-more\"", "10000");
  assert_ok(connection->delete_bucket("b7"));
  assert_ok(connection->create_bucket(config));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_name_is_shared_while_anything_of_it_lives),
      cmocka_unit_test(urls_are_checked),
      cmocka_unit_test(options_become_the_configuration),
      cmocka_unit_test(differences_can_be_accepted),
      cmocka_unit_test(values_age_silently),
      cmocka_unit_test(a_tick_is_a_sign_of_life),
      cmocka_unit_test(a_listing_ends_with_its_bucket),
      cmocka_unit_test(a_watch_made_while_closing_ends),
      cmocka_unit_test(the_number_of_buckets_is_bounded),
  };
  int failed = cmocka_run_group_tests_name("embedded bucket", tests, nullptr, nullptr);
  BucketFactory factory{"embedded", [] { return connect_to("mem://conformance"); }};
  std::shared_ptr<Connection> alive = factory.connect();
  failed += kv_test::run_bucket_conformance(factory);
  return failed;
}
