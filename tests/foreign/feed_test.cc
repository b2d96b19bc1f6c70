// The feed and the functions by themselves: every breach is an error with a sentence and ends the
// watch with it, what is said on the foreign side arrives at the caller, and memory is bounded.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "capi/handles.h"
#include "kv/foreign/foreign_bucket.h"
#include "watch/world.h"

using slip::Status;
using slip::Update;
using test::GuardOff;

namespace {

// A foreign bucket whose answers a test sets; it delivers nothing by itself.
struct Store {
  slip_bucket_state bounds = SLIP_BUCKET_STATE_INIT;
  std::function<void(slip_bucket_state*)> on_info;
  std::function<slip_status(slip_answer*)> on_get;
  std::function<slip_status(slip_answer*)> on_list;
  slip_status watch_status = SLIP_OK;
  std::string text;
  std::atomic<slip_feed*> feed{nullptr};
  std::function<void(slip_feed*)> on_watch;
  std::atomic<int> stopped{0};
  std::atomic<int> closed{0};
  std::atomic<int> destroyed{0};
  slip_feed_request request{};

  Store() = default;
  ~Store() { slip_feed_free(feed); }
  slip_status say(slip_status status, char* out, size_t size) const {
    snprintf(out, size, "%s", text.c_str());
    return status;
  }
};
Store& of(void* user) { return *static_cast<Store*>(user); }

slip_bucket_functions functions_of(Store& store) {
  slip_bucket_functions f = SLIP_BUCKET_FUNCTIONS_INIT;
  f.user = &store;
  f.info = [](void* user, slip_bucket_state* out, char*, size_t) -> slip_status {
    out->epoch = 7;
    if (of(user).on_info) of(user).on_info(out);
    return SLIP_OK;
  };
  f.get = [](void* user, const void*, size_t, slip_answer* answer, char* text, size_t size) {
    const slip_status status = of(user).on_get ? of(user).on_get(answer) : SLIP_NOT_FOUND;
    return of(user).say(status, text, size);
  };
  f.list_open = [](void*, const void*, size_t, int, void**, char*, size_t) -> slip_status {
    return SLIP_OK;
  };
  f.list_next = [](void* user, void*, slip_answer* answer, char* text, size_t size) {
    const slip_status status = of(user).on_list ? of(user).on_list(answer) : SLIP_END;
    return of(user).say(status, text, size);
  };
  f.list_close = [](void* user, void*) { ++of(user).closed; };
  f.watch = [](void* user, const slip_feed_request* request, slip_feed* feed, void**, char* text,
               size_t size) {
    Store& at = of(user);
    at.request = *request;
    if (at.on_watch) at.on_watch(feed);
    if (at.watch_status == SLIP_OK) slip_feed_free(at.feed.exchange(feed));
    return at.say(at.watch_status, text, size);
  };
  f.stop = [](void* user, void*) { ++of(user).stopped; };
  f.destroy = [](void* user) { ++of(user).destroyed; };
  return f;
}

struct Answer {
  slip_status status = SLIP_OK;
  std::string message;
  bool retriable = false;
  template <typename Call>
  static Answer of(Call&& call) {
    slip_error* error = nullptr;
    Answer answer;
    answer.status = call(&error);
    answer.message = slip_error_message(error);
    answer.retriable = slip_error_is_retriable(error) != 0;
    slip_error_free(error);
    return answer;
  }
};

void expect(const Answer& answer, slip_status status, const char* part, int line) {
  if (answer.status == status && answer.message.find(part) != std::string::npos) return;
  print_error("line %d: %d \"%s\", expected %d \"%s\"\n", line, answer.status,
              answer.message.c_str(), status, part);
  _fail(__FILE__, line);
}
#define EXPECT(answer, status, part) expect(answer, status, part, __LINE__)

Update put(const char* key, uint64_t revision, uint32_t flags = 0) {
  Update update{};
  update.key = slip::as_slip_bytes(key);
  update.value = slip::as_slip_bytes("v");
  update.revision = revision;
  update.operation = SLIP_PUT;
  update.flags = flags;
  return update;
}

// A watch over a store, on the main thread.
struct Stage {
  Store store;
  slip_bucket* bucket = nullptr;
  std::shared_ptr<test::Recorder> caller = std::make_shared<test::Recorder>();
  slip::WatchSettings settings;
  std::shared_ptr<slip::Watch> watch;

