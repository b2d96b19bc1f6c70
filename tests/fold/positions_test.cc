// Consumers' positions: what is fresh, what is read back, what is refused, what a fault leaves.
#include "fold/positions.h"

#include "base/checksum.h"
#include "base/limits.h"
#include "base/little_endian.h"
#include "fold/root.h"
#include "support/expect.h"
#include "support/sim_file_system.h"

namespace {

using namespace slip;

constexpr char kRoot[] = "/fold";
constexpr char kFile[] = "/fold/consumers/billing.ckpt";

// A fold's root on a disk in memory, and what its contents are of.
struct World {
  explicit World(bool read_only = false) : positions(fs, kRoot, read_only) {
    meta.identity = Identity{"routes", 7};
    meta.revision = 100;
    EXPECT_OK(fs.make_directory(kRoot));
    EXPECT_OK(write_current(fs, kRoot, Current{FoldKind::append_log, 1}));
    EXPECT_OK(fs.sync_directory("/"));
  }
  Status save(uint64_t revision) { return positions.save("billing", {7, revision}, meta); }
  Result<Cursor> load() { return positions.load("billing", meta); }
  void expect_at(uint64_t revision) {
    const Result<Cursor> cursor = load();
    EXPECT_OK(cursor);
    assert_int_equal(cursor.value().epoch, revision == 0 ? 0 : 7);
    assert_int_equal(cursor.value().revision, revision);
  }
  std::string bytes() {
    Result<std::string> read = read_file(fs, kFile, 1 << 20);
    EXPECT_OK(read);
    return read.take();
  }
  // The file as somebody else left it.
  void leave(const std::string& content) {
    EXPECT_OK(fs.remove(kFile));
    Result<std::unique_ptr<File>> file = fs.open(kFile, OpenMode::create);
    EXPECT_OK(file);
    EXPECT_OK(file.value()->append(content));
  }

  sim::SimFileSystem fs;
  FoldMeta meta;
  Positions positions;
};

void with_checksum(std::string* bytes) {
  std::string sum;
  append_le(&sum, xxh3(Bytes(*bytes).substr(8)));
  bytes->replace(0, 8, sum);
}

void absent_is_fresh(void**) {
  World world;
  world.expect_at(0);
  EXPECT_OK(world.save(12));
  world.expect_at(12);
  const Result<Cursor> other = world.positions.load("nobody", world.meta);
  EXPECT_OK(other);
  assert_int_equal(other.value().epoch, 0);
}

void the_position_before_the_first_update_is_not_fresh(void**) {
  World world;
  EXPECT_OK(world.save(0));
  const Result<Cursor> cursor = world.load();
  EXPECT_OK(cursor);
  assert_int_equal(cursor.value().epoch, 7);
  assert_int_equal(cursor.value().revision, 0);
}

void each_name_has_its_own_and_the_last_save_counts(void**) {
  World world;
  EXPECT_OK(world.save(12));
  EXPECT_OK(world.positions.save("audit", {7, 40}, world.meta));
  EXPECT_OK(world.save(90));
  EXPECT_OK(world.save(13));
  world.expect_at(13);
  assert_int_equal(world.positions.load("audit", world.meta).value().revision, 40);
}

void a_name_leads_nowhere_else(void**) {
  World world;
  const std::string longest(kConsumerNameBytesMax, 'a');
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("../CURRENT"),
        std::string("a/b"), std::string("/etc/x"), std::string(".hidden"), std::string("-a"),
        std::string("a b"), std::string("a|b"), std::string("a=b"), std::string("a\nb"),
        std::string("a\0b", 3), std::string("\xc3\xa4"), longest + "a"}) {
    EXPECT_FAILED(world.positions.save(name, {7, 1}, world.meta), SLIP_INVALID, "no consumer");
    EXPECT_FAILED(world.positions.load(name, world.meta), SLIP_INVALID, "no consumer");
  }
  for (const std::string& name : {longest, std::string("A.b-c_9"), std::string("_")})
    EXPECT_OK(world.positions.save(name, {7, 1}, world.meta));
}

void it_must_be_of_what_the_fold_is_of(void**) {
  World world;
  EXPECT_OK(world.save(12));
  world.meta.identity.epoch = 8;
  EXPECT_FAILED(world.load(), SLIP_IDENTITY_MISMATCH, "epoch 7, the fold is of bucket");
  EXPECT_FAILED(world.save(12), SLIP_IDENTITY_MISMATCH, "its epoch is 7");
  world.meta.identity = Identity{"other", 7};
  EXPECT_FAILED(world.load(), SLIP_IDENTITY_MISMATCH, "\"other\"");
  world.meta.identity = Identity();
  EXPECT_FAILED(world.load(), SLIP_IDENTITY_MISMATCH, "of no bucket yet");
  EXPECT_FAILED(world.save(12), SLIP_MISUSE, "followed nothing yet");
  world.meta.identity = Identity{"routes", 7};
  world.expect_at(12);
}

