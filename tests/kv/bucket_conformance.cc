#include "kv/bucket_conformance.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <initializer_list>
#include <thread>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "kv/follower.h"
#include "kv/kv_support.h"

using namespace slip;  // NOLINT: the suite speaks of nothing else

namespace kv_test {
namespace {

// One connection and one new bucket with the given options.
struct Room {
  using Settings = std::initializer_list<std::pair<const char*, const char*>>;

  Room(void** state, Settings settings = {})
      : factory(*static_cast<const BucketFactory*>(*state)), connection(factory.connect()) {
    static int made = 0;
    name = "conformance-" + std::to_string(test_now_ms()) + "-" + std::to_string(++made);
    Options options(SLIP_OPTIONS_BUCKET);
    for (const auto& [option, value] : settings) assert_ok(options.set_string(option, value));
    Result<BucketConfig> taken = bucket_config(name, options);
    assert_ok(taken);
    config = taken.take();
    Result<std::shared_ptr<Bucket>> created = connection->create_bucket(config);
    assert_ok(created);
    bucket = created.take();
  }

  uint64_t put(Bytes key, Bytes value) {
    Result<uint64_t> revision = bucket_put(*bucket, key, value);
    assert_ok(revision);
    return *revision;
  }
  uint64_t remove(Bytes key) {
    Result<uint64_t> revision = bucket_remove(*bucket, key);
    assert_ok(revision);
    return *revision;
  }
  uint64_t purge(Bytes key) {
    Result<uint64_t> revision = bucket_purge(*bucket, key);
    assert_ok(revision);
    return *revision;
  }
  BucketState info() {
    Result<BucketState> state = bucket->info();
    assert_ok(state);
    return *state;
  }
  std::string get(Bytes key) {
    Result<Entry> entry = bucket_get(*bucket, key);
    assert_ok(entry);
    return shown(entry->update());
  }
  // The updates a listing gives, sorted as text.
  std::string list(Bytes prefix, bool with_values) {
    Result<std::unique_ptr<Listing>> listing = bucket->list(prefix, with_values);
    assert_ok(listing);
    std::vector<std::string> all;
    for (;;) {
      Result<const Batch*> batch = (*listing)->next();
      if (batch.status().is(SLIP_END)) break;
      assert_ok(batch);
      assert_false((*batch)->empty());
      for (size_t i = 0; i < (*batch)->size(); ++i) all.push_back(shown((*batch)->updates()[i]));
    }
    std::sort(all.begin(), all.end());
    std::string text;
    for (const std::string& one : all) text += (text.empty() ? "" : " ") + one;
    return text;
  }
  std::string follow(uint64_t from, uint64_t to, Scope scope = Scope::all()) {
    Follower follower;
    follower.request.scope = std::move(scope);
    assert_true(follower.start(*bucket, from));
    assert_true(follower.follow_to(to));
    return follower.text();
  }