  explicit Stage(uint32_t capabilities = 0) {
    slip_bucket_functions functions = functions_of(store);
    functions.capabilities = capabilities;
    assert_int_equal(slip_bucket_open_foreign("routes", &functions, &bucket, nullptr), SLIP_OK);
  }
  ~Stage() {
    watch.reset();
    slip_bucket_free(bucket);
  }
  Status start() {
    auto started = slip::start_watch(bucket->bucket, nullptr, settings, caller);
    if (started.ok()) watch = started.take();
    return started.status();
  }
  Answer append(const Update& update, uint64_t number = 0, int64_t timeout_ms = 0) {
    return append(&update, 1, number, timeout_ms);
  }
  Answer append(const Update* updates, size_t count, uint64_t number = 0, int64_t timeout_ms = 0) {
    return Answer::of([&](slip_error** error) {
      return slip_feed_append(store.feed, updates, count, number, timeout_ms, error);
    });
  }
  Answer progress(uint64_t revision, uint64_t delivery = 0) {
    return Answer::of([&](slip_error** error) {
      return slip_feed_progress(store.feed, delivery, revision, error);
    });
  }
  Answer state_end(uint64_t revision) {
    return Answer::of(
        [&](slip_error** error) { return slip_feed_state_end(store.feed, revision, error); });
  }
  Answer end(slip_status status, const char* text, int retriable = 0) {
    return Answer::of([&](slip_error** error) {
      return slip_feed_end(store.feed, status, text, retriable, error);
    });
  }
  // How the watch ended by itself.
  Status ending() {
    test::await([&] { return watch->status().state == SLIP_WATCH_ENDED; }, "the end");
    return watch->close(nullptr);
  }
};

// --- breaches --------------------------------------------------------------------------------

// After revision 5: the update is refused, and the watch ends with the same sentence.
void breaks(const Update& update, slip_status status, const char* part) {
  Stage stage;
  EXPECT_OK(stage.start());
  EXPECT(stage.append(put("a", 5)), SLIP_OK, "");
  EXPECT(stage.append(update), status, part);
  EXPECT_FAILED(stage.ending(), SLIP_CALLBACK_FAILED, part);
  assert_int_equal(stage.watch->status().cursor.revision, 5);
  EXPECT(stage.append(put("b", 6)), SLIP_CLOSED, "the watch is done with it");
}

void malformed_updates_are_breaches(void**) {
  Update update = put("k", 6);
  update.operation = 9;
  breaks(update, SLIP_INVALID, "has operation 9");
  update = put("", 6);
  breaks(update, SLIP_INVALID, "empty key");
  update = put("k", 6);
  update.key = slip_bytes{nullptr, 3};
  breaks(update, SLIP_INVALID, "NULL");
  update = put("k", 6);
  update.operation = SLIP_DELETE;
  breaks(update, SLIP_INVALID, "delete or purge and has a value");
  update = put("k", 6, SLIP_FLAG_SYNTHETIC);
  breaks(update, SLIP_INVALID, "flags");
  update = put("k", 6);
  update.reserved[1] = 1;
  breaks(update, SLIP_INVALID, "reserved");
  update = put("k", 6);
  update.ttl_ns = -7;
  breaks(update, SLIP_INVALID, "ttl_ns -7");
  breaks(put("k", UINT64_MAX), SLIP_INVALID, "2^64-1");
  const std::string long_key(65536, 'k');
  breaks(put(long_key.c_str(), 6), SLIP_TOO_LARGE, "65536");
  update = put("k", 6);
  update.value.size = (64u << 20) + 1;
  breaks(update, SLIP_TOO_LARGE, "67108865");
}

void revisions_must_ascend(void**) {
  breaks(put("b", 5), SLIP_INVALID, "which is not after 5");
  breaks(put("b", 4), SLIP_INVALID, "has revision 4, which is not after 5");
  const GuardOff guard("foreign_order");
  Stage stage;
  EXPECT_OK(stage.start());
  EXPECT(stage.append(put("a", 5)), SLIP_OK, "");
  EXPECT(stage.append(put("a", 4)), SLIP_OK, "");  // silently lost: the breach is the guard
}

void a_revision_that_was_begun_must_end(void**) {
  Stage stage;
  EXPECT_OK(stage.start());
  EXPECT(stage.append(put("a", 5, SLIP_FLAG_MORE)), SLIP_OK, "");
  EXPECT(stage.append(put("b", 6)), SLIP_INVALID, "more of revision 5 was to come");
  EXPECT_FAILED(stage.ending(), SLIP_CALLBACK_FAILED, "more of revision 5");
  assert_int_equal(stage.watch->status().cursor.revision, 0);
  breaks(put("a", 0, SLIP_FLAG_MORE), SLIP_INVALID, "no revision of which more could come");
  Stage other;
  EXPECT_OK(other.start());
  EXPECT(other.append(put("a", 5, SLIP_FLAG_MORE)), SLIP_OK, "");
  EXPECT(other.progress(5), SLIP_INVALID, "is to come");
  EXPECT_FAILED(other.ending(), SLIP_CALLBACK_FAILED, "progress to revision 5");
}

void numbers_are_given_always_or_never(void**) {
  Stage stage;
  EXPECT_OK(stage.start());
  EXPECT(stage.append(put("a", 1), 1), SLIP_OK, "");
  EXPECT(stage.append(put("b", 2)), SLIP_INVALID, "no number any more");
  EXPECT_FAILED(stage.ending(), SLIP_CALLBACK_FAILED, "no number any more");
  Stage other;
  EXPECT_OK(other.start());
  EXPECT(other.append(put("a", 1)), SLIP_OK, "");
  EXPECT(other.append(put("b", 2), 2), SLIP_INVALID, "numbered now");
  EXPECT_FAILED(other.ending(), SLIP_CALLBACK_FAILED, "numbered now");
}

void a_call_is_taken_whole_or_not_at_all(void**) {
  Stage stage;
  EXPECT_OK(stage.start());
  const Update updates[] = {put("a", 1), put("b", 2), put("c", 2)};
  EXPECT(stage.append(updates, 3), SLIP_INVALID, "key \"c\"");
  EXPECT_FAILED(stage.ending(), SLIP_CALLBACK_FAILED, "key \"c\"");
  assert_int_equal(stage.watch->status().received, 0);
}

void a_state_must_be_as_new_as_its_newest_update(void**) {
  const auto end_too_low = [] {
    Stage stage(SLIP_BUCKET_FROM_STATE);
    EXPECT_OK(stage.start());
    assert_int_equal(stage.store.request.from_state, 1);
    EXPECT(stage.append(put("b", 9)), SLIP_OK, "");
    EXPECT(stage.append(put("a", 3)), SLIP_OK, "");
    const Answer answer = stage.state_end(8);
    if (answer.status != SLIP_OK) EXPECT_FAILED(stage.ending(), SLIP_CALLBACK_FAILED, "revision 8");
    return answer;
  };
  EXPECT(end_too_low(), SLIP_INVALID, "an update of revision 9 was delivered");
  const GuardOff guard("foreign_state_end");
  EXPECT(end_too_low(), SLIP_OK, "");
}

void a_state_that_was_not_asked_for_cannot_end(void**) {
  Stage stage;
  EXPECT_OK(stage.start());
  EXPECT(stage.state_end(5), SLIP_MISUSE, "no state to end");
  EXPECT(stage.append(put("a", 1)), SLIP_OK, "");
  EXPECT_OK(stage.watch->wait_revision(1, slip::deadline_after_ms(test::kPatienceMs)));
  EXPECT_OK(stage.watch->close(nullptr));
}

// --- ends ------------------------------------------------------------------------------------

void the_reason_of_an_end_survives_to_the_caller(void**) {
  Stage stage;
  EXPECT_OK(stage.start());
  EXPECT(stage.append(put("a", 1)), SLIP_OK, "");
  EXPECT(stage.end(SLIP_OK, "fine"), SLIP_INVALID, "no reason");
  EXPECT(stage.end(SLIP_USER_FIRST + 7, "the lease of member 3 is gone"), SLIP_OK, "");
  EXPECT_FAILED(stage.ending(), SLIP_USER_FIRST + 7, "the lease of member 3 is gone");
  EXPECT_RECORD(stage.caller, "apply 1", "applied 1 (1)", "ended SLIP_? 1");
  EXPECT(stage.append(put("b", 2)), SLIP_CLOSED, "");
  Stage silent;
  EXPECT_OK(silent.start());
  EXPECT(silent.end(SLIP_SERVER, nullptr), SLIP_OK, "");
  EXPECT_FAILED(silent.ending(), SLIP_SERVER, "source failed with status 77 (SLIP_SERVER)");
}

void after_an_end_nothing_is_taken(void**) {
  Stage stage;
  EXPECT_OK(stage.start());
  EXPECT(stage.end(SLIP_UNREACHABLE, "away", 1), SLIP_OK, "");
  const Answer late = stage.append(put("a", 1));
  assert_true(late.status == SLIP_MISUSE || late.status == SLIP_CLOSED);
  const Answer twice = stage.end(SLIP_UNREACHABLE, "away", 1);
  assert_true(twice.status == SLIP_MISUSE || twice.status == SLIP_CLOSED);
  test::await([&] { return stage.watch->status().restarts == 1; }, "the next source");
  EXPECT_OK(stage.watch->close(nullptr));
  assert_string_equal(stage.caller->record().back().c_str(), "ended SLIP_OK 0");
}

void a_feed_that_is_freed_makes_the_watch_start_anew(void**) {
  Stage stage;
  stage.store.on_info = [](slip_bucket_state* state) { state->last_revision = 1; };
  EXPECT_OK(stage.start());
  EXPECT(stage.append(put("a", 1)), SLIP_OK, "");
  EXPECT_OK(stage.watch->wait_revision(1, slip::deadline_after_ms(test::kPatienceMs)));
  slip_feed_free(stage.store.feed.exchange(nullptr));
  test::await([&] { return stage.store.feed != nullptr; }, "the next source");
  assert_int_equal(stage.store.request.from_revision, 2);
  EXPECT_OK(stage.watch->close(nullptr));
}

void silence_is_a_break_where_heartbeats_were_promised(void**) {
  Stage stage(SLIP_BUCKET_HEARTBEATS);
  stage.settings.idle_heartbeat_ms = 20;
  EXPECT_OK(stage.start());
  test::await([&] { return stage.watch->status().restarts > 0; }, "the break");
  EXPECT_OK(stage.watch->close(nullptr));
}

// --- credit ----------------------------------------------------------------------------------

struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  void pass() {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [this] { return open; });
  }
  void lift() {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      open = true;
    }
    changed.notify_all();
  }
};

