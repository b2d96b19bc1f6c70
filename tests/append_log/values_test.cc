// Values that stay in the log: what readers see of them through compactions, cuts and rot.
#include "append_log/history.h"

using namespace append_log_test;

namespace {

const std::string kDirectory = std::string(kPath) + "/gen-1";
const std::string kSnap = kDirectory + "/index.snap";
const std::string kFirst = kDirectory + "/000001.log";

Store::Request on_disk(sim::SimFileSystem& fs, bool sync_commits = true) {
  Store::Request request = request_on(fs, sync_commits);
  request.values_on_disk = true;
  request.min_segments = 1;
  return request;
}

std::string value_of_round(int key, int round) {
  return std::to_string(key) + "/" + std::to_string(round) + std::string(150, 'v');
}

// Several segments: four keys, each overwritten in every round, and one that is written once.
uint64_t fill(Fold& fold, int rounds = 8, uint64_t revision = 0) {
  apply(fold, {put("once", std::string(200, 'o'), revision + 1)}, revision + 1);
  ++revision;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Change> changes;
    for (int key = 0; key < 4; ++key)
      changes.push_back(put("key-" + std::to_string(key), value_of_round(key, round), ++revision));
    changes.back().ttl_ns = 1000;
    apply(fold, changes, revision);
  }
  return revision;
}

std::shared_ptr<Fold> filled(sim::SimFileSystem& fs, const Store::Request& request) {
  prepare(fs);
  auto fold = must(slip::append_log::open(request));
  fill(*fold);
  return fold;
}

slip::Compaction performed(Fold& fold) {
  slip::Compaction compaction = must(fold.compact());
  if (compaction.outcome != SLIP_COMPACTION_PERFORMED)
    fail_msg("outcome %u: %s", compaction.outcome, compaction.reason.c_str());
  return compaction;
}

// Of a key that is there: a view that lives as long as the snapshot.
Bytes view_of(Snapshot& snapshot, const std::string& key) {
  Update update{};
  must(snapshot.get(key, &update));
  return slip::value_of(update);
}

void expect_bytes(Bytes actual, const std::string& expected) {
  assert_int_equal(actual.size(), expected.size());
  assert_memory_equal(actual.data(), expected.data(), expected.size());
}

// --- what a reader sees --------------------------------------------------------------------------

void views_live_as_long_as_their_snapshot_whatever_is_compacted(void**) {
  sim::SimFileSystem fs;
  const auto fold = filled(fs, on_disk(fs));
  auto before = must(fold->snapshot());
  const Bytes once = view_of(*before, "once");
  const Bytes key = view_of(*before, "key-1");
  const std::string all = shown(*before);
  performed(*fold);
  assert_false(must(fs.stat(kFirst)).kind == slip::FileKind::file);
  expect_bytes(once, std::string(200, 'o'));
  expect_bytes(key, value_of_round(1, 7));
  // A snapshot of between two compactions, and one that outlives the fold.
  const auto between = must(fold->snapshot());
  const Bytes once_between = view_of(*between, "once");
  fill(*fold, 8, 1000);
  performed(*fold);
  expect_bytes(once, std::string(200, 'o'));
  expect_bytes(once_between, std::string(200, 'o'));
  assert_string_equal(shown(*before).c_str(), all.c_str());
  assert_string_equal(shown(*between).c_str(), all.c_str());
  must(before->refresh());
  expect_bytes(once_between, std::string(200, 'o'));
  must(fold->close());
  expect_bytes(once_between, std::string(200, 'o'));
  expect_bytes(view_of(*before, "key-1"), value_of_round(1, 7));
}

