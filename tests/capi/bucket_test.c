/* Connection, bucket, reading and writing, on the embedded server. */
#include "capi/check.h"

static void a_connection_says_what_it_does(void** state) {
  (void)state;
  slip_connection* connection = NULL;
  slip_connection_state s = SLIP_CONNECTION_STATE_INIT;
  assert_ok(slip_connect("mem://", NULL, &connection, &error));
  assert_ok(slip_connection_status(connection, &s, &error));
  assert_int_equal(s.state, SLIP_CONNECTION_CONNECTED);
  assert_ok(slip_connection_close(connection, &error));
  assert_ok(slip_connection_close(connection, &error));
  assert_ok(slip_connection_status(connection, &s, &error));
  assert_int_equal(s.state, SLIP_CONNECTION_CLOSED);
  slip_connection_free(connection);
}

static void urls_are_checked(void** state) {
  (void)state;
  static const char* const bad[] = {"", "nats", "http://x", "mem:", "nats://", "://x"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    slip_connection* connection = GARBAGE(slip_connection);
    assert_fails(slip_connect(bad[i], NULL, &connection, &error), SLIP_INVALID, "");
    assert_null(connection);
  }
}

static void a_named_server_is_shared(void** state) {
  (void)state;
  slip_connection* a = NULL;
  slip_connection* b = NULL;
  slip_connection* own = NULL;
  slip_bucket* bucket = NULL;
  slip_bucket* same = NULL;
  assert_ok(slip_connect("mem://shared", NULL, &a, &error));
  assert_ok(slip_connect("mem://shared", NULL, &b, &error));
  assert_ok(slip_connect("mem://", NULL, &own, &error));
  assert_ok(slip_bucket_create(a, "routes", NULL, &bucket, &error));
  assert_ok(slip_bucket_open(b, "routes", NULL, &same, &error));
  put(bucket, "k", "v");
  slip_entry* entry = NULL;
  assert_ok(slip_bucket_get(same, "k", 1, &entry, &error));
  assert_bytes(slip_entry_update(entry)->value, "v");
  slip_entry_free(entry);
  slip_bucket* none = GARBAGE(slip_bucket);
  assert_fails(slip_bucket_open(own, "routes", NULL, &none, &error), SLIP_BUCKET_NOT_FOUND,
               "routes");
  assert_null(none);
  slip_bucket_free(same);
  slip_bucket_free(bucket);
  slip_connection_free(own);
  slip_connection_free(b);
  slip_connection_free(a);
}

static void buckets_are_made_opened_and_deleted(void** state) {
  (void)state;
  world w = world_open();
  slip_bucket* bucket = NULL;
  slip_options* five = options_with(SLIP_OPTIONS_BUCKET, "history", "5");
  assert_ok(slip_bucket_create(w.connection, "five", five, &bucket, &error));
  slip_bucket_state info = SLIP_BUCKET_STATE_INIT;
  assert_ok(slip_bucket_info(bucket, &info, &error));
  assert_int_equal(info.history, 5);
  assert_true(info.epoch > 0);
  assert_int_equal(info.last_revision, 0);
  assert_int_equal(info.first_revision, 1);
  slip_bucket_free(bucket);
  assert_fails(slip_bucket_create(w.connection, "five", NULL, &bucket, &error), SLIP_BUCKET_EXISTS,
               "history");
  assert_ok(slip_bucket_create(w.connection, "five", five, &bucket, &error));
  slip_bucket_free(bucket);
  assert_fails(slip_bucket_create(w.connection, "a.b", NULL, &bucket, &error), SLIP_INVALID,
               "name");
  assert_fails(slip_bucket_open(w.connection, "", NULL, &bucket, &error), SLIP_INVALID, "");
  assert_ok(slip_bucket_delete(w.connection, "five", &error));
  assert_fails(slip_bucket_delete(w.connection, "five", &error), SLIP_BUCKET_NOT_FOUND, "five");
  slip_options_free(five);
  world_close(&w);
}