// What a feed takes while nothing is applied.
uint64_t taken_ahead() {
  Stage stage;
  Gate gate;
  stage.settings.credit_updates = 10;
  stage.settings.bounds.updates_max = 5;
  stage.caller->on_apply = [&](const slip::Batch&, slip::Cursor) {
    gate.pass();
    return Status();
  };
  EXPECT_OK(stage.start());
  uint64_t revision = 0;
  while (revision < 50 && stage.append(put("k", revision + 1)).status == SLIP_OK) ++revision;
  if (revision < 50) {
    EXPECT(stage.append(put("k", revision + 1)), SLIP_TIMEOUT, "has no room: 10 updates");
    EXPECT(stage.append(put("k", revision + 1), 0, 20), SLIP_TIMEOUT, "has no room");
  }
  gate.lift();
  // Room is waited for.
  EXPECT(stage.append(put("k", revision + 1), 0, test::kPatienceMs), SLIP_OK, "");
  EXPECT_OK(stage.watch->wait_revision(revision + 1, slip::deadline_after_ms(test::kPatienceMs)));
  EXPECT_OK(stage.watch->close(nullptr));
  return revision;
}

void a_feed_takes_no_more_than_its_credit(void**) {
  assert_int_equal(taken_ahead(), 10);
  const GuardOff guard("foreign_credit");
  assert_int_equal(taken_ahead(), 50);
}

