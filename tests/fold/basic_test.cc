// What a fold gives back of what it was given: entries, tombstones, order, long keys, counts,
// cursor.
#include <algorithm>

#include "base/checksum.h"
#include "fold/positions.h"
#include "fold/world.h"

using namespace fold_test;

namespace {

void an_empty_fold_knows_nothing(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  const FoldMeta meta = must(fold->meta());
  assert_false(meta.identity.bound());
  assert_true(meta.scope.whole());
  assert_int_equal(meta.revision, 0);
  assert_int_equal(meta.entries, 0);
  assert_true(list(*fold, everything()).empty());
  Update update{};
  expect(must(fold->snapshot())->get("a", &update), SLIP_NOT_FOUND, "no key \"a\" in fold");
  assert_int_equal(must(fold->check()), 0);
}

void what_is_applied_is_there_after_reopening(void**) {
  const char* path = test_path(test_directory(), "fold");
  {
    const auto fold = open(path);
    Change change = put("a", std::string("v\0w", 3), 4);
    change.timestamp_ns = -5;
    change.ttl_ns = 1500;
    change.flags = SLIP_FLAG_MARKER | SLIP_FLAG_REPLAY;
    apply(*fold, {change, put("b", "", 5)}, 5);
    must(fold->close());
  }
  const auto fold = open(path, {{"create", "never"}});
  const auto snapshot = must(fold->snapshot());
  Update update{};
  must(snapshot->get("a", &update));
  assert_true(slip::key_of(update) == "a");
  assert_true(slip::value_of(update) == Bytes("v\0w", 3));
  assert_int_equal(update.revision, 4);
  assert_int_equal(update.timestamp_ns, -5);
  assert_int_equal(update.ttl_ns, 1500);
  assert_int_equal(update.operation, SLIP_PUT);
  assert_int_equal(update.flags, SLIP_FLAG_MARKER);
  assert_string_equal(got(*snapshot, "b").c_str(), "=@5");
  const FoldMeta meta = must(fold->meta());
  assert_string_equal(meta.identity.bucket.c_str(), "routes");
  assert_int_equal(meta.identity.epoch, 7);
  assert_int_equal(meta.revision, 5);
  assert_int_equal(meta.entries, 2);
  assert_int_equal(meta.payload_bytes, 5);
  assert_int_equal(must(fold->check()), 2);
}

void a_delete_leaves_a_tombstone_and_a_synthetic_one_nothing(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  apply(*fold, {put("a", "1", 1), put("b", "2", 2), put("c", "3", 3)}, 3);
  apply(*fold, {del("a", 4), drop("b"), Change{"d", "ignored", 5, SLIP_PURGE}}, 5);
  expect_list(list(*fold, everything()), {"a-@4", "c=3@3", "d-@5"});
  expect_list(list(*fold), {"c=3@3"});
  assert_string_equal(got(*fold, "a").c_str(), "SLIP_NOT_FOUND");
  FoldMeta meta = must(fold->meta());
  assert_int_equal(meta.entries, 1);
  assert_int_equal(meta.tombstones, 2);
  assert_int_equal(meta.payload_bytes, 2);
  apply(*fold, {drop("a"), drop("never was"), put("d", "back", 6)}, 6);
  expect_list(list(*fold, everything()), {"c=3@3", "d=back@6"});
  meta = must(fold->meta());
  assert_int_equal(meta.tombstones, 0);
  assert_int_equal(must(fold->check()), 2);
}

void older_updates_are_skipped_and_the_last_of_a_key_wins(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  apply(*fold, {put("a", "new", 10)}, 10);
  apply(*fold, {put("a", "old", 9), put("a", "same", 10), del("a", 3)}, 11);
  expect_list(list(*fold, everything()), {"a=new@10"});
  apply(*fold, {put("b", "1", 12), put("a", "12", 12), put("b", "2", 13), del("b", 14)}, 14);
  expect_list(list(*fold, everything()), {"a=12@12", "b-@14"});
  // What comes after a synthetic delete is not held against what was there before.
  apply(*fold, {put("a", "13", 15), drop("a"), put("a", "listed", 2)}, 15);
  expect_list(list(*fold, everything()), {"a=listed@2", "b-@14"});
  assert_int_equal(must(fold->check()), 2);
}

void a_put_of_unknown_revision_always_counts(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  apply(*fold, {put("a", "known", 9), put("b", "known", 9)}, 9);
  // Kept under the commit's revision: what comes later is newer, and the cursor stands.
  apply(*fold, {put("a", "unknown", 0)}, 9);
  expect_list(list(*fold, everything()), {"a=unknown@9", "b=known@9"});
  apply(*fold, {put("b", "unknown", 0), put("b", "later", 10)}, 10);
  apply(*fold, {put("a", "later", 11), put("c", "unknown", 0)}, 11);
  expect_list(list(*fold, everything()), {"a=later@11", "b=later@10", "c=unknown@11"});
  assert_int_equal(must(fold->meta()).fingerprints.back().revision, 11);
  assert_int_equal(must(fold->check()), 3);
}

void applying_again_changes_nothing(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  const std::vector<Change> changes = {put("a", "1", 1), put("b", "2", 2), del("a", 3),
                                       put("c", std::string(9000, 'x'), 4)};
  apply(*fold, changes, 4);
  const FoldMeta before = must(fold->meta());
  const auto listed = list(*fold, everything());
  apply(*fold, changes, 4);
  const FoldMeta after = must(fold->meta());
  expect_list(list(*fold, everything()), listed);
  assert_int_equal(after.entries, before.entries);
  assert_int_equal(after.tombstones, before.tombstones);
  assert_int_equal(after.payload_bytes, before.payload_bytes);
  assert_int_equal(after.revision, 4);
}

void values_of_every_size_come_back(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  std::vector<Change> changes;
  uint64_t revision = 0;
  for (const size_t size : {0, 1, 1900, 2100, 4096, 70000, 3000000})
    changes.push_back(put("size-" + std::to_string(size), std::string(size, 'v'), ++revision));
  apply(*fold, changes, revision);
  // In place of each other: smaller, larger, of the same size.
  for (Change& change : changes) change.value = std::string(change.value.size() / 2 + 1000, 'w');
  for (Change& change : changes) change.revision = ++revision;
  apply(*fold, changes, revision);
  for (Change& change : changes) change.value.assign(change.value.size(), 'x');
  for (Change& change : changes) change.revision = ++revision;
  apply(*fold, changes, revision);
  const auto snapshot = must(fold->snapshot());
  for (const Change& change : changes) {
    Update update{};
    must(snapshot->get(change.key, &update));
    assert_true(slip::value_of(update) == change.value);
  }
  assert_int_equal(must(fold->check()), changes.size());
}

RangeQuery range(const char* prefix, const char* from, bool reverse, uint64_t limit = 0) {
  RangeQuery query;
  query.prefix = prefix;
  query.from = from;
  query.reverse = reverse;
  query.limit = limit;
  return query;
}

void ranges_are_in_byte_order_both_ways(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  apply(*fold,
        {put("b.2", "", 1), put("b", "", 2), put("a", "", 3), put("b.10", "", 4), put("c", "", 5),
         put("\xff", "", 6), put("\xff\xff", "", 7), put("\xff\xff\x01", "", 8), put("b/", "", 9)},
        9);
  expect_list(list(*fold, range("", "", false)),
              {"a=@3", "b=@2", "b.10=@4", "b.2=@1", "b/=@9", "c=@5", "\xff=@6", "\xff\xff=@7",
               "\xff\xff\x01=@8"});
  expect_list(list(*fold, range("b", "", false)), {"b=@2", "b.10=@4", "b.2=@1", "b/=@9"});
  expect_list(list(*fold, range("b", "", true)), {"b/=@9", "b.2=@1", "b.10=@4", "b=@2"});
  expect_list(list(*fold, range("b.", "b.2", false)), {"b.2=@1"});
  expect_list(list(*fold, range("b.", "b.11", true)), {"b.10=@4"});
  expect_list(list(*fold, range("b.", "b.10", true)), {"b.10=@4"});
  expect_list(list(*fold, range("b.", "a", false)), {"b.10=@4", "b.2=@1"});
  expect_list(list(*fold, range("b.", "a", true)), {});
  expect_list(list(*fold, range("b.", "z", false)), {});
  expect_list(list(*fold, range("b.", "z", true)), {"b.2=@1", "b.10=@4"});
  expect_list(list(*fold, range("\xff\xff", "", false)), {"\xff\xff=@7", "\xff\xff\x01=@8"});
  expect_list(list(*fold, range("\xff\xff", "", true)), {"\xff\xff\x01=@8", "\xff\xff=@7"});
  expect_list(list(*fold, range("\xff", "\xff\xff", true)), {"\xff\xff=@7", "\xff=@6"});
  expect_list(list(*fold, range("d", "", false)), {});
  expect_list(list(*fold, range("d", "", true)), {});
  expect_list(list(*fold, range("", "b", false, 2)), {"b=@2", "b.10=@4"});
  expect_list(list(*fold, range("", "b", true, 1)), {"b=@2"});
}

// Keys around every edge of how long ones are stored, in groups that share what is stored plainly.
std::vector<std::string> edge_keys() {
  std::vector<std::string> keys;
  for (const size_t size : {478, 479, 480, 509, 510, 511, 512, 600, 1024, 3900, 3901, 65535})
    for (const char fill : {'a', 'm', '\xff'}) keys.push_back(std::string(size, fill));
  const std::string shared(479, 'g');
  for (const char* tail : {"", "0", "a", "zz", "\xff"}) keys.push_back(shared + tail);
  for (int i = 0; i < 40; ++i)
    keys.push_back(shared + std::string(32 + static_cast<size_t>(i) * 7, 'q') + std::to_string(i));
  return keys;
}

void keys_of_every_length_keep_their_order(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  std::vector<std::string> keys = edge_keys();
  std::vector<Change> changes;
  uint64_t revision = 0;
  for (const std::string& key : keys) changes.push_back(put(key, "v", ++revision));
  std::map<std::string, uint64_t> model;
  for (const Change& change : changes) model[change.key] = change.revision;
  apply(*fold, changes, revision);
  assert_int_equal(must(fold->meta()).entries, model.size());
  const auto snapshot = must(fold->snapshot());
  for (const auto& [key, at] : model)
    assert_string_equal(got(*snapshot, key).c_str(), ("=v@" + std::to_string(at)).c_str());
  assert_string_equal(got(*snapshot, std::string(700, 'a')).c_str(), "SLIP_NOT_FOUND");
  std::vector<std::string> queries = keys;
  for (const std::string& key : keys) {
    queries.push_back(key.substr(0, key.size() - 1));
    queries.push_back(key + "\x01");
  }
  queries.push_back("");
  for (const std::string& prefix : {std::string(), std::string("g"), std::string(479, 'g'),
                                    std::string(479, 'g') + "q", std::string(600, 'a')}) {
    for (const std::string& from : queries) {
      std::vector<std::string> expected;
      for (const auto& [key, at] : model)
        if (key.compare(0, prefix.size(), prefix) == 0 && key >= from)
          expected.push_back(key + "=v@" + std::to_string(at));
      RangeQuery query;
      query.prefix = prefix;
      query.from = from;
      expect_list(list(*snapshot, query), expected);
      expected.clear();
      for (const auto& [key, at] : model)
        if (key.compare(0, prefix.size(), prefix) == 0 && (from.empty() || key <= from))
          expected.push_back(key + "=v@" + std::to_string(at));
      std::reverse(expected.begin(), expected.end());
      query.reverse = true;
      expect_list(list(*snapshot, query), expected);
    }
  }
  assert_int_equal(must(fold->check()), model.size());
}

// A stored key of 511 bytes is what a long key becomes; an ordinary key must not be able to be it.
void an_ordinary_key_is_never_taken_for_a_long_one(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  const std::string long_key(2000, 'k');
  const std::string looks_like_it = long_key.substr(0, 479) + slip::sha256_raw(long_key);
  assert_int_equal(looks_like_it.size(), 511);
  apply(*fold, {put(long_key, "long", 1), put(looks_like_it, "plain", 2)}, 2);
  assert_string_equal(got(*fold, long_key).c_str(), "=long@1");
  assert_string_equal(got(*fold, looks_like_it).c_str(), "=plain@2");
  assert_int_equal(must(fold->meta()).entries, 2);
  apply(*fold, {drop(looks_like_it)}, 2);
  assert_string_equal(got(*fold, long_key).c_str(), "=long@1");
}

void updates_that_cannot_be_stored_are_refused_whole(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  const auto writer = must(fold->writer());
  const auto refused = [&](const Change& change, slip_status code, const char* part) {
    expect(try_apply(*writer, {put("a", "1", 1), change}, commit_at(9)), code, part);
  };
  refused(put(std::string(65536, 'k'), "", 2), SLIP_TOO_LARGE,
          "has 65536 bytes, the limit is 65535");
  refused(put("", "", 2), SLIP_INVALID, "empty key");
  refused(Change{"b", "", 2, 9}, SLIP_INVALID, "operation 9");
  assert_true(list(*fold, everything()).empty());
  assert_int_equal(must(fold->meta()).revision, 0);
  assert_false(must(fold->meta()).identity.bound());
}

void a_commit_must_fit_what_the_fold_is(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  const auto writer = must(fold->writer());
  Commit commit = commit_at(10);
  commit.scope = Scope::of({"a.", "b."});
  commit.loading = true;
  must(try_apply(*writer, {put("a.1", "", 10)}, commit));
  assert_true(must(fold->meta()).loading);
  Commit other = commit;
  other.identity.bucket = "users";
  expect(try_apply(*writer, {put("a.2", "", 11)}, other), SLIP_IDENTITY_MISMATCH,
         "it is of bucket \"routes\", epoch 7, the commit of bucket \"users\", epoch 7");
  other = commit;
  other.identity.epoch = 8;
  expect(try_apply(*writer, {put("a.2", "", 11)}, other), SLIP_IDENTITY_MISMATCH, "epoch 8");
  other = commit;
  other.scope = Scope::all();
  expect(try_apply(*writer, {put("a.2", "", 11)}, other), SLIP_SCOPE_MISMATCH,
         "made for prefixes \"a.\", \"b.\", the commit is for the whole bucket");
  other = commit;
  other.revision = 9;
  expect(try_apply(*writer, {put("a.2", "", 11)}, other), SLIP_INVALID,
         "its cursor is at revision 10 and cannot go back to 9");
  other = commit;
  other.identity = {};
  expect(try_apply(*writer, {}, other), SLIP_INVALID, "names no bucket");
  other = commit;
  other.revision = UINT64_MAX;
  expect(try_apply(*writer, {}, other), SLIP_INVALID, "nothing can follow");
  expect_list(list(*fold), {"a.1=@10"});
  // The cursor alone, and the end of loading alone, are commits too.
  commit.loading = false;
  must(try_apply(*writer, {}, commit));
  assert_false(must(fold->meta()).loading);
  commit.revision = 99;
  must(try_apply(*writer, {}, commit));
  assert_int_equal(must(fold->meta()).revision, 99);
}

void scope_and_identity_survive_reopening(void**) {
  const char* path = test_path(test_directory(), "fold");
  Commit commit = commit_at(3);
  commit.scope = Scope::of({std::string(300, 'p'), std::string("z\0y", 3)});
  {
    const auto fold = open(path);
    must(try_apply(*must(fold->writer()), {}, commit));
  }
  const auto fold = open(path);
  const FoldMeta meta = must(fold->meta());
  assert_true(meta.scope == commit.scope);
  assert_true(meta.identity == commit.identity);
}

void fingerprints_prove_old_and_new_revisions(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  const auto writer = must(fold->writer());
  for (uint64_t revision = 1; revision <= 1000; ++revision) {
    Change change = put("key-" + std::to_string(revision), "", revision);
    change.timestamp_ns = static_cast<int64_t>(revision * 10);
    must(try_apply(*writer, {change}, commit_at(revision)));
  }
  must(try_apply(*writer, {}, commit_at(1005)));
  const FoldMeta meta = must(fold->meta());
  assert_int_equal(meta.fingerprints.size(), 8);
  assert_int_equal(meta.fingerprints.front().revision, 1);
  assert_int_equal(meta.fingerprints.back().revision, 1000);
  assert_true(meta.fingerprints[4].revision > 500);  // denser towards the cursor
  for (size_t i = 0; i < 8; ++i) {
    const slip::Fingerprint& print = meta.fingerprints[i];
    assert_int_equal(print.timestamp_ns, print.revision * 10);
    assert_true(print.key_hash == slip::xxh3("key-" + std::to_string(print.revision)));
    if (i > 0) assert_true(print.revision > meta.fingerprints[i - 1].revision);
  }
}

void stats_count_what_is_there(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  const auto before = must(fold->stats());
  assert_int_equal(before.format, 1);
  assert_int_equal(before.commits, 0);
  assert_int_equal(before.snapshots, 0);
  assert_false(before.read_only);
  std::vector<Change> changes;
  for (uint64_t i = 1; i <= 2000; ++i)
    changes.push_back(put("k" + std::to_string(i), std::string(200, 'v'), i));
  apply(*fold, changes, 2000);
  const auto snapshot = must(fold->snapshot());
  const auto full = must(fold->stats());
  assert_int_equal(full.commits, 1);
  assert_int_equal(full.snapshots, 1);
  assert_true(full.file_bytes >= 400000);
  for (Change& change : changes) change = drop(change.key);
  apply(*fold, changes, 2000);
  const auto empty = must(fold->stats());
  assert_int_equal(empty.commits, 2);
  assert_true(empty.free_bytes >= 400000);
  assert_true(empty.free_bytes < empty.file_bytes);
}

void a_consumers_position_is_kept_beside_it(void**) {
  const std::string path = test_path(test_directory(), "fold");
  {
    const auto fold = open(path);
    apply(*fold, {put("a", "1", 5)}, 5);
    must(fold->positions()->save("billing", {7, 4}, must(fold->meta())));
    must(fold->close());
    expect(fold->positions()->save("billing", {7, 5}, FoldMeta()), SLIP_CLOSED, "is closed");
  }
  {
    const auto fold = open(path, {{"read_only", "true"}});
    const FoldMeta meta = must(fold->meta());
    assert_int_equal(must(fold->positions()->load("billing", meta)).revision, 4);
    expect(fold->positions()->save("billing", {7, 5}, meta), SLIP_PERMISSION_DENIED, "read_only");
  }
  {  // what is damaged beside it is told, too
    const auto fold = open(path);
    must(fold->check());
    test_write_file((path + "/consumers/audit.ckpt").c_str(), "nonsense", 8);
    expect(fold->check().status(), SLIP_CORRUPT, "consumer \"audit\"");
    must(slip::posix_file_system().remove(path + "/consumers/audit.ckpt"));
  }
  const auto fold = open(path);
  assert_int_equal(must(fold->positions()->load("billing", must(fold->meta()))).revision, 4);
  expect_list(list(*fold), {"a=1@5"});
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_fold_knows_nothing),
      cmocka_unit_test(what_is_applied_is_there_after_reopening),
      cmocka_unit_test(a_delete_leaves_a_tombstone_and_a_synthetic_one_nothing),
      cmocka_unit_test(older_updates_are_skipped_and_the_last_of_a_key_wins),
      cmocka_unit_test(a_put_of_unknown_revision_always_counts),
      cmocka_unit_test(applying_again_changes_nothing),
      cmocka_unit_test(values_of_every_size_come_back),
      cmocka_unit_test(ranges_are_in_byte_order_both_ways),
      cmocka_unit_test(keys_of_every_length_keep_their_order),
      cmocka_unit_test(an_ordinary_key_is_never_taken_for_a_long_one),
      cmocka_unit_test(updates_that_cannot_be_stored_are_refused_whole),
      cmocka_unit_test(a_commit_must_fit_what_the_fold_is),
      cmocka_unit_test(scope_and_identity_survive_reopening),
      cmocka_unit_test(fingerprints_prove_old_and_new_revisions),
      cmocka_unit_test(stats_count_what_is_there),
      cmocka_unit_test(a_consumers_position_is_kept_beside_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
