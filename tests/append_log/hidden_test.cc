// Hidden revisions: the set, its file, and what a fold's readers make of it.
#include "fold/append_log/hidden.h"

#include <bitset>

#include "append_log/history.h"
#include "base/checksum.h"
#include "base/limits.h"
#include "base/little_endian.h"
#include "support/expect.h"
#include "support/failing_new.h"

namespace {

using namespace append_log_test;
using slip::RevisionRange;
using slip::append_log::decode_hidden;
using slip::append_log::encode_hidden;
using slip::append_log::HiddenSet;
using slip::append_log::read_hidden;
using slip::append_log::write_hidden;

constexpr char kFile[] = "/data/fold/hidden";

std::string shown(const std::vector<RevisionRange>& ranges) {
  std::string text;
  for (const RevisionRange& range : ranges)
    text += "[" + std::to_string(range.from) + "," + std::to_string(range.to) + ")";
  return text;
}

HiddenSet set_of(std::initializer_list<RevisionRange> ranges) {
  HiddenSet set;
  for (const RevisionRange& range : ranges) EXPECT_OK(set.add(range));
  return set;
}

// --- the set -------------------------------------------------------------------------------------

void ranges_that_touch_become_one(void**) {
  EXPECT_TEXT(shown(set_of({{5, 9}, {1, 3}}).ranges()), "[1,3)[5,9)");
  EXPECT_TEXT(shown(set_of({{1, 3}, {3, 5}}).ranges()), "[1,5)");
  EXPECT_TEXT(shown(set_of({{3, 5}, {1, 3}}).ranges()), "[1,5)");
  EXPECT_TEXT(shown(set_of({{1, 3}, {4, 6}}).ranges()), "[1,3)[4,6)");
  EXPECT_TEXT(shown(set_of({{1, 3}, {4, 6}, {3, 4}}).ranges()), "[1,6)");
  EXPECT_TEXT(shown(set_of({{1, 9}, {4, 6}}).ranges()), "[1,9)");
  EXPECT_TEXT(shown(set_of({{4, 6}, {8, 9}, {1, 20}}).ranges()), "[1,20)");
  EXPECT_TEXT(shown(set_of({{0, UINT64_MAX}}).ranges()), "[0,18446744073709551615)");
}

void a_part_can_be_taken_out(void**) {
  HiddenSet set = set_of({{1, 10}, {20, 30}});
  EXPECT_OK(set.remove({4, 6}));
  EXPECT_TEXT(shown(set.ranges()), "[1,4)[6,10)[20,30)");
  EXPECT_OK(set.remove({0, 2}));
  EXPECT_OK(set.remove({9, 21}));
  EXPECT_TEXT(shown(set.ranges()), "[2,4)[6,9)[21,30)");
  EXPECT_OK(set.remove({100, 200}));
  EXPECT_OK(set.remove({0, 1000}));
  assert_true(set.empty());
}

void an_empty_range_is_refused(void**) {
  HiddenSet set = set_of({{1, 3}});
  EXPECT_FAILED(set.add({7, 7}), SLIP_INVALID, "from 7 to below 7");
  EXPECT_FAILED(set.add({8, 7}), SLIP_INVALID, "from 8 to below 7");
  EXPECT_FAILED(set.remove({2, 2}), SLIP_INVALID, "from 2 to below 2");
  EXPECT_TEXT(shown(set.ranges()), "[1,3)");
}

void their_number_is_bounded(void**) {
  HiddenSet set;
  for (uint64_t i = 0; i < slip::kHiddenRangesMax; ++i) EXPECT_OK(set.add({3 * i, 3 * i + 1}));
  const uint64_t next = 3 * slip::kHiddenRangesMax;
  EXPECT_FAILED(set.add({next, next + 1}), SLIP_TOO_LARGE, "hide wider ones");
  assert_int_equal(set.ranges().size(), slip::kHiddenRangesMax);
  assert_false(set.contains(next));
  EXPECT_OK(set.add({1, 3}));  // joins two
  EXPECT_OK(set.add({next, next + 2}));
  EXPECT_OK(set.remove({next, next + 1}));
}

// Against a set of bits: contents, order and gaps after every change.
void the_set_is_what_a_row_of_bits_is(void**) {
  constexpr uint64_t kBits = 64;
  sim::Random random(7);
  for (int round = 0; round < 200; ++round) {
    HiddenSet set;
    std::bitset<kBits> bits;
    for (int step = 0; step < 30; ++step) {
      const uint64_t from = random.below(kBits - 1);
      const uint64_t to = from + 1 + random.below(kBits - from);
      const bool hides = random.below(2) == 0;
      for (uint64_t at = from; at < std::min(to, kBits); ++at) bits[at] = hides;
      EXPECT_OK(hides ? set.add({from, to}) : set.remove({from, to}));
      for (uint64_t at = 0; at < kBits; ++at)
        if (set.contains(at) != bits[at]) fail_msg("round %d, step %d, at %zu", round, step, at);
      for (size_t i = 0; i < set.ranges().size(); ++i) {
        assert_true(set.ranges()[i].from < set.ranges()[i].to);
        if (i > 0) assert_true(set.ranges()[i - 1].to < set.ranges()[i].from);
      }
    }
  }
}

// --- its file ------------------------------------------------------------------------------------

void with_checksum(std::string* bytes) {
  std::string sum;
  slip::append_le(&sum, slip::xxh3(Bytes(*bytes).substr(8)));
  bytes->replace(0, 8, sum);
}

void what_is_written_is_read(void**) {
  for (const HiddenSet& set :
       {set_of({{1, 3}}), set_of({{0, 1}, {5, 9}, {1000, UINT64_MAX}}), set_of({{7, 8}})}) {
    HiddenSet read;
    EXPECT_OK(decode_hidden(encode_hidden(set), "it", &read));
    EXPECT_TEXT(shown(read.ranges()), shown(set.ranges()));
  }
}

void every_flipped_bit_and_every_cut_is_told(void**) {
  const std::string whole = encode_hidden(set_of({{1, 3}, {5, 9}, {12, 40}}));
  const auto expect_refused = [](const std::string& bytes) {
    HiddenSet set = set_of({{70, 71}});
    EXPECT_FAILED(decode_hidden(bytes, "the ranges", &set), SLIP_CORRUPT, "the ranges");
    EXPECT_TEXT(shown(set.ranges()), "[70,71)");
  };
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    expect_refused(flipped);
  }
  for (size_t size = 0; size < whole.size(); ++size) expect_refused(whole.substr(0, size));
  for (size_t more : {1, 8, 16, 512}) {
    std::string longer = whole + std::string(more, '\0');
    expect_refused(longer);
    with_checksum(&longer);  // also where the checksum was made for it
    expect_refused(longer);
  }
}