void more_than_the_credit_is_refused(void**) {
  Stage stage;
  stage.settings.credit_updates = 3;
  EXPECT_OK(stage.start());
  const Update four[] = {put("a", 1), put("b", 2), put("c", 3), put("d", 4)};
  EXPECT(stage.append(four, 4), SLIP_TOO_LARGE, "one append of 4 updates");
  EXPECT_FAILED(stage.ending(), SLIP_CALLBACK_FAILED, "the credit is 3");
  Stage run;
  run.settings.credit_updates = 3;
  EXPECT_OK(run.start());
  for (const char* key : {"a", "b", "c"})
    EXPECT(run.append(put(key, 5, SLIP_FLAG_MORE)), SLIP_OK, "");
  EXPECT(run.append(put("d", 5)), SLIP_TOO_LARGE, "revision 5 is larger than the 3 updates");
  EXPECT_FAILED(run.ending(), SLIP_CALLBACK_FAILED, "revision 5");
  Stage large;
  large.settings.credit_bytes = 4;
  EXPECT_OK(large.start());
  EXPECT(large.append(put("a key that is longer than the credit", 1)), SLIP_OK, "");
  EXPECT_OK(large.watch->wait_revision(1, slip::deadline_after_ms(test::kPatienceMs)));
  EXPECT_OK(large.watch->close(nullptr));
}