void what_was_compacted_is_read_from_the_merged_segment(void**) {
  sim::SimFileSystem fs;
  const auto fold = filled(fs, on_disk(fs));
  const std::string all = shown(*fold);
  performed(*fold);
  assert_string_equal(shown(*fold).c_str(), all.c_str());
  // Nothing is left that reads the segments that are gone: their bytes went with their mappings.
  apply(*fold, {put("key-0", "new", 900)}, 900);
  const auto snapshot = must(fold->snapshot());
  expect_bytes(view_of(*snapshot, "key-0"), "new");
  expect_bytes(view_of(*snapshot, "once"), std::string(200, 'o'));
  assert_int_equal(must(fold->check()), 5);
}

void a_store_opens_with_its_values_in_memory_or_on_disk(void**) {
  sim::SimFileSystem fs;
  std::string all;
  for (int i = 0; i < 8; ++i) {
    Store::Request request = i % 3 == 1 ? request_on(fs) : on_disk(fs);
    request.index_after_bytes = i % 2 == 0 ? 1 : UINT64_MAX;
    if (i == 0) prepare(fs);
    const auto fold = must(slip::append_log::open(request));
    if (i > 0) assert_string_equal(shown(*fold).c_str(), all.c_str());
    fill(*fold, 3, static_cast<uint64_t>(i) * 100);
    if (i % 4 == 3) performed(*fold);
    all = shown(*fold);
    must(fold->close());
  }
}

// --- what is wrong with the disk ----------------------------------------------------------------

// Where the bytes stand in a file.
size_t found_in(sim::SimFileSystem& fs, const std::string& path, const std::string& bytes) {
  const size_t at = fs.disk().find(path)->bytes.get().find(bytes);
  assert_true(at != std::string::npos);
  return at;
}
void flip(sim::SimFileSystem& fs, const std::string& path, size_t at, char bits = 0x20) {
  sim::Inode* const file = fs.disk().find(path).get();
  const char flipped = static_cast<char>(file->bytes.get()[at] ^ bits);
  sim::Disk::write(file, at, std::string(1, flipped));
}

void a_rotten_value_is_corrupt_and_no_torn_one_is_given(void**) {
  sim::SimFileSystem fs;
  const auto fold = filled(fs, on_disk(fs));
  const std::string all = shown(*fold);
  const size_t value = found_in(fs, kFirst, std::string(200, 'o'));
  // In the value, in the key before it, and in the record's header: size, revision and checksum.
  for (const size_t at : {value, value + 199, value - 1, value - 14, value - 30, value - 38}) {
    flip(fs, kFirst, at);
    const auto snapshot = must(fold->snapshot());
    Update update{};
    const Status got = snapshot->get("once", &update);
    const std::string where = "cannot read fold \"/data/fold\": segment \"" + kFirst + "\": at " +
                              std::to_string(value) + " the value of key \"once\" is not what";
    expect(got, SLIP_CORRUPT, where);
    expect(got, SLIP_CORRUPT, "restore the fold from an artifact");
    assert_int_equal(update.value.size, 0);
    expect_bytes(view_of(*snapshot, "key-3"), value_of_round(3, 7));
    // What comes before it is given, then the error, and again.
    const auto iterator = must(snapshot->range(everything()));
    Update updates[16];
    assert_int_equal(must(iterator->next(updates, 16)), 4);
    assert_string_equal(std::string(slip::key_of(updates[3])).c_str(), "key-3");
    expect(iterator->next(updates, 16).status(), SLIP_CORRUPT, where);
    expect(iterator->next(updates, 16).status(), SLIP_CORRUPT, where);
    // It is not copied, and nothing is lost: the disk may answer rightly again.
    const slip::Compaction compaction = must(fold->compact());
    assert_int_equal(compaction.outcome, SLIP_COMPACTION_FAILED);
    assert_int_equal(compaction.status, SLIP_CORRUPT);
    assert_true(compaction.reason.find("the value of key \"once\"") != std::string::npos);
    flip(fs, kFirst, at);
    assert_string_equal(shown(*fold).c_str(), all.c_str());
  }
  performed(*fold);
  assert_string_equal(shown(*fold).c_str(), all.c_str());
}

