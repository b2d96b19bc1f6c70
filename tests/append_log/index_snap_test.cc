// index.snap: a fold that is opened by it holds what its log says, and whatever is wrong with it,
// the log is read instead.
#include "fold/append_log/index_snap.h"

#include "append_log/history.h"
#include "base/checksum.h"
#include "base/little_endian.h"

using namespace append_log_test;

namespace {

constexpr int kHistories = 12;
constexpr int kBatches = 14;
const std::string kDirectory = std::string(kPath) + "/gen-1";
const std::string kSnap = kDirectory + "/index.snap";

std::string& bytes_of(sim::SimFileSystem& fs, const std::string& path) {
  return fs.disk().find(path)->bytes.change();
}
bool is_there(sim::SimFileSystem& fs, const std::string& path) {
  return must(fs.stat(path)).kind == slip::FileKind::file;
}

// Over several segments, with an index of all of it; what it holds.
std::string make_fold(sim::SimFileSystem& fs, uint64_t salt = 42, char fill = 'v') {
  prepare(fs);
  Store::Request request = request_on(fs);
  request.index_after_bytes = 1;
  request.salt = salt;
  const std::shared_ptr<Fold> fold = must(slip::append_log::open(request));
  for (uint64_t revision = 1; revision <= 6; ++revision)
    apply(*fold,
          {put("key-" + std::to_string(revision % 4), std::string(300, fill), revision),
           del("gone-" + std::to_string(revision), revision)},
          revision);
  const std::string all = shown(*fold);
  must(fold->close());
  assert_true(is_there(fs, kSnap));
  assert_true(is_there(fs, kDirectory + "/000002.log"));
  return all;
}

std::string reopened(sim::SimFileSystem& fs) {
  const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(fs)));
  return shown(*fold);
}

// --- opening by it ---------------------------------------------------------------------------

void a_fold_that_holds_nothing_keeps_its_cursor(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  Store::Request request = request_on(fs);
  request.index_after_bytes = 1;
  {
    const std::shared_ptr<Fold> fold = must(slip::append_log::open(request));
    apply(*fold, {put("a", "1", 5)}, 5);
    apply(*fold, {drop("a")}, 7);
    must(fold->close());
  }
  assert_true(is_there(fs, kSnap));
  const std::shared_ptr<Fold> fold = must(slip::append_log::open(request));
  assert_string_equal(shown(*fold).c_str(), "7");
  assert_string_equal(must(fold->meta()).identity.bucket.c_str(), "routes");
}

// Proof that it is read: what lies below it in the log is not.
void an_open_by_it_does_not_read_the_log_below(void**) {
  sim::SimFileSystem fs;
  const std::string all = make_fold(fs);
  bytes_of(fs, kDirectory + "/000001.log")[600] ^= 1;
  {
    const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(fs)));
    assert_string_equal(shown(*fold).c_str(), all.c_str());
    expect(fold->check().status(), SLIP_CORRUPT, "000001.log");
  }
  must(fs.remove(kSnap));
  expect(slip::append_log::open(request_on(fs)).status(), SLIP_CORRUPT, "000001.log");
}

// What it named is gone, and closing writes one of what there is now.
void a_compaction_and_a_close_leave_one_that_counts(void**) {
  sim::SimFileSystem fs;
  const std::string all = make_fold(fs);
  Store::Request request = request_on(fs);
  request.min_segments = 1;
  for (const bool closed : {false, true}) {
    request.index_after_bytes = closed ? 1 : UINT64_MAX;
    const std::shared_ptr<Fold> fold = must(slip::append_log::open(request));
    const uint64_t revision = closed ? 9 : 7;
    apply(*fold, {put("key-1", std::string(2000, 'n'), revision)}, revision);
    apply(*fold, {put("key-2", "new", revision + 1)}, revision + 1);
    assert_int_equal(must(fold->compact()).outcome, SLIP_COMPACTION_PERFORMED);
    const std::string compacted = shown(*fold);
    must(fold->close());
    assert_string_equal(reopened(fs).c_str(), compacted.c_str());
    assert_true(is_there(fs, kSnap) == closed);
    if (!closed) continue;
    // Proof that it is read: what lies below it in the log is not.
    const auto segments = must(slip::append_log::read_segment_list(fs, kDirectory));
    const std::string merged = slip::append_log::segment_path(kDirectory, segments[0].number);
    bytes_of(fs, merged)[600] ^= 1;
    assert_string_equal(reopened(fs).c_str(), compacted.c_str());
    must(fs.remove(kSnap));
    expect(slip::append_log::open(request).status(), SLIP_CORRUPT, merged);
  }
}