  const BucketFactory& factory;
  std::shared_ptr<Connection> connection;
  std::string name;
  BucketConfig config;
  std::shared_ptr<Bucket> bucket;
};

// --- keys and values -----------------------------------------------------------------------------

void put_and_get(void** state) {
  Room room(state);
  assert_status(bucket_get(*room.bucket, "a"), SLIP_NOT_FOUND, "cannot get key \"a\"", room.name);
  const int64_t before = unix_now_ns();
  assert_int_equal(room.put("a", "one"), 1);
  assert_int_equal(room.put("b", "two"), 2);
  assert_int_equal(room.put("a", "three"), 3);
  assert_text(room.get("a"), "a=three@3");
  assert_text(room.get("b"), "b=two@2");
  Result<Entry> entry = bucket_get(*room.bucket, "a");
  assert_true(std::abs(entry->update().timestamp_ns - before) < 60 * int64_t{1000000000});
  assert_int_equal(entry->update().flags, 0);
  assert_int_equal(entry->update().ttl_ns, 0);
}

void a_delete_hides_the_key(void** state) {
  Room room(state);
  room.put("a", "one");
  assert_int_equal(room.remove("a"), 2);
  assert_status(bucket_get(*room.bucket, "a"), SLIP_NOT_FOUND, "cannot get key \"a\"", room.name);
  Result<Entry> last = room.bucket->last("a");
  assert_ok(last);
  assert_text(shown(last->update()), "a-@2");
  // What does not live is not deleted again, and nothing is written.
  assert_status(bucket_remove(*room.bucket, "a"), SLIP_NOT_FOUND, "cannot delete key \"a\"",
                room.name);
  assert_status(bucket_remove(*room.bucket, "never"), SLIP_NOT_FOUND, "\"never\"");
  assert_status(bucket_remove_if(*room.bucket, "a", 2), SLIP_NOT_FOUND, "\"a\"");
  assert_int_equal(room.info().last_revision, 2);
  assert_status(room.bucket->last("never"), SLIP_NOT_FOUND);
}

void compare_and_swap(void** state) {
  Room room(state);
  assert_int_equal(room.put("other", "x"), 1);
  Result<uint64_t> created = bucket_put_if(*room.bucket, "a", "one", 0);
  assert_ok(created);
  assert_int_equal(*created, 2);
  assert_status(bucket_put_if(*room.bucket, "a", "no", 0), SLIP_CONFLICT, "\"a\"", room.name, "2");
  assert_status(bucket_put_if(*room.bucket, "a", "no", 1), SLIP_CONFLICT, "\"a\"", room.name, "2");
  assert_status(bucket_put_if(*room.bucket, "none", "no", 1), SLIP_CONFLICT, "\"none\"", "0");
  assert_status(bucket_put_if(*room.bucket, "a", "no", UINT64_MAX), SLIP_INVALID, "\"a\"");
  assert_text(room.get("a"), "a=one@2");
  Result<uint64_t> updated = bucket_put_if(*room.bucket, "a", "two", 2);
  assert_ok(updated);
  assert_int_equal(*updated, 3);
  assert_status(bucket_remove_if(*room.bucket, "a", 2), SLIP_CONFLICT, "delete", "\"a\"", "3");
  assert_text(room.get("a"), "a=two@3");
  Result<uint64_t> removed = bucket_remove_if(*room.bucket, "a", 3);
  assert_ok(removed);
  assert_int_equal(*removed, 4);
  // Never written is not the same as deleted.
  assert_status(bucket_put_if(*room.bucket, "a", "no", 0), SLIP_CONFLICT, "4");
  assert_int_equal(room.info().last_revision, 4);
}

void create_makes_dead_keys_live(void** state) {
  Room room(state);
  Result<uint64_t> created = bucket_put_if_absent(*room.bucket, "a", "one");
  assert_ok(created);
  assert_int_equal(*created, 1);
  assert_status(bucket_put_if_absent(*room.bucket, "a", "two"), SLIP_EXISTS, "\"a\"", room.name,
                "1");
  room.remove("a");
  created = bucket_put_if_absent(*room.bucket, "a", "three");
  assert_ok(created);
  assert_text(room.get("a"), "a=three@3");
  room.purge("a");
  created = bucket_put_if_absent(*room.bucket, "a", "four");
  assert_ok(created);
  assert_text(room.get("a"), "a=four@5");
}

void purge_drops_the_history(void** state) {
  Room room(state, {{"history", "5"}});
  for (const char* value : {"1", "2", "3"}) room.put("a", value);
  room.put("b", "kept");
  assert_int_equal(room.info().messages, 4);
  assert_int_equal(room.purge("a"), 5);
  assert_int_equal(room.info().messages, 2);
  assert_status(bucket_get(*room.bucket, "a"), SLIP_NOT_FOUND);
  Result<Entry> last = room.bucket->last("a");
  assert_ok(last);
  assert_text(shown(last->update()), "a!@5");
  assert_text(room.follow(1, 5), "b=kept@4 a!@5");
  // An absent key gets its marker too.
  assert_int_equal(room.purge("never"), 6);
  assert_text(room.follow(6, 6), "never!@6");
}

void any_bytes_are_a_value(void** state) {
  Room room(state);
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  bytes += bytes;
  room.put("binary", bytes);
  room.put("empty", "");
  Result<Entry> entry = bucket_get(*room.bucket, "binary");
  assert_ok(entry);
  assert_true(entry->value() == bytes);
  entry = bucket_get(*room.bucket, "empty");
  assert_ok(entry);
  assert_true(entry->live());
  assert_int_equal(entry->value().size(), 0);
  Follower follower;
  assert_true(follower.start(*room.bucket, 1));
  assert_true(follower.follow_to(2));
  assert_true(follower.updates.at(0) == "binary=" + bytes + "@1");
  assert_text(follower.updates.at(1), "empty=@2");
  const std::string big(200000, 'b');
  room.put("big", big);
  entry = bucket_get(*room.bucket, "big");
  assert_ok(entry);
  assert_true(entry->value() == big);
}

void keys_have_their_alphabet(void** state) {
  Room room(state);
  const std::string longest(kKeyBytesMax, 'k');
  for (const std::string& key : {std::string("A/b_c=d.E-9"), std::string("_"), longest}) {
    room.put(key, "v");
    Result<Entry> entry = bucket_get(*room.bucket, key);
    assert_ok(entry);
    assert_true(entry->key() == key);
  }
  const uint64_t last = room.info().last_revision;
  const std::string illegal[] = {"",
                                 ".a",
                                 "a.",
                                 "a..b",
                                 "a b",
                                 "a*",
                                 ">",
                                 "a\n",
                                 "\"q",
                                 "\xc3\xa4",
                                 std::string("a\0b", 3),
                                 longest + "k"};
  Bucket& bucket = *room.bucket;
  for (const std::string& key : illegal) {
    assert_status(bucket_get(bucket, key), SLIP_INVALID, "cannot get key", room.name);
    assert_status(bucket_put(bucket, key, "v"), SLIP_INVALID, "cannot put key", room.name);
    assert_status(bucket_put_if_absent(bucket, key, "v"), SLIP_INVALID, "key", room.name);
    assert_status(bucket_put_if(bucket, key, "v", 1), SLIP_INVALID, "key", room.name);
    assert_status(bucket_remove(bucket, key), SLIP_INVALID, "cannot delete key", room.name);
    assert_status(bucket_remove_if(bucket, key, 1), SLIP_INVALID, "key", room.name);
    assert_status(bucket_purge(bucket, key), SLIP_INVALID, "cannot purge key", room.name);
  }
  assert_status(bucket_put(bucket, "\xff\"", "v"), SLIP_INVALID, "\"\\xff\\\"\"");
  assert_int_equal(room.info().last_revision, last);
}

// --- many writes in one call ---------------------------------------------------------------------

void every_write_has_its_result(void** state) {
  Room room(state, {{"max_value_size", "1000"}});
  room.put("there", "v");
  const std::string large(1001, 'x');
  const Write writes[] = {
      write_of(SLIP_PUT, "a", "1"),          write_of(SLIP_PUT, "there", "no", 0),
      write_of(SLIP_PUT, "bad key", "no"),   write_of(SLIP_PUT, "large", large),
      write_of(SLIP_DELETE, "a", ""),        write_of(SLIP_PURGE, "never", ""),
      write_of(SLIP_DELETE, "there", "val"), write_of(7, "a", ""),
      write_of(SLIP_PUT, "a", "2", 2),       write_of(SLIP_PUT, "a", "3", 3),
  };
  const slip_status expected[] = {SLIP_OK, SLIP_CONFLICT, SLIP_INVALID, SLIP_TOO_LARGE, SLIP_OK,
                                  SLIP_OK, SLIP_INVALID,  SLIP_INVALID, SLIP_CONFLICT,  SLIP_OK};
  const uint64_t revisions[] = {2, 0, 0, 0, 3, 4, 0, 0, 0, 5};
  WriteResult results[10];
  for (WriteResult& result : results) result = WriteResult{99, 99, 99};
  assert_status(bucket_write_many(*room.bucket, writes, 10, results), SLIP_CONFLICT, "item 1",
                "\"there\"", room.name);
  for (int i = 0; i < 10; ++i) {
    assert_int_equal(results[i].status, expected[i]);
    assert_int_equal(results[i].revision, revisions[i]);
    assert_int_equal(results[i].reserved, 0);
  }
  assert_text(room.get("a"), "a=3@5");
  assert_status(bucket_write_many(*room.bucket, writes + 2, 1, results), SLIP_INVALID, "item 0",
                "\"bad key\"");
  assert_status(bucket_put(*room.bucket, "large", large), SLIP_TOO_LARGE, "\"large\"", room.name);
  assert_ok(bucket_write_many(*room.bucket, writes, 0, results));
  assert_status(bucket_write_many(*room.bucket, writes, kWritesPerCallMax + 1, results),
                SLIP_TOO_LARGE, room.name, "1000001");
}

void writes_are_checked_for_form(void** state) {
  Room room(state);
  WriteResult result;
  Write write = write_of(SLIP_PUT, "a", "v");
  write.flags = 1;
  assert_status(bucket_write_many(*room.bucket, &write, 1, &result), SLIP_INVALID, "zero");
  write = write_of(SLIP_PUT, "a", "v");
  write.reserved[2] = 1;
  assert_status(bucket_write_many(*room.bucket, &write, 1, &result), SLIP_INVALID, "zero");
  write = write_of(SLIP_PUT, "a", "v");
  write.value.data = nullptr;
  assert_status(bucket_write_many(*room.bucket, &write, 1, &result), SLIP_INVALID, "NULL");
  for (const int64_t ttl : {int64_t{1}, int64_t{1500000000}, int64_t{-2}}) {
    write = write_of(SLIP_PUT, "a", "v");
    write.ttl_ns = ttl;
    assert_status(bucket_write_many(*room.bucket, &write, 1, &result), SLIP_INVALID, "ttl_ns",
                  std::to_string(ttl));
  }
  assert_int_equal(room.info().last_revision, 0);
}

void many_writes_keep_their_order(void** state) {
  Room room(state);
  constexpr size_t kCount = 5000;
  std::vector<std::string> keys;
  for (size_t i = 0; i < kCount; ++i) keys.push_back("key." + std::to_string(i));
  std::vector<Write> writes;
  for (const std::string& key : keys) writes.push_back(write_of(SLIP_PUT, key, key));
  std::vector<WriteResult> results(kCount);
  assert_ok(bucket_write_many(*room.bucket, writes.data(), kCount, results.data()));
  for (size_t i = 0; i < kCount; ++i) assert_int_equal(results[i].revision, i + 1);
  Follower follower(BatchBounds{1000, 1u << 20});
  assert_true(follower.start(*room.bucket, 1));
  assert_true(follower.follow_to(kCount));
  assert_int_equal(follower.updates.size(), kCount);
  for (size_t i = 0; i < kCount; ++i) {
    assert_text(follower.updates[i], keys[i] + "=" + keys[i] + "@" + std::to_string(i + 1));
  }
}

// --- history and bounds --------------------------------------------------------------------------

void history_keeps_so_many(void** state) {
  Room room(state, {{"history", "3"}});
  for (const char* value : {"1", "2", "3", "4", "5"}) room.put("a", value);
  for (const uint64_t gone : {1, 2, 6}) {
    Result<std::optional<Entry>> entry = room.bucket->at_revision(gone);
    assert_ok(entry);
    assert_false(entry->has_value());
  }
  Result<std::optional<Entry>> entry = room.bucket->at_revision(4);
  assert_ok(entry);
  assert_true(entry->has_value());
  assert_text(shown((**entry).update()), "a=4@4");
  room.remove("a");
  assert_text(room.follow(1, 6), "a=4@4 a=5@5 a-@6");
  entry = room.bucket->at_revision(6);
  assert_ok(entry);
  assert_text(shown((**entry).update()), "a-@6");
}

void info_tells_the_bounds(void** state) {
  Room room(state, {{"history", "2"}, {"max_bytes", "1000000"}, {"max_value_size", "5000"}});
  BucketState info = room.info();
  assert_int_equal(info.struct_size, sizeof(BucketState));
  assert_int_equal(info.first_revision, 1);
  assert_int_equal(info.last_revision, 0);
  assert_int_equal(info.messages, 0);
  assert_int_equal(info.history, 2);
  assert_int_equal(info.max_bytes, 1000000);
  assert_int_equal(info.max_value_size, 5000);
  assert_int_equal(info.max_age_ns, 0);
  assert_int_equal(info.marker_ttl_ns, 0);
  assert_int_equal(info.replicas, 1);
  assert_int_equal(info.discard, SLIP_DISCARD_NEW);
  assert_true(info.epoch > 0);
  for (const char* key : {"a", "b", "a", "a", "c"}) room.put(key, "value");
  room.remove("b");
  info = room.info();
  assert_int_equal(info.first_revision, 2);
  assert_int_equal(info.last_revision, 6);
  assert_int_equal(info.messages, 5);
  assert_int_equal(info.subjects, 3);
  assert_true(info.size_bytes > 0 && info.size_bytes < 1000);
  room.purge("b");
  assert_int_equal(room.info().first_revision, 3);
  assert_int_equal(room.info().messages, 4);
}

void a_full_bucket_refuses_or_drops(void** state) {
  const std::string value(500, 'v');
  {
    Room room(state, {{"max_bytes", "4096"}});
    Status status;
    for (int i = 0; i < 20 && status.ok(); ++i) {
      status = bucket_put(*room.bucket, "key." + std::to_string(i), value).status();
    }
    assert_status(status, SLIP_BUCKET_FULL, "cannot put key \"key.", room.name);
    assert_ok(bucket_get(*room.bucket, "key.1"));
  }
  Room room(state, {{"max_bytes", "4096"}, {"discard", "old"}});
  assert_int_equal(room.info().discard, SLIP_DISCARD_OLD);
  for (int i = 0; i < 20; ++i) room.put("key." + std::to_string(i), value);
  const BucketState info = room.info();
  assert_true(info.messages < 10 && info.messages > 1);
  assert_int_equal(info.first_revision, 21 - info.messages);
  assert_true(info.size_bytes <= 4096);
  assert_status(bucket_get(*room.bucket, "key.0"), SLIP_NOT_FOUND);
  assert_ok(bucket_get(*room.bucket, "key.19"));
}

void lives_end_with_a_marker(void** state) {
  const auto& factory = *static_cast<const BucketFactory*>(*state);
  if (!factory.limit_markers) return;
  Room room(state, {{"marker_ttl_ms", "60000"}});
  assert_int_equal(room.info().per_message_ttl, 1);
  Follower follower;
  follower.request.idle_heartbeat_ms = 200;
  assert_true(follower.start(*room.bucket, 1));
  Write write = write_of(SLIP_PUT, "a", "short");
  write.ttl_ns = 2000000000;
  WriteResult result;
  assert_ok(bucket_write_many(*room.bucket, &write, 1, &result));
  assert_true(follower.follow_to(1));
  assert_int_equal(follower.batch.updates()[0].ttl_ns, 2000000000);
  const Deadline deadline = deadline_after_ms(60000);
  while (follower.updates.size() < 2 && Steady::now() < deadline) {
    follower.step(deadline_after_ms(100));
    follower.watcher->tick();
  }
  assert_text(follower.text(), "a=short@1 a!@2");
  assert_int_equal(follower.last_flags, SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER);
  assert_status(bucket_get(*room.bucket, "a"), SLIP_NOT_FOUND);
}

// --- listing -------------------------------------------------------------------------------------

void listing_gives_live_keys(void** state) {
  Room room(state, {{"history", "4"}});
  assert_text(room.list("", true), "");
  room.put("routes.eu.1", "a");
  room.put("routes.eu-west", "b");
  room.put("routes.eu", "c");
  room.put("routes.us", "d");
  room.put("routes.e", "e");
  room.put("routes.eu.2", "f");
  room.put("routes.eu.1", "g");
  room.remove("routes.eu.2");
  room.put("other", "h");
  room.purge("other");
  assert_text(room.list("routes.eu", true), "routes.eu-west=b@2 routes.eu.1=g@7 routes.eu=c@3");
  assert_text(room.list("routes.eu.", true), "routes.eu.1=g@7");
  assert_text(room.list("routes.e", false),
              "routes.e=@5 routes.eu-west=@2 routes.eu.1=@7 routes.eu=@3");
  assert_text(room.list("r", false),
              "routes.e=@5 routes.eu-west=@2 routes.eu.1=@7 routes.eu=@3 routes.us=@4");
  assert_text(room.list("", false),
              "routes.e=@5 routes.eu-west=@2 routes.eu.1=@7 routes.eu=@3 routes.us=@4");
  assert_text(room.list("routes.eu.1.more", true), "");
  assert_text(room.list("zz", true), "");
}

void long_listings_come_in_order_of_update(void** state) {
  Room room(state);
  constexpr size_t kCount = 2500;
  for (size_t i = 0; i < kCount; ++i) room.put("key." + std::to_string(i), "v");
  room.put("key.7", "again");
  Result<std::unique_ptr<Listing>> listing = room.bucket->list("key.", true);
  assert_ok(listing);
  size_t count = 0;
  uint64_t last = 0;
  for (;;) {
    Result<const Batch*> batch = (*listing)->next();
    if (!batch.ok()) {
      assert_status(batch, SLIP_END);
      break;
    }
    for (size_t i = 0; i < (*batch)->size(); ++i, ++count) {
      assert_true((*batch)->updates()[i].revision > last);
      last = (*batch)->updates()[i].revision;
    }
  }
  assert_int_equal(count, kCount);
  assert_int_equal(last, kCount + 1);
  assert_status((*listing)->next(), SLIP_END);
}

// --- watching ------------------------------------------------------------------------------------

void a_watch_starts_at_each_revision(void** state) {
  Room room(state, {{"history", "2"}});
  for (const char* key : {"a", "b", "a", "c", "a", "b"}) room.put(key, "v");
  room.remove("c");
  room.purge("b");
  // Retained: c@4, two of a (3, 5), c- (7), b! (8).
  const std::pair<uint64_t, const char*> retained[] = {
      {3, "a=v@3"}, {4, "c=v@4"}, {5, "a=v@5"}, {7, "c-@7"}, {8, "b!@8"}};
  for (uint64_t from = 1; from <= 8; ++from) {
    std::string expected;
    for (const auto& [revision, text] : retained) {
      if (revision >= from) expected += (expected.empty() ? "" : " ") + std::string(text);
    }
    assert_text(room.follow(from, 8), expected);
  }
}

void a_watch_goes_on_live(void** state) {
  Room room(state);
  room.put("a", "1");
  Follower follower;
  assert_true(follower.start(*room.bucket, 1));
  assert_int_equal(follower.watcher->target_revision(), 1);
  assert_true(follower.follow_to(1));
  room.put("b", "2");
  assert_true(follower.follow_to(2));
  room.remove("a");
  room.put("c", "3");
  room.purge("b");
  assert_true(follower.follow_to(5));
  assert_text(follower.text(), "a=1@1 b=2@2 a-@3 c=3@4 b!@5");
  // A second one beside it, at the head: the past is not delivered.
  Follower second;
  assert_true(second.start(*room.bucket, 6));
  assert_int_equal(second.watcher->target_revision(), 5);
  room.put("d", "4");
  assert_true(second.follow_to(6));
  assert_true(follower.follow_to(6));
  assert_text(second.text(), "d=4@6");
  // An update carries what a get would show.
  Result<Entry> entry = bucket_get(*room.bucket, "d");
  assert_ok(entry);
  assert_int_equal(entry->update().timestamp_ns, second.batch.updates()[0].timestamp_ns);
}

void a_watch_of_an_empty_bucket_is_at_its_target(void** state) {
  Room room(state);
  Follower follower;
  assert_true(follower.start(*room.bucket, 1));
  assert_int_equal(follower.watcher->target_revision(), 0);
  room.put("a", "1");
  assert_true(follower.follow_to(1));
  assert_text(follower.text(), "a=1@1");
}

void credit_is_never_exceeded(void** state) {
  Room room(state);
  constexpr uint64_t kCount = 60;
  for (uint64_t i = 0; i < kCount; ++i) room.put("k" + std::to_string(i), "v");
  Follower follower(BatchBounds{3, 1u << 20});
  follower.request.credit_updates = 7;
  follower.gives_credit = false;
  assert_true(follower.start(*room.bucket, 1));
  uint64_t taken = 0;
  while (taken < kCount) {
    assert_true(follower.intake->received() - follower.credited <= 7);
    assert_true(follower.step(deadline_after_ms(60000)));
    if (follower.updates.size() == taken) continue;  // a heartbeat
    // What is outstanding stays within the credit, whatever the bucket holds.
    assert_true(follower.intake->received() - follower.credited <= 7);
    const size_t count = follower.updates.size() - taken;
    taken = follower.updates.size();
    follower.credited += count;
    follower.watcher->credit(count, follower.batch.bytes());
  }
  assert_text(follower.trouble, "");
  assert_int_equal(follower.intake->received(), kCount);
}

void credit_in_bytes_lets_the_largest_pass(void** state) {
  Room room(state);
  const std::string small(400, 's');
  const std::string large(5000, 'l');
  for (int i = 0; i < 6; ++i) room.put("small" + std::to_string(i), small);
  room.put("large", large);
  for (int i = 6; i < 12; ++i) room.put("small" + std::to_string(i), small);
  Follower follower;
  follower.request.credit_bytes = 2000;
  assert_true(follower.start(*room.bucket, 1));
  assert_true(follower.follow_to(13));
  assert_int_equal(follower.updates.size(), 13);
}

void a_new_incarnation_goes_on_after_the_cursor(void** state) {
  Room room(state);
  for (int i = 1; i <= 20; ++i) room.put("k" + std::to_string(i), "v");
  Follower follower(BatchBounds{5, 1u << 20});
  assert_true(follower.start(*room.bucket, 1));
  assert_true(follower.follow_to(5));
  const uint64_t cursor = follower.position;
  assert_true(cursor < 20 || follower.updates.size() == 20);
  // What was received of the old one and not taken is forgotten, and comes again.
  assert_true(follower.start(*room.bucket, cursor + 1));
  room.put("k21", "v");
  assert_true(follower.follow_to(21));
  assert_int_equal(follower.updates.size(), 21);
  for (int i = 1; i <= 21; ++i) {
    assert_text(follower.updates[static_cast<size_t>(i - 1)],
                "k" + std::to_string(i) + "=v@" + std::to_string(i));
  }
  // Once the watcher is gone, nothing comes any more.
  follower.watcher.reset();
  const uint64_t received = follower.intake->received();
  room.put("k22", "v");
  assert_int_equal(follower.intake->received(), received);
}

void a_scope_gives_its_keys_and_moves_on(void** state) {
  const auto& factory = *static_cast<const BucketFactory*>(*state);
  if (!factory.scopes) return;
  Room room(state);
  for (const char* key : {"r.eu.1", "r.us", "r.eu-west", "q", "r.eu"}) room.put(key, "v");
  const Scope scope = Scope::of({"r.eu", "q"});
  assert_text(room.follow(1, 5, scope), "r.eu.1=v@1 r.eu-west=v@3 q=v@4 r.eu=v@5");
  // A quiet scope follows by heartbeat.
  Follower follower;
  follower.request.scope = Scope::of({"none"});
  follower.request.idle_heartbeat_ms = 200;
  assert_true(follower.start(*room.bucket, 1));
  assert_true(follower.follow_to(5));
  room.put("r.us", "again");
  assert_true(follower.follow_to(6));
  assert_text(follower.text(), "");
}

void an_update_may_be_written_between_taking_and_crediting(void** state) {
  Room room(state);
  Follower follower;
  follower.request.credit_updates = 1;
  follower.gives_credit = false;
  assert_true(follower.start(*room.bucket, 1));
  room.put("chain.0", "v");
  for (size_t seen = 0; seen < 50;) {
    assert_true(follower.step(deadline_after_ms(60000)));
    if (follower.updates.size() == seen) continue;
    seen = follower.updates.size();
    room.put("chain." + std::to_string(seen), "v");
    follower.watcher->credit(1, follower.batch.bytes());
  }
  assert_text(follower.updates.back(), "chain.49=v@50");
}

// --- the ends of things --------------------------------------------------------------------------

void buckets_are_made_opened_and_deleted(void** state) {
  Room room(state, {{"history", "3"}});
  const uint64_t epoch = room.info().epoch;
  room.put("a", "v");
  Result<std::shared_ptr<Bucket>> again = room.connection->create_bucket(room.config);
  assert_ok(again);
  assert_text((*again)->name(), room.name);
  Result<BucketState> info = (*again)->info();
  assert_ok(info);
  assert_int_equal(info->epoch, epoch);
  BucketConfig other = room.config;
  other.history = 4;
  assert_status(room.connection->create_bucket(other), SLIP_BUCKET_EXISTS, room.name, "history");
  Result<std::shared_ptr<Bucket>> opened = room.factory.connect()->open_bucket(room.name);
  assert_ok(opened);
  Result<Entry> entry = bucket_get(**opened, "a");
  assert_ok(entry);
  assert_ok(room.connection->delete_bucket(room.name));
  assert_status(room.connection->delete_bucket(room.name), SLIP_BUCKET_NOT_FOUND, room.name);
  assert_status(room.connection->open_bucket(room.name), SLIP_BUCKET_NOT_FOUND, room.name);
  assert_status(room.bucket->info(), SLIP_BUCKET_NOT_FOUND, room.name);
  // Made anew it is another one.
  assert_ok(room.connection->create_bucket(room.config));
  assert_true(room.info().epoch > epoch);
  assert_int_equal(room.info().last_revision, 0);
  assert_int_equal(room.put("b", "v"), 1);
}

void bucket_names_have_their_alphabet(void** state) {
  Room room(state);
  const Options options(SLIP_OPTIONS_BUCKET);
  for (const std::string& name : {std::string(), std::string("a.b"), std::string("a b"),
                                  std::string("a/b"), std::string(129, 'n')}) {
    assert_status(bucket_config(name, options), SLIP_INVALID, "name");
  }
  assert_ok(bucket_config(std::string(128, 'n'), options));
}

void deleting_a_bucket_breaks_its_watches(void** state) {
  Room room(state);
  room.put("a", "v");
  Follower follower;
  follower.request.idle_heartbeat_ms = 200;
  assert_true(follower.start(*room.bucket, 1));
  assert_true(follower.follow_to(1));
  assert_ok(room.connection->delete_bucket(room.name));
  const Deadline deadline = deadline_after_ms(60000);
  while (follower.reason.ok() && Steady::now() < deadline) follower.step(deadline);
  assert_false(follower.reason.ok());
  assert_true(follower.reason.retriable());
  assert_status(room.bucket->info(), SLIP_BUCKET_NOT_FOUND, room.name);
  assert_false(follower.start(*room.bucket, 2));
}

void closing_the_connection_closes_its_children(void** state) {
  Room room(state);
  room.put("a", "v");
  room.put("b", "v");
  std::shared_ptr<Connection> other = room.factory.connect();
  Result<std::shared_ptr<Bucket>> opened = other->open_bucket(room.name);
  assert_ok(opened);
  Result<std::unique_ptr<Listing>> listing = (*opened)->list("", true);
  assert_ok(listing);
  Follower follower;
  assert_true(follower.start(**opened, 1));
  assert_true(follower.follow_to(2));
  Follower neighbour;
  assert_true(neighbour.start(*room.bucket, 1));
  assert_int_equal(other->state().state, SLIP_CONNECTION_CONNECTED);
  assert_ok(other->close());
  assert_ok(other->close());
  assert_int_equal(other->state().state, SLIP_CONNECTION_CLOSED);
  const Deadline deadline = deadline_after_ms(60000);
  while (follower.reason.ok() && Steady::now() < deadline) follower.step(deadline);
  assert_int_equal(follower.reason.code(), SLIP_CLOSED);
  assert_false(follower.reason.retriable());
  assert_status((*opened)->info(), SLIP_CLOSED);
  assert_status(bucket_put(**opened, "c", "v"), SLIP_CLOSED, "cannot put key \"c\"", room.name);
  assert_status(bucket_get(**opened, "a"), SLIP_CLOSED, "\"a\"");
  assert_status((*listing)->next(), SLIP_CLOSED);
  assert_status(other->open_bucket(room.name), SLIP_CLOSED, room.name);
  assert_status(other->create_bucket(room.config), SLIP_CLOSED, room.name);
  assert_status(other->delete_bucket(room.name), SLIP_CLOSED, room.name);
  // Another connection's children live on.
  room.put("c", "v");
  assert_true(neighbour.follow_to(3));
  assert_text(neighbour.text(), "a=v@1 b=v@2 c=v@3");
}

void children_keep_the_connection(void** state) {
  Room room(state);
  room.put("a", "v");
  Follower follower;
  assert_true(follower.start(*room.bucket, 1));
  Result<std::unique_ptr<Listing>> listing = room.bucket->list("", true);
  assert_ok(listing);
  room.connection.reset();
  room.put("b", "v");
  room.bucket.reset();
  assert_true(follower.follow_to(2));
  assert_text(follower.text(), "a=v@1 b=v@2");
  assert_ok((*listing)->next());
}

// --- threads -------------------------------------------------------------------------------------

constexpr int kWriters = 4;
constexpr int kWritesEach = 500;

// Puts of keys of its own, and increments of one counter that all share.
void write_beside_others(Bucket& bucket, int writer, std::atomic<int>* failures) {
  for (int i = 0; i < kWritesEach; ++i) {
    const std::string key = "w" + std::to_string(writer) + "." + std::to_string(i);
    if (!bucket_put(bucket, key, key).ok()) ++*failures;
    if (i % 10 != 0) continue;
    for (;;) {
      Result<Entry> counter = bucket_get(bucket, "counter");
      const int value = counter.ok() ? std::atoi(std::string(counter->value()).c_str()) : 0;
      const uint64_t revision = counter.ok() ? counter->revision() : 0;
      Result<uint64_t> put = bucket_put_if(bucket, "counter", std::to_string(value + 1), revision);
      if (put.ok()) break;
      if (!put.status().is(SLIP_CONFLICT)) ++*failures;
    }
  }
}

void writers_and_watchers_agree(void** state) {
  Room room(state, {{"history", "64"}});
  std::atomic<int> failures{0};
  std::atomic<uint64_t> last{UINT64_MAX};
  Follower followers[2];
  followers[1].request.credit_updates = 13;
  std::vector<std::thread> threads;
  for (Follower& follower : followers) {
    threads.emplace_back([&] {
      bool good = follower.start(*room.bucket, 1);
      while (good && follower.position < last) {
        good = follower.step(deadline_after_ms(1000)) || follower.reason.ok();
      }
      if (!good || !follower.trouble.empty()) ++failures;
    });
  }
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] { write_beside_others(*room.bucket, writer, &failures); });
  }
  for (std::thread& writer : writers) writer.join();
  last = room.info().last_revision;
  for (Follower& follower : followers) follower.intake->interrupt();
  for (std::thread& thread : threads) thread.join();
  assert_int_equal(failures, 0);
  constexpr uint64_t kTotal = kWriters * (kWritesEach + kWritesEach / 10);
  assert_int_equal(last, kTotal);
  assert_text(room.get("counter").substr(0, 11), "counter=200");
  // Whoever lags may miss counters that history dropped; everything else came to both, once, in the
  // same order.
  const auto lasting = [](const Follower& follower) {
    std::vector<std::string> kept;
    for (const std::string& one : follower.updates) {
      if (one[0] == 'w') kept.push_back(one);
    }
    return kept;
  };
  assert_int_equal(lasting(followers[0]).size(), kWriters * kWritesEach);
  assert_true(lasting(followers[0]) == lasting(followers[1]));
}

}  // namespace

