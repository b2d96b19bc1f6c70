// The first byte says which checks are off, and whether values are on disk.
#include <cstdlib>

#include "base/guard.h"
#include "fold/append_log/append_log_fold.h"
#include "fuzz/targets.h"
#include "support/sim_file_system.h"

namespace fuzz {
namespace {

using slip::append_log::Store;

constexpr char kRoot[] = "/fold";
constexpr char kSnap[] = "/fold/gen-1/index.snap";
const char* const kChecks[] = {"snap_header_checksum", "snap_block_checksum", "snap_segments"};

Store::Request request_on(sim::SimFileSystem& fs) {
  Store::Request request;
  request.path = kRoot;
  request.fs = &fs;
  request.segment_bytes = 1500;
  request.salt = 42;
  request.index_after_bytes = 1;
  return request;
}

slip::Status fill(slip::FoldWriter& writer) {
  for (uint64_t revision = 1; revision <= 8; ++revision) {
    const std::string key = "key-" + std::to_string(revision % 5);
    const std::string gone = "gone-" + std::to_string(revision);
    const std::string value(300, 'v');
    slip::Update updates[2]{};
    updates[0].key = slip::as_slip_bytes(key);
    updates[0].value = slip::as_slip_bytes(value);
    updates[0].revision = revision;
    updates[0].operation = SLIP_PUT;
    updates[1].key = slip::as_slip_bytes(gone);
    updates[1].revision = revision;
    updates[1].operation = SLIP_DELETE;
    slip::Commit commit;
    commit.identity = {"routes", 7};
    commit.revision = revision;
    SLIP_TRY(writer.apply(updates, 2, commit));
  }
  return slip::Status();
}

slip::Status make_fold(sim::SimFileSystem& fs) {
  SLIP_ASSIGN(const std::shared_ptr<slip::Fold> fold, slip::append_log::open(request_on(fs)));
  {
    SLIP_ASSIGN(const auto writer, fold->writer());
    SLIP_TRY(fill(*writer));
  }
  return fold->close();
}

// Several segments and an index of them.
const sim::Disk& sound_fold() {
  static const sim::Disk disk = [] {
    sim::SimFileSystem fs;
    if (!make_fold(fs).ok() || fs.disk().find(kSnap) == nullptr) abort();
    return fs.disk().after_crash(0);
  }();
  return disk;
}

void read_all(slip::Fold& fold) {
  const auto snapshot = fold.snapshot();
  if (!snapshot.ok()) return;
  const auto range = snapshot.value()->range(slip::RangeQuery());
  slip::Update buffer[8];
  for (size_t count = 1; range.ok() && count > 0;) {
    const auto next = range.value()->next(buffer, 8);
    count = next.ok() ? next.value() : 0;
  }
  [[maybe_unused]] const bool sound = fold.check().ok();
}

}  // namespace

// The log is sound: a file of a later version may be refused, and nothing else may be that a
// checksum covers.
void index_snap(std::string_view bytes) {
  if (bytes.empty()) return;
  sim::SimFileSystem fs(sound_fold().after_crash(0));
  fs.keep_log(false);
  fs.disk().find(kSnap)->bytes.change() = bytes.substr(1);
  const auto off = static_cast<unsigned char>(bytes[0]);
  for (size_t i = 0; i < 3; ++i) slip::guard_switch(kChecks[i], (off >> i & 1) == 0);
  {
    // With its values on disk, where the sizes of the segments are those that there are.
    Store::Request request = request_on(fs);
    request.values_on_disk = (off & 0xc) == 8;
    const auto opened = slip::append_log::open(request);
    // A header that nobody checks may claim that the log was longer.
    const bool excused = (off & 1) != 0 && opened.status().is(SLIP_CORRUPT);
    if (!opened.ok() && !opened.status().is(SLIP_NEWER_FORMAT) && !excused) __builtin_trap();
    if (opened.ok()) read_all(*opened.value());
  }
  for (const char* check : kChecks) slip::guard_switch(check, true);
}

}  // namespace fuzz
