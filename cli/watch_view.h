// A running watch as it is shown: a line for a terminal, a line of JSON, a file of metrics.
// One thread.
#ifndef SLIP_CLI_WATCH_VIEW_H
#define SLIP_CLI_WATCH_VIEW_H

#include <cstdint>
#include <string>

#include "outcome.h"
#include "slipstream.h"

namespace cli {

// "live", "stale", ...; "?" for a state that is not known yet.
const char* watch_state_name(int32_t state);

// {"event":"status",...}: where the watch stands, its counters, and what happened under it.
std::string status_json(const std::string& bucket, slip_watch* watch,
                        const slip_watch_state& state);

// `live  revision 1,234  lag 0  12/s  contact 0.4 s ago  ready`. Remembers what was applied when,
// for the rate.
class StatusLine {
 public:
  std::string line(const slip_watch_state& state);

 private:
  int64_t sampled_ms_ = 0;
  uint64_t sampled_applied_ = 0;
  double rate_ = 0;
};

// slip_metrics_text in a file, for a collector of text files: always whole, made beside it and
// renamed.
class MetricsFile {
 public:
  // "" writes nothing.
  explicit MetricsFile(std::string path) : path_(std::move(path)) {}
  Outcome write();
  // The same, where the last one is some seconds old.
  Outcome write_when_due();

 private:
  const std::string path_;
  int64_t written_ms_ = 0;
};

}  // namespace cli
#endif
