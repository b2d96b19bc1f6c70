#include "base/log.h"

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>

namespace slip {
namespace {

struct Sink {
  slip_log_function function = nullptr;
  void* user = nullptr;
  unsigned running = 0;
};

// Two slots: the current sink, and the previous one while its last calls run. set_log() waits for
// those, so a third is never needed. Never destroyed: threads may log to the end of the process.
struct Log {
  std::mutex mutex;
  std::condition_variable changed;
  Sink sinks[2];
  unsigned current = 0;
  bool replacing = false;
};
Log& the_log() {
  static Log* instance = new Log;
  return *instance;
}

std::atomic<int32_t> level_enabled{0};  // 0: nobody listens
thread_local Sink* inside = nullptr;    // the sink that runs on this thread

// A child has this thread only: calls and replacements of all others are gone with them.
void before_fork() { the_log().mutex.lock(); }
void after_fork_in_parent() { the_log().mutex.unlock(); }
void after_fork_in_child() {
  Log& log = the_log();
  for (Sink& sink : log.sinks) sink.running = inside == &sink ? 1 : 0;
  log.replacing = false;
  new (&log.changed) std::condition_variable;
  log.mutex.unlock();
}
[[maybe_unused]] const int registered =
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);

// One call of the current sink, counted.
class Call {
 public:
  Call() {
    const std::lock_guard<std::mutex> lock(the_log().mutex);
    sink_ = &the_log().sinks[the_log().current];
    if (sink_->function == nullptr) {
      sink_ = nullptr;
      return;
    }
    ++sink_->running;
    inside = sink_;
  }
  ~Call() {
    if (sink_ == nullptr) return;
    inside = nullptr;
    const std::lock_guard<std::mutex> lock(the_log().mutex);
    if (--sink_->running == 0) the_log().changed.notify_all();
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  // Function and user do not change while a call is counted.
  const Sink* sink() const { return sink_; }

 private:
  Sink* sink_ = nullptr;
};

}  // namespace

Status set_log(slip_log_function function, void* user, int32_t level) {
  if (inside != nullptr)
    return Status(SLIP_DEADLOCK,
                  "cannot set the log from inside a log function (do it from another thread)");
  if (function != nullptr && (level < SLIP_LOG_ERROR || level > SLIP_LOG_DEBUG))
    return Status(SLIP_INVALID, "cannot set the log: level " + std::to_string(level) +
                                    " is none of SLIP_LOG_ERROR (1) to SLIP_LOG_DEBUG (4)");
  Log& log = the_log();
  std::unique_lock<std::mutex> lock(log.mutex);
  log.changed.wait(lock, [&log] { return !log.replacing; });
  log.replacing = true;
  Sink& old = log.sinks[log.current];
  log.current = 1 - log.current;
  log.sinks[log.current] = Sink{function, user, 0};
  level_enabled.store(function != nullptr ? level : 0, std::memory_order_release);
  log.changed.wait(lock, [&old] { return old.running == 0; });
  old = Sink{};
  log.replacing = false;
  log.changed.notify_all();
  return Status();
}

bool log_enabled(int32_t level) { return level <= level_enabled.load(std::memory_order_acquire); }

void log_line(int32_t level, const char* room, const std::string& message) noexcept {
  // A log function that calls the library in spite of its contract must not recurse for ever.
  if (!log_enabled(level) || inside != nullptr) return;
  const Call call;
  if (call.sink() != nullptr)
    call.sink()->function(call.sink()->user, level, room, message.c_str());
}

}  // namespace slip
