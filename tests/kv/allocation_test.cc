// Memory that fails, at every allocation in turn, and memory that has a bound.
#include <map>
#include <string>
#include <vector>

#include "kv/counting_new.h"
#include "kv/follower.h"
#include "kv/kv_support.h"
#include "kv/memory/message_store.h"

using namespace slip;  // NOLINT
using counting_new::Armed;
using kv_test::Follower;
using kv_test::shown;
using kv_test::update_of;
using kv_test::write_of;

namespace {

constexpr const char* kUrl = "mem://allocation";
const std::string kValue(60, 'v');

// What the bucket must hold, kept by the test from what was acknowledged.
struct Oracle {
  std::map<std::string, std::string> last;  // key to its last update, as shown()
  void put(const std::string& key, uint64_t revision) {
    last[key] = key + "=" + kValue + "@" + std::to_string(revision);
  }
  void mark(const std::string& key, const char* mark, uint64_t revision) {
    last[key] = key + mark + "@" + std::to_string(revision);
  }
};

// Runs `call` with failing memory; false where it did not succeed, by status or by exception.
template <typename Call>
bool tried(const Call& call) {
  const Armed armed;
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return false;
  }
}

struct Attempt {
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Bucket> bucket;
  Follower follower;
  Oracle oracle;

  bool open(const std::string& name);
  void write();
  void write_conditionally();
  void write_many();
  void read();
  void follow();
};

bool Attempt::open(const std::string& name) {
  return tried([&] {
    Result<std::shared_ptr<Connection>> made = connect(kUrl, Options(SLIP_OPTIONS_CONNECTION));
    if (!made.ok()) return false;
    connection = made.take();
    Options options(SLIP_OPTIONS_BUCKET);
    if (!options.set_u64("history", 3).ok()) return false;
    Result<BucketConfig> config = bucket_config(name, options);
    if (!config.ok()) return false;
    Result<std::shared_ptr<Bucket>> created = connection->create_bucket(*config);
    if (!created.ok()) return false;
    bucket = created.take();
    return follower.start(*bucket, 1);
  });
}

void Attempt::write() {
  for (int i = 0; i < 12; ++i) {
    const std::string key = "a.key.that.is.long.enough.to.be.allocated." + std::to_string(i % 5);
    Result<uint64_t> put = Status(SLIP_END, "");
    tried([&] { return (put = bucket_put(*bucket, key, kValue)).ok(); });
    if (put.ok()) oracle.put(key, *put);
  }
}

void Attempt::write_conditionally() {
  const std::string key = "another.key.that.is.long.enough.to.be.allocated";
  uint64_t revision = 0;
  const auto run = [&](const auto& call) {
    Result<uint64_t> done = Status(SLIP_END, "");
    tried([&] { return (done = call()).ok(); });
    if (done.ok()) revision = *done;
    return done.ok();
  };
  if (run([&] { return bucket_put_if_absent(*bucket, key, kValue); })) oracle.put(key, revision);
  run([&] { return bucket_put_if(*bucket, key, kValue, 999999); });  // a conflict has a sentence
  if (run([&] { return bucket_put_if(*bucket, key, kValue, revision); })) oracle.put(key, revision);
  if (run([&] { return bucket_remove(*bucket, key); })) oracle.mark(key, "-", revision);
  if (run([&] { return bucket_put_if_absent(*bucket, key, kValue); })) oracle.put(key, revision);
  if (run([&] { return bucket_purge(*bucket, key); })) oracle.mark(key, "!", revision);
}

void Attempt::write_many() {
  const std::string keys[] = {"many.one.that.is.long.enough.to.be.allocated", "bad key",
                              "many.two.that.is.long.enough.to.be.allocated"};
  std::vector<Write> writes;
  for (const std::string& key : keys) writes.push_back(write_of(SLIP_PUT, key, kValue));
  std::vector<WriteResult> results(3, WriteResult{0, SLIP_END, 0});
  tried([&] { return bucket_write_many(*bucket, writes.data(), 3, results.data()).ok(); });
  for (size_t i = 0; i < 3; ++i) {
    if (results[i].status == SLIP_OK) oracle.put(keys[i], results[i].revision);
  }
}

