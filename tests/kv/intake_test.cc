// The intake: where exactly batches begin and end, and what comes in which order.
#include "kv/intake.h"

#include <atomic>
#include <thread>
#include <vector>

#include "base/guard.h"
#include "kv/kv_support.h"

using kv_test::shown;
using kv_test::update_of;
using slip::Batch;
using slip::BatchBounds;
using slip::Deadline;
using slip::deadline_after_ms;
using slip::Heartbeat;
using slip::Intake;
using slip::SourceEvent;
using slip::Status;
using slip::Steady;
using Outcome = slip::Intake::Outcome;

namespace {

constexpr int64_t kIdle = -1;
constexpr int64_t kHour = 3600 * 1000;
const Deadline kNow{};
// A take that is not woken hangs, and CTest's time limit tells: no assertion on how long things
// took, but for what must not come too soon.
const Deadline kForEver = Deadline::max();

// Delivery numbers equal revisions in these tests.
void append(Intake& intake, uint64_t from, uint64_t to, uint32_t incarnation = 1) {
  for (uint64_t revision = from; revision <= to; ++revision) {
    intake.append(update_of("k", "v", revision), incarnation, revision);
  }
}

std::string range(uint64_t from, uint64_t to) {
  std::string text;
  for (uint64_t revision = from; revision <= to; ++revision) {
    text += (revision == from ? "k=v@" : " k=v@") + std::to_string(revision);
  }
  return text;
}

void assert_batch(Intake& intake, int64_t window_ms, const std::string& updates, bool full) {
  Batch batch;
  const Intake::Taken taken = intake.take(window_ms, kNow, &batch);
  assert_int_equal(taken.outcome, Outcome::batch);
  assert_text(shown(batch), updates);
  assert_int_equal(taken.full, full);
}

void assert_nothing(Intake& intake, int64_t window_ms) {
  Batch batch;
  batch.append(update_of("old", "content", 1), 1);
  assert_int_equal(intake.take(window_ms, kNow, &batch).outcome, Outcome::timeout);
  assert_true(batch.empty());
}

void assert_broken(Intake& intake, int64_t window_ms, slip_status code, const char* sentence) {
  Batch batch;
  const Intake::Taken taken = intake.take(window_ms, kNow, &batch);
  assert_int_equal(taken.outcome, Outcome::broken);
  assert_status(taken.reason, code, sentence);
}

void assert_heartbeat(Intake& intake, uint64_t delivery, uint64_t revision) {
  Batch batch;
  const Intake::Taken taken = intake.take(kIdle, kNow, &batch);
  assert_int_equal(taken.outcome, Outcome::heartbeat);
  assert_int_equal(taken.heartbeat.delivery, delivery);
  assert_int_equal(taken.heartbeat.revision, revision);
}

void a_batch_ends_at_the_count(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  append(intake, 1, 25);
  assert_int_equal(intake.waiting(), 25);
  assert_batch(intake, kIdle, range(1, 10), true);
  assert_batch(intake, kIdle, range(11, 20), true);
  assert_batch(intake, kIdle, range(21, 25), false);
  assert_nothing(intake, kIdle);
  assert_int_equal(intake.waiting(), 0);
  assert_int_equal(intake.received(), 25);
}

void a_batch_ends_at_the_bytes(void**) {
  Intake intake(BatchBounds{100, 100});
  intake.begin_incarnation(1);
  // 25 bytes each: the fourth reaches the bound exactly; 26 each: the fourth passes it.
  for (uint64_t i = 1; i <= 5; ++i)
    intake.append(update_of("12345", std::string(20, 'v'), i), 1, i);
  Batch batch;
  assert_true(intake.take(kIdle, kNow, &batch).full);
  assert_int_equal(batch.size(), 4);
  assert_int_equal(batch.bytes(), 100);
  assert_true(intake.take_now(&batch));
  assert_int_equal(batch.size(), 1);
  for (uint64_t i = 6; i <= 9; ++i)
    intake.append(update_of("12345", std::string(21, 'v'), i), 1, i);
  assert_true(intake.take(kHour, kNow, &batch).full);
  assert_int_equal(batch.bytes(), 104);
  // One update above the bound is a batch of its own.
  intake.append(update_of("k", std::string(500, 'v'), 10), 1, 10);
  intake.append(update_of("k", "v", 11), 1, 11);
  assert_true(intake.take(kHour, kNow, &batch).full);
  assert_int_equal(batch.size(), 1);
}

void idle_takes_whatever_is_there(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  assert_nothing(intake, kIdle);
  append(intake, 1, 1);
  assert_batch(intake, kIdle, range(1, 1), false);
  append(intake, 2, 4);
  assert_batch(intake, kIdle, range(2, 4), false);
  append(intake, 5, 14);
  assert_batch(intake, kIdle, range(5, 14), true);
}

void window_takes_full_batches_only(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  append(intake, 1, 9);
  assert_nothing(intake, kHour);
  append(intake, 10, 10);
  assert_batch(intake, kHour, range(1, 10), true);
  append(intake, 11, 23);
  assert_batch(intake, kHour, range(11, 20), true);
  assert_nothing(intake, kHour);
  Batch batch;
  assert_true(intake.take_now(&batch));
  assert_text(shown(batch), range(21, 23));
  assert_false(intake.take_now(&batch));
  assert_true(batch.empty());
}

void the_window_runs_from_the_first_update(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  const Deadline start = Steady::now();
  std::thread source([&] {
    append(intake, 1, 1);
    while (Steady::now() - start < std::chrono::milliseconds(60)) std::this_thread::yield();
    append(intake, 2, 3);
  });
  Batch batch;
  const Intake::Taken taken = intake.take(150, kForEver, &batch);
  const auto waited = Steady::now() - start;
  source.join();
  assert_int_equal(taken.outcome, Outcome::batch);
  assert_text(shown(batch), range(1, 3));
  assert_false(taken.full);
  assert_true(waited >= std::chrono::milliseconds(150));
  // A window that ran out before anybody asked is over: no waiting at all.
  append(intake, 4, 4);
  const Deadline later = deadline_after_ms(40);
  while (Steady::now() < later) std::this_thread::yield();
  assert_batch(intake, 30, range(4, 4), false);
}

// Takes a batch while `run` runs on a thread of its own, once the take very likely waits.
template <typename Run>
void take_while(Intake& intake, const Run& run, Batch* batch) {
  const Deadline later = deadline_after_ms(50);
  std::thread source([&] {
    while (Steady::now() < later) std::this_thread::yield();
    run();
  });
  const Intake::Taken taken = intake.take(kHour, kForEver, batch);
  source.join();
  assert_int_equal(taken.outcome, Outcome::batch);
}

void a_full_batch_wakes_a_waiting_window(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  append(intake, 1, 1);
  Batch batch;
  take_while(
      intake, [&] { append(intake, 2, 12); }, &batch);
  assert_text(shown(batch), range(1, 10));
}

void a_revision_releases_the_window(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  intake.release_at(5);
  append(intake, 1, 4);
  assert_nothing(intake, kHour);
  Batch batch;
  take_while(
      intake, [&] { append(intake, 5, 5); }, &batch);
  assert_text(shown(batch), range(1, 5));
  // From there on nothing is held back, in this incarnation.
  append(intake, 6, 6);
  assert_batch(intake, kHour, range(6, 6), false);
  intake.begin_incarnation(2);
  append(intake, 7, 7, 2);
  assert_nothing(intake, kHour);
  // A heartbeat says as well that the source has come there; and it may have come before.
  intake.release_at(9);
  take_while(
      intake,
      [&] {
        intake.heartbeat(Heartbeat{2, 7, 9});
      },
      &batch);
  assert_text(shown(batch), range(7, 7));
  intake.begin_incarnation(3);
  append(intake, 8, 8, 3);
  intake.release_at(8);
  assert_batch(intake, kHour, range(8, 8), false);
}

void updates_of_a_revision_stay_together(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  append(intake, 1, 9);
  for (uint64_t i = 10; i <= 13; ++i) intake.append(update_of("r", "v", 10), 1, i);
  intake.append(update_of("k", "v", 11), 1, 14);
  assert_batch(intake, kHour, range(1, 9) + " r=v@10 r=v@10 r=v@10 r=v@10", true);
  assert_batch(intake, kIdle, range(11, 11), false);
  // Revision 0 is no revision: nothing holds these together.
  for (uint64_t i = 15; i <= 25; ++i) intake.append(update_of("z", "v", 0), 1, i);
  Batch batch;
  assert_true(intake.take_now(&batch));
  assert_int_equal(batch.size(), 10);
}

void an_unfinished_revision_waits(void**) {
  Intake intake(BatchBounds{3, 1u << 20});
  intake.begin_incarnation(1);
  append(intake, 1, 2);
  for (uint64_t i = 3; i <= 6; ++i) intake.append(update_of("r", "v", 3), 1, i, true);
  assert_int_equal(intake.waiting(), 6);
  assert_nothing(intake, kHour);
  assert_batch(intake, kIdle, range(1, 2), false);
  assert_nothing(intake, kIdle);
  intake.append(update_of("r", "v", 3), 1, 7);
  assert_batch(intake, kHour, "r=v@3 r=v@3 r=v@3 r=v@3 r=v@3", true);
  // Where its source breaks it never becomes whole, and is not handed over.
  append(intake, 8, 8);
  intake.append(update_of("r", "v", 9), 1, 9, true);
  intake.broken(1, Status(SLIP_UNREACHABLE, "consumer gone", true));
  assert_int_equal(intake.waiting(), 1);
  assert_batch(intake, kHour, range(8, 8), false);
  assert_broken(intake, kHour, SLIP_UNREACHABLE, "consumer gone");
}

void incarnations_never_mix(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  append(intake, 1, 12);
  intake.append(update_of("r", "v", 13), 1, 13, true);
  intake.heartbeat(Heartbeat{1, 13, 13});
  intake.broken(1, Status(SLIP_UNREACHABLE, "old", true));
  intake.begin_incarnation(2);
  assert_int_equal(intake.waiting(), 0);
  assert_nothing(intake, kIdle);
  append(intake, 14, 15, 1);
  intake.heartbeat(Heartbeat{1, 15, 15});
  intake.broken(1, Status(SLIP_UNREACHABLE, "late", true));
  assert_nothing(intake, kIdle);
  append(intake, 13, 14, 2);
  Batch batch;
  assert_true(intake.take_now(&batch));
  assert_text(shown(batch), range(13, 14));
  assert_int_equal(batch.incarnation, 2);
  assert_int_equal(batch.delivery(0), 13);
  assert_int_equal(batch.delivery(1), 14);
  assert_int_equal(intake.received(), 15);
}

void the_rest_comes_before_the_break(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  append(intake, 1, 13);
  intake.broken(1, Status(SLIP_UNREACHABLE, "first", true));
  append(intake, 14, 14);  // ended is ended
  intake.heartbeat(Heartbeat{1, 14, 14});
  intake.broken(1, Status(SLIP_UNREACHABLE, "second", true));
  assert_batch(intake, kHour, range(1, 10), true);
  assert_batch(intake, kHour, range(11, 13), false);
  assert_broken(intake, kHour, SLIP_UNREACHABLE, "first");
  assert_nothing(intake, kHour);
  // A final reason outweighs a passing one, also when that was told already; not the other way.
  intake.broken(1, Status(SLIP_CLOSED, "closed", false));
  intake.broken(1, Status(SLIP_UNREACHABLE, "third", true));
  assert_broken(intake, kIdle, SLIP_CLOSED, "closed");
  assert_nothing(intake, kIdle);
}

void what_is_noted_comes_once_and_breaks_nothing(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  append(intake, 1, 2);
  intake.note(1, SourceEvent::leader_changed);
  intake.note(1, SourceEvent::silence);
  intake.note(1, SourceEvent::leader_changed);
  intake.note(2, SourceEvent::other);  // of another incarnation
  Batch batch;
  for (const SourceEvent event :
       {SourceEvent::silence, SourceEvent::leader_changed, SourceEvent::leader_changed}) {
    const Intake::Taken taken = intake.take(kIdle, kNow, &batch);
    assert_int_equal(taken.outcome, Outcome::noted);
    assert_int_equal(taken.event, event);
  }
  assert_batch(intake, kIdle, range(1, 2), false);
  // A break carries its kind.
  intake.broken(1, Status(SLIP_UNREACHABLE, "gone", true), SourceEvent::consumer_deleted);
  intake.note(1, SourceEvent::silence);  // ended is ended
  const Intake::Taken taken = intake.take(kIdle, kNow, &batch);
  assert_int_equal(taken.outcome, Outcome::broken);
  assert_int_equal(taken.event, SourceEvent::consumer_deleted);
  assert_nothing(intake, kIdle);
}

void heartbeats_wait_for_what_is_before_them(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  intake.heartbeat(Heartbeat{1, 0, 5});
  intake.heartbeat(Heartbeat{1, 0, 6});
  assert_heartbeat(intake, 0, 6);  // the newest, once
  assert_nothing(intake, kIdle);
  append(intake, 7, 8);
  intake.heartbeat(Heartbeat{1, 8, 20});
  assert_nothing(intake, kHour);  // two updates wait for their window
  assert_batch(intake, kIdle, range(7, 8), false);
  assert_heartbeat(intake, 8, 20);
  intake.heartbeat(Heartbeat{1, 8, 21});
  append(intake, 22, 22);  // says more than the heartbeat did
  assert_batch(intake, kIdle, range(22, 22), false);
  assert_nothing(intake, kIdle);
  intake.heartbeat(Heartbeat{1, 22, 30});
  intake.broken(1, Status(SLIP_UNREACHABLE, "gone", true));
  assert_heartbeat(intake, 22, 30);
  assert_broken(intake, kIdle, SLIP_UNREACHABLE, "gone");
}

void an_interruption_comes_first_and_once(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  append(intake, 1, 30);
  intake.interrupt();
  intake.interrupt();
  Batch batch;
  assert_int_equal(intake.take(kIdle, kNow, &batch).outcome, Outcome::interrupted);
  assert_true(batch.empty());
  assert_batch(intake, kIdle, range(1, 10), true);
  intake.interrupt();
  intake.begin_incarnation(2);  // does not take it back
  assert_int_equal(intake.take(kIdle, kNow, &batch).outcome, Outcome::interrupted);
  // It ends a take that waits, with and without a window and updates.
  for (const int64_t window : {kIdle, kHour}) {
    std::thread other([&] { intake.interrupt(); });
    assert_int_equal(intake.take(window, kForEver, &batch).outcome, Outcome::interrupted);
    other.join();
  }
  append(intake, 31, 31, 2);
  std::thread other([&] { intake.interrupt(); });
  assert_int_equal(intake.take(kHour, Deadline::max(), &batch).outcome, Outcome::interrupted);
  other.join();
}

void a_waiting_take_is_woken(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  Batch batch;
  std::thread heart([&] { intake.heartbeat(Heartbeat{1, 0, 9}); });
  assert_int_equal(intake.take(kIdle, Deadline::max(), &batch).outcome, Outcome::heartbeat);
  heart.join();
  std::thread source([&] { append(intake, 1, 1); });
  assert_int_equal(intake.take(kIdle, Deadline::max(), &batch).outcome, Outcome::batch);
  source.join();
  append(intake, 2, 3);
  std::thread breaking([&] { intake.broken(1, Status(SLIP_UNREACHABLE, "gone", true)); });
  assert_int_equal(intake.take(kHour, Deadline::max(), &batch).outcome, Outcome::batch);
  breaking.join();
  assert_int_equal(intake.take(kHour, Deadline::max(), &batch).outcome, Outcome::broken);
}

void contact_is_any_sign(void**) {
  Intake intake(BatchBounds{10, 1u << 20});
  const auto grows = [&](auto sign) {
    const Deadline before = intake.last_contact();
    const Deadline later = deadline_after_ms(30);
    while (Steady::now() < later) std::this_thread::yield();
    sign();
    return intake.last_contact() > before && intake.last_contact() <= Steady::now();
  };
  assert_true(intake.last_contact() == Deadline{});  // none yet
  assert_false(grows([&] { intake.begin_incarnation(1); }));
  assert_true(grows([&] { intake.note(1, SourceEvent::leader_changed); }));
  assert_true(grows([&] { append(intake, 1, 1); }));
  assert_true(grows([&] { intake.heartbeat(Heartbeat{1, 1, 1}); }));
  assert_true(grows([&] { intake.touch(); }));
  assert_false(grows([&] { append(intake, 1, 1, 7); }));  // of another incarnation
}

// --- the guards: with each switched off, what it prevents happens
// ----------------------------------

#ifdef SLIP_TEST_GUARDS
std::string taken_in_all(Intake& intake) {
  std::string text;
  Batch batch;
  while (intake.take_now(&batch)) text += "[" + shown(batch) + "]";
  return text;
}

std::string with_guard(const char* name, bool on, std::string (*run)()) {
  slip::guard_switch(name, on);
  std::string text = run();
  slip::guard_switch(name, true);
  return text;
}

std::string old_delivery_after_a_new_start() {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  intake.begin_incarnation(2);
  append(intake, 7, 7, 1);
  return taken_in_all(intake);
}

std::string revision_across_a_bound() {
  Intake intake(BatchBounds{1, 1u << 20});
  intake.begin_incarnation(1);
  for (uint64_t i = 1; i <= 2; ++i) intake.append(update_of("r", "v", 5), 1, i);
  return taken_in_all(intake);
}

std::string revision_half_received() {
  Intake intake(BatchBounds{10, 1u << 20});
  intake.begin_incarnation(1);
  intake.append(update_of("r", "v", 5), 1, 1, true);
  return taken_in_all(intake);
}

void guards_are_what_holds(void**) {
  assert_text(with_guard("intake_incarnation", true, old_delivery_after_a_new_start), "");
  assert_text(with_guard("intake_incarnation", false, old_delivery_after_a_new_start), "[k=v@7]");
  assert_text(with_guard("intake_bound", true, revision_across_a_bound), "[r=v@5 r=v@5]");
  assert_text(with_guard("intake_bound", false, revision_across_a_bound), "[r=v@5][r=v@5]");
  assert_text(with_guard("intake_revision", true, revision_half_received), "");
  assert_text(with_guard("intake_revision", false, revision_half_received), "[r=v@5]");
}
#endif

// A source with credit, an applier that gives it back, interruptions from a third thread.
void threads_lose_and_double_nothing(void**) {
  constexpr uint64_t kUpdates = 200000;
  constexpr uint64_t kCredit = 700;
  Intake intake(BatchBounds{100, 1u << 20});
  intake.begin_incarnation(1);
  std::atomic<uint64_t> credited{0};
  std::atomic<bool> done{false};
  std::thread source([&] {
    for (uint64_t i = 1; i <= kUpdates; ++i) {
      while (i - credited > kCredit) std::this_thread::yield();
      intake.append(update_of("key", std::to_string(i), i), 1, i);
    }
    intake.broken(1, Status(SLIP_END, "no more", false));
  });
  std::thread nuisance([&] {
    while (!done) {
      intake.interrupt();
      if (intake.waiting() > kCredit) abort();
      std::this_thread::yield();
    }
  });
  uint64_t expected = 1;
  uint64_t wrong = 0;
  Batch batch;
  for (int64_t window = kIdle;; window = window < 0 ? 1 : kIdle) {
    const Intake::Taken taken = intake.take(window, kForEver, &batch);
    if (taken.outcome == Outcome::broken) break;
    wrong += taken.outcome == Outcome::timeout;
    wrong += batch.size() > 100;
    for (size_t i = 0; i < batch.size(); ++i, ++expected) {
      wrong += batch.delivery(i) != expected || batch.updates()[i].revision != expected ||
               slip::value_of(batch.updates()[i]) != std::to_string(expected);
    }
    credited += batch.size();
  }
  done = true;
  source.join();
  nuisance.join();
  assert_int_equal(wrong, 0);
  assert_int_equal(expected, kUpdates + 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_batch_ends_at_the_count),
      cmocka_unit_test(a_batch_ends_at_the_bytes),
      cmocka_unit_test(idle_takes_whatever_is_there),
      cmocka_unit_test(window_takes_full_batches_only),
      cmocka_unit_test(the_window_runs_from_the_first_update),
      cmocka_unit_test(a_full_batch_wakes_a_waiting_window),
      cmocka_unit_test(a_revision_releases_the_window),
      cmocka_unit_test(updates_of_a_revision_stay_together),
      cmocka_unit_test(an_unfinished_revision_waits),
      cmocka_unit_test(incarnations_never_mix),
      cmocka_unit_test(the_rest_comes_before_the_break),
      cmocka_unit_test(what_is_noted_comes_once_and_breaks_nothing),
      cmocka_unit_test(heartbeats_wait_for_what_is_before_them),
      cmocka_unit_test(an_interruption_comes_first_and_once),
      cmocka_unit_test(a_waiting_take_is_woken),
      cmocka_unit_test(contact_is_any_sign),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(guards_are_what_holds),
#endif
      cmocka_unit_test(threads_lose_and_double_nothing),
  };
  return cmocka_run_group_tests_name("intake", tests, nullptr, nullptr);
}
