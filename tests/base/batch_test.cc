// Batches and entries: the bytes stay right however much the arena grows, moves and is cut.
#include "base/batch.h"

#include <utility>

#include "support/expect.h"

using slip::Batch;
using slip::Entry;
using slip::Update;

namespace {

struct Given {
  std::string key;
  std::string value;
  uint64_t revision;
};

Given given(size_t i) {
  Given result;
  result.key = "key." + std::to_string(i);
  result.value = std::string(i % 300, static_cast<char>('a' + i % 26));
  if (i % 5 == 0) result.value += std::string("\0\xff", 2);
  result.revision = i % 7 == 3 ? 0 : 1000 + i;
  return result;
}

Update update_of(const Given& from) {
  Update update{};
  update.key = slip::as_slip_bytes(from.key);
  update.value = slip::as_slip_bytes(from.value);
  update.revision = from.revision;
  update.timestamp_ns = static_cast<int64_t>(from.revision) * 3;
  update.operation = SLIP_PUT;
  update.flags = SLIP_FLAG_RELIST;
  return update;
}

void fill(Batch* batch, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const Given one = given(i);
    batch->append(update_of(one), i + 1);
  }
}

void expect_contents(const Batch& batch, size_t count) {
  assert_int_equal(batch.size(), count);
  const slip::Bytes arena = batch.arena();
  size_t bytes = 0;
  uint64_t last = 0;
  for (size_t i = 0; i < count; ++i) {
    const Given expected = given(i);
    const Update& update = batch.updates()[i];
    EXPECT_TEXT(slip::key_of(update), expected.key);
    EXPECT_TEXT(slip::value_of(update), expected.value);
    assert_true(slip::key_of(update).data() >= arena.data());
    assert_true(slip::value_of(update).data() + update.value.size <= arena.data() + arena.size());
    assert_int_equal(update.revision, expected.revision);
    assert_int_equal(update.timestamp_ns, expected.revision * 3);
    assert_int_equal(update.flags, SLIP_FLAG_RELIST);
    assert_int_equal(batch.delivery(i), i + 1);
    bytes += expected.key.size() + expected.value.size();
    if (expected.revision != 0) last = expected.revision;
  }
  assert_int_equal(batch.bytes(), bytes);
  assert_int_equal(batch.last_revision(), last);
}

void the_arena_grows_under_the_updates(void**) {
  Batch batch;
  assert_true(batch.empty());
  fill(&batch, 5000);
  batch.seal();
  expect_contents(batch, 5000);
  Batch moved = std::move(batch);
  expect_contents(moved, 5000);
  Batch assigned;
  assigned = std::move(moved);
  expect_contents(assigned, 5000);
}

void truncating_keeps_the_front(void**) {
  for (const size_t kept : {0u, 1u, 4u, 5u, 99u, 100u, 101u}) {
    Batch batch;
    fill(&batch, 100);
    batch.seal();
    batch.truncate(kept);
    expect_contents(batch, kept < 100 ? kept : 100);
  }
}

void clearing_keeps_the_memory(void**) {
  Batch batch;
  fill(&batch, 1000);
  batch.incarnation = 7;
  batch.seal();
  const char* arena = batch.arena().data();
  batch.clear();
  assert_true(batch.empty());
  assert_int_equal(batch.bytes(), 0);
  assert_int_equal(batch.last_revision(), 0);
  assert_int_equal(batch.incarnation, 0);
  fill(&batch, 1000);
  batch.seal();
  assert_ptr_equal(batch.arena().data(), arena);
  expect_contents(batch, 1000);
}

void synthetic_updates_have_no_last_revision(void**) {
  Batch batch;
  batch.append(update_of({"a", "", 0}), 0);
  batch.append(update_of({"b", "", 0}), 0);
  batch.seal();
  assert_int_equal(batch.last_revision(), 0);
}

void entries_own_their_bytes(void**) {
  // Short strings live inside the object: moving it moves them.
  for (const std::string& value : {std::string("short"), std::string(500, 'v'), std::string()}) {
    std::string key = "k";
    Given from{key, value, 9};
    Entry first(update_of(from));
    from = Given{"changed", "changed", 0};
    Entry second(std::move(first));
    Entry third;
    third = std::move(second);
    EXPECT_TEXT(third.key(), "k");
    EXPECT_TEXT(slip::key_of(third.update()), "k");
    EXPECT_TEXT(slip::value_of(third.update()), value);
    assert_ptr_equal(third.update().value.data, third.value().data());
    assert_int_equal(third.revision(), 9);
    assert_true(third.live());
    assert_int_equal(second.update().key.size, 0);  // NOLINT: what is left behind is empty
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_arena_grows_under_the_updates),
      cmocka_unit_test(truncating_keeps_the_front),
      cmocka_unit_test(clearing_keeps_the_memory),
      cmocka_unit_test(synthetic_updates_have_no_last_revision),
      cmocka_unit_test(entries_own_their_bytes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