// Proof that it is opened by places: what lies there is not looked at before it is asked for.
void an_index_has_places_and_opening_by_it_reads_no_value(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  Store::Request request = on_disk(fs);
  request.index_after_bytes = 1;
  {
    const auto fold = must(slip::append_log::open(request));
    for (uint64_t i = 1; i <= 20; ++i)
      apply(*fold, {put("key-" + std::to_string(i), std::string(5000, 'v'), i)}, i);
    must(fold->close());
  }
  assert_true(must(fs.stat(kSnap)).size < 5000);
  const size_t value = found_in(fs, kFirst, std::string(5000, 'v'));
  flip(fs, kFirst, value);
  const auto fold = must(slip::append_log::open(request));
  const auto snapshot = must(fold->snapshot());
  Update update{};
  expect(snapshot->get("key-1", &update), SLIP_CORRUPT, "the value of key \"key-1\"");
  for (uint64_t i = 2; i <= 20; ++i)
    expect_bytes(view_of(*snapshot, "key-" + std::to_string(i)), std::string(5000, 'v'));
  flip(fs, kFirst, value);
  expect_bytes(view_of(*snapshot, "key-1"), std::string(5000, 'v'));
  // In memory it is of no use, and does no harm.
  must(fold->close());
  request.values_on_disk = false;
  const auto in_memory = must(slip::append_log::open(request));
  expect_bytes(view_of(*must(in_memory->snapshot()), "key-7"), std::string(5000, 'v'));
}

// Of a record that was sound when the fold was opened: every bit of it, and of the commit after it.
void whatever_bit_turns_a_value_is_right_or_corrupt(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  const auto fold = must(slip::append_log::open(on_disk(fs)));
  const size_t begin = must(fs.stat(kFirst)).size;
  Change change = put("key", "a value", 9);
  change.ttl_ns = 5;
  apply(*fold, {change}, 9);
  const auto snapshot = must(fold->snapshot());
  const size_t end = must(fs.stat(kFirst)).size;
  uint64_t refused = 0;
  for (size_t bit = 8 * begin; bit < 8 * end; ++bit) {
    flip(fs, kFirst, bit / 8, static_cast<char>(1 << bit % 8));
    Update update{};
    const Status got = snapshot->get("key", &update);
    if (got.ok()) expect_bytes(slip::value_of(update), "a value");
    if (!got.ok()) expect(got, SLIP_CORRUPT, "the value of key \"key\"");
    if (!got.ok()) ++refused;
    flip(fs, kFirst, bit / 8, static_cast<char>(1 << bit % 8));
  }
  // The body, its checksum, its size and the revision.
  assert_int_equal(refused, 8 * (8 + 2 + 3 + 7 + 8 + 4 + 8));
  expect_bytes(view_of(*snapshot, "key"), "a value");
}

void an_index_of_places_that_is_damaged_does_not_count(void**) {
  sim::SimFileSystem sound;
  Store::Request request = on_disk(sound);
  request.index_after_bytes = 1;
  prepare(sound);
  std::string all;
  {
    const auto fold = must(slip::append_log::open(request));
    apply(*fold, {put("a", std::string(300, 'a'), 1), put("b", "", 2), del("c", 3)}, 3);
    apply(*fold, {put("d", std::string(30, 'd'), 4)}, 4);
    all = shown(*fold);
    must(fold->close());
  }
  const size_t size = must(sound.stat(kSnap)).size;
  assert_true(size > 300);
  for (size_t damage = 0; damage < 9 * size; ++damage) {
    sim::SimFileSystem fs(sound.disk().after_crash(0));
    fs.keep_log(false);
    std::string& bytes = fs.disk().find(kSnap)->bytes.change();
    if (damage < 8 * size)
      bytes[damage / 8] = static_cast<char>(bytes[damage / 8] ^ (1 << damage % 8));
    else
      bytes.resize(damage - 8 * size);
    request.fs = &fs;
    const auto opened = slip::append_log::open(request);
    assert_string_equal(shown(*must(opened)).c_str(), all.c_str());
  }
}