void a_wait_inside_watch_would_be_for_ever(void**) {
  Stage stage;
  stage.settings.credit_updates = 1;
  Answer second;
  stage.store.on_watch = [&](slip_feed* feed) {
    const Update updates[] = {put("a", 1), put("b", 2)};
    assert_int_equal(slip_feed_append(feed, updates, 1, 0, -1, nullptr), SLIP_OK);
    second = Answer::of(
        [&](slip_error** error) { return slip_feed_append(feed, updates + 1, 1, 0, -1, error); });
  };
  EXPECT_OK(stage.start());
  EXPECT(second, SLIP_DEADLOCK, "inside a function that the watch calls");
  EXPECT_OK(stage.watch->close(nullptr));
}

void stopping_ends_a_wait_and_waits_for_nobody(void**) {
  Stage stage;
  Gate gate;
  stage.settings.credit_updates = 1;
  stage.caller->on_apply = [&](const slip::Batch&, slip::Cursor) {
    gate.pass();
    return Status();
  };
  EXPECT_OK(stage.start());
  EXPECT(stage.append(put("a", 1)), SLIP_OK, "");
  Answer waited;
  std::thread source([&] { waited = stage.append(put("b", 2), 0, -1); });
  stage.watch->cancel();
  gate.lift();
  EXPECT_FAILED(stage.watch->close(nullptr), SLIP_CANCELLED, "");
  source.join();
  assert_true(waited.status == SLIP_CLOSED || waited.status == SLIP_OK);
  EXPECT(stage.progress(9), SLIP_CLOSED, "free it");
  assert_int_equal(stage.store.stopped, 1);
}

// --- functions -------------------------------------------------------------------------------

void bounds_are_checked(void**) {
  const auto info = [](const std::function<void(slip_bucket_state*)>& change) {
    Stage stage;
    stage.store.on_info = change;
    slip_bucket_state state = SLIP_BUCKET_STATE_INIT;
    return Answer::of(
        [&](slip_error** error) { return slip_bucket_info(stage.bucket, &state, error); });
  };
  EXPECT(info([](slip_bucket_state* s) { s->last_revision = 5; }), SLIP_OK, "");
  EXPECT(info([](slip_bucket_state* s) { s->epoch = 0; }), SLIP_CALLBACK_FAILED, "epoch 0");
  EXPECT(info([](slip_bucket_state* s) { s->first_revision = 9; }), SLIP_CALLBACK_FAILED,
         "first_revision 9 and last_revision 0");
  EXPECT(info([](slip_bucket_state* s) { s->last_revision = UINT64_MAX; }), SLIP_CALLBACK_FAILED,
         "2^64-1");
  EXPECT(info([](slip_bucket_state* s) { s->max_age_ns = -1; }), SLIP_CALLBACK_FAILED, "negative");
  EXPECT(info([](slip_bucket_state*) { throw std::runtime_error("no quorum"); }),
         SLIP_CALLBACK_FAILED, "info threw: no quorum");
  EXPECT(info([](slip_bucket_state*) { throw 7; }), SLIP_CALLBACK_FAILED, "info threw");
}

