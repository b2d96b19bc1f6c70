// What a case works with: the kind, places for folds, and the ways to use and compare them. Each
// gives a Verdict; HOLD leaves the case at the first that failed.
#ifndef SLIP_CLI_CONFORMANCE_BENCH_H
#define SLIP_CLI_CONFORMANCE_BENCH_H

#include <string>
#include <vector>

#include "conformance/model.h"
#include "conformance/suite.h"
#include "handles.h"

namespace conformance {

using cli::Fold;
using cli::Iterator;
using cli::Snapshot;

struct [[nodiscard]] Verdict {
  Result result = Result::held;
  std::string expected;
  std::string seen;
  bool held() const { return result == Result::held; }
  static Verdict failed(std::string expected, std::string seen) {
    return {Result::failed, std::move(expected), std::move(seen)};
  }
};

#define HOLD(expression)                            \
  do {                                              \
    ::conformance::Verdict verdict_ = (expression); \
    if (!verdict_.held()) return verdict_;          \
  } while (0)

inline Verdict hold(bool condition, const std::string& expected, const std::string& seen) {
  return condition ? Verdict() : Verdict::failed(expected, seen);
}
Verdict same(const std::string& what, uint64_t expected, uint64_t seen);
Verdict same(const std::string& what, const std::string& expected, const std::string& seen);
Verdict same_rows(const std::string& what, const std::vector<Row>& expected,
                  const std::vector<Row>& seen);

// One call of the library: `Answer a; HOLD(a.is(SLIP_OK, slip_fold_sync(fold, a.error()),
// "sync"));`
class Answer {
 public:
  slip_error** error() { return error_.out(); }
  // `what` was called; `status` is what it gave.
  Verdict is(slip_status expected, slip_status status, const std::string& what) const;
  std::string sentence() const { return slip_error_message(error_.get()); }

 private:
  cli::Error error_;
};

constexpr char kBucket[] = "conformance";
constexpr uint64_t kEpoch = 7;

class Bench {
 public:
  Bench(Kind& kind, const Settings& settings) : kind_(kind), settings_(settings) {}

  Kind& kind() const { return kind_; }
  uint64_t seed() const { return settings_.seed; }
  // "" where the kind keeps what it holds; else the reason why it does not.
  std::string keeps_nothing;
  int new_place() { return ++places_; }
  std::string new_path(const std::string& name);

  Verdict open(int place, Fold* fold);
  // Closes, and opens again where the kind keeps what it holds: otherwise the fold stays open.
  Verdict reopen(int place, Fold* fold);
  // Reads everything, compares the counts with the rows that are there, and closes.
  Verdict finish(Fold* fold);
  Verdict artifact_of(slip_fold* fold, std::string* directory, std::string* digest);

 private:
  Kind& kind_;
  const Settings& settings_;
  int places_ = 0;
  int paths_ = 0;
};

// --- one fold ---------------------------------------------------------------------------------
Verdict apply(slip_fold* fold, const std::vector<Row>& updates, uint64_t revision);
// To both; the model afterwards says what the fold must hold.
Verdict apply(slip_fold* fold, Model* model, const std::vector<Row>& updates, uint64_t revision);
Verdict read_range(slip_snapshot* snapshot, const RangeOf& range, size_t capacity,
                   std::vector<Row>* rows);
Verdict compare_range(slip_snapshot* snapshot, const Model& model, const RangeOf& range);
Verdict open_snapshot(slip_fold* fold, Snapshot* snapshot);
// The row of a key, or its absence (nullptr), by fold and by snapshot.
Verdict compare_get(slip_fold* fold, const std::string& key, const Row* expected);
// Every row, every get, the counts and the cursor.
Verdict compare(slip_fold* fold, const Model& model);

}  // namespace conformance
#endif