// Commits that a failed sync took back are read on until the fold is closed.
void commits_that_a_failed_sync_lost_are_read_on(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  Store::Request request = on_disk(fs, false);
  request.segment_bytes = 1 << 20;
  const auto fold = must(slip::append_log::open(request));
  apply(*fold, {put("kept", std::string(900, 'k'), 1)}, 1);
  must(fold->sync());
  const std::string durable = shown(*fold);
  apply(*fold, {put("lost", std::string(3000, 'l'), 2)}, 2);
  const auto snapshot = must(fold->snapshot());
  const Bytes lost = view_of(*snapshot, "lost");
  sim::Fault fault;
  fault.op = sim::Op::sync;
  fault.path_suffix = ".log";
  fault.effect = sim::Effect::lose_pages;
  fs.arm(fault);
  expect(fold->sync(), SLIP_IO, "nothing more is written");
  must(fs.finish());
  expect_bytes(lost, std::string(3000, 'l'));
  expect_bytes(view_of(*must(fold->snapshot()), "lost"), std::string(3000, 'l'));
  expect_bytes(view_of(*snapshot, "kept"), std::string(900, 'k'));
  assert_false(fold->close().ok());
  assert_string_equal(shown(*must(slip::append_log::open(request))).c_str(), durable.c_str());
}

void a_commit_whose_segment_cannot_be_mapped_leaves_no_trace(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  const auto fold = must(slip::append_log::open(on_disk(fs)));
  const uint64_t digest = fs.disk().digest();
  sim::Fault fault;
  fault.op = sim::Op::map;
  fault.error_number = ENOMEM;
  fs.arm(fault);
  {
    const auto writer = must(fold->writer());
    const Status failed = try_apply(*writer, {put("a", "1", 1)}, commit_at(1));
    expect(failed, SLIP_OUT_OF_MEMORY, "cannot map \"" + kFirst + "\"");
  }
  must(fs.finish());
  assert_string_equal(shown(*fold).c_str(), "0");
  assert_true(fs.disk().digest() == digest);
  apply(*fold, {put("a", "1", 1)}, 1);
  assert_string_equal(shown(*fold).c_str(), "1|a=1@1");
}

// The compaction has counted by then; what it merged is read until another one succeeds.
void values_that_could_not_be_moved_are_read_where_they_were(void**) {
  sim::SimFileSystem fs;
  const auto fold = filled(fs, on_disk(fs));
  const std::string all = shown(*fold);
  sim::Fault fault;
  fault.op = sim::Op::map;
  fs.arm(fault);
  performed(*fold);
  must(fs.finish());
  assert_false(must(fs.stat(kFirst)).kind == slip::FileKind::file);
  assert_string_equal(shown(*fold).c_str(), all.c_str());
  const uint64_t revision = fill(*fold, 8, 1000);
  performed(*fold);
  expect_bytes(view_of(*must(fold->snapshot()), "once"), std::string(200, 'o'));
  assert_int_equal(must(fold->meta()).revision, revision);
  must(fold->close());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(views_live_as_long_as_their_snapshot_whatever_is_compacted),
      cmocka_unit_test(what_was_compacted_is_read_from_the_merged_segment),
      cmocka_unit_test(a_store_opens_with_its_values_in_memory_or_on_disk),
      cmocka_unit_test(an_index_has_places_and_opening_by_it_reads_no_value),
      cmocka_unit_test(a_rotten_value_is_corrupt_and_no_torn_one_is_given),
      cmocka_unit_test(whatever_bit_turns_a_value_is_right_or_corrupt),
      cmocka_unit_test(an_index_of_places_that_is_damaged_does_not_count),
      cmocka_unit_test(commits_that_a_failed_sync_lost_are_read_on),
      cmocka_unit_test(a_commit_whose_segment_cannot_be_mapped_leaves_no_trace),
      cmocka_unit_test(values_that_could_not_be_moved_are_read_where_they_were),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
