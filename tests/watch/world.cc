#include "world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/status_table.h"

namespace test {
namespace {

std::string revisions_of(const slip::Batch& batch) {
  std::string text;
  for (size_t i = 0; i < batch.size(); ++i)
    text += " " + std::to_string(batch.updates()[i].revision);
  return text;
}

std::string keys_of(const slip::Batch& batch) {
  std::string text;
  for (size_t i = 0; i < batch.size(); ++i)
    text += " " + std::string(slip::key_of(batch.updates()[i]));
  return text;
}

}  // namespace

int GuardOff::ever = 0;
int GuardOff::now = 0;

JudgedTrace::JudgedTrace(std::shared_ptr<ScriptedBucket> of_bucket,
                         std::shared_ptr<SwitchFold> of_fold)
    : bucket(std::move(of_bucket)),
      fold(std::move(of_fold)),
      guards_off_before_(GuardOff::now > 0 ? -1 : GuardOff::ever) {}

JudgedTrace::~JudgedTrace() {
  if (GuardOff::ever != guards_off_before_) return;
  const std::string verdict = trace::judge(bucket->record, trace);
  if (verdict.empty()) return;
  fprintf(stderr, "the trace of a watch breaks a property:\n%s", verdict.c_str());
  abort();
}

void Recorder::write(std::string line) {
  const std::lock_guard<std::mutex> lock(mutex_);
  record_.push_back(std::move(line));
}

std::vector<std::string> Recorder::record() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return record_;
}

size_t Recorder::count(const std::string& word) const {
  const auto lines = record();
  return static_cast<size_t>(
      std::count_if(lines.begin(), lines.end(),
                    [&](const std::string& line) { return line.rfind(word + " ", 0) == 0; }));
}

slip::Status Recorder::apply(slip::Batch& batch, slip::Cursor cursor, bool replay) {
  const auto* end = batch.updates() + batch.size();
  if (judged) judged->trace.applies(batch.updates(), batch.size());
  if (rejects && std::all_of(batch.updates(), end, rejects)) {
    write("reject" + revisions_of(batch));
    return slip::Status();
  }
  write(replay ? "replay" + keys_of(batch) : "apply" + revisions_of(batch));
  return on_apply ? on_apply(batch, cursor) : slip::Status();
}

void Recorder::discard(const slip::Batch& batch) { write("discard" + revisions_of(batch)); }

void Recorder::applied(slip::Cursor cursor, size_t updates) {
  write("applied " + std::to_string(cursor.revision) + " (" + std::to_string(updates) + ")");
  if (judged) judged->trace.applied(cursor.revision);
  if (on_applied) on_applied(cursor);
}

slip::Consumer::Retry Recorder::commit_failed(const slip::Status& status) {
  write(std::string("failed ") + slip::status_name(status.code()));
  return on_commit_failed ? on_commit_failed() : Retry::by_time;
}

void Recorder::ended(const slip::Status& status, slip::Cursor cursor) {
  write(std::string("ended ") + slip::status_name(status.code()) + " " +
        std::to_string(cursor.revision));
  if (judged) judged->trace.ended(cursor.revision);
  if (on_end) on_end();
}

World::World() { settings.replay_fold = false; }

World World::with_long_window() {
  World world;
  world.settings.bounds.updates_max = 3;
  world.settings.close_on_idle = false;
  world.settings.window_ms = kHourMs;
  return world;
}

slip::Status World::start() {
  if (!judged || judged->bucket != bucket || judged->fold != fold || !fold) {
    judged = std::make_shared<JudgedTrace>(bucket, fold);
    judged->trace.follows(settings.scope.prefixes);
  }
  judged->trace.starts(fold ? fold->now().cursor().revision : settings.start_revision);
  caller->judged = judged;
  auto started = slip::start_watch(bucket, fold, settings, caller);
  if (!started.ok()) return started.status();
  watch = started.take();
  return slip::Status();
}

slip::Status World::restart() {
  watch.reset();
  caller = std::make_shared<Recorder>();
  return start();
}

void World::fill() {
  EXPECT_OK(start());
  EXPECT_OK(wait_caught_up());
  EXPECT_OK(close());
}

void await(const std::function<bool()>& condition, const char* what) {
  const auto call = [](void* user) -> int {
    return (*static_cast<const std::function<bool()>*>(user))() ? 1 : 0;
  };
  test_await(call, const_cast<std::function<bool()>*>(&condition), kPatienceMs, what);
}

void await_end(const World& world) {
  await([&] { return world.watch->status().state == SLIP_WATCH_ENDED; }, "the end of the watch");
}

void check_record(const Recorder& caller, const std::vector<std::string>& expected,
                  const char* file, int line) {
  const auto actual = caller.record();
  if (actual == expected) return;
  for (const std::string& entry : actual) print_error("called:   %s\n", entry.c_str());
  for (const std::string& entry : expected) print_error("expected: %s\n", entry.c_str());
  _fail(file, line);
}

}  // namespace test
