// Section STATISTICS: everything that lives in this process, as Prometheus text.
#include "capi/metrics.h"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/thread.h"
#include "base/utf8.h"
#include "capi/error.h"
#include "capi/guard.h"
#include "capi/watch.h"
#include "watch/health.h"

using namespace slip;
using namespace slip::capi;

namespace {

using List = std::list<const slip_watch*>;

struct Listed {
  explicit Listed(unsigned of) : generation(of) {}
  const unsigned generation;
  std::mutex mutex;
  List watches;
};

// nullptr: none was listed in this process.
std::atomic<Listed*> current_list{nullptr};

Listed* find_list() noexcept {
  Listed* found = current_list.load();
  return found != nullptr && found->generation == fork_generation() ? found : nullptr;
}

Listed* make_list() noexcept {
  for (;;) {
    if (Listed* found = find_list()) return found;
    Listed* stale = current_list.load();
    std::unique_ptr<Listed> fresh(new (std::nothrow) Listed(fork_generation()));
    if (fresh == nullptr) return nullptr;
    if (stale == nullptr || stale->generation != fork_generation())
      if (current_list.compare_exchange_strong(stale, fresh.get())) return fresh.release();
  }
}

// One watch at one moment.
struct Shown {
  std::string labels;  // without the closing brace
  WatchState state;
  std::array<WatchEvent, kWatchEvents> events;
  size_t event_count;
};

std::string label_value(const std::string& text) {
  std::string escaped;
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_sequence(text, at);
    if (length == 0) {
      escaped += "\xEF\xBF\xBD";  // U+FFFD
      ++at;
      continue;
    }
    if (text[at] == '\\' || text[at] == '"') escaped += '\\';
    escaped += text[at] == '\n' ? std::string("\\n") : text.substr(at, length);
    at += length;
  }
  return escaped;
}

bool is_same_place(const slip_watch& a, const slip_watch& b) {
  return a.bucket_name == b.bucket_name && a.fold_path() == b.fold_path();
}

std::string labels_of(const slip_watch& watch, size_t number) {
  std::string labels = "{bucket=\"" + label_value(watch.bucket_name) + "\",fold=\"" +
                       label_value(watch.fold_path()) + "\"";
  if (number > 1) labels += ",watch=\"" + std::to_string(number) + "\"";
  return labels;
}

// An ended watch says nothing any more once a newer one stands in its place; of several that run
// there the second and further ones bear a number, since a series may come only once.
std::vector<Shown> show(const List& list) {
  const std::vector<const slip_watch*> watches(list.begin(), list.end());
  std::vector<WatchState> states;
  states.reserve(watches.size());
  for (const slip_watch* watch : watches) states.push_back(watch->state());
  const auto has_ended = [&](size_t i) { return states[i].state == SLIP_WATCH_ENDED; };
  std::vector<Shown> all;
  for (size_t i = 0; i < watches.size(); ++i) {
    const slip_watch& watch = *watches[i];
    bool replaced = false;
    for (size_t newer = i + 1; has_ended(i) && newer < watches.size(); ++newer)
      replaced = replaced || is_same_place(*watches[newer], watch);
    if (replaced) continue;
    size_t number = 1;
    for (size_t older = 0; older < i; ++older)
      if (!has_ended(older) && is_same_place(*watches[older], watch)) ++number;
    Shown shown{labels_of(watch, number), states[i], {}, 0};
    shown.event_count = watch.watch->events(shown.events.data(), shown.events.size());
    all.push_back(std::move(shown));
  }
  return all;
}

std::string seconds(int64_t ns) {
  constexpr int64_t kNsPerSecond = 1000000000;
  const bool negative = ns < 0;
  const uint64_t size = negative ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  std::string fraction = std::to_string(size % kNsPerSecond);
  fraction.insert(0, 9 - fraction.size(), '0');
  return (negative ? "-" : "") + std::to_string(size / kNsPerSecond) + "." + fraction;
}

enum class Sort { gauge, counter };

// One member of slip_watch_state. A span or time is of nanoseconds there and of seconds here.
struct Family {
  const char* name;
  Sort sort;
  const char* help;
  std::string (*value)(const WatchState& state);
};

