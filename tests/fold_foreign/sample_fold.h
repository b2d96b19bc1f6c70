// A fold of a caller's own kind for tests: sorted maps in memory that are never changed once they
// are committed, in a place that outlives its openings. And the same with defects, one at a time.
//
// It sees the public header alone. Any thread; failures are armed by the thread of the test.
#ifndef TESTS_FOLD_FOREIGN_SAMPLE_FOLD_H
#define TESTS_FOLD_FOREIGN_SAMPLE_FOLD_H

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "slipstream.h"

namespace sample {

enum class Defect {
  none,
  // --- of reading ---
  descends_ascending,  // reverse is not looked at
  starts_behind,       // a scan leaves out the row that it starts from
  signed_order,        // keys above 0x7f come before the others
  page_repeats,        // the last row of a page comes again
  page_drops,          // the first row of a second page is left out
  get_takes_prefix,    // get gives the first row that begins with the key
  reads_newest,        // a snapshot shows what is committed after it
  scan_reads_newest,   // only its scans do
  // --- of storing ---
  drops_tombstones,
  drops_empty_values,
  cuts_at_nul,  // of values
  forgets_ttl,
  forgets_flags,
  forgets_purge,  // a purge becomes a delete
  keeps_removed,  // removals are not looked at
  keeps_first,    // a put does not replace
  // --- of committing ---
  meta_without_rows,       // the cursor moves and the rows of the last put are lost
  rows_without_meta,       // the other way round
  cursor_only_is_nothing,  // a commit without rows is not stored
  forgets_last_commit,     // at closing
  loses_value_bits,        // of one value in sixteen
};
const char* name_of(Defect defect);
constexpr int kDefects = static_cast<int>(Defect::loses_value_bits) + 1;

struct Row {
  std::string value;
  slip_update members{};  // its views are made anew
};
struct State {
  std::map<std::string, Row> rows;
  std::string meta;
};

// What a store holds between two openings.
struct Disk {
  std::mutex mutex;
  std::shared_ptr<const State> newest = std::make_shared<const State>();
  std::shared_ptr<const State> before = newest;
};

class Store {
 public:
  explicit Store(std::shared_ptr<Disk> on, Defect with = Defect::none)
      : disk(std::move(on)), defect(with) {}

  // The functions over a new store that `destroy` deletes.
  static slip_fold_functions functions(std::unique_ptr<Store> store);
  // The same where the test keeps the store.
  static slip_fold_functions functions(Store* store);

  const std::shared_ptr<Disk> disk;
  const Defect defect;
  // --- what a test arms: called first; a status but SLIP_OK is given with its sentence -----------
  std::function<slip_status(const std::string& function, std::string* sentence)> before;
  // Called with each row that is given out.
  std::function<void(slip_update*)> spoil;
  std::function<void(slip_bytes* meta)> spoil_meta;
  std::function<void(State*)> spoil_commit;
  // --- what happened ----------------------------------------------------------------------------
  std::atomic<int> snapshots{0};  // open ones
  std::atomic<int> scans{0};
  std::atomic<int> commits{0};
  std::atomic<int> gets{0};
  std::atomic<int> syncs{0};
  std::atomic<int> closes{0};
  std::atomic<int>* destroyed = nullptr;
};

}  // namespace sample
#endif
