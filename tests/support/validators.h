// The six properties of a watch, as etcd words them, judged over a recorded trace.
//
//   ordered       Updates come in the order of their revisions: none comes after one that is newer.
//   unique        No update of a key at a revision comes twice in one run.
//   reliable      Of what was written, nothing before an update that came was left out, but what a
//                 later write of the same key had already replaced; and nothing came that was not
//                 written.
//   atomic        The updates of one revision come in one batch, and a cursor that is told never
//                 lies within a batch that was applied.
//   resumable     A run begins where the committed cursor of the one before stands: no told cursor
//   is
//                 taken back, nothing at or below the start comes again, nothing between is left
//                 out.
//   bookmarkable  When a cursor is told, every update at or below it has come, whether updates or a
//                 heartbeat carried it there; it never goes back, and never names what does not
//                 exist yet.
//
// A Record is kept by whoever writes the data, never read through the library: it is the oracle. A
// Trace is what one watch of one incarnation of a bucket told, over all its runs. Both may be
// written by any thread and are judged when they are at rest. No function of the library is called
// here.
#ifndef TESTS_SUPPORT_VALIDATORS_H
#define TESTS_SUPPORT_VALIDATORS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "slipstream.h"

namespace trace {

// What is compared of a value: its bytes need not be kept.
uint64_t digest_of(std::string_view value);
// This machine's monotonic clock, the same in all its processes.
int64_t now_ns();

struct Written {
  std::string key;
  uint32_t operation = SLIP_PUT;
  uint64_t digest = 0;
  int64_t began_ns = 0;
  uint64_t revision = 0;  // 0: no answer came; it may be there or not
};

// The state that a record ends in, of one key.
struct Last {
  uint32_t operation = SLIP_PUT;
  uint64_t digest = 0;
  uint64_t revision = 0;
};

class Record {
 public:
  // Before a write is sent; its number. Without a wrote() it may have happened or not.
  size_t begins(std::string_view key, uint32_t operation, std::string_view value);
  void wrote(size_t number, uint64_t revision);
  // A write that is known at once.
  void wrote(std::string_view key, uint32_t operation, std::string_view value, uint64_t revision);
  // The bucket's last revision is at least this, whoever wrote it.
  void reached(uint64_t revision);
  // These revisions may be gone without a word: purged, evicted, expired.
  void gone(uint64_t from, uint64_t to);
  // The server writes markers of its own, with revisions that only it knows.
  void expires();
  // The stream went back or was made anew: its revisions mean nothing any more, nothing is judged.
  void abandon();

  std::map<std::string, Last> state() const;  // by key, deleted ones too
  uint64_t last_revision() const;

 private:
  friend class Judge;
  mutable std::mutex mutex_;
  std::vector<Written> written_;
  std::vector<std::pair<uint64_t, uint64_t>> gone_;
  uint64_t reached_ = 0;
  bool expires_ = false;
  bool abandoned_ = false;
};

// One update as it came.
struct Came {
  std::string key;
  uint64_t revision = 0;
  uint64_t digest = 0;
  uint32_t operation = 0;
  uint32_t flags = 0;
};

struct Event {
  enum Kind { applies, applied, ended } kind = applies;
  int64_t at_ns = 0;
  std::vector<Came> came;  // of applies
  uint64_t cursor = 0;     // of applied and ended
};

struct Run {
  uint64_t start = 0;  // the cursor that it went on from
  int64_t at_ns = 0;
  std::vector<Event> events;
};

class Trace {
 public:
  // Keys that begin with one of these are followed; none: all.
  explicit Trace(std::vector<std::string> scope = {}) : scope_(std::move(scope)) {}

  // The same as the scope of the constructor, before the first run.
  void follows(std::vector<std::string> scope) { scope_ = std::move(scope); }
  // A new run, from the fold's cursor or the one that the caller kept. A run without an end was
  // killed.
  void starts(uint64_t cursor);
  // Replayed and synthetic updates are left out: they are no part of the stream.
  void applies(const slip_update* updates, size_t count);
  void applies(std::vector<Came> came);
  void applied(uint64_t cursor);
  void ended(uint64_t cursor);

  // Callbacks that write here and do nothing else; `user` is this trace.
  slip_watch_callbacks callbacks();
  // Every update of all runs, in order.
  std::vector<Came> everything() const;
  uint64_t last_cursor() const;
  size_t runs() const;
  size_t updates() const;

 private:
  friend class Judge;
  void add(Event event);
  std::vector<std::string> scope_;
  mutable std::mutex mutex_;
  std::vector<Run> runs_;
};

constexpr const char* kProperties[] = {"ordered", "unique",    "reliable",
                                       "atomic",  "resumable", "bookmarkable"};

// "" where all six hold; else one line for each breach (twenty at most), which begins with the
// property's name.
std::string judge(const Record& record, const Trace& trace);

}  // namespace trace
#endif