template <auto Member>
std::string number(const WatchState& state) {
  return std::to_string(state.*Member);
}
template <auto Member>
std::string in_seconds(const WatchState& state) {
  return seconds(state.*Member);
}
using S = WatchState;
constexpr Family kFamilies[] = {
    {"ready", Sort::gauge, "1 while the state is complete and fresh", number<&S::ready>},
    {"auditable", Sort::gauge, "1 where counts can prove the fold", number<&S::auditable>},
    {"end_status", Sort::gauge, "Why it ended, as slip_status; 0 while it runs",
     number<&S::end_status>},
    {"cursor_epoch", Sort::gauge, "Incarnation of the bucket that is followed",
     [](const S& s) { return std::to_string(s.cursor.epoch); }},
    {"cursor_revision", Sort::gauge, "Committed revision",
     [](const S& s) { return std::to_string(s.cursor.revision); }},
    {"target_revision", Sort::gauge, "Caught up is everything up to here applied",
     number<&S::target_revision>},
    {"server_last_revision", Sort::gauge, "The bucket's last revision as last heard",
     number<&S::server_last_revision>},
    {"lag_revisions", Sort::gauge, "Updates behind, at most", number<&S::lag_revisions>},
    {"lag_seconds", Sort::gauge, "For how long behind", in_seconds<&S::lag_ns>},
    {"commit_failures", Sort::gauge, "Failed commits in a row", number<&S::commit_failures>},
    {"received_updates_total", Sort::counter, "Updates received", number<&S::received>},
    {"applied_updates_total", Sort::counter, "Updates committed", number<&S::applied>},
    {"rejected_updates_total", Sort::counter, "Updates that parse rejected", number<&S::rejected>},
    {"replayed_updates_total", Sort::counter, "Updates read from the fold", number<&S::replayed>},
    {"batches_total", Sort::counter, "Batches committed", number<&S::batches>},
    {"last_batch_updates", Sort::gauge, "Updates of the last batch",
     number<&S::last_batch_updates>},
    {"largest_batch_updates", Sort::gauge, "Updates of the largest batch",
     number<&S::largest_batch_updates>},
    {"largest_batch_bytes", Sort::gauge, "Keys and values of the largest batch",
     number<&S::largest_batch_bytes>},
    {"reconnects_total", Sort::counter, "Places found again after the server was out of reach",
     number<&S::reconnects>},
    {"restarts_total", Sort::counter, "Times it had to find its place anew", number<&S::restarts>},
    {"gaps_total", Sort::counter, "Missing deliveries", number<&S::gaps>},
    {"audits_total", Sort::counter, "Audits that counted", number<&S::audits>},
    {"audit_mismatches_total", Sort::counter, "Audits that counted another number",
     number<&S::audit_mismatches>},
    {"resyncs_total", Sort::counter, "Repairs by comparing keys", number<&S::resyncs>},
    {"sweeps_total", Sort::counter, "Repairs after an audit", number<&S::sweeps>},
    {"rebuilds_total", Sort::counter, "Repairs from nothing", number<&S::rebuilds>},
    {"last_update_timestamp_seconds", Sort::gauge, "Server's time of the last applied update",
     in_seconds<&S::last_update_ns>},
    {"last_contact_timestamp_seconds", Sort::gauge, "When the server last gave a sign",
     in_seconds<&S::last_contact_ns>},
    {"last_current_timestamp_seconds", Sort::gauge, "When the state was last the bucket's",
     in_seconds<&S::last_current_ns>},
    {"contact_age_seconds", Sort::gauge, "Since the last sign of the server; negative: none yet",
     in_seconds<&S::contact_age_ns>},
    {"last_event", Sort::gauge, "Number of the last event; 0: none", number<&S::last_event>},
};

struct StateName {
  int32_t state;
  const char* name;
};
constexpr StateName kStates[] = {{SLIP_WATCH_CONNECTING, "connecting"},
                                 {SLIP_WATCH_REPLAYING, "replaying"},
                                 {SLIP_WATCH_CATCHING_UP, "catching_up"},
                                 {SLIP_WATCH_LIVE, "live"},
                                 {SLIP_WATCH_ENDED, "ended"},
                                 {SLIP_WATCH_STALE, "stale"}};

constexpr const char* kPrefix = "slipstream_watch_";

void add_head(const std::string& name, Sort sort, const char* help, std::string* out) {
  *out += "# HELP " + name + " " + help + ".\n# TYPE " + name + " ";
  *out += sort == Sort::counter ? "counter\n" : "gauge\n";
}

void add_states(const std::vector<Shown>& all, std::string* out) {
  const std::string name = std::string(kPrefix) + "state";
  add_head(name, Sort::gauge, "1 for the state that the watch is in, 0 for the others", out);
  for (const Shown& watch : all)
    for (const StateName& state : kStates)
      *out += name + watch.labels + ",state=\"" + state.name + "\"} " +
              (watch.state.state == state.state ? "1\n" : "0\n");
}

void add_events(const std::vector<Shown>& all, std::string* out) {
  const std::string name = std::string(kPrefix) + "events_total";
  add_head(name, Sort::counter, "What happened under the watch", out);
  for (const Shown& watch : all)
    for (size_t i = 0; i < watch.event_count; ++i)
      *out += name + watch.labels + ",event=\"" + watch.events[i].name + "\"} " +
              std::to_string(watch.events[i].count) + "\n";
}

std::string metrics_text(const std::vector<Shown>& all) {
  std::string text;
  add_head("slipstream_info", Sort::gauge, "The version of the library", &text);
  text += std::string("slipstream_info{version=\"") + slip_version() + "\"} 1\n";
  if (all.empty()) return text;
  add_states(all, &text);
  for (const Family& family : kFamilies) {
    const std::string name = std::string(kPrefix) + family.name;
    add_head(name, family.sort, family.help, &text);
    for (const Shown& watch : all)
      text += name + watch.labels + "} " + family.value(watch.state) + "\n";
  }
  add_events(all, &text);
  return text;
}

std::vector<Shown> show_all() {
  Listed* list = find_list();
  if (list == nullptr) return {};
  const std::lock_guard<std::mutex> lock(list->mutex);
  return show(list->watches);
}

}  // namespace

void MetricsPlace::take() noexcept {
  Listed* list = make_list();
  if (list == nullptr) return;  // no memory for the list: the watch runs all the same
  const std::lock_guard<std::mutex> lock(list->mutex);
  list->watches.splice(list->watches.end(), node_);
}

void MetricsPlace::leave() noexcept {
  Listed* list = find_list();
  if (list == nullptr || !node_.empty()) return;
  const std::lock_guard<std::mutex> lock(list->mutex);
  node_.splice(node_.end(), list->watches, at_);
}

slip_status slip_metrics_text(slip_text** out_text, slip_error** error) {
  return guard(__func__, error, {output(out_text, "out_text")}, [&]() -> Status {
    *out_text = make_text(metrics_text(show_all())).release();
    return Status();
  });
}
