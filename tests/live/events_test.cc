// What can happen to a bucket under a live watch, one test each: what came to apply, that the fold
// is what was written, how the watch ended or that it went on, and the event's name in its status.
//   events_test current|old [TEST [NOT THIS]]
#include <atomic>
#include <cstring>
#include <thread>

#include "live/events_stage.h"

using events::Stage;

namespace {

int g_kind = TEST_NATS_CURRENT;
bool old_server() { return g_kind == TEST_NATS_OLD; }

struct Server {
  explicit Server(const test_nats_config* config = nullptr)
      : handle(test_nats_start(g_kind, config)) {}
  ~Server() { test_nats_stop(handle); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  std::string url() const { return test_nats_url(handle); }
  test_nats_server* const handle;
};

void write_some(Stage* stage, const std::string& value) {
  for (int i = 0; i < 20; ++i) stage->put("key." + std::to_string(i), value);
}

void a_key_is_purged(void**) {
  const Server server;
  Stage stage(server.url());
  write_some(&stage, "1");
  stage.follow();
  stage.check();
  const uint64_t purged = stage.purge("key.3");
  const uint64_t of_none = stage.purge("never.there");
  stage.put("key.4", "2");
  stage.check();
  const auto came = stage.came("key.3");
  assert_int_equal(came.size(), 2);
  assert_int_equal(came[1].operation, SLIP_PURGE);
  assert_int_equal(came[1].revision, purged);
  assert_int_equal(came[1].flags, 0);
  assert_int_equal(stage.came("never.there").at(0).revision, of_none);
  assert_int_equal(stage.state().restarts, 0);
  stage.met("key_purged");
}

// Nothing is delivered for it: the audit finds it.
void the_whole_stream_is_purged(void**) {
  const Server server;
  Stage stage(server.url());
  write_some(&stage, "1");
  stage.follow();
  stage.check();
  stage.raw.api("STREAM.PURGE.KV_b");
  stage.record.gone(1, stage.record.last_revision());
  stage.ends(SLIP_AUDIT_MISMATCH, "b");
  assert_string_equal(trace::judge(stage.record, stage.told).c_str(), "");
  stage.met("audit_mismatch");
  stage.met("bucket_purged");
}

void the_stream_is_deleted(void**) {
  const Server server;
  Stage stage(server.url());
  write_some(&stage, "1");
  stage.follow();
  stage.check();
  MUST(slip_bucket_delete(stage.connection, "b", &error));
  stage.ends(SLIP_BUCKET_NOT_FOUND, "\"b\"");
  assert_string_equal(trace::judge(stage.record, stage.told).c_str(), "");
  stage.met("bucket_deleted");
}

// Its new sequences begin at 1, below the cursor and, later, beyond it.
void made_anew(int writes_after) {
  const Server server;
  Stage stage(server.url());
  write_some(&stage, "1");
  stage.follow();
  stage.check();
  const std::string info = stage.raw.api("STREAM.INFO.KV_b");
  stage.hold = true;  // the watch does not look while there is none
  stage.put("key.0", "2");
  events::await("apply to wait", [&] { return stage.held.load(); });
  stage.raw.api("STREAM.DELETE.KV_b");
  stage.raw.api("STREAM.CREATE.KV_b", events::object(info, "config"));
  stage.hold = false;
  for (int i = 0; i < writes_after; ++i) stage.raw.publish("$KV.b.other", "2");
  stage.ends(SLIP_STREAM_RECREATED, "the bucket was deleted and made anew");
  assert_true(stage.came("other").empty());
  assert_string_equal(trace::judge(stage.record, stage.told).c_str(), "");
  stage.met("bucket_recreated");
}
void the_stream_is_recreated(void**) { made_anew(3); }
void the_stream_is_recreated_and_longer(void**) { made_anew(40); }

void the_consumer_is_deleted(void**) {
  const Server server;
  Stage stage(server.url());
  write_some(&stage, "1");
  stage.follow();
  stage.check();
  for (int round = 0; round < 3; ++round) {
    const std::string consumer = stage.consumer();
    assert_true(!consumer.empty());
    stage.raw.api("CONSUMER.DELETE.KV_b." + consumer);
    stage.put("key.1", std::to_string(round));
    stage.remove("key.2");
    stage.check();
    assert_true(stage.consumer() != consumer);
  }
  assert_int_equal(stage.state().restarts, 3);
  assert_int_equal(stage.state().gaps, 0);
  stage.met("consumer_deleted");
}

void the_server_restarts(void (*end)(test_nats_server*), const char* event) {
  const Server server;
  Stage stage(server.url());
  write_some(&stage, "1");
  stage.follow();
  stage.check();
  for (int round = 0; round < 3; ++round) {
    end(server.handle);
    test_nats_restart(server.handle);
    write_some(&stage, std::to_string(round));
    stage.remove("key.5");
    stage.check();
  }
  assert_true(stage.state().restarts >= 3);
  stage.met(event);
}
void the_server_restarts_gracefully(void**) {
  the_server_restarts(test_nats_terminate, "server_shutdown");
}
void the_server_restarts_by_kill(void**) { the_server_restarts(test_nats_kill, "connection_lost"); }

// It neither answers nor hangs up, for longer than heartbeats may be missed.
void the_server_stands_still(void**) {
  const Server server;
  Stage stage(server.url());
  write_some(&stage, "1");
  stage.follow();
  stage.check();
  test_nats_freeze(server.handle);
  events::await("the watch to notice", [&] { return stage.state().state != SLIP_WATCH_LIVE; });
  test_nats_thaw(server.handle);
  write_some(&stage, "2");
  stage.check();
  assert_true(stage.state().restarts >= 1);
  stage.met("silence");
}

void the_bucket_is_reconfigured(void**) {
  const Server server;
  Stage stage(server.url());
  write_some(&stage, "1");
  stage.follow();
  stage.check();
  std::string config = events::object(stage.raw.api("STREAM.INFO.KV_b"), "config");
  const std::string was = "\"max_msgs_per_subject\":1,";
  const size_t at = config.find(was);
  assert_true(at != std::string::npos);
  config.replace(at, was.size(), "\"max_msgs_per_subject\":5,");
  assert_string_equal(events::member(stage.raw.api("STREAM.UPDATE.KV_b", config), "code").c_str(),
                      "");
  for (int round = 0; round < 5; ++round) write_some(&stage, std::to_string(round));
  stage.remove("key.1");
  stage.check();
  assert_int_equal(stage.came("key.0").size(), 6);
  // Every run learns the rules anew.
  stage.raw.api("CONSUMER.DELETE.KV_b." + stage.consumer());
  stage.put("key.1", "again");
  stage.check();
  stage.met("bucket_reconfigured");
}

// The server writes markers for what expires. Its clock decides when; nothing here waits for a
// time.
void values_expire_with_markers(void**) {
  if (old_server()) {  // it ignores what it does not know, and is not believed
    const Server server;
    slip_connection* connection = nullptr;
    slip_options* options = nullptr;
    slip_bucket* bucket = nullptr;
    slip_error* refused = nullptr;
    MUST(slip_connect(server.url().c_str(), nullptr, &connection, &error));
    MUST(slip_options_new(SLIP_OPTIONS_BUCKET, &options, &error));
    MUST(slip_options_set_u64(options, "marker_ttl_ms", 60000, &error));
    assert_int_equal(slip_bucket_create(connection, "b", options, &bucket, &refused),
                     SLIP_CONFIG_MISMATCH);
    assert_non_null(strstr(slip_error_message(refused), "marker_ttl_"));
    slip_error_free(refused);
    slip_options_free(options);
    slip_connection_free(connection);
    return;
  }
  const Server server;
  Stage stage(server.url(), {{"marker_ttl_ms", "60000"}});
  stage.record.expires();
  stage.put("stays", "1");
  stage.follow();
  const uint64_t put = stage.publish_raw("short", "2", {{"Nats-TTL", "1s"}});
  events::await("the marker", [&] { return stage.came("short").size() == 2; });
  const auto came = stage.came("short");
  assert_int_equal(came[0].revision, put);
  assert_int_equal(came[1].operation, SLIP_PURGE);
  assert_int_equal(came[1].flags, SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER);
  assert_true(came[1].revision > put);
  stage.put("stays", "3");
  // The record learns the marker's revision, which only the server knew.
  stage.record.wrote("short", SLIP_PURGE, "", came[1].revision);
  stage.check();
  stage.met("key_expired");
}

void a_bucket_with_history(void**) {
  const Server server;
  Stage stage(server.url(), {{"history", "5"}});
  for (int round = 0; round < 8; ++round) write_some(&stage, std::to_string(round));
  stage.remove("key.7");
  stage.follow();
  stage.check();
  assert_int_equal(stage.came("key.0").size(), 5);
  assert_int_equal(stage.came("key.7").size(), 5);
  write_some(&stage, "8");
  stage.check();
  assert_int_equal(stage.came("key.0").size(), 6);
  stage.met("older_revisions");
}

// A stream that acknowledges nothing: the write gives up in its time, although other requests of
// the same connection are answered all the while.
void a_write_without_an_answer(void**) {
  const Server server;
  Stage stage(server.url());
  stage.put("a", "1");
  std::string config = events::object(stage.raw.api("STREAM.INFO.KV_b"), "config");
  const size_t no_ack = config.find("\"no_ack\":true,");
  assert_true(no_ack == std::string::npos);
  config.insert(1, "\"no_ack\":true,");
  const std::string answer = stage.raw.api("STREAM.UPDATE.KV_b", config);
  assert_string_equal(events::member(answer, "err_code").c_str(), "");
  std::atomic<bool> done{false};
  std::thread others([&] {
    slip_bucket_state state = SLIP_BUCKET_STATE_INIT;
    while (!done) (void)!slip_bucket_info(stage.bucket, &state, nullptr);
  });
  slip_error* error = nullptr;
  const int64_t before = test_now_ms();
  const slip_status status = slip_bucket_put(stage.bucket, "a", 1, "2", 1, nullptr, &error);
  const int64_t after = test_now_ms();
  done = true;
  others.join();
  assert_int_equal(status, SLIP_INDETERMINATE);
  assert_non_null(strstr(slip_error_message(error), "the write may have happened"));
  slip_error_free(error);
  assert_true(after - before < 30000);
}

void puts_without_a_value(void**) {
  const Server server;
  Stage stage(server.url());
  stage.put("ours", "");
  stage.publish_raw("theirs", "");
  stage.publish_raw("named", "", {{"KV-Operation", "PUT"}});
  stage.publish_raw("other.header", "", {{"X-Other", "1"}});
  stage.publish_raw("not.empty", "v");
  stage.publish_raw("not.empty", "ignored", {{"KV-Operation", "DEL"}}, SLIP_DELETE);
  stage.follow();
  stage.put("ours.live", "");
  stage.publish_raw("theirs.live", "");
  stage.check();
  assert_int_equal(stage.came("theirs.live").at(0).operation, SLIP_PUT);
  stage.met("empty_value");
}

void keys_outside_the_rules(void**) {
  const Server server;
  Stage stage(server.url());
  for (const char* key : {"a:b", "per%cent", "caf\xc3\xa9", "_kv.reserved", "{x}", "tab\x01"})
    stage.publish_raw(key, "1");
  stage.follow();
  for (const char* key : {"a:b", "caf\xc3\xa9", "live~key", "#", "$"}) stage.publish_raw(key, "2");
  stage.publish_raw("a:b", "", {{"KV-Operation", "DEL"}}, SLIP_DELETE);
  stage.put("sound", "1");
  stage.check();
  assert_int_equal(stage.came("caf\xc3\xa9").back().digest, trace::digest_of("2"));
  stage.met("odd_key");
}

// Longer than any index takes as it is; other clients may write what this library would not.
void keys_over_the_comfort(void**) {
  test_nats_config config{};
  config.text = "max_control_line: 65536";
  const Server server(&config);
  Stage stage(server.url());
  const std::string stem(3901, 'k');
  stage.publish_raw(stem + "1", "1");
  stage.publish_raw(stem + "2", "2");
  stage.follow();
  stage.publish_raw(std::string(8000, 'l'), "3");
  stage.publish_raw(stem + "1", "4");
  stage.publish_raw(stem + "2", "", {{"KV-Operation", "DEL"}}, SLIP_DELETE);
  stage.put("short", "5");
  stage.check();
  assert_int_equal(stage.state().restarts, 0);
  stage.met("long_key");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  if (argc > 2) cmocka_set_test_filter(argv[2]);
  if (argc > 3) cmocka_set_skip_filter(argv[3]);
  g_kind = strcmp(argv[1], "old") == 0 ? TEST_NATS_OLD : TEST_NATS_CURRENT;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_key_is_purged),
      cmocka_unit_test(the_whole_stream_is_purged),
      cmocka_unit_test(the_stream_is_deleted),
      cmocka_unit_test(the_stream_is_recreated),
      cmocka_unit_test(the_stream_is_recreated_and_longer),
      cmocka_unit_test(the_consumer_is_deleted),
      cmocka_unit_test(the_server_restarts_gracefully),
      cmocka_unit_test(the_server_restarts_by_kill),
      cmocka_unit_test(the_server_stands_still),
      cmocka_unit_test(the_bucket_is_reconfigured),
      cmocka_unit_test(values_expire_with_markers),
      cmocka_unit_test(a_bucket_with_history),
      cmocka_unit_test(a_write_without_an_answer),
      cmocka_unit_test(puts_without_a_value),
      cmocka_unit_test(keys_outside_the_rules),
      cmocka_unit_test(keys_over_the_comfort),
  };
  return cmocka_run_group_tests_name("events", tests, nullptr, nullptr);
}