void Attempt::read() {
  tried([&] { return bucket->info().ok(); });
  tried([&] { return bucket->at_revision(2).ok(); });
  tried([&] { return bucket_get(*bucket, "no.such.key").ok(); });
  tried([&] {
    Result<std::unique_ptr<Listing>> listing = bucket->list("a.", true);
    while (listing.ok() && (*listing)->next().ok()) {
    }
    return true;
  });
}

// Credit lets the bucket append more, and memory may fail there, too.
void Attempt::follow() {
  if (!follower.step(Deadline{})) return;
  tried([&] {
    follower.watcher->credit(follower.batch.size(), follower.batch.bytes());
    return true;
  });
}

// Everything that was acknowledged is there, nothing else is, and every view says the same.
void assert_consistent(Bucket& bucket, const Oracle& oracle) {
  uint64_t live = 0;
  for (const auto& [key, text] : oracle.last) {
    Result<Entry> last = bucket.last(key);
    assert_ok(last);
    assert_text(shown(last->update()), text);
    live += last->live();
  }
  Result<BucketState> info = bucket.info();
  assert_ok(info);
  assert_int_equal(info->subjects, oracle.last.size());
  Follower all;
  assert_true(all.start(bucket, 1));
  assert_true(all.follow_to(info->last_revision));
  assert_int_equal(all.updates.size(), info->messages);
  Result<std::unique_ptr<Listing>> listing = bucket.list("", false);
  assert_ok(listing);
  uint64_t listed = 0;
  for (;;) {
    Result<const Batch*> batch = (*listing)->next();
    if (!batch.ok()) break;
    listed += (*batch)->size();
  }
  assert_int_equal(listed, live);
}

// A watch that memory failed ended with that, having lost and doubled nothing; another went on.
void assert_followed(Attempt& attempt, uint64_t last_revision) {
  Follower& follower = attempt.follower;
  follower.gives_credit = true;
  follower.watcher->credit(0, 0);
  if (!follower.follow_to(last_revision)) {
    assert_int_equal(follower.reason.code(), SLIP_OUT_OF_MEMORY);
    assert_false(follower.reason.retriable());
  }
  assert_text(follower.trouble, "");
}

// True where no allocation failed any more.
bool run_failing_at(uint64_t nth, bool and_all_later) {
  const std::string name = "a-bucket-with-quite-a-long-name-" + std::to_string(nth);
  Result<std::shared_ptr<Connection>> outside = connect(kUrl, Options(SLIP_OPTIONS_CONNECTION));
  assert_ok(outside);
  counting_new::reset(nth, and_all_later);
  auto attempt = std::make_unique<Attempt>();
  attempt->follower.request.credit_updates = 5;
  attempt->follower.gives_credit = false;
  const bool opened = attempt->open(name);
  if (opened) {
    attempt->write();
    attempt->follow();
    attempt->write_conditionally();
    attempt->write_many();
    attempt->follow();
    attempt->read();
  }
  const bool fired = counting_new::fired;
  counting_new::reset(0, false);
  if (!fired) assert_true(opened);
  Result<std::shared_ptr<Bucket>> bucket = (*outside)->open_bucket(name);
  if (bucket.ok()) {
    assert_consistent(**bucket, attempt->oracle);
    Result<BucketState> info = (*bucket)->info();
    assert_ok(info);
    if (opened) assert_followed(*attempt, info->last_revision);
    counting_new::reset(nth, and_all_later);
    tried([&] { return attempt->connection != nullptr && attempt->connection->close().ok(); });
    counting_new::reset(0, false);
    assert_ok((*outside)->delete_bucket(name));
  } else {
    assert_false(opened);
  }
  return !fired;
}

void every_allocation_may_fail(void**) {
  uint64_t nth = 1;
  while (!run_failing_at(nth, false)) ++nth;
  assert_true(nth > 100);
  print_message("%llu allocations failed one by one\n", static_cast<unsigned long long>(nth - 1));
}

void memory_may_stay_away(void**) {
  uint64_t nth = 1;
  while (!run_failing_at(nth, true)) nth += nth < 50 ? 1 : 7;
}