static void keys_are_written_and_read(void** state) {
  (void)state;
  world w = world_open();
  slip_bucket* b = w.bucket;
  uint64_t r = 0;
  slip_entry* entry = GARBAGE(slip_entry);
  assert_fails(slip_bucket_get(b, "k", 1, &entry, &error), SLIP_NOT_FOUND, "\"k\"");
  assert_null(entry);
  assert_ok(slip_bucket_put(b, "k", 1, "one", 3, &r, &error));
  assert_int_equal(r, 1);
  assert_fails(slip_bucket_put_if_absent(b, "k", 1, "x", 1, &r, &error), SLIP_EXISTS, "\"k\"");
  assert_int_equal(r, 0);
  assert_fails(slip_bucket_put_if(b, "k", 1, "x", 1, 7, &r, &error), SLIP_CONFLICT, "\"k\"");
  assert_ok(slip_bucket_put_if(b, "k", 1, "two", 3, 1, &r, &error));
  assert_int_equal(r, 2);
  assert_ok(slip_bucket_get(b, "k", 1, &entry, &error));
  assert_bytes(slip_entry_update(entry)->key, "k");
  assert_bytes(slip_entry_update(entry)->value, "two");
  assert_int_equal(slip_entry_update(entry)->revision, 2);
  assert_int_equal(slip_entry_update(entry)->operation, SLIP_PUT);
  assert_true(slip_entry_update(entry)->timestamp_ns > 0);
  slip_entry_free(entry);
  assert_fails(slip_bucket_remove_if(b, "k", 1, 1, &r, &error), SLIP_CONFLICT, "2");
  assert_ok(slip_bucket_remove_if(b, "k", 1, 2, &r, &error));
  assert_fails(slip_bucket_remove(b, "k", 1, &r, &error), SLIP_NOT_FOUND, "\"k\"");
  assert_int_equal(r, 0);
  assert_ok(slip_bucket_put_if_absent(b, "k", 1, NULL, 0, NULL, &error));
  assert_ok(slip_bucket_remove(b, "k", 1, NULL, &error));
  assert_ok(slip_bucket_purge(b, "absent", 6, &r, &error));
  assert_true(r > 0);
  world_close(&w);
}

static void illegal_keys_are_refused(void** state) {
  (void)state;
  world w = world_open();
  char large[1025];
  memset(large, 'k', sizeof large);
  static const char* const bad[] = {"", ".k", "k.", "a..b", "a b", "a*", "a>", "k\x80"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i)
    assert_fails(slip_bucket_put(w.bucket, bad[i], strlen(bad[i]), "v", 1, NULL, &error),
                 SLIP_INVALID, "key");
  assert_fails(slip_bucket_put(w.bucket, "a\0b", 3, "v", 1, NULL, &error), SLIP_INVALID, "key");
  assert_fails(slip_bucket_get(w.bucket, large, sizeof large, &(slip_entry*){NULL}, &error),
               SLIP_INVALID, "1025");
  assert_ok(slip_bucket_put(w.bucket, large, 1024, "v", 1, NULL, &error));
  world_close(&w);
}

static slip_write write_of(uint32_t operation, const char* key, const char* value) {
  slip_write write;
  memset(&write, 0, sizeof write);
  write.key.data = (const uint8_t*)key;
  write.key.size = strlen(key);
  write.value.data = (const uint8_t*)value;
  write.value.size = strlen(value);
  write.expected_revision = SLIP_REVISION_ANY;
  write.operation = operation;
  return write;
}

static void many_writes_have_a_result_each(void** state) {
  (void)state;
  world w = world_open();
  slip_write writes[4];
  slip_write_result results[4];
  writes[0] = write_of(SLIP_PUT, "a", "1");
  writes[1] = write_of(SLIP_PUT, "b", "2");
  writes[2] = write_of(SLIP_DELETE, "a", "");
  writes[3] = write_of(SLIP_PUT, "c", "3");
  assert_ok(slip_bucket_put_many(w.bucket, writes, 4, results, &error));
  for (int i = 0; i < 4; ++i) {
    assert_int_equal(results[i].status, SLIP_OK);
    assert_int_equal(results[i].revision, i + 1);
  }
  writes[1].expected_revision = 1; /* it is 2 */
  writes[2] = write_of(SLIP_PUT, "not legal", "x");
  assert_fails(slip_bucket_put_many(w.bucket, writes, 4, results, &error), SLIP_CONFLICT, "item 1");
  assert_int_equal(results[0].status, SLIP_OK);
  assert_int_equal(results[1].status, SLIP_CONFLICT);
  assert_int_equal(results[2].status, SLIP_INVALID);
  assert_int_equal(results[3].status, SLIP_OK);
  assert_fails(slip_bucket_put_many(w.bucket, writes, 1000001, results, &error), SLIP_TOO_LARGE,
               "1000000");
  world_close(&w);
}

