// The first byte says which checks are off, so that what lies behind a checksum is reached too.
#include "base/guard.h"
#include "fold/append_log/append_log_fold.h"
#include "fuzz/targets.h"
#include "support/sim_file_system.h"

namespace fuzz {
namespace {

using slip::append_log::Store;

constexpr char kRoot[] = "/fold";
const char* const kChecks[] = {"log_segment_checksum", "log_header_checksum", "log_body_checksum",
                               "log_batch_chain",      "log_counts",          "log_list_checksum"};

void switch_checks(unsigned off) {
  for (size_t i = 0; i < sizeof kChecks / sizeof *kChecks; ++i)
    slip::guard_switch(kChecks[i], (off >> i & 1) == 0);
}

Store::Request request_on(sim::SimFileSystem& fs) {
  Store::Request request;
  request.path = kRoot;
  request.fs = &fs;
  request.segment_bytes = 1500;
  request.salt = 42;
  return request;
}

const sim::Disk& sound_fold() {
  static const sim::Disk disk = [] {
    sim::SimFileSystem fs;
    [[maybe_unused]] const bool made = slip::append_log::open(request_on(fs)).ok();
    return fs.disk().after_crash(0);
  }();
  return disk;
}

void open_with(const char* file, std::string_view bytes) {
  if (bytes.empty()) return;
  sim::SimFileSystem fs(sound_fold().after_crash(0));
  fs.keep_log(false);
  fs.disk().find(std::string(kRoot) + "/gen-1/" + file)->bytes.change() = bytes.substr(1);
  switch_checks(static_cast<unsigned char>(bytes[0]));
  auto opened = slip::append_log::open(request_on(fs));
  if (opened.ok()) {
    const auto snapshot = opened.value()->snapshot();
    slip::Update buffer[8];
    if (snapshot.ok()) {
      const auto range = snapshot.value()->range(slip::RangeQuery());
      for (size_t count = 1; range.ok() && count > 0;) {
        const auto next = range.value()->next(buffer, 8);
        count = next.ok() ? next.value() : 0;
      }
    }
    [[maybe_unused]] const bool sound = opened.value()->check().ok();
  }
  switch_checks(0);
}

}  // namespace

void log(std::string_view bytes) { open_with("000001.log", bytes); }
void segments(std::string_view bytes) { open_with("SEGMENTS", bytes); }

}  // namespace fuzz