void it_must_cover_what_the_fold_holds(void**) {
  World world;
  world.meta.scope = Scope::of({"edge.", "core."});
  EXPECT_OK(world.save(12));
  world.meta.scope = Scope::of({"edge.eu."});  // narrowed since
  world.expect_at(12);
  world.meta.scope = Scope::all();
  EXPECT_FAILED(world.load(), SLIP_SCOPE_MISMATCH, "the fold holds the whole bucket");
  EXPECT_OK(world.save(3));  // begins anew
  world.expect_at(3);
}

void what_is_no_position_is_not_saved(void**) {
  World world;
  EXPECT_FAILED(world.positions.save("billing", {0, 4}, world.meta), SLIP_INVALID, "epoch 0");
  EXPECT_FAILED(world.save(UINT64_MAX), SLIP_INVALID, "no position");
  world.expect_at(0);
}

void read_only_reads(void**) {
  World world(true);
  EXPECT_FAILED(world.save(12), SLIP_PERMISSION_DENIED, "read_only");
  world.expect_at(0);
}

void closed_is_closed(void**) {
  World world;
  EXPECT_OK(world.save(12));
  world.positions.close();
  EXPECT_FAILED(world.save(13), SLIP_CLOSED, "is closed");
  EXPECT_FAILED(world.load(), SLIP_CLOSED, "is closed");
}

void a_file_under_another_name_is_nobodys(void**) {
  World world;
  EXPECT_OK(world.positions.save("audit", {7, 40}, world.meta));
  EXPECT_OK(world.fs.rename("/fold/consumers/audit.ckpt", kFile));
  EXPECT_FAILED(world.load(), SLIP_CORRUPT, "that of consumer \"audit\"");
}

void a_fold_that_went_away_is_no_fresh_start(void**) {
  World world;
  EXPECT_OK(world.save(12));
  EXPECT_OK(remove_tree(world.fs, kRoot));
  EXPECT_FAILED(world.load(), SLIP_NOT_OURS, "no fold any more");
}

void what_cannot_be_read_is_an_error(void**) {
  World world;
  EXPECT_OK(world.save(12));
  sim::Fault fault;
  fault.op = sim::Op::open;
  fault.path_suffix = "billing.ckpt";
  fault.error_number = EACCES;
  world.fs.arm(fault);
  EXPECT_FAILED(world.load(), SLIP_PERMISSION_DENIED, "billing.ckpt");
  fault.op = sim::Op::read;
  fault.error_number = EIO;
  world.fs.arm(fault);
  EXPECT_FAILED(world.load(), SLIP_IO, "billing.ckpt");
  fault.effect = sim::Effect::short_read;
  world.fs.arm(fault);
  EXPECT_FAILED(world.load(), SLIP_CORRUPT, "checksum");
  EXPECT_OK(world.fs.finish());
  world.expect_at(12);
}

// The pair: the same save, once without a fault and once with one at each of its operations. The
// fault surfaces with the operation's name, and the old position stands, now and after a crash.
void a_fault_in_a_save_surfaces_and_the_old_position_stands(void**) {
  for (const sim::Op op : {sim::Op::create, sim::Op::append, sim::Op::sync, sim::Op::rename}) {
    for (const bool faulty : {false, true}) {
      World world;
      EXPECT_OK(world.save(12));
      world.fs.keep_log(true);
      const size_t before = world.fs.log().size();
      sim::Fault fault;
      fault.op = op;
      if (faulty) world.fs.arm(fault);
      const Status saved = world.save(13);
      if (faulty)
        EXPECT_FAILED(saved, SLIP_IO, sim::op_name(op));
      else
        EXPECT_OK(saved);
      uint64_t met = 0;
      for (size_t i = before; i < world.fs.log().size(); ++i)
        met += world.fs.log()[i].op == op ? 1 : 0;
      assert_int_equal(met, 1);
      EXPECT_OK(world.fs.finish());
      world.expect_at(faulty ? 12 : 13);
    }
  }
}

// The one fault that comes too late: the new position is there, and may not survive a crash.
void a_directory_that_cannot_be_synced_is_told(void**) {
  World world;
  EXPECT_OK(world.save(12));
  sim::Fault fault;
  fault.op = sim::Op::sync_directory;
  world.fs.arm(fault);
  EXPECT_FAILED(world.save(13), SLIP_IO, "sync");
  EXPECT_OK(world.fs.finish());
  world.expect_at(13);
}

