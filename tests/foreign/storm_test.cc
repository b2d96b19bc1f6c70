// Three threads of a source against a watch that is cancelled or closed at any moment: no call
// hangs, none crashes, what was applied is a prefix, and every source is stopped as often as it was
// started.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "capi/handles.h"
#include "watch/world.h"

namespace {

constexpr int kRounds = 60;

struct Source {
  std::shared_ptr<std::atomic<bool>> done = std::make_shared<std::atomic<bool>>(false);
  slip_feed* feed = nullptr;
  std::thread appender;
  std::thread teller;
  ~Source() {
    *done = true;
    if (appender.joinable()) appender.join();
    if (teller.joinable()) teller.join();
    slip_feed_free(feed);
  }
};

struct Store {
  std::atomic<int> started{0};
  std::atomic<int> stopped{0};
  std::mutex mutex;
  std::vector<std::unique_ptr<Source>> sources;
};

slip_status info(void*, slip_bucket_state* out, char*, size_t) {
  out->epoch = 7;
  out->last_revision = 1000000;
  return SLIP_OK;
}

void append_until_closed(slip_feed* feed, uint64_t from, const std::atomic<bool>* done) {
  slip_update update{};
  update.key = slip::as_slip_bytes("key");
  update.operation = SLIP_PUT;
  for (uint64_t revision = from; !*done;) {
    update.revision = revision;
    const slip_status status = slip_feed_append(feed, &update, 1, 0, 5, nullptr);
    if (status == SLIP_OK) ++revision;
    if (status == SLIP_CLOSED) return;
    if (revision % 997 == 0 && slip_feed_end(feed, SLIP_UNREACHABLE, "away", 1, nullptr) != SLIP_OK)
      return;
  }
}

slip_status watch(void* user, const slip_feed_request* request, slip_feed* feed, void**, char*,
                  size_t) {
  Store& store = *static_cast<Store*>(user);
  auto source = std::make_unique<Source>();
  source->feed = feed;
  source->appender =
      std::thread(append_until_closed, feed, request->from_revision, source->done.get());
  source->teller = std::thread([feed, done = source->done] {
    while (!*done && slip_feed_progress(feed, 0, 0, nullptr) != SLIP_CLOSED)
      std::this_thread::yield();
  });
  ++store.started;
  const std::lock_guard<std::mutex> lock(store.mutex);
  store.sources.push_back(std::move(source));
  return SLIP_OK;
}

void stop(void* user, void*) { ++static_cast<Store*>(user)->stopped; }

void every_round_ends(void**) {
  for (int round = 0; round < kRounds; ++round) {
    Store store;
    slip_bucket_functions functions = SLIP_BUCKET_FUNCTIONS_INIT;
    functions.user = &store;
    functions.info = info;
    functions.watch = watch;
    functions.stop = stop;
    slip_bucket* bucket = nullptr;
    assert_int_equal(slip_bucket_open_foreign("routes", &functions, &bucket, nullptr), SLIP_OK);
    slip::WatchSettings settings;
    settings.credit_updates = 16;
    settings.bounds.updates_max = 8;
    auto fold = std::make_shared<test::SwitchFold>();
    auto caller = std::make_shared<test::Recorder>();
    auto started = slip::start_watch(bucket->bucket, fold, settings, caller);
    EXPECT_OK(started);
    auto following = started.take();
    EXPECT_OK(following->wait_revision(static_cast<uint64_t>(round * 20 + 1),
                                       slip::deadline_after_ms(test::kPatienceMs)));
    if (round % 2 == 0) following->cancel();
    slip::Cursor cursor{0, 0};
    const slip::Status end = following->close(&cursor);
    assert_true(end.ok() || end.is(SLIP_CANCELLED));
    assert_int_equal(cursor.revision, fold->now().revision);
    following.reset();
    slip_bucket_free(bucket);
    store.sources.clear();
    assert_int_equal(store.started, store.stopped);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(every_round_ends)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
