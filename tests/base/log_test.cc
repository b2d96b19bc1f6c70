// The log: levels, replacement under load, and what may not be done from inside.
#include "base/log.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support/expect.h"

namespace {

struct Seen {
  std::vector<std::string> lines;
};
void collect(void* user, int32_t level, const char* room, const char* message) {
  static_cast<Seen*>(user)->lines.push_back(std::to_string(level) + " " + room + " " + message);
}

void lines_up_to_the_level_arrive(void**) {
  Seen seen;
  assert_false(slip::log_enabled(SLIP_LOG_ERROR));
  slip::log_line(SLIP_LOG_ERROR, "kv", "to nobody");
  EXPECT_OK(slip::set_log(collect, &seen, SLIP_LOG_WARNING));
  assert_true(slip::log_enabled(SLIP_LOG_WARNING));
  assert_false(slip::log_enabled(SLIP_LOG_INFO));
  slip::log_line(SLIP_LOG_ERROR, "kv", "one");
  slip::log_line(SLIP_LOG_WARNING, "watch", "two");
  slip::log_line(SLIP_LOG_INFO, "watch", "three");
  EXPECT_OK(slip::set_log(nullptr, nullptr, 0));
  slip::log_line(SLIP_LOG_ERROR, "kv", "to nobody");
  assert_int_equal(seen.lines.size(), 2);
  EXPECT_TEXT(seen.lines[0], "1 kv one");
  EXPECT_TEXT(seen.lines[1], "2 watch two");
}

void wrong_levels_are_refused(void**) {
  for (const int32_t level : {-1, 0, 5})
    EXPECT_FAILED(slip::set_log(collect, nullptr, level), SLIP_INVALID,
                  "level " + std::to_string(level) + " is none of");
  assert_false(slip::log_enabled(SLIP_LOG_ERROR));
}

struct Inside {
  slip::Status answer;
  int calls = 0;
};
void call_back_in(void* user, int32_t, const char*, const char*) {
  auto* inside = static_cast<Inside*>(user);
  ++inside->calls;
  inside->answer = slip::set_log(nullptr, nullptr, 0);
  slip::log_line(SLIP_LOG_ERROR, "kv", "again");  // must not come back here
}

void a_log_function_cannot_replace_itself(void**) {
  Inside inside;
  EXPECT_OK(slip::set_log(call_back_in, &inside, SLIP_LOG_DEBUG));
  slip::log_line(SLIP_LOG_ERROR, "kv", "once");
  EXPECT_OK(slip::set_log(nullptr, nullptr, 0));
  assert_int_equal(inside.calls, 1);
  EXPECT_FAILED(inside.answer, SLIP_DEADLOCK, "from inside a log function");
}

// Each sink notices a call that runs after its owner was told that none does.
struct Guarded {
  std::atomic<bool> gone{false};
  std::atomic<int> calls{0};
  std::atomic<int> late{0};
};
void guarded_sink(void* user, int32_t, const char*, const char*) {
  auto* sink = static_cast<Guarded*>(user);
  if (sink->gone) ++sink->late;
  for (int i = 0; i < 50; ++i) std::this_thread::yield();
  if (sink->gone) ++sink->late;
  ++sink->calls;
}

void no_call_of_a_replaced_sink_runs(void**) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int i = 0; i < 3; ++i)
    writers.emplace_back([&stop] {
      while (!stop) {
        slip::log_line(SLIP_LOG_INFO, "kv", "line");
        std::this_thread::yield();
      }
    });
  int late = 0;
  int calls = 0;
  for (int round = 0; round < 100; ++round) {
    Guarded sink;
    const bool set = slip::set_log(guarded_sink, &sink, SLIP_LOG_INFO).ok();
    for (int i = 0; i < 20; ++i) std::this_thread::yield();
    // Most sinks go at any moment, some only after they were called.
    while (round % 10 == 0 && sink.calls == 0) std::this_thread::yield();
    const bool unset = slip::set_log(nullptr, nullptr, 0).ok();
    sink.gone = true;
    for (int i = 0; i < 20; ++i) std::this_thread::yield();
    late += sink.late + (set && unset ? 0 : 1);
    calls += sink.calls;
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  assert_int_equal(late, 0);
  assert_true(calls > 0);
}

void sinks_replaced_from_many_threads(void**) {
  static Guarded sinks[4];
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (Guarded& sink : sinks)
    threads.emplace_back([&sink, &failed] {
      for (int i = 0; i < 100; ++i) {
        if (!slip::set_log(guarded_sink, &sink, SLIP_LOG_INFO).ok()) ++failed;
        slip::log_line(SLIP_LOG_INFO, "kv", "line");
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_OK(slip::set_log(nullptr, nullptr, 0));
  assert_int_equal(failed, 0);
}

struct Gate {
  std::atomic<bool> entered{false};
  std::atomic<bool> open{false};
};
void wait_at_gate(void* user, int32_t, const char*, const char*) {
  auto* gate = static_cast<Gate*>(user);
  gate->entered = true;
  while (!gate->open) std::this_thread::yield();
}

// A child has neither the call nor the thread that it ran on.
void a_forked_child_can_log(void**) {
  Gate gate;
  EXPECT_OK(slip::set_log(wait_at_gate, &gate, SLIP_LOG_INFO));
  std::thread caller([] { slip::log_line(SLIP_LOG_INFO, "kv", "held"); });
  while (!gate.entered) std::this_thread::yield();
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    Seen seen;
    bool fine = slip::set_log(collect, &seen, SLIP_LOG_INFO).ok();
    slip::log_line(SLIP_LOG_INFO, "kv", "from the child");
    fine = fine && slip::set_log(nullptr, nullptr, 0).ok() && seen.lines.size() == 1;
    _exit(fine ? 0 : 1);
  }
  int result = -1;
  waitpid(child, &result, 0);
  gate.open = true;
  caller.join();
  EXPECT_OK(slip::set_log(nullptr, nullptr, 0));
  assert_int_equal(result, 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(lines_up_to_the_level_arrive),
      cmocka_unit_test(wrong_levels_are_refused),
      cmocka_unit_test(a_log_function_cannot_replace_itself),
      cmocka_unit_test(no_call_of_a_replaced_sink_runs),
      cmocka_unit_test(sinks_replaced_from_many_threads),
      cmocka_unit_test(a_forked_child_can_log),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