void random_histories_are_the_same_with_it_and_without(void**) {
  index_after_bytes = 1;
  for (int i = 0; i < kHistories; ++i) {
    sim::SimFileSystem fs;
    prepare(fs);
    History history(static_cast<uint64_t>(i));
    history.run(fs, 40);
    // A compaction may have ended the last one: this close writes one of what is there.
    must(must(slip::append_log::open(request_on(fs)))->close());
    index_after_bytes = UINT64_MAX;
    {  // an old one, and a log that went on over new segments
      Store::Request request = request_on(fs);
      request.compact_dead_percent = 100;
      const std::shared_ptr<Fold> fold = must(slip::append_log::open(request));
      const uint64_t revision = must(fold->meta()).revision;
      for (uint64_t next = revision + 1; next < revision + 9; ++next)
        apply(*fold,
              {put("new-" + std::to_string(next), std::string(400, 'n'), next), del("key-1", next),
               drop("key-2")},
              next);
      must(fold->close());
    }
    const std::string with = reopened(fs);
    assert_true(is_there(fs, kSnap));
    must(fs.remove(kSnap));
    assert_string_equal(with.c_str(), reopened(fs).c_str());
    index_after_bytes = 1;
  }
  index_after_bytes = Store::Request().index_after_bytes;
}

void a_reader_opens_by_it_and_leaves_it(void**) {
  sim::SimFileSystem fs;
  const std::string all = make_fold(fs);
  Store::Request request = request_on(fs);
  request.read_only = true;
  const uint64_t before = fs.disk().digest();
  assert_string_equal(shown(*must(slip::append_log::open(request))).c_str(), all.c_str());
  bytes_of(fs, kSnap).back() ^= 1;
  assert_string_equal(shown(*must(slip::append_log::open(request))).c_str(), all.c_str());
  bytes_of(fs, kSnap).back() ^= 1;
  assert_true(fs.disk().digest() == before);
}

// --- what is wrong with it -------------------------------------------------------------------

void every_bit_and_every_length_of_it(void**) {
  sim::SimFileSystem sound;
  const std::string all = make_fold(sound);
  const size_t size = bytes_of(sound, kSnap).size();
  uint64_t images = 0;
  const auto open_damaged = [&](sim::SimFileSystem& fs, const char* what, size_t where) {
    ++images;
    fs.keep_log(false);
    if (reopened(fs) != all) fail_msg("%s %zu: it holds something else", what, where);
    if (is_there(fs, kSnap)) fail_msg("%s %zu: it is still there", what, where);
  };
  const size_t step = kSanitized ? 7 : 1;
  for (size_t bit = 0; bit < 8 * size; bit += step) {
    sim::SimFileSystem fs(sound.disk().after_crash(0));
    std::string& bytes = bytes_of(fs, kSnap);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    open_damaged(fs, "bit", bit);
  }
  for (size_t length = 0; length < size; length += step) {
    sim::SimFileSystem fs(sound.disk().after_crash(0));
    bytes_of(fs, kSnap).resize(length);
    open_damaged(fs, "cut to", length);
  }
  sim::SimFileSystem fs(sound.disk().after_crash(0));
  bytes_of(fs, kSnap) += '\0';
  open_damaged(fs, "longer than", size);
  print_message("figure: damaged images of index.snap = %lu\n", images);
}

void one_of_another_log_does_not_count(void**) {
  sim::SimFileSystem fs;
  sim::SimFileSystem other;
  const std::string all = make_fold(fs);
  assert_true(make_fold(other, 77, 'w') != all);
  bytes_of(fs, kSnap) = bytes_of(other, kSnap);
  assert_string_equal(reopened(fs).c_str(), all.c_str());
}

// --- a log that lost what the disk had said to be durable ------------------------------------

const std::string kFirst = kDirectory + "/000001.log";

// One segment with two commits, and an index of them; where the first one ends.
size_t make_two_commits(sim::SimFileSystem& fs, Store::Request* request) {
  prepare(fs);
  *request = request_on(fs);
  request->segment_bytes = 1 << 20;
  request->index_after_bytes = 1;
  const auto fold = must(slip::append_log::open(*request));
  apply(*fold, {put("a", "1", 1)}, 1);
  const size_t end = bytes_of(fs, kFirst).size();
  apply(*fold, {put("lost", "2", 2)}, 2);
  must(fold->close());
  request->index_after_bytes = UINT64_MAX;
  return end;
}

