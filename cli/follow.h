// Following a bucket with a watch that is pulled from, until it ends or a signal asks for the end.
#ifndef SLIP_CLI_FOLLOW_H
#define SLIP_CLI_FOLLOW_H

#include <functional>
#include <string>

#include "context.h"
#include "handles.h"
#include "outcome.h"

namespace cli {

struct FollowResult {
  slip_cursor cursor = {0, 0};
  uint64_t applied = 0;
  uint64_t batches = 0;
  int64_t elapsed_ms = 0;
  // "caught_up", "revision", "stopped" (by the option stop_at), "interrupted" or "failed"
  const char* reason = "failed";
  Outcome outcome;
};

struct FollowHooks {
  // A batch, before it is acknowledged.
  std::function<Outcome(const slip_update* updates, size_t count)> apply;
  // The same batch, committed.
  std::function<void(slip_cursor cursor, size_t count)> applied;
  // Once, where there is no end: everything that was there at the start is applied.
  std::function<void(slip_cursor cursor)> caught_up;
  // Now and then, at least five times a second while nothing comes.
  std::function<Outcome(slip_watch* watch, const slip_watch_state& state)> look;
  // Instead of the bar, once it has caught up or while there is no server.
  std::function<std::string(const slip_watch_state& state)> line;
  // The watch was closed and is there still.
  std::function<void()> ended;
};

// "caught-up", "revision=N" or "never" as options of the watch.
Outcome set_until(Context& context, const std::string& until);
extern const char* const kUntilHelp;

// Opens the watch (`fold` may be null), follows, closes. Always fills in what it got to. `until` is
// what set_until was given.
FollowResult follow(Context& context, slip_bucket* bucket, slip_fold* fold,
                    const std::string& until, const FollowHooks& hooks);

// {"event":"end",...}
std::string end_json(const std::string& bucket, const FollowResult& result);

}  // namespace cli
#endif