// Markers that cannot be written now are written later, each once.
void markers_survive_failing_memory(void**) {
  BucketConfig config;
  config.history = 2;
  config.marker_ttl_ns = int64_t{60000000000};
  for (uint64_t nth = 1;; ++nth) {
    MessageStore store(config);
    for (const char* key : {"a", "b", "c"}) {
      Write write = write_of(SLIP_PUT, key, "v");
      write.ttl_ns = 1000000000;
      assert_ok(store.write(write, 0));
    }
    counting_new::reset(nth, false);
    tried([&] {
      store.expire(2000000000);
      return true;
    });
    const bool fired = counting_new::fired;
    counting_new::reset(0, false);
    store.expire(2000000000);
    assert_int_equal(store.log().size(), 3);
    assert_int_equal(store.last_revision(), 6);
    assert_int_equal(store.subjects(), 3);
    for (const auto& message : store.log()) assert_int_equal(message.second.operation, SLIP_PURGE);
    if (!fired) break;
  }
}

// --- the intake ----------------------------------------------------------------------------------

void the_intake_breaks_where_memory_fails(void**) {
  for (uint64_t nth = 1;; ++nth) {
    Intake intake(BatchBounds{4, 1u << 20});
    intake.begin_incarnation(1);
    counting_new::reset(nth, false);
    tried([&] {
      for (uint64_t i = 1; i <= 20; ++i) {
        const bool more = i % 5 == 4;  // revisions of one, and one of two
        intake.append(update_of("key", kValue, more ? i + 1 : i), 1, i, more);
      }
      return true;
    });
    const bool fired = counting_new::fired;
    counting_new::reset(0, false);
    uint64_t expected = 1;
    Batch batch;
    for (;;) {
      const Intake::Taken taken = intake.take(3600000, Deadline{}, &batch);
      if (taken.outcome == Intake::Outcome::broken) {
        assert_int_equal(taken.reason.code(), SLIP_OUT_OF_MEMORY);
        assert_false(taken.reason.retriable());
      }
      if (taken.outcome != Intake::Outcome::batch) break;
      for (size_t i = 0; i < batch.size(); ++i) assert_int_equal(batch.delivery(i), expected++);
      // Never the first half of a revision.
      assert_int_not_equal((expected - 1) % 5, 4);
    }
    assert_int_equal(intake.waiting(), 0);
    if (!fired) break;
    assert_true(expected < 20);
  }
}

void the_intake_uses_its_memory_again(void**) {
  constexpr uint64_t kPerBatch = 1000;
  Intake intake(BatchBounds{kPerBatch, 8u << 20});
  intake.begin_incarnation(1);
  Batch batch;
  uint64_t revision = 0;
  const auto round = [&] {
    for (uint64_t i = 0; i < 2 * kPerBatch; ++i) {
      ++revision;
      intake.append(update_of("key", kValue, revision), 1, revision);
    }
    for (int i = 0; i < 2; ++i) intake.take(-1, Deadline{}, &batch);
  };
  for (int i = 0; i < 5; ++i) round();
  counting_new::reset(0, false);
  counting_new::peak_bytes = counting_new::live_bytes.load();
  const int64_t before = counting_new::live_bytes;
  {
    const Armed counting;
    for (int i = 0; i < 100; ++i) round();
  }
  assert_true(counting_new::calls <= 200);  // one a batch, for the queue itself
  assert_true(counting_new::peak_bytes - before < 4096);
}

void the_intake_is_bounded_by_the_credit(void**) {
  constexpr uint64_t kCredit = 2000;
  constexpr size_t kUpdateBytes = sizeof(Update) + sizeof(uint64_t) + 3 + 60;
  const int64_t before = counting_new::live_bytes;
  counting_new::peak_bytes = before;
  Intake intake(BatchBounds{1000, 8u << 20});
  intake.begin_incarnation(1);
  Batch batch;
  uint64_t taken = 0;
  for (uint64_t revision = 1; revision <= 50 * kCredit; ++revision) {
    if (revision - taken > kCredit) {
      assert_true(intake.take_now(&batch));
      taken += batch.size();
    }
    intake.append(update_of("key", kValue, revision), 1, revision);
  }
  // What is outstanding, the batch with the applier, the spare ones; vectors grow by doubling.
  assert_true(counting_new::peak_bytes - before <
              static_cast<int64_t>(2 * (kCredit + 3 * 1000) * kUpdateBytes));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(memory_may_stay_away),
      cmocka_unit_test(markers_survive_failing_memory),
      cmocka_unit_test(the_intake_breaks_where_memory_fails),
      cmocka_unit_test(the_intake_uses_its_memory_again),
      cmocka_unit_test(the_intake_is_bounded_by_the_credit),
  };
  return cmocka_run_group_tests_name("kv allocations", tests, nullptr, nullptr);
}