void gets_and_listings_are_checked(void**) {
  Stage stage;
  const auto get = [&] {
    slip_entry* entry = nullptr;
    const Answer answer = Answer::of([&](slip_error** error) {
      return slip_bucket_get(stage.bucket, "a key\n", 6, &entry, error);
    });
    slip_entry_free(entry);
    return answer;
  };
  const auto gives = [&](const Update& update) {
    return [update](slip_answer* answer) { return slip_answer_add(answer, &update, 1, nullptr); };
  };
  EXPECT(get(), SLIP_NOT_FOUND, "");
  stage.store.on_get = gives(put("a key\n", 3));
  EXPECT(get(), SLIP_OK, "");
  stage.store.on_get = [](slip_answer*) -> slip_status { return SLIP_OK; };
  EXPECT(get(), SLIP_CALLBACK_FAILED, "gave no update");
  stage.store.on_get = [](slip_answer* answer) -> slip_status {
    const Update other = put("another", 3);
    (void)!slip_answer_add(answer, &other, 1, nullptr);
    return SLIP_OK;
  };
  EXPECT(get(), SLIP_CALLBACK_FAILED, "is of another key");
  stage.store.text = "the leader is gone";
  stage.store.on_get = [](slip_answer*) -> slip_status { return SLIP_USER_FIRST + 1; };
  EXPECT(get(), SLIP_USER_FIRST + 1, "the leader is gone");

  slip_iterator* iterator = nullptr;
  slip_update out[4];
  size_t count = 0;
  assert_int_equal(slip_bucket_keys(stage.bucket, "a", 1, &iterator, nullptr), SLIP_OK);
  stage.store.text.clear();
  stage.store.on_list = [](slip_answer* answer) -> slip_status {
    const Update two[] = {put("a1", 1), put("a2", 2)};
    return slip_answer_add(answer, two, 2, nullptr);
  };
  assert_int_equal(slip_iterator_next(iterator, out, 4, &count, nullptr), SLIP_OK);
  assert_int_equal(count, 2);
  assert_int_equal(out[1].value.size, 0);  // keys only
  stage.store.on_list = gives(put("b", 3));
  EXPECT(Answer::of([&](slip_error** error) {
           return slip_iterator_next(iterator, out, 4, &count, error);
         }),
         SLIP_INVALID, "");
  stage.store.on_list = nullptr;
  assert_int_equal(slip_iterator_next(iterator, out, 4, &count, nullptr), SLIP_END);
  slip_iterator_free(iterator);
  assert_int_equal(stage.store.closed, 1);
  EXPECT(Answer::of([&](slip_error** error) {
           return slip_bucket_put(stage.bucket, "a", 1, "v", 1, nullptr, error);
         }),
         SLIP_UNSUPPORTED, "on its own side");
}

void a_watch_that_cannot_start_says_why(void**) {
  Stage stage;
  stage.store.watch_status = SLIP_CURSOR_EXPIRED;
  stage.store.text = "compacted up to revision 80";
  EXPECT_FAILED(stage.start(), SLIP_CURSOR_EXPIRED, "compacted up to revision 80");
  assert_int_equal(stage.store.stopped, 0);
}

void destroy_comes_once_whatever_fails(void**) {
  Store store;
  slip_bucket* bucket = nullptr;
  const auto open = [&](const char* name, const slip_bucket_functions& functions) {
    return Answer::of([&](slip_error** error) {
      return slip_bucket_open_foreign(name, &functions, &bucket, error);
    });
  };
  slip_bucket_functions functions = functions_of(store);
  EXPECT(open("not a name", functions), SLIP_INVALID, "not a legal name");
  assert_int_equal(store.destroyed, 1);
  EXPECT(open(nullptr, functions), SLIP_INVALID, "name is NULL");
  assert_int_equal(store.destroyed, 2);
  functions.capabilities = 64;
  EXPECT(open("routes", functions), SLIP_UNSUPPORTED, "capabilities 64");
  functions = functions_of(store);
  functions.list_next = nullptr;
  EXPECT(open("routes", functions), SLIP_INVALID, "all together");
  functions = functions_of(store);
  functions.watch = nullptr;
  EXPECT(open("routes", functions), SLIP_INVALID, "must not be NULL");
  assert_int_equal(store.destroyed, 5);
  EXPECT(open("routes", functions_of(store)), SLIP_OK, "");
  slip_bucket_free(bucket);
  assert_int_equal(store.destroyed, 6);
  functions.struct_size = 8;
  EXPECT(open("routes", functions), SLIP_INVALID, "struct_size");
  assert_int_equal(store.destroyed, 6);
}

