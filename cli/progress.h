// A progress bar on standard error, on a terminal only: nothing is written where standard error is
// a file or a pipe, or with --quiet. One thread.
#ifndef SLIP_CLI_PROGRESS_H
#define SLIP_CLI_PROGRESS_H

#include <cstdint>
#include <string>

namespace cli {

class Progress {
 public:
  // `total` 0: unknown, shown as a count and a rate.
  Progress(bool quiet, std::string label, uint64_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  void set_total(uint64_t total) { total_ = total; }
  // Draws ten times a second at most.
  void update(uint64_t done, const std::string& detail = {});
  // A line in the bar's place; drawn as often.
  void show(const std::string& line);
  // Remove the bar, so that a line can be written in its place.
  void clear();

 private:
  bool is_due() const;
  void draw(const std::string& line);

  bool shown_;
  bool drawn_ = false;
  std::string label_;
  uint64_t total_;
  int64_t started_ms_;
  int64_t drawn_ms_ = 0;
};

}  // namespace cli
#endif