// What is known to have been acknowledged is not passed over, whatever the index itself is worth.
void a_log_that_ends_before_it_is_corrupt(void**) {
  sim::SimFileSystem fs;
  Store::Request request;
  const size_t end = make_two_commits(fs, &request);
  bytes_of(fs, kFirst).resize(end);
  for (const bool damaged : {false, true}) {
    if (damaged) bytes_of(fs, kSnap).back() ^= 1;
    for (const bool read_only : {false, true}) {
      request.read_only = read_only;
      const uint64_t before = fs.disk().digest();
      const Status opened = slip::append_log::open(request).status();
      expect(opened, SLIP_CORRUPT, "lost its end: segment 1 has commits up to");
      expect(opened, SLIP_CORRUPT, "revision 2 (nothing was changed: rebuild the fold");
      assert_true(fs.disk().digest() == before);
    }
  }
  request.read_only = false;
  must(fs.remove(kSnap));
  expect_list(list(*must(slip::append_log::open(request))), {"a=1@1"});
}

// As long as it was, and a part of it zeros: what the index holds is whole, and the log behind it
// is gone on with. It is checking that says what the log has lost.
void a_log_that_is_damaged_below_it_is_opened_by_it(void**) {
  sim::SimFileSystem fs;
  Store::Request request;
  const size_t end = make_two_commits(fs, &request);
  const size_t size = bytes_of(fs, kFirst).size();
  bytes_of(fs, kFirst).replace(end, size - end, size - end, '\0');
  bytes_of(fs, kFirst).append(700, '\0');  // and a torn end
  const auto fold = must(slip::append_log::open(request));
  expect_list(list(*fold), {"a=1@1", "lost=2@2"});
  assert_int_equal(bytes_of(fs, kFirst).size(), size);
  expect(fold->check().status(), SLIP_CORRUPT, "lost its end");
  apply(*fold, {put("kept", "3", 3)}, 3);
  must(fold->close());
  expect_list(list(*must(slip::append_log::open(request))), {"a=1@1", "kept=3@3", "lost=2@2"});
}

// The index could not be read when the log was cut, and can be later. What is written there next
// may be as long as what was lost, and is something else.
void one_of_a_log_that_was_cut_is_gone_before_the_log_grows_again(void**) {
  sim::SimFileSystem fs;
  Store::Request request;
  const size_t end = make_two_commits(fs, &request);
  bytes_of(fs, kFirst).resize(end);
  sim::Fault fault;
  fault.op = sim::Op::read;
  fault.path_suffix = "index.snap";
  fs.arm(fault);
  auto fold = must(slip::append_log::open(request));
  must(fs.finish());
  expect_list(list(*fold), {"a=1@1"});
  apply(*fold, {put("kept", "3", 3)}, 3);
  must(fold->close());
  fold = must(slip::append_log::open(request));
  expect_list(list(*fold), {"a=1@1", "kept=3@3"});
}

void one_of_a_later_version_is_refused_by_name(void**) {
  sim::SimFileSystem fs;
  make_fold(fs);
  std::string& bytes = bytes_of(fs, kSnap);
  bytes[16] = 2;
  const auto body_bytes = slip::read_le<uint64_t>(bytes.data() + 24);
  std::string checksum;
  slip::append_le(&checksum, slip::xxh3(std::string_view(bytes).substr(8, 24 + body_bytes)));
  bytes.replace(0, checksum.size(), checksum);
  expect(slip::append_log::open(request_on(fs)).status(), SLIP_NEWER_FORMAT, "index.snap");
}

// --- writing it ------------------------------------------------------------------------------

void where_it_cannot_be_written_the_fold_stands(void**) {
  for (const bool faulted : {false, true}) {
    sim::SimFileSystem fs;
    prepare(fs);
    const std::shared_ptr<Store> store = must(Store::open(request_on(fs)));
    const std::vector<Change> changes = {put("a", "1", 1), put("b", "2", 1)};
    const std::vector<Update> updates = updates_of(changes);
    must(store->apply(updates.data(), updates.size(), commit_at(1)));
    sim::Fault fault;
    fault.op = sim::Op::rename;
    if (faulted) fs.arm(fault);
    const Status saved = store->save_index();
    if (faulted) {
      expect(saved, SLIP_IO, "rename");
      expect(saved, SLIP_IO, "cannot write the index of fold");
      must(fs.finish());
    } else {
      must(saved);
    }
    assert_true(is_there(fs, kSnap) == !faulted);
    must(store->close());
    const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(fs)));
    expect_list(list(*fold), {"a=1@1", "b=2@1"});
  }
}