// With a checksum that fits, so that what it says is what is judged.
void what_makes_no_sense_is_refused(void**) {
  constexpr size_t kFormatAt = 16;
  constexpr size_t kCountAt = 20;
  constexpr size_t kFirstAt = 24;
  const std::string whole = encode_hidden(set_of({{1, 3}, {5, 9}}));
  const auto expect_with = [&](size_t at, char byte, slip_status code, const char* says) {
    std::string bytes = whole;
    bytes[at] = byte;
    with_checksum(&bytes);
    HiddenSet set;
    EXPECT_FAILED(decode_hidden(bytes, "the ranges", &set), code, says);
    assert_true(set.empty());
  };
  expect_with(8, 'X', SLIP_CORRUPT, "magic");
  expect_with(kFormatAt, 2, SLIP_NEWER_FORMAT, "format 2");
  expect_with(kFormatAt, 0, SLIP_CORRUPT, "no sense");
  expect_with(kCountAt, 0, SLIP_CORRUPT, "no sense");
  expect_with(kCountAt, 1, SLIP_CORRUPT, "no sense");
  expect_with(kCountAt, 3, SLIP_CORRUPT, "");
  expect_with(kCountAt + 3, 1, SLIP_CORRUPT, "no sense");  // far too many
  expect_with(kFirstAt, 3, SLIP_CORRUPT, "order");         // [3,3)
  expect_with(kFirstAt, 4, SLIP_CORRUPT, "order");         // [4,3)
  expect_with(kFirstAt + 8, 5, SLIP_CORRUPT, "order");     // [1,5)[5,9): they touch
  expect_with(kFirstAt + 8, 7, SLIP_CORRUPT, "order");     // [1,7)[5,9)
}

// --- a fold --------------------------------------------------------------------------------------

struct World {
  World() { prepare(fs); }
  std::shared_ptr<Fold> open(bool read_only = false) {
    Store::Request request = request_on(fs);
    request.read_only = read_only;
    return must(slip::append_log::open(request));
  }
  sim::SimFileSystem fs;
};

std::vector<std::string> all_of(Fold& fold) {
  RangeQuery query = everything();
  query.hidden = true;
  return list(fold, query);
}