int run_bucket_conformance(const BucketFactory& factory) {
  using Case = std::pair<const char*, CMUnitTestFunction>;
  const Case cases[] = {
      {"put_and_get", put_and_get},
      {"a_delete_hides_the_key", a_delete_hides_the_key},
      {"compare_and_swap", compare_and_swap},
      {"create_makes_dead_keys_live", create_makes_dead_keys_live},
      {"purge_drops_the_history", purge_drops_the_history},
      {"any_bytes_are_a_value", any_bytes_are_a_value},
      {"keys_have_their_alphabet", keys_have_their_alphabet},
      {"every_write_has_its_result", every_write_has_its_result},
      {"writes_are_checked_for_form", writes_are_checked_for_form},
      {"many_writes_keep_their_order", many_writes_keep_their_order},
      {"history_keeps_so_many", history_keeps_so_many},
      {"info_tells_the_bounds", info_tells_the_bounds},
      {"a_full_bucket_refuses_or_drops", a_full_bucket_refuses_or_drops},
      {"lives_end_with_a_marker", lives_end_with_a_marker},
      {"listing_gives_live_keys", listing_gives_live_keys},
      {"long_listings_come_in_order_of_update", long_listings_come_in_order_of_update},
      {"a_watch_starts_at_each_revision", a_watch_starts_at_each_revision},
      {"a_watch_goes_on_live", a_watch_goes_on_live},
      {"a_watch_of_an_empty_bucket_is_at_its_target", a_watch_of_an_empty_bucket_is_at_its_target},
      {"credit_is_never_exceeded", credit_is_never_exceeded},
      {"credit_in_bytes_lets_the_largest_pass", credit_in_bytes_lets_the_largest_pass},
      {"a_new_incarnation_goes_on_after_the_cursor", a_new_incarnation_goes_on_after_the_cursor},
      {"a_scope_gives_its_keys_and_moves_on", a_scope_gives_its_keys_and_moves_on},
      {"an_update_may_be_written_between_taking_and_crediting",
       an_update_may_be_written_between_taking_and_crediting},
      {"buckets_are_made_opened_and_deleted", buckets_are_made_opened_and_deleted},
      {"bucket_names_have_their_alphabet", bucket_names_have_their_alphabet},
      {"deleting_a_bucket_breaks_its_watches", deleting_a_bucket_breaks_its_watches},
      {"closing_the_connection_closes_its_children", closing_the_connection_closes_its_children},
      {"children_keep_the_connection", children_keep_the_connection},
      {"writers_and_watchers_agree", writers_and_watchers_agree},
  };
  std::vector<CMUnitTest> tests;
  for (const auto& [name, run] : cases) {
    tests.push_back(CMUnitTest{name, run, nullptr, nullptr, const_cast<BucketFactory*>(&factory)});
  }
  const std::string group = std::string("bucket conformance, ") + factory.kind;
  return _cmocka_run_group_tests(group.c_str(), tests.data(), tests.size(), nullptr, nullptr);
}

}  // namespace kv_test
