#include "support/validators.h"

#include <time.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

namespace trace {

uint64_t digest_of(std::string_view value) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (const char c : value) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

int64_t now_ns() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

// ---- the record ------------------------------------------------------------------------------

size_t Record::begins(std::string_view key, uint32_t operation, std::string_view value) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Written line;
  line.key = std::string(key);
  line.operation = operation;
  line.digest = digest_of(operation == SLIP_PUT ? value : std::string_view());
  line.began_ns = now_ns();
  written_.push_back(std::move(line));
  return written_.size() - 1;
}

void Record::wrote(size_t number, uint64_t revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  written_[number].revision = revision;
}

void Record::wrote(std::string_view key, uint32_t operation, std::string_view value,
                   uint64_t revision) {
  wrote(begins(key, operation, value), revision);
}

void Record::reached(uint64_t revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  reached_ = std::max(reached_, revision);
}

void Record::gone(uint64_t from, uint64_t to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  gone_.emplace_back(from, to);
}

void Record::expires() {
  const std::lock_guard<std::mutex> lock(mutex_);
  expires_ = true;
}

void Record::abandon() {
  const std::lock_guard<std::mutex> lock(mutex_);
  abandoned_ = true;
}

std::map<std::string, Last> Record::state() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::map<std::string, Last> state;
  for (const Written& line : written_) {
    if (line.revision == 0) continue;
    Last& last = state[line.key];
    if (line.revision > last.revision) last = {line.operation, line.digest, line.revision};
  }
  return state;
}

uint64_t Record::last_revision() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  uint64_t last = reached_;
  for (const Written& line : written_) last = std::max(last, line.revision);
  return last;
}

// ---- the trace -------------------------------------------------------------------------------

void Trace::starts(uint64_t cursor) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Run run;
  run.start = cursor;
  run.at_ns = now_ns();
  runs_.push_back(std::move(run));
}

void Trace::add(Event event) {
  event.at_ns = now_ns();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (runs_.empty()) runs_.emplace_back();
  runs_.back().events.push_back(std::move(event));
}

void Trace::applies(const slip_update* updates, size_t count) {
  std::vector<Came> came;
  for (size_t i = 0; i < count; ++i) {
    const slip_update& update = updates[i];
    if ((update.flags & (SLIP_FLAG_REPLAY | SLIP_FLAG_SYNTHETIC)) != 0) continue;
    const auto text = [](slip_bytes bytes) {
      return std::string_view(reinterpret_cast<const char*>(bytes.data), bytes.size);
    };
    came.push_back({std::string(text(update.key)), update.revision, digest_of(text(update.value)),
                    update.operation, update.flags});
  }
  if (!came.empty()) applies(std::move(came));
}

void Trace::applies(std::vector<Came> came) {
  Event event;
  event.kind = Event::applies;
  event.came = std::move(came);
  add(std::move(event));
}

void Trace::applied(uint64_t cursor) {
  Event event;
  event.kind = Event::applied;
  event.cursor = cursor;
  add(std::move(event));
}

void Trace::ended(uint64_t cursor) {
  Event event;
  event.kind = Event::ended;
  event.cursor = cursor;
  add(std::move(event));
}

slip_watch_callbacks Trace::callbacks() {
  slip_watch_callbacks made = SLIP_WATCH_CALLBACKS_INIT;
  made.user = this;
  made.apply = [](void* user, const slip_item* items, size_t count, char*, size_t) -> slip_status {
    std::vector<slip_update> updates;
    for (size_t i = 0; i < count; ++i) updates.push_back(*items[i].update);
    static_cast<Trace*>(user)->applies(updates.data(), updates.size());
    return SLIP_OK;
  };
  made.on_applied = [](void* user, const slip_cursor* cursor, size_t) {
    static_cast<Trace*>(user)->applied(cursor->revision);
  };
  made.on_end = [](void* user, slip_status, const char*, const slip_cursor* cursor) {
    static_cast<Trace*>(user)->ended(cursor->revision);
  };
  return made;
}

std::vector<Came> Trace::everything() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Came> all;
  for (const Run& run : runs_)
    for (const Event& event : run.events)
      all.insert(all.end(), event.came.begin(), event.came.end());
  return all;
}