// A crash after each operation of a save, with what was not synced lost or kept by seed: the old
// position or the new one, and the new one once the save has returned.
void a_crash_leaves_the_old_position_or_the_new_one(void**) {
  uint64_t operations = 0;
  {
    World world;
    EXPECT_OK(world.save(12));
    const uint64_t before = world.fs.operations();
    EXPECT_OK(world.save(13));
    operations = world.fs.operations() - before;
  }
  assert_true(operations >= 5);
  for (uint64_t at = 1; at <= operations + 1; ++at) {
    for (uint64_t seed = 1; seed <= 64; ++seed) {
      World world;
      EXPECT_OK(world.save(12));
      if (at <= operations) {
        sim::Fault fault;
        fault.op = sim::Op::any;
        fault.nth = at;
        fault.freeze = true;
        world.fs.arm(fault);
      }
      const Status saved = world.save(13);
      sim::SimFileSystem after(world.fs.disk().after_crash(seed));
      Positions positions(after, kRoot, false);
      const Result<Cursor> cursor = positions.load("billing", world.meta);
      EXPECT_OK(cursor);
      if (saved.ok())
        assert_int_equal(cursor.value().revision, 13);
      else
        assert_true(cursor.value().revision == 12 || cursor.value().revision == 13);
    }
  }
}

void every_flipped_bit_and_every_cut_is_told(void**) {
  World world;
  world.meta.scope = Scope::of({"edge.", "core."});
  EXPECT_OK(world.save(12));
  const std::string whole = world.bytes();
  const auto expect_refused = [](const std::string& bytes) {
    Position position;
    const Status status = decode_position(bytes, "the position", &position);
    EXPECT_FAILED(status, SLIP_CORRUPT, "the position");
    assert_true(position.name.empty());
  };
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    expect_refused(flipped);
  }
  for (size_t size = 0; size < whole.size(); ++size) expect_refused(whole.substr(0, size));
  expect_refused(whole + std::string(1, '\0'));
  std::string longer = whole + std::string(1, '\0');
  with_checksum(&longer);  // also where the checksum was made for it
  expect_refused(longer);
  // Through the fold's door: an error, never fresh, and a save mends it.
  world.leave(whole.substr(0, whole.size() - 1));
  EXPECT_FAILED(world.load(), SLIP_CORRUPT, "billing");
  world.leave("");
  EXPECT_FAILED(world.load(), SLIP_CORRUPT, "cut short");
  EXPECT_OK(world.save(13));
  world.expect_at(13);
}

// With a checksum that fits, so that what it says is what is judged.
void what_makes_no_sense_is_refused(void**) {
  constexpr size_t kFormatAt = 16;
  constexpr size_t kEpochAt = 20;
  constexpr size_t kRevisionAt = 28;
  const std::string whole = encode_position({"billing", {"routes", 7}, Scope::all(), 12});
  const auto expect_with = [&](size_t at, size_t size, char byte, slip_status code,
                               const char* says) {
    std::string bytes = whole;
    bytes.replace(at, size, std::string(size, byte));
    with_checksum(&bytes);
    Position position;
    EXPECT_FAILED(decode_position(bytes, "the position", &position), code, says);
  };
  expect_with(8, 1, 'X', SLIP_CORRUPT, "magic");
  expect_with(kFormatAt, 1, 2, SLIP_NEWER_FORMAT, "format 2");
  expect_with(kFormatAt, 1, 0, SLIP_CORRUPT, "no sense");
  expect_with(kEpochAt, 8, 0, SLIP_CORRUPT, "no sense");
  expect_with(kRevisionAt, 8, '\xff', SLIP_CORRUPT, "no sense");
  expect_with(whole.size() - 6, 4, 0, SLIP_CORRUPT, "no sense");       // no prefix
  expect_with(whole.size() - 6, 4, '\xff', SLIP_CORRUPT, "no sense");  // too many
}

}  // namespace

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(absent_is_fresh),
      cmocka_unit_test(the_position_before_the_first_update_is_not_fresh),
      cmocka_unit_test(each_name_has_its_own_and_the_last_save_counts),
      cmocka_unit_test(a_name_leads_nowhere_else),
      cmocka_unit_test(it_must_be_of_what_the_fold_is_of),
      cmocka_unit_test(it_must_cover_what_the_fold_holds),
      cmocka_unit_test(what_is_no_position_is_not_saved),
      cmocka_unit_test(read_only_reads),
      cmocka_unit_test(closed_is_closed),
      cmocka_unit_test(a_file_under_another_name_is_nobodys),
      cmocka_unit_test(a_fold_that_went_away_is_no_fresh_start),
      cmocka_unit_test(what_cannot_be_read_is_an_error),
      cmocka_unit_test(a_fault_in_a_save_surfaces_and_the_old_position_stands),
      cmocka_unit_test(a_directory_that_cannot_be_synced_is_told),
      cmocka_unit_test(a_crash_leaves_the_old_position_or_the_new_one),
      cmocka_unit_test(every_flipped_bit_and_every_cut_is_told),
      cmocka_unit_test(what_makes_no_sense_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