void nulls_are_refused(void**) {
  Stage stage;
  EXPECT_OK(stage.start());
  const Update update = put("a", 1);
  EXPECT(Answer::of([&](slip_error** e) { return slip_feed_append(nullptr, &update, 1, 0, 0, e); }),
         SLIP_INVALID, "feed is NULL");
  EXPECT(stage.append(nullptr, 1), SLIP_INVALID, "updates is NULL");
  EXPECT(stage.append(nullptr, 0), SLIP_OK, "");
  EXPECT(Answer::of([&](slip_error** e) { return slip_feed_progress(nullptr, 0, 1, e); }),
         SLIP_INVALID, "feed is NULL");
  EXPECT(Answer::of([&](slip_error** e) { return slip_feed_state_end(nullptr, 1, e); }),
         SLIP_INVALID, "feed is NULL");
  EXPECT(Answer::of([&](slip_error** e) { return slip_feed_end(nullptr, 77, "", 0, e); }),
         SLIP_INVALID, "feed is NULL");
  EXPECT(Answer::of([&](slip_error** e) { return slip_answer_add(nullptr, &update, 1, e); }),
         SLIP_INVALID, "answer is NULL");
  slip_feed_free(nullptr);
  EXPECT_OK(stage.watch->close(nullptr));
}

void a_forked_child_has_no_feed(void**) {
  Stage stage;
  EXPECT_OK(stage.start());
  const pid_t child = fork();
  if (child == 0) {
    const Update update = put("a", 1);
    bool right = slip_feed_append(stage.store.feed, &update, 1, 0, -1, nullptr) == SLIP_FORKED;
    right = right && slip_feed_progress(stage.store.feed, 0, 1, nullptr) == SLIP_FORKED;
    slip_feed_free(stage.store.feed);
    _exit(right ? 0 : 1);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  EXPECT(stage.append(put("a", 1)), SLIP_OK, "");
  EXPECT_OK(stage.watch->close(nullptr));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(malformed_updates_are_breaches),
      cmocka_unit_test(revisions_must_ascend),
      cmocka_unit_test(a_revision_that_was_begun_must_end),
      cmocka_unit_test(numbers_are_given_always_or_never),
      cmocka_unit_test(a_call_is_taken_whole_or_not_at_all),
      cmocka_unit_test(a_state_must_be_as_new_as_its_newest_update),
      cmocka_unit_test(a_state_that_was_not_asked_for_cannot_end),
      cmocka_unit_test(the_reason_of_an_end_survives_to_the_caller),
      cmocka_unit_test(after_an_end_nothing_is_taken),
      cmocka_unit_test(a_feed_that_is_freed_makes_the_watch_start_anew),
      cmocka_unit_test(silence_is_a_break_where_heartbeats_were_promised),
      cmocka_unit_test(a_feed_takes_no_more_than_its_credit),
      cmocka_unit_test(more_than_the_credit_is_refused),
      cmocka_unit_test(a_wait_inside_watch_would_be_for_ever),
      cmocka_unit_test(stopping_ends_a_wait_and_waits_for_nobody),
      cmocka_unit_test(bounds_are_checked),
      cmocka_unit_test(gets_and_listings_are_checked),
      cmocka_unit_test(a_watch_that_cannot_start_says_why),
      cmocka_unit_test(destroy_comes_once_whatever_fails),
      cmocka_unit_test(nulls_are_refused),
      cmocka_unit_test(a_forked_child_has_no_feed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
