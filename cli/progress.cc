#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "text.h"

namespace cli {
namespace {

constexpr int64_t kRedrawMs = 100;
constexpr uint64_t kWidth = 30;

}  // namespace

Progress::Progress(bool quiet, std::string label, uint64_t total)
    : shown_(!quiet && isatty(STDERR_FILENO) == 1),
      label_(std::move(label)),
      total_(total),
      started_ms_(monotonic_ms()) {}

bool Progress::is_due() const {
  return shown_ && (!drawn_ || monotonic_ms() - drawn_ms_ >= kRedrawMs);
}

void Progress::draw(const std::string& line) {
  fmt::print(stderr, "\r{}\x1b[K", line);
  std::fflush(stderr);
  drawn_ = true;
  drawn_ms_ = monotonic_ms();
}

void Progress::show(const std::string& line) {
  if (is_due()) draw(line);
}

void Progress::update(uint64_t done, const std::string& detail) {
  if (!is_due()) return;
  const int64_t elapsed_ms = std::max<int64_t>(monotonic_ms() - started_ms_, 1);
  const double seconds = static_cast<double>(elapsed_ms) / 1000;
  std::string line = label_ + " ";
  if (total_ > 0) {
    const uint64_t filled = std::min(kWidth, done * kWidth / total_);
    line += fmt::format("[{:#<{}}{:.<{}}] ", "", filled, "", kWidth - filled);
    line += format_count(done) + " of " + format_count(total_);
  } else {
    line += format_count(done);
  }
  line += fmt::format("  {}/s",
                      format_count(static_cast<uint64_t>(static_cast<double>(done) / seconds)));
  if (!detail.empty()) line += "  " + detail;
  draw(line);
}

void Progress::clear() {
  if (!drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace cli