uint64_t Trace::last_cursor() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  uint64_t cursor = 0;
  for (const Run& run : runs_) {
    cursor = run.start;
    for (const Event& event : run.events)
      if (event.kind != Event::applies) cursor = event.cursor;
  }
  return cursor;
}

size_t Trace::runs() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return runs_.size();
}

size_t Trace::updates() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  size_t count = 0;
  for (const Run& run : runs_)
    for (const Event& event : run.events) count += event.came.size();
  return count;
}

// ---- the verdict -----------------------------------------------------------------------------

class Judge {
 public:
  Judge(const Record& record, const Trace& trace);
  std::string verdict();

 private:
  using Place = std::pair<uint64_t, std::string>;  // revision and key
  void judge_run(const Run& run);
  void come(const Event& event);
  void known(const Came& update);
  void tell(const Event& event);
  void resume(const Run& run);
  void no_gap(const Run& run);
  void nothing_left_out(const char* property, const char* where, uint64_t after, uint64_t through,
                        int64_t at_ns);
  bool replaced(const Written& line, int64_t before_ns) const;
  bool in_scope(const std::string& key) const;
  void breach(const char* property, const std::string& what);

  const Record& record_;
  const Trace& trace_;
  std::map<Place, const Written*> required_;  // answered writes in scope
  std::unordered_map<std::string, std::vector<const Written*>> of_key_;
  std::multimap<std::pair<std::string, uint64_t>, uint32_t> unanswered_;  // by key and digest
  uint64_t exists_ = 0;  // revisions above this do not
  std::string text_;
  size_t breaches_ = 0;

  // Of the run that is judged.
  size_t number_ = 0;
  uint64_t newest_ = 0;  // of what came
  uint64_t told_ = 0;    // the last cursor
  std::set<Place> seen_;
  std::map<uint64_t, int64_t> at_;  // when a revision came first
  std::set<uint64_t> of_earlier_batches_;
  // Of the runs before it.
  uint64_t told_before_ = 0;
  uint64_t covered_before_ = 0;
};

Judge::Judge(const Record& record, const Trace& trace) : record_(record), trace_(trace) {
  uint64_t without_answer = 0;
  exists_ = record.reached_;
  for (const Written& line : record.written_) {
    of_key_[line.key].push_back(&line);
    exists_ = std::max(exists_, line.revision);
    if (line.revision == 0) {
      ++without_answer;
      unanswered_.emplace(std::make_pair(line.key, line.digest), line.operation);
    } else if (in_scope(line.key)) {
      required_.emplace(Place(line.revision, line.key), &line);
    }
  }
  exists_ += without_answer;
}

bool Judge::in_scope(const std::string& key) const {
  if (trace_.scope_.empty()) return true;
  return std::any_of(trace_.scope_.begin(), trace_.scope_.end(), [&](const std::string& prefix) {
    return key.compare(0, prefix.size(), prefix) == 0;
  });
}

void Judge::breach(const char* property, const std::string& what) {
  if (++breaches_ > 20) return;
  text_ += std::string(property) + ": run " + std::to_string(number_) + ": " + what + "\n";
}

// Whether a write may rightly be missing: a later one of its key began before `before_ns`.
bool Judge::replaced(const Written& line, int64_t before_ns) const {
  for (const auto& [from, to] : record_.gone_)
    if (line.revision >= from && line.revision <= to) return true;
  for (const Written* other : of_key_.at(line.key)) {
    if (other == &line || other->began_ns > before_ns) continue;
    if (other->revision > line.revision) return true;
    if (other->revision == 0 && other->began_ns >= line.began_ns) return true;
  }
  return false;
}

// Every required update in (after, through] came in this run or was replaced before `at_ns`, or,
// where that is 0, before the next update of the run came.
void Judge::nothing_left_out(const char* property, const char* where, uint64_t after,
                             uint64_t through, int64_t at_ns) {
  for (auto it = required_.lower_bound(Place(after + 1, ""));
       it != required_.end() && it->first.first <= through; ++it) {
    if (seen_.count(it->first) != 0) continue;
    int64_t before = at_ns;
    if (before == 0) {
      const auto next = at_.lower_bound(it->first.first);
      before = next == at_.end() ? INT64_MAX : next->second;
    }
    if (replaced(*it->second, before)) continue;
    breach(property, "\"" + it->first.second.substr(0, 80) + "\" at revision " +
                         std::to_string(it->first.first) + " is missing " + where);
  }
}