void fill(Fold& fold) {
  apply(fold, {put("a", "1", 1), put("b", "2", 2), put("c", "3", 3)}, 3);
  apply(fold, {put("b", "bad", 4), del("c", 5), put("d", "bad", 6)}, 6);
}

void what_is_hidden_is_read_as_absent(void**) {
  World world;
  const auto fold = world.open();
  fill(*fold);
  must(fold->hide({4, 7}));
  EXPECT_TEXT(got(*fold, "a"), "=1@1");
  EXPECT_TEXT(got(*fold, "b"), "SLIP_NOT_FOUND");  // and not what it was before
  EXPECT_TEXT(got(*fold, "d"), "SLIP_NOT_FOUND");
  expect_list(list(*fold), {"a=1@1"});
  expect_list(list(*fold, everything()), {"a=1@1"});  // nor as a tombstone
  RangeQuery backwards;
  backwards.reverse = true;
  expect_list(list(*fold, backwards), {"a=1@1"});
  RangeQuery limited;
  limited.limit = 1;
  limited.reverse = true;
  expect_list(list(*fold, limited), {"a=1@1"});
  // Applied, counted, and there for whoever copies the fold.
  expect_list(all_of(*fold), {"a=1@1", "b=bad@4", "c-@5", "d=bad@6"});
  const FoldMeta meta = must(fold->meta());
  assert_int_equal(meta.revision, 6);
  assert_int_equal(meta.entries, 3);
  assert_int_equal(meta.tombstones, 1);
  must(fold->check());
}

void what_is_written_later_is_seen(void**) {
  World world;
  const auto fold = world.open();
  fill(*fold);
  must(fold->hide({4, 7}));
  apply(*fold, {put("b", "good", 7), put("c", "again", 8)}, 8);
  expect_list(list(*fold), {"a=1@1", "b=good@7", "c=again@8"});
  // A range may lie ahead.
  must(fold->hide({9, 11}));
  apply(*fold, {put("e", "5", 9), put("f", "6", 10), put("g", "7", 11)}, 11);
  expect_list(list(*fold), {"a=1@1", "b=good@7", "c=again@8", "g=7@11"});
}

void what_is_shown_again_is_seen(void**) {
  World world;
  const auto fold = world.open();
  fill(*fold);
  must(fold->hide({4, 7}));
  EXPECT_TEXT(shown(must(fold->hidden())), "[4,7)");
  must(fold->unhide({5, 7}));
  EXPECT_TEXT(shown(must(fold->hidden())), "[4,5)");
  expect_list(list(*fold, everything()), {"a=1@1", "c-@5", "d=bad@6"});
  assert_int_equal(world.fs.stat(kFile).value().kind == slip::FileKind::file, true);
  must(fold->unhide({0, 100}));
  assert_true(must(fold->hidden()).empty());
  assert_int_equal(world.fs.stat(kFile).value().kind == slip::FileKind::absent, true);
  EXPECT_TEXT(got(*fold, "b"), "=bad@4");
}

void a_snapshot_keeps_what_it_saw(void**) {
  World world;
  const auto fold = world.open();
  fill(*fold);
  const auto before = must(fold->snapshot());
  const auto walk = must(before->range({}));
  must(fold->hide({4, 7}));
  const auto after = must(fold->snapshot());
  EXPECT_TEXT(got(*before, "b"), "=bad@4");
  EXPECT_TEXT(got(*after, "b"), "SLIP_NOT_FOUND");
  Update updates[8];
  assert_int_equal(must(walk->next(updates, 8)), 3);
  must(fold->unhide({4, 7}));
  EXPECT_TEXT(got(*after, "b"), "SLIP_NOT_FOUND");
  must(after->refresh());
  EXPECT_TEXT(got(*after, "b"), "=bad@4");
  // It outlives the fold.
  must(fold->hide({1, 2}));
  const auto last = must(fold->snapshot());
  must(fold->close());
  EXPECT_TEXT(got(*last, "a"), "SLIP_NOT_FOUND");
}

void it_survives_reopening(void**) {
  World world;
  {
    const auto fold = world.open();
    fill(*fold);
    must(fold->hide({4, 5}));
    must(fold->hide({6, 7}));
    must(fold->close());
    expect(fold->hide({1, 2}), SLIP_CLOSED, "is closed");
    expect(fold->hidden().status(), SLIP_CLOSED, "is closed");
  }
  for (const bool read_only : {true, false}) {
    const auto fold = world.open(read_only);
    EXPECT_TEXT(shown(must(fold->hidden())), "[4,5)[6,7)");
    expect_list(list(*fold, everything()), {"a=1@1", "c-@5"});
    if (read_only) expect(fold->hide({1, 2}), SLIP_PERMISSION_DENIED, "read_only");
  }
}

