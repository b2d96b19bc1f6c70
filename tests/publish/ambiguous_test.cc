// Swaps whose answers are lost, late or wrong. Whatever the store says, an artifact is swapped in
// at most once, a success is one, and the pointer never goes back.
#include "publish/publish_testing.h"

namespace {

using namespace publish_testing;
using slip::Published;
using slip::Result;
using slip::Status;

constexpr Answer kAnswers[] = {Answer::truth, Answer::done_but_unknown, Answer::lost_on_the_way,
                               Answer::late, Answer::refused};

struct Artifacts {
  std::string base = artifact_at(10), ours = artifact_at(20), older = artifact_at(15),
              newer = artifact_at(30);
};
const Artifacts& artifacts() {
  static const Artifacts made;
  return made;
}

// What another publisher does just before one of our swaps arrives.
struct Rival {
  std::string directory;  // "": nobody
  int before_swap = 0;
};

int times_swapped_in(const ScriptedStore& store, uint64_t revision) {
  int times = 0;
  for (const slip::Pointer& pointer : store.history) times += pointer.revision == revision;
  return times;
}

void publish_in_between(ScriptedStore& store, const Rival& rival) {
  if (rival.directory.empty()) return;
  store.before_swap = [&store, rival](int number) {
    if (number == rival.before_swap)
      (void)slip::publish_artifact(store, kKey, disk(), rival.directory);
  };
}

struct Outcome {
  Status status;
  uint32_t attempts = 0;
};

Outcome run(ScriptedStore& store, std::deque<Answer> script, const Rival& rival) {
  store.script = std::move(script);
  publish_in_between(store, rival);
  Result<Published> published = slip::publish_artifact(store, kKey, disk(), artifacts().ours);
  Outcome outcome{published.status(), published.ok() ? published->attempts : 0};
  store.before_swap = nullptr;
  store.land();
  return outcome;
}

void assert_sound(const ScriptedStore& store, const Outcome& outcome) {
  const int ours = times_swapped_in(store, 20);
  assert_true(ours <= 1);
  if (outcome.status.ok()) {
    assert_int_equal(ours, 1);
    assert_true(outcome.attempts >= 1);
  } else if (outcome.status.is(SLIP_SUPERSEDED)) {
    assert_int_equal(ours, 0);
  } else {
    fail_msg("%d: %s", outcome.status.code(), outcome.status.message().c_str());
  }
  for (size_t i = 1; i < store.history.size(); ++i)
    assert_true(store.history[i].revision > store.history[i - 1].revision);
}

void check_script(const std::deque<Answer>& script, bool with_base, const Rival& rival) {
  ScriptedStore store;
  if (with_base) publish(store, artifacts().base);
  store.swaps_asked = 0;
  assert_sound(store, run(store, script, rival));
}

void every_short_script_is_resolved(void**) {
  for (const bool with_base : {true, false})
    for (const Answer first : kAnswers)
      for (const Answer second : kAnswers) {
        check_script({first, second}, with_base, Rival());
        for (const std::string& other : {artifacts().older, artifacts().newer})
          for (const int number : {1, 2})
            check_script({first, second}, with_base, Rival{other, number});
      }
}

void long_scripts_are_resolved(void**) {
  const int rounds = test_long_lane() ? 1000 : 60;
  for (int round = 0; round < rounds; ++round) {
    std::deque<Answer> script;
    for (int i = 0; i < 5; ++i) script.push_back(kAnswers[test_random() % 5]);
    const uint64_t chance = test_random() % 3;
    const Rival rival{chance == 0   ? ""
                      : chance == 1 ? artifacts().older
                                    : artifacts().newer,
                      static_cast<int>(test_random() % 5) + 1};
    check_script(script, test_random() % 2 == 0, rival);
  }
}

// An open answer is answered by the same request again, byte for byte: the same nonce.
void the_identical_request_is_sent_again(void**) {
  ScriptedStore store;
  const Outcome outcome =
      run(store, {Answer::lost_on_the_way, Answer::lost_on_the_way, Answer::refused}, Rival());
  EXPECT_OK(outcome.status);
  assert_int_equal(outcome.attempts, 4);
  assert_int_equal(store.requests.size(), 4);
  for (const std::string& request : store.requests) EXPECT_TEXT(request, store.requests[0]);
}

// It happened, another publisher came after it, and only then is it asked about: its nonce is
// remembered, so this is success and not a lost race.
void a_success_is_recognised_behind_others(void**) {
  ScriptedStore store;
  const Outcome outcome = run(store, {Answer::done_but_unknown}, Rival{artifacts().newer, 2});
  EXPECT_OK(outcome.status);
  assert_int_equal(pointer_in(store).revision, 30);
  assert_int_equal(times_swapped_in(store, 20), 1);
}

// Nothing ever says whether it happened: that is what is said, and nothing is guessed.
void what_cannot_be_known_is_called_so(void**) {
  ScriptedStore store;
  const std::deque<Answer> silence(slip::kPointerAttemptsMax, Answer::lost_on_the_way);
  const Outcome outcome = run(store, silence, Rival());
  EXPECT_FAILED(outcome.status, SLIP_INDETERMINATE, "cannot tell whether pointer");
  EXPECT_FAILED(outcome.status, SLIP_INDETERMINATE, "the connection broke (publish again");
  assert_int_equal(store.swaps_asked, slip::kPointerAttemptsMax);
  assert_int_equal(times_swapped_in(store, 20), 0);
  // What was advised works.
  EXPECT_OK(run(store, {}, Rival()).status);
}

// The last one happened, and a look at the end finds it.
void a_last_look_settles_it(void**) {
  ScriptedStore store;
  std::deque<Answer> silence(slip::kPointerAttemptsMax - 1, Answer::lost_on_the_way);
  silence.push_back(Answer::done_but_unknown);
  EXPECT_OK(run(store, silence, Rival()).status);
  assert_int_equal(times_swapped_in(store, 20), 1);
}

// Open first, then denied: the first may still arrive, so it is not called a failure.
void a_denial_after_an_open_answer_settles_nothing(void**) {
  ScriptedStore store;
  EXPECT_FAILED(run(store, {Answer::lost_on_the_way, Answer::denied}, Rival()).status,
                SLIP_INDETERMINATE, "cannot tell whether");
  // Unless a look shows that it has arrived.
  ScriptedStore arrived;
  EXPECT_OK(run(arrived, {Answer::late, Answer::denied}, Rival()).status);
  ScriptedStore denied;
  EXPECT_FAILED(run(denied, {Answer::denied}, Rival()).status, SLIP_PERMISSION_DENIED,
                "access denied");
  assert_int_equal(denied.swaps_asked, 1);
}

// The pointer was removed under an open swap: it may have been ours that was removed.
void a_pointer_removed_meanwhile_settles_nothing(void**) {
  ScriptedStore store;
  publish(store, artifacts().base);
  store.swaps_asked = 0;
  store.script = {Answer::done_but_unknown};
  store.before_swap = [&store](int number) {
    if (number == 2) EXPECT_OK(store.remove(slip::pointer_name(kKey)));
  };
  EXPECT_FAILED(slip::publish_artifact(store, kKey, disk(), artifacts().ours), SLIP_INDETERMINATE,
                "cannot tell whether");
}

// So many others came after it that its nonce is forgotten.
void a_swap_beyond_memory_is_called_open(void**) {
  ScriptedStore store;
  publish(store, artifacts().base);
  store.swaps_asked = 0;
  store.script = {Answer::lost_on_the_way};
  store.before_swap = [&store](int number) {
    if (number != 2) return;
    slip::Pointer far = pointer_in(store);
    far.nonce = "somebody else's";
    far.revision = 99;
    far.recent.assign(32, {1, "others"});
    write_pointer(store, far);
  };
  EXPECT_FAILED(slip::publish_artifact(store, kKey, disk(), artifacts().ours), SLIP_INDETERMINATE,
                "cannot tell whether");
}

// Somebody wrote the very same pointer anew: its tag is another one, and the swap goes by tags.
void a_pointer_copied_onto_itself_is_replaced(void**) {
  ScriptedStore store;
  publish(store, artifacts().base);
  store.swaps_asked = 0;
  store.before_swap = [&store](int number) {
    if (number == 1) write_pointer(store, pointer_in(store));
  };
  const Published published = publish(store, artifacts().ours);
  assert_int_equal(published.attempts, 2);
  assert_int_equal(pointer_in(store).revision, 20);
}

// Others are faster every time: a conflict, not for ever, and it may be tried again.
void losing_every_race_ends(void**) {
  ScriptedStore store;
  publish(store, artifacts().base);
  store.swaps_asked = 0;
  int rivals = 0;
  store.before_swap = [&](int) {
    slip::Pointer rival = pointer_in(store);
    rival.recent.emplace_back(rival.generation, rival.nonce);
    rival.nonce = "rival " + std::to_string(++rivals);
    write_pointer(store, rival);
  };
  const Status status = slip::publish_artifact(store, kKey, disk(), artifacts().ours).status();
  EXPECT_FAILED(status, SLIP_CONFLICT, "others swapped the pointer first, 8 times in a row");
  assert_true(status.retriable());
  assert_int_equal(times_swapped_in(store, 20), 0);
}

// The payload is removed while the swap is lost: it is there again before the next swap.
void a_payload_removed_between_swaps_is_sent_again(void**) {
  ScriptedStore store;
  publish(store, artifacts().base);
  store.swaps_asked = 0;
  store.before_swap = [&store](int number) {
    if (number != 1) return;
    slip::Pointer rival = pointer_in(store);
    rival.recent.emplace_back(rival.generation, rival.nonce);
    rival.nonce = "rival";
    write_pointer(store, rival);
    for (const auto& [name, object] : std::map<std::string, slip::Object>(store.objects))
      if (name.find("0000000014-") != std::string::npos) EXPECT_OK(store.remove(name));
  };
  EXPECT_OK(slip::publish_artifact(store, kKey, disk(), artifacts().ours));
  EXPECT_OK(slip::download_artifact(store, kKey, disk(), test_directory()));
}

}  // namespace

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_short_script_is_resolved),
      cmocka_unit_test(long_scripts_are_resolved),
      cmocka_unit_test(the_identical_request_is_sent_again),
      cmocka_unit_test(a_success_is_recognised_behind_others),
      cmocka_unit_test(what_cannot_be_known_is_called_so),
      cmocka_unit_test(a_last_look_settles_it),
      cmocka_unit_test(a_denial_after_an_open_answer_settles_nothing),
      cmocka_unit_test(a_pointer_removed_meanwhile_settles_nothing),
      cmocka_unit_test(a_swap_beyond_memory_is_called_open),
      cmocka_unit_test(a_pointer_copied_onto_itself_is_replaced),
      cmocka_unit_test(losing_every_race_ends),
      cmocka_unit_test(a_payload_removed_between_swaps_is_sent_again),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
