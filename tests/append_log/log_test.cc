// What each check of the log is there for: a log that only that check can tell from a sound one.
#include <algorithm>

#include "append_log/history.h"
#include "base/checksum.h"
#include "base/little_endian.h"

using namespace append_log_test;
using slip::append_log::kSegmentHeaderBytes;
using slip::append_log::RecordWriter;

namespace {

constexpr uint64_t kCrashSeeds = 200;

std::string segment(int number) {
  return std::string(kPath) + "/gen-1/00000" + std::to_string(number) + ".log";
}

Store::Request one_segment(sim::SimFileSystem& fs, bool sync_commits = true) {
  Store::Request request = request_on(fs, sync_commits);
  request.segment_bytes = 1 << 20;
  return request;
}

std::string& bytes_of(sim::SimFileSystem& fs, const std::string& path) {
  return fs.disk().find(path)->bytes.change();
}

// The fold goes as it does when its process is killed: nothing is written any more.
void kill(sim::SimFileSystem& fs, std::shared_ptr<Fold>* fold) {
  sim::Fault fault;
  fault.freeze = true;
  fs.arm(fault);
  fold->reset();
  must(fs.finish());
  fs.thaw();
}

void after_every_crash(sim::SimFileSystem& fs, const std::vector<std::string>& expected) {
  for (uint64_t seed = 0; seed < kCrashSeeds; ++seed) {
    sim::SimFileSystem crashed(fs.disk().after_crash(seed));
    expect_list(list(*must(slip::append_log::open(one_segment(crashed)))), expected);
  }
}

// --- what an earlier process left -----------------------------------------------------------

// It committed without syncing, was killed, and its bytes are in no more than the page cache. A
// later batch must not say that they are on the disk.
void bytes_that_a_killed_process_left_are_synced(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  auto fold = must(slip::append_log::open(one_segment(fs, false)));
  apply(*fold, {put("a", std::string(2000, 'a'), 1)}, 1);
  kill(fs, &fold);
  fold = must(slip::append_log::open(one_segment(fs, false)));
  expect_list(list(*fold), {"a=" + std::string(2000, 'a') + "@1"});
  after_every_crash(fs, list(*fold));
  apply(*fold, {put("b", "2", 2)}, 2);
  for (uint64_t seed = 0; seed < kCrashSeeds; ++seed) {
    sim::SimFileSystem crashed(fs.disk().after_crash(seed));
    must(slip::append_log::open(one_segment(crashed)));
  }
}

// A log of one segment that was committed to without syncing, and whose process was killed.
std::vector<std::string> leave_unsynced(sim::SimFileSystem& fs, bool torn) {
  prepare(fs);
  auto fold = must(slip::append_log::open(one_segment(fs, false)));
  for (uint64_t revision = 1; revision <= 3; ++revision)
    apply(*fold, {put("key-" + std::to_string(revision), std::string(1500, 'a'), revision)},
          revision);
  std::vector<std::string> committed = list(*fold);
  kill(fs, &fold);
  sim::Inode* file = fs.disk().find(segment(1)).get();
  if (torn) sim::Disk::write(file, file->bytes.get().size(), std::string(900, '\0'));
  return committed;
}

// The sync of an opening fails, and the system takes pages for written that never reached the disk.
// The next opening reads them and syncs without a failure, which proves nothing.
void pages_that_a_failed_sync_lost_are_written_again(void**) {
  uint64_t failed = 0;
  for (const bool torn : {false, true}) {
    for (uint64_t nth = 1;; ++nth, ++failed) {
      sim::SimFileSystem fs;
      std::vector<std::string> expected = leave_unsynced(fs, torn);
      sim::Fault fault;
      fault.op = sim::Op::sync;
      fault.nth = nth;
      fault.effect = sim::Effect::lose_pages;
      fs.arm(fault);
      const Status opened = slip::append_log::open(one_segment(fs)).status();
      if (opened.ok()) break;
      expect(opened, SLIP_IO, "cannot sync");
      must(fs.finish());
      const std::shared_ptr<Fold> fold = must(slip::append_log::open(one_segment(fs)));
      expect_list(list(*fold), expected);
      after_every_crash(fs, expected);
      apply(*fold, {put("later", "1", 4)}, 4);
      expected.push_back("later=1@4");
      after_every_crash(fs, expected);
    }
  }
  assert_true(failed >= 2);
}

// Only what nothing proves to be on the disk is written again.
void a_log_that_was_closed_has_little_to_renew(void**) {
  for (const bool closed : {false, true}) {
    sim::SimFileSystem fs;
    prepare(fs);
    auto fold = must(slip::append_log::open(one_segment(fs, false)));
    apply(*fold, {put("a", std::string(200000, 'a'), 1)}, 1);
    const std::vector<std::string> committed = list(*fold);
    if (closed)
      must(fold->close());
    else
      kill(fs, &fold);
    uint64_t renewed = 0;
    const size_t from = fs.log().size();
    fold = must(slip::append_log::open(one_segment(fs, false)));
    for (size_t i = from; i < fs.log().size(); ++i)
      if (fs.log()[i].op == sim::Op::write_at) renewed += fs.log()[i].bytes;
    expect_list(list(*fold), committed);
    assert_true(closed ? renewed > 0 && renewed < 1000 : renewed > 200000);
    must(fold->check());
  }
}

// It was killed between the rename of the list and the sync of its directory. What is committed to
// the new segment counts only when the new list is there for good.
void a_list_that_a_killed_process_left_is_synced(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  auto fold = must(slip::append_log::open(request_on(fs)));
  apply(*fold, {put("a", std::string(2000, 'a'), 1)}, 1);
  sim::Fault fault;
  fault.op = sim::Op::sync_directory;
  fault.nth = 2;  // the first is of the new segment's name
  fault.path_suffix = "/gen-1";
  fault.freeze = true;
  fs.arm(fault);
  expect(try_apply(*must(fold->writer()), {put("b", "2", 2)}, commit_at(2)), SLIP_IO,
         "open the fold again");
  must(fs.finish());
  fold.reset();
  fs.thaw();
  fold = must(slip::append_log::open(request_on(fs)));
  apply(*fold, {put("c", "3", 3)}, 3);
  assert_int_equal(must(fs.stat(segment(2))).size, bytes_of(fs, segment(2)).size());
  after_every_crash(fs, list(*fold));
}

// It was killed between the rename of CURRENT and the sync of its directory: what is committed
// after that counts only when the root has it for good.
void a_root_that_a_killed_process_left_is_synced(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  {
    sim::Fault fault;
    fault.op = sim::Op::rename;
    fault.path_suffix = "/CURRENT";
    fs.arm(fault);
    expect(slip::append_log::open(one_segment(fs)).status(), SLIP_IO, "rename");
    fault.op = sim::Op::sync_directory;
    fault.path_suffix = kPath;
    fault.nth = 3;  // of the lock's name, of the generation's, of CURRENT
    fault.freeze = true;
    fs.arm(fault);
    expect(slip::append_log::open(one_segment(fs)).status(), SLIP_IO, "sync directory");
    must(fs.finish());
    fs.thaw();
  }
  assert_true(must(fs.stat(std::string(kPath) + "/CURRENT")).kind == slip::FileKind::file);
  const auto fold = must(slip::append_log::open(one_segment(fs)));
  apply(*fold, {put("a", "1", 1)}, 1);
  after_every_crash(fs, {"a=1@1"});
}

// --- damage ---------------------------------------------------------------------------------

std::shared_ptr<Fold> filled(sim::SimFileSystem& fs) {
  prepare(fs);
  auto fold = must(slip::append_log::open(one_segment(fs)));
  apply(*fold, {put("a", "1", 1)}, 1);
  apply(*fold, {put("b", "2", 2)}, 2);
  return fold;
}

// Of a batch the records, and of another version of it the commit: each is sound by itself.
void a_commit_of_another_batch_is_not_believed(void**) {
  sim::SimFileSystem fs;
  must(filled(fs)->close());
  const std::string sound = bytes_of(fs, segment(1));
  slip::append_log::SegmentHeader header;
  must(slip::append_log::decode_segment_header(sound, "it", &header));
  const auto batch = [&](const char* value) {
    FoldMeta meta;
    meta.identity = {"routes", 7};
    meta.revision = 3;
    meta.entries = 3;
    meta.payload_bytes = 6;
    Change change = put("c", value, 3);
    RecordWriter writer(header.salt, sound.size(), sound.size());
    writer.add(change.update());
    const size_t size = writer.bytes().size();
    writer.commit(meta, false);
    return std::make_pair(writer.bytes().substr(0, size), writer.bytes().substr(size));
  };
  bytes_of(fs, segment(1)) = sound + batch("x").first + batch("x").second;
  assert_int_equal(must(must(slip::append_log::open(one_segment(fs)))->meta()).revision, 3);
  bytes_of(fs, segment(1)) = sound + batch("x").first + batch("y").second;
  expect_list(list(*must(slip::append_log::open(one_segment(fs)))), {"a=1@1", "b=2@2"});
}

void counts_that_do_not_fit_are_corrupt(void**) {
  sim::SimFileSystem fs;
  must(filled(fs)->close());
  std::string& bytes = bytes_of(fs, segment(1));
  slip::append_log::SegmentHeader header;
  must(slip::append_log::decode_segment_header(bytes, "it", &header));
  FoldMeta meta;
  meta.identity = {"routes", 7};
  meta.revision = 3;
  meta.entries = 1;
  meta.payload_bytes = 4;
  RecordWriter writer(header.salt, bytes.size(), bytes.size());
  writer.commit(meta, false);
  bytes += writer.bytes();
  expect(slip::append_log::open(one_segment(fs)).status(), SLIP_CORRUPT,
         "does not hold what its counts say");
}

// Without its checksum a damaged number would be taken for a later version's.
void a_damaged_format_is_damage_and_no_later_version(void**) {
  for (const std::string& path : {segment(1), std::string(kPath) + "/gen-1/SEGMENTS"}) {
    sim::SimFileSystem fs;
    must(filled(fs)->close());
    std::string& bytes = bytes_of(fs, path);
    bytes[16] = 2;
    expect(slip::append_log::open(one_segment(fs)).status(), SLIP_CORRUPT,
           "does not match its checksum");
    const size_t covered = path == segment(1) ? kSegmentHeaderBytes : bytes.size();
    const uint64_t checksum = slip::xxh3(Bytes(bytes).substr(8, covered - 8));
    std::string encoded;
    slip::append_le(&encoded, checksum);
    bytes_of(fs, path).replace(0, 8, encoded);
    expect(slip::append_log::open(one_segment(fs)).status(), SLIP_NEWER_FORMAT, "format 2");
  }
}

// --- a disk that answers wrongly once ---------------------------------------------------------

void an_end_that_is_misread_once_is_not_cut(void**) {
  sim::SimFileSystem fs;
  {
    // The last commit is not on the disk: no record can say that it must be there.
    prepare(fs);
    auto fold = must(slip::append_log::open(one_segment(fs, false)));
    apply(*fold, {put("a", "1", 1)}, 1);
    apply(*fold, {put("b", std::string(3000, 'b'), 2)}, 2);
    must(fold->close());
  }
  const std::string before = bytes_of(fs, segment(1));
  sim::Fault fault;
  fault.op = sim::Op::read;
  fault.path_suffix = "000001.log";
  fault.effect = sim::Effect::flip_bit;
  fs.arm(fault);
  expect(slip::append_log::open(one_segment(fs)).status(), SLIP_IO,
         "reads differently the second time");
  must(fs.finish());
  assert_true(bytes_of(fs, segment(1)) == before);
  assert_int_equal(must(must(slip::append_log::open(one_segment(fs)))->meta()).revision, 2);
}

// --- a load -----------------------------------------------------------------------------------

void load_at(sim::SimFileSystem& fs, const std::string& path, int keys, size_t value_bytes) {
  const auto loader = must(slip::append_log::load(fs, path));
  for (int i = 0; i < keys; ++i) {
    const Change change = put("key-" + std::to_string(100 + i), std::string(value_bytes, 'v'), 7);
    const Update update = change.update();
    must(loader->add(&update, 1));
  }
  FoldMeta meta;
  meta.identity = {"routes", 7};
  meta.revision = 9;
  must(loader->commit(meta));
}

// It is there whole or not at all, and once it was acknowledged it is there.
void a_load_is_all_or_nothing_at_every_crash(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  const std::string path = "/data/made/too/fold";
  Store::Request request = request_on(fs);
  request.path = path;
  uint64_t crashes = 0;
  uint64_t there = 0;
  const auto crash = [&](bool must_be_there) {
    for (uint64_t seed = 0; seed < 40; ++seed, ++crashes) {
      sim::SimFileSystem crashed(fs.disk().after_crash(seed + crashes));
      crashed.keep_log(false);
      const bool found = must(crashed.stat(path)).kind == slip::FileKind::directory;
      assert_true(found || !must_be_there);
      if (!found) continue;
      ++there;
      request.fs = &crashed;
      request.create = slip::Create::never;
      const auto fold = must(slip::append_log::open(request));
      assert_int_equal(must(fold->check()), 50);
    }
  };
  fs.set_witness([&](const sim::Operation&) { crash(false); });
  load_at(fs, path, 50, 100);
  fs.set_witness(nullptr);
  crash(true);
  assert_true(crashes > 400 && there > 40);
}

// More than one segment.
void a_long_load_is_on_the_disk_when_it_returns(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  load_at(fs, kPath, 18, 4 << 20);
  assert_true(must(fs.stat(segment(2))).kind == slip::FileKind::file);
  for (uint64_t seed = 0; seed < 3; ++seed) {
    sim::SimFileSystem crashed(fs.disk().after_crash(seed));
    assert_int_equal(must(must(slip::append_log::open(request_on(crashed)))->meta()).entries, 18);
  }
}

// --- a creation that is cut short -------------------------------------------------------------

void a_creation_can_be_cut_short_anywhere(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  uint64_t crashes = 0;
  fs.set_witness([&](const sim::Operation&) {
    for (uint64_t seed = 0; seed < 40; ++seed, ++crashes) {
      sim::SimFileSystem crashed(fs.disk().after_crash(seed + crashes));
      expect_list(list(*must(slip::append_log::open(one_segment(crashed)))), {});
    }
  });
  must(slip::append_log::open(one_segment(fs)));
  fs.set_witness(nullptr);
  assert_true(crashes > 300);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(bytes_that_a_killed_process_left_are_synced),
      cmocka_unit_test(pages_that_a_failed_sync_lost_are_written_again),
      cmocka_unit_test(a_log_that_was_closed_has_little_to_renew),
      cmocka_unit_test(a_list_that_a_killed_process_left_is_synced),
      cmocka_unit_test(a_commit_of_another_batch_is_not_believed),
      cmocka_unit_test(counts_that_do_not_fit_are_corrupt),
      cmocka_unit_test(a_damaged_format_is_damage_and_no_later_version),
      cmocka_unit_test(an_end_that_is_misread_once_is_not_cut),
      cmocka_unit_test(a_root_that_a_killed_process_left_is_synced),
      cmocka_unit_test(a_load_is_all_or_nothing_at_every_crash),
      cmocka_unit_test(a_long_load_is_on_the_disk_when_it_returns),
      cmocka_unit_test(a_creation_can_be_cut_short_anywhere),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