// What came was written: as it came, or without an answer.
void Judge::known(const Came& update) {
  const auto found = required_.find(Place(update.revision, update.key));
  if (found != required_.end()) {
    const Written& line = *found->second;
    if (line.operation != update.operation || line.digest != update.digest)
      breach("reliable", "\"" + update.key.substr(0, 80) + "\" at revision " +
                             std::to_string(update.revision) + " came otherwise than written");
    return;
  }
  if (record_.expires_ && (update.flags & SLIP_FLAG_EXPIRED) != 0 && of_key_.count(update.key) != 0)
    return;
  const auto tries = unanswered_.equal_range(std::make_pair(update.key, update.digest));
  for (auto it = tries.first; it != tries.second; ++it)
    if (it->second == update.operation) return;
  breach("reliable", "\"" + update.key.substr(0, 80) + "\" at revision " +
                         std::to_string(update.revision) + " was never written");
}

void Judge::come(const Event& event) {
  std::set<uint64_t> of_this_batch;
  for (const Came& update : event.came) {
    const Place place(update.revision, update.key);
    if (update.revision < newest_)
      breach("ordered", std::to_string(update.revision) + " came after " + std::to_string(newest_));
    if (!seen_.insert(place).second)
      breach("unique", "\"" + update.key.substr(0, 80) + "\" at revision " +
                           std::to_string(update.revision) + " came twice");
    else if (of_earlier_batches_.count(update.revision) != 0)
      breach("atomic", "revision " + std::to_string(update.revision) + " came in two batches");
    known(update);
    at_.emplace(update.revision, event.at_ns);
    newest_ = std::max(newest_, update.revision);
    exists_ = std::max(exists_, update.revision);
    of_this_batch.insert(update.revision);
  }
  of_earlier_batches_.insert(of_this_batch.begin(), of_this_batch.end());
}

void Judge::tell(const Event& event) {
  const uint64_t cursor = event.cursor;
  if (event.kind == Event::applied && cursor < newest_)
    breach("atomic", "the cursor " + std::to_string(cursor) +
                         " lies within what was applied, up to " + std::to_string(newest_));
  if (cursor < told_)
    breach("bookmarkable",
           "the cursor went from " + std::to_string(told_) + " to " + std::to_string(cursor));
  if (cursor > exists_ && cursor > told_)
    breach("bookmarkable", "the cursor " + std::to_string(cursor) + " does not exist yet, but " +
                               std::to_string(exists_));
  nothing_left_out("bookmarkable", "where its cursor was told", std::max(newest_, told_), cursor,
                   event.at_ns);
  told_ = std::max(told_, cursor);
}

void Judge::resume(const Run& run) {
  if (run.start < told_before_)
    breach("resumable", "it began at " + std::to_string(run.start) + ", " +
                            std::to_string(told_before_) + " was told before");
  if (number_ > 1)
    nothing_left_out("resumable", "between two runs", covered_before_, run.start, run.at_ns);
  bool first = true;
  for (const Event& event : run.events)
    for (const Came& update : event.came) {
      if (first && update.revision <= run.start)
        breach("resumable", std::to_string(update.revision) + " came after a start at " +
                                std::to_string(run.start));
      first = false;
    }
}

void Judge::no_gap(const Run& run) {
  nothing_left_out("reliable", "between others that came", run.start,
                   at_.empty() ? 0 : at_.rbegin()->first, 0);
}

void Judge::judge_run(const Run& run) {
  ++number_;
  seen_.clear();
  at_.clear();
  of_earlier_batches_.clear();
  resume(run);
  newest_ = 0;
  told_ = run.start;
  for (const Event& event : run.events) {
    if (event.kind == Event::applies)
      come(event);
    else
      tell(event);
  }
  no_gap(run);
  told_before_ = told_;
  covered_before_ = std::max(told_, at_.empty() ? 0 : at_.rbegin()->first);
}

std::string Judge::verdict() {
  if (record_.abandoned_) return "";
  for (const Run& run : trace_.runs_) judge_run(run);
  if (breaches_ > 20) text_ += "and " + std::to_string(breaches_ - 20) + " more\n";
  return text_;
}

std::string judge(const Record& record, const Trace& trace) {
  return Judge(record, trace).verdict();
}

}  // namespace trace