/* Iterates in steps of `capacity`: the number of updates, and of those with a value. */
static int count_listed(slip_iterator* iterator, size_t capacity, int* with_value) {
  slip_update updates[64];
  size_t count = 0;
  int total = 0;
  slip_status status;
  *with_value = 0;
  while ((status = slip_iterator_next(iterator, updates, capacity, &count, NULL)) == SLIP_OK) {
    assert_true(count > 0 && count <= capacity);
    for (size_t i = 0; i < count; ++i) *with_value += updates[i].value.size > 0 ? 1 : 0;
    total += (int)count;
  }
  assert_int_equal(status, SLIP_END);
  assert_int_equal(count, 0);
  /* The end stays the end. */
  assert_int_equal(slip_iterator_next(iterator, updates, capacity, &count, NULL), SLIP_END);
  return total;
}

static void listings_come_in_any_step(void** state) {
  (void)state;
  world w = world_open();
  put_many(w.bucket, "a.", 100);
  put_many(w.bucket, "b.", 50);
  assert_ok(slip_bucket_remove(w.bucket, "a.00007", 7, NULL, &error));
  for (size_t capacity = 1; capacity <= 64; capacity += 21) {
    slip_iterator* iterator = NULL;
    int with_value = 0;
    assert_ok(slip_bucket_keys(w.bucket, "a.", 2, &iterator, &error));
    assert_int_equal(count_listed(iterator, capacity, &with_value), 99);
    assert_int_equal(with_value, 0);
    slip_iterator_free(iterator);
    assert_ok(slip_bucket_scan(w.bucket, NULL, 0, &iterator, &error));
    assert_int_equal(count_listed(iterator, capacity, &with_value), 149);
    assert_int_equal(with_value, 149);
    slip_iterator_free(iterator);
  }
  slip_iterator* iterator = NULL;
  slip_update update;
  size_t count = 0;
  assert_ok(slip_bucket_keys(w.bucket, "none.", 5, &iterator, &error));
  assert_fails(slip_iterator_next(iterator, &update, 0, &count, &error), SLIP_INVALID, "capacity");
  assert_fails(slip_iterator_next(iterator, &update, 1, &count, &error), SLIP_END, "");
  slip_iterator_free(iterator);
  world_close(&w);
}

static void a_closed_connection_closes_its_buckets(void** state) {
  (void)state;
  world w = world_open();
  slip_bucket* none = GARBAGE(slip_bucket);
  slip_entry* entry = GARBAGE(slip_entry);
  slip_bucket_state info = SLIP_BUCKET_STATE_INIT;
  assert_ok(slip_connection_close(w.connection, &error));
  assert_fails(slip_bucket_open(w.connection, "routes", NULL, &none, &error), SLIP_CLOSED,
               "connection");
  assert_null(none);
  assert_fails(slip_bucket_create(w.connection, "more", NULL, &none, &error), SLIP_CLOSED,
               "connection");
  assert_fails(slip_bucket_delete(w.connection, "routes", &error), SLIP_CLOSED, "connection");
  assert_fails(slip_bucket_put(w.bucket, "k", 1, "v", 1, NULL, &error), SLIP_CLOSED, "");
  assert_fails(slip_bucket_get(w.bucket, "k", 1, &entry, &error), SLIP_CLOSED, "");
  assert_fails(slip_bucket_info(w.bucket, &info, &error), SLIP_CLOSED, "");
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_connection_says_what_it_does),
      cmocka_unit_test(urls_are_checked),
      cmocka_unit_test(a_named_server_is_shared),
      cmocka_unit_test(buckets_are_made_opened_and_deleted),
      cmocka_unit_test(keys_are_written_and_read),
      cmocka_unit_test(illegal_keys_are_refused),
      cmocka_unit_test(many_writes_have_a_result_each),
      cmocka_unit_test(listings_come_in_any_step),
      cmocka_unit_test(a_closed_connection_closes_its_buckets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
