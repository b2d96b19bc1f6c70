// Two hundred seeded disorders: several threads export, wait, interrupt, cancel and close one watch
// at random moments while the bucket is written. Every call comes back; what is exported and what
// is left is a prefix of the bucket's history with the cursor that belongs to it.
#include <atomic>
#include <random>
#include <string>
#include <thread>

#include "embedded_path.h"
#include "world.h"

using slip::Cursor;
using slip::Status;

namespace {

constexpr int kRuns = 200;
constexpr int kThreads = 4;
constexpr int kUpdates = 60;

// Of the statuses that a call on a watch may give while others end it.
bool is_expected(const Status& status) {
  switch (status.code()) {
    case SLIP_OK:
    case SLIP_TIMEOUT:
    case SLIP_INTERRUPTED:
    case SLIP_CANCELLED:
    case SLIP_END:
    case SLIP_BUSY:  // the commit of a last flush failed twice
      return true;
    default:
      return false;
  }
}

struct Disorder {
  std::shared_ptr<slip::Bucket> bucket;
  std::shared_ptr<test::SwitchFold> fold = std::make_shared<test::SwitchFold>();
  std::shared_ptr<slip::Watch> watch;
  std::atomic<int> unexpected{0};
  std::atomic<int> torn{0};

  void note(const Status& status) {
    if (is_expected(status)) return;
    ++unexpected;
    print_error("status %d: %s\n", status.code(), status.message().c_str());
  }

  // Revision r puts key r % 7 to value r.
  static bool is_prefix(slip::Snapshot& snapshot) {
    std::map<std::string, std::string> expected;
    for (uint64_t at = 1; at <= snapshot.meta().revision; ++at)
      expected["key" + std::to_string(at % 7)] = std::to_string(at);
    auto contents = test::contents_of(snapshot);
    return contents.ok() && *contents == expected;
  }

  void export_once() {
    auto snapshot = watch->export_snapshot();
    note(snapshot.status());
    if (snapshot.ok() && !is_prefix(**snapshot)) ++torn;
  }

  void write(std::mt19937_64 random) {
    for (int i = 1; i <= kUpdates; ++i) {
      const std::string value = std::to_string(i);
      note(slip::bucket_put(*bucket, "key" + std::to_string(i % 7), value).status());
      if (random() % 8 == 0) std::this_thread::yield();
      if (random() % 16 == 0)
        fold->fail_commits(Status(SLIP_BUSY, "busy"), static_cast<int>(random() % 2));
    }
    fold->heal();
  }

  void disturb(std::mt19937_64 random) {
    for (int i = 0; i < 6; ++i) {
      if (random() % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
      const uint64_t draw = random() % 32;
      if (draw == 0) {
        watch->cancel();
      } else if (draw <= 2) {
        note(watch->close(nullptr));
      } else if (draw <= 8) {
        watch->interrupt();
      } else if (draw <= 16) {
        note(watch->wait_revision(random() % kUpdates, slip::deadline_after_ms(5)));
      } else if (draw <= 20) {
        note(watch->wait_caught_up(slip::deadline_after_ms(5)));
      } else if (draw <= 24) {
        (void)watch->status();
      } else {
        export_once();
      }
    }
  }
};

void run(uint64_t seed) {
  std::mt19937_64 random(seed);
  Disorder disorder;
  auto bucket = test::embedded_bucket();
  EXPECT_OK(bucket);
  disorder.bucket = bucket.take();
  slip::WatchSettings settings;
  settings.bounds.updates_max = 1 + random() % 8;
  settings.close_on_idle = random() % 2 == 0;
  settings.window_ms = 2;
  auto caller = std::make_shared<test::Recorder>();
  auto started = slip::start_watch(disorder.bucket, disorder.fold, settings, caller);
  EXPECT_OK(started);
  disorder.watch = started.take();
  std::vector<std::thread> threads;
  threads.emplace_back([&, first = random()] { disorder.write(std::mt19937_64(first)); });
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, first = random()] { disorder.disturb(std::mt19937_64(first)); });
  for (std::thread& thread : threads) thread.join();
  Cursor cursor{0, 0};
  const Status end = disorder.watch->close(&cursor);
  disorder.note(end);
  assert_int_equal(disorder.unexpected, 0);
  assert_int_equal(disorder.torn, 0);
  assert_int_equal(cursor.revision, disorder.fold->now().revision);
  auto snapshot = disorder.fold->snapshot();
  EXPECT_OK(snapshot);
  assert_true(Disorder::is_prefix(**snapshot));
  assert_int_equal(caller->count("ended"), 1);
}

void two_hundred_disorders(void**) {
  const uint64_t first = test_random();
  for (uint64_t i = 0; i < kRuns; ++i) run(first + i);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(two_hundred_disorders)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