// Of commits that a loss of power can still take back it must know nothing: a fold that was opened
// by it would commit behind bytes that are not in the log.
void it_knows_of_nothing_that_is_not_on_the_disk(void**) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    sim::SimFileSystem fs;
    prepare(fs);
    const auto store = must(Store::open(request_on(fs, false)));
    const std::vector<Change> changes = {put("a", std::string(1200, 'a'), 1)};
    const std::vector<Update> updates = updates_of(changes);
    must(store->apply(updates.data(), updates.size(), commit_at(1)));
    must(store->save_index());
    sim::SimFileSystem crashed(fs.disk().after_crash(seed));
    {
      const auto fold = must(slip::append_log::open(request_on(crashed)));
      apply(*fold, {put("b", "2", 2)}, 2);
    }
    must(crashed.remove(kSnap));
    const auto fold = must(slip::append_log::open(request_on(crashed)));
    expect_list(list(*fold), {"a=" + std::string(1200, 'a') + "@1", "b=2@2"});
  }
}

// A close that cannot write it succeeds: the fold is whole.
void closing_survives_every_failure_of_it(void**) {
  for (const sim::Op op : {sim::Op::append, sim::Op::rename, sim::Op::sync_directory}) {
    sim::SimFileSystem fs;
    prepare(fs);
    Store::Request request = request_on(fs);
    request.index_after_bytes = 1;
    const std::shared_ptr<Fold> fold = must(slip::append_log::open(request));
    apply(*fold, {put("a", "1", 1)}, 1);
    sim::Fault fault;
    fault.op = op;
    fs.arm(fault);
    must(fold->close());
    must(fs.finish());
    assert_int_equal(reopened(fs).compare(0, 2, "1|"), 0);
  }
}

// A run of commits, closes and opens that is cut off by a crash at every operation.
void a_crash_at_every_operation_leaves_an_exact_state(void**) {
  index_after_bytes = 1;
  uint64_t crashes = 0;
  for (uint64_t seed = 0; seed < (kSanitized ? 1 : 6); ++seed) {
    uint64_t operations = 0;
    for (uint64_t index = 1; index == 1 || index <= operations; ++index) {
      sim::SimFileSystem fs;
      prepare(fs);
      fs.keep_log(false);
      const uint64_t begin = fs.operations();
      sim::Fault fault;
      fault.index = begin + index;
      fault.freeze = true;
      if (index > 1) fs.arm(fault);
      History history(seed);
      history.run(fs, kBatches);
      if (index == 1) operations = fs.operations() - begin;
      for (uint64_t crash = 0; crash < 3; ++crash, ++crashes) {
        sim::SimFileSystem crashed(fs.disk().after_crash(crash));
        crashed.keep_log(false);
        auto opened = slip::append_log::open(request_on(crashed));
        if (opened.status().is(SLIP_NOT_FOUND) || opened.status().is(SLIP_NOT_OURS)) continue;
        const std::string wrong = history.judge(shown(*must(std::move(opened))));
        if (!wrong.empty()) fail_msg("seed %lu, operation %lu: %s", seed, index, wrong.c_str());
      }
    }
  }
  index_after_bytes = Store::Request().index_after_bytes;
  print_message("figure: crashes around index.snap = %lu\n", crashes);
  assert_true(crashes > (kSanitized ? 500 : 3000));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_open_by_it_does_not_read_the_log_below),
      cmocka_unit_test(a_compaction_and_a_close_leave_one_that_counts),
      cmocka_unit_test(random_histories_are_the_same_with_it_and_without),
      cmocka_unit_test(a_fold_that_holds_nothing_keeps_its_cursor),
      cmocka_unit_test(a_reader_opens_by_it_and_leaves_it),
      cmocka_unit_test(every_bit_and_every_length_of_it),
      cmocka_unit_test(one_of_another_log_does_not_count),
      cmocka_unit_test(a_log_that_ends_before_it_is_corrupt),
      cmocka_unit_test(a_log_that_is_damaged_below_it_is_opened_by_it),
      cmocka_unit_test(one_of_a_log_that_was_cut_is_gone_before_the_log_grows_again),
      cmocka_unit_test(one_of_a_later_version_is_refused_by_name),
      cmocka_unit_test(where_it_cannot_be_written_the_fold_stands),
      cmocka_unit_test(it_knows_of_nothing_that_is_not_on_the_disk),
      cmocka_unit_test(closing_survives_every_failure_of_it),
      cmocka_unit_test(a_crash_at_every_operation_leaves_an_exact_state),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