// index.snap knows everything, whether it is hidden or not.
void it_survives_a_fast_open(void**) {
  World world;
  Store::Request request = request_on(world.fs);
  request.index_after_bytes = 1;
  {
    const auto fold = must(slip::append_log::open(request));
    fill(*fold);
    must(fold->hide({4, 7}));
    must(fold->close());
  }
  const auto snap = must(world.fs.stat("/data/fold/gen-1/index.snap"));
  assert_true(snap.kind == slip::FileKind::file);
  const auto fold = must(slip::append_log::open(request));
  EXPECT_TEXT(shown(must(fold->hidden())), "[4,7)");
  expect_list(list(*fold, everything()), {"a=1@1"});
  expect_list(all_of(*fold), {"a=1@1", "b=bad@4", "c-@5", "d=bad@6"});
  must(fold->check());
}

// Turns a bit of the file.
std::string damage(sim::SimFileSystem& fs) {
  std::string bytes = must(slip::read_file(fs, kFile, 1000));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  must(fs.remove(kFile));
  must(must(fs.open(kFile, slip::OpenMode::create))->append(bytes));
  return bytes;
}

void a_damaged_set_is_found_by_check(void**) {
  World world;
  const auto fold = world.open();
  fill(*fold);
  must(fold->hide({4, 5}));
  must(fold->check());
  damage(world.fs);
  expect(fold->check().status(), SLIP_CORRUPT, "/data/fold/hidden");
  EXPECT_TEXT(got(*fold, "b"), "SLIP_NOT_FOUND");
  must(fold->hide({6, 7}));  // written anew
  must(fold->check());
}

void a_damaged_set_refuses_to_open(void**) {
  World world;
  {
    const auto fold = world.open();
    fill(*fold);
    must(fold->hide({4, 5}));
    must(fold->close());
  }
  const std::string bytes = damage(world.fs);
  for (const bool read_only : {true, false}) {
    Store::Request request = request_on(world.fs);
    request.read_only = read_only;
    expect(slip::append_log::open(request).status(), SLIP_CORRUPT, "/data/fold/hidden");
  }
  assert_true(must(slip::read_file(world.fs, kFile, 1000)) == bytes);  // nothing was touched
}

// The pair: the same change, once without a fault and once with one at each of its operations. The
// fault surfaces with the operation's name, and what was hidden stays hidden, and nothing else is.
void a_fault_surfaces_and_the_old_ranges_stand(void**) {
  for (const sim::Op op : {sim::Op::create, sim::Op::append, sim::Op::sync, sim::Op::rename}) {
    for (const bool faulty : {false, true}) {
      World world;
      auto fold = world.open();
      fill(*fold);
      must(fold->hide({4, 5}));
      const size_t before = world.fs.log().size();
      sim::Fault fault;
      fault.op = op;
      if (faulty) world.fs.arm(fault);
      const Status hidden = fold->hide({6, 7});
      if (faulty)
        expect(hidden, SLIP_IO, sim::op_name(op));
      else
        must(hidden);
      uint64_t met = 0;
      for (size_t i = before; i < world.fs.log().size(); ++i)
        met += world.fs.log()[i].op == op ? 1 : 0;
      assert_int_equal(met, 1);
      must(world.fs.finish());
      for (int again = 0; again < 2; ++again) {
        EXPECT_TEXT(shown(must(fold->hidden())), faulty ? "[4,5)" : "[4,5)[6,7)");
        EXPECT_TEXT(got(*fold, "b"), "SLIP_NOT_FOUND");
        EXPECT_TEXT(got(*fold, "d"), faulty ? "=bad@6" : "SLIP_NOT_FOUND");
        apply(*fold, {put("e", "5", 7 + static_cast<uint64_t>(again))}, 8);  // it goes on
        fold.reset();
        fold = world.open();
      }
    }
  }
}

// The empty set's way: removed, and the directory synced.
void a_file_that_cannot_be_removed_stays(void**) {
  for (const sim::Op op : {sim::Op::remove, sim::Op::sync_directory}) {
    World world;
    const auto fold = world.open();
    fill(*fold);
    must(fold->hide({4, 5}));
    sim::Fault fault;
    fault.op = op;
    world.fs.arm(fault);
    expect(fold->unhide({4, 5}), SLIP_IO, op == sim::Op::remove ? "remove" : "sync");
    must(world.fs.finish());
    EXPECT_TEXT(got(*fold, "b"), "SLIP_NOT_FOUND");
    must(fold->unhide({4, 5}));
    EXPECT_TEXT(got(*fold, "b"), "=bad@4");
  }
}

// Each allocation of a change fails in turn: the fold goes on with what was hidden before.
void no_memory_leaves_the_old_ranges(void**) {
  World world;
  const auto fold = world.open();
  fill(*fold);
  must(fold->hide({4, 5}));
  const long failures = failing_new::fail_each(
      [&] {
        return fold->hide({6, 7}).ok();
      },
      [&](bool succeeded) {
        if (succeeded) must(fold->unhide({6, 7}));
        EXPECT_TEXT(shown(must(fold->hidden())), "[4,5)");
        EXPECT_TEXT(got(*fold, "d"), "=bad@6");
        apply(*fold, {}, must(fold->meta()).revision + 1);
      });
  assert_true(failures > 5);
  EXPECT_TEXT(shown(must(fold->hidden())), "[4,5)[6,7)");
  EXPECT_TEXT(got(*fold, "d"), "SLIP_NOT_FOUND");
}

// A crash at each operation of three changes, with what was not synced lost or kept by seed: the
// ranges are those of the last change that returned, or of the one after it.
void a_crash_leaves_the_old_ranges_or_the_new_ones(void**) {
  const auto change = [](Fold& fold, int step) {
    if (step == 0) return fold.hide({4, 5});
    if (step == 1) return fold.hide({6, 7});
    return fold.unhide({0, 100});
  };
  const std::vector<std::string> states = {"", "[4,5)", "[4,5)[6,7)", ""};
  uint64_t images = 0;
  for (uint64_t at = 1;; ++at) {
    for (uint64_t seed = 1; seed <= 32; ++seed) {
      World world;
      size_t done = 0;
      {
        const auto fold = world.open();
        fill(*fold);
        sim::Fault fault;
        fault.nth = at;
        fault.freeze = true;
        world.fs.arm(fault);
        while (done < 3 && change(*fold, static_cast<int>(done)).ok()) ++done;
        if (done == 3 && world.fs.faults_fired() == 0) {
          assert_true(at > 12);
          print_message("%zu images\n", static_cast<size_t>(images));
          return;
        }
        // What the fold itself says afterwards is what it said before the fault.
        EXPECT_TEXT(shown(must(fold->hidden())), states[done]);
      }
      sim::SimFileSystem after(world.fs.disk().after_crash(seed));
      const auto fold = must(slip::append_log::open(request_on(after)));
      const std::string found = shown(must(fold->hidden()));
      if (found != states[done] && found != states[std::min<size_t>(done + 1, 3)])
        fail_msg("operation %zu, seed %zu: after %zu changes it is %s", static_cast<size_t>(at),
                 static_cast<size_t>(seed), done, found.c_str());
      expect_list(all_of(*fold), {"a=1@1", "b=bad@4", "c-@5", "d=bad@6"});
      ++images;
    }
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(ranges_that_touch_become_one),
      cmocka_unit_test(a_part_can_be_taken_out),
      cmocka_unit_test(an_empty_range_is_refused),
      cmocka_unit_test(their_number_is_bounded),
      cmocka_unit_test(the_set_is_what_a_row_of_bits_is),
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(every_flipped_bit_and_every_cut_is_told),
      cmocka_unit_test(what_makes_no_sense_is_refused),
      cmocka_unit_test(what_is_hidden_is_read_as_absent),
      cmocka_unit_test(what_is_written_later_is_seen),
      cmocka_unit_test(what_is_shown_again_is_seen),
      cmocka_unit_test(a_snapshot_keeps_what_it_saw),
      cmocka_unit_test(it_survives_reopening),
      cmocka_unit_test(it_survives_a_fast_open),
      cmocka_unit_test(a_damaged_set_is_found_by_check),
      cmocka_unit_test(a_damaged_set_refuses_to_open),
      cmocka_unit_test(a_fault_surfaces_and_the_old_ranges_stand),
      cmocka_unit_test(a_file_that_cannot_be_removed_stays),
      cmocka_unit_test(no_memory_leaves_the_old_ranges),
      cmocka_unit_test(a_crash_leaves_the_old_ranges_or_the_new_ones),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
