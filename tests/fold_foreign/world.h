// What the tests of a caller's own fold share: a store, the fold over it, and calls in a line. The
// public header alone. Assertions on the main thread only.
#ifndef TESTS_FOLD_FOREIGN_WORLD_H
#define TESTS_FOLD_FOREIGN_WORLD_H

#include <memory>
#include <string>
#include <vector>

#include "conformance/model.h"
#include "fold_foreign/sample_fold.h"
#include "handles.h"
#include "support/support.h"

extern "C" {
#include <cmocka.h>
}

namespace sample {

using conformance::put;
using conformance::removal;

// What a call gave.
struct Answer {
  slip_status status = SLIP_OK;
  std::string sentence;
  template <typename Call>
  static Answer of(Call&& call) {
    cli::Error error;
    Answer answer;
    answer.status = call(error.out());
    answer.sentence = slip_error_message(error.get());
    return answer;
  }
};

inline void expect(const Answer& answer, slip_status status, const char* part, int line) {
  if (answer.status == status && answer.sentence.find(part) != std::string::npos) return;
  print_error("line %d: %s \"%s\", expected %s \"%s\"\n", line, slip_status_name(answer.status),
              answer.sentence.c_str(), slip_status_name(status), part);
  _fail(__FILE__, line);
}
#define EXPECT(answer, status, part) ::sample::expect(answer, status, part, __LINE__)
#define EXPECT_OK(answer) ::sample::expect(answer, SLIP_OK, "", __LINE__)

// A store that the test keeps, and the fold over it.
struct World {
  std::shared_ptr<Disk> disk = std::make_shared<Disk>();
  std::unique_ptr<Store> store = std::make_unique<Store>(disk);
  std::atomic<int> destroyed{0};
  cli::Fold fold;

  World() { store->destroyed = &destroyed; }
  ~World() { fold.reset(); }

  Answer open() { return open(Store::functions(store.get())); }
  Answer open(const slip_fold_functions& functions) {
    return Answer::of([&](slip_error** error) {
      return slip_fold_open_foreign("sample", &functions, fold.out(), error);
    });
  }
  Answer apply(const std::vector<conformance::Row>& rows, uint64_t revision) const {
    std::vector<slip_update> updates;
    for (const conformance::Row& row : rows) updates.push_back(row.update());
    return Answer::of([&](slip_error** error) {
      return slip_fold_apply(fold.get(), "routes", updates.data(), updates.size(), {7, revision},
                             error);
    });
  }
  Answer check(uint64_t* rows = nullptr) const {
    return Answer::of([&](slip_error** error) { return slip_fold_check(fold.get(), rows, error); });
  }
  // "value@revision", or the name of the status.
  std::string get(const std::string& key, Answer* answer = nullptr) const {
    cli::Entry entry;
    const Answer given = Answer::of([&](slip_error** error) {
      return slip_fold_get(fold.get(), key.data(), key.size(), entry.out(), error);
    });
    if (answer != nullptr) *answer = given;
    if (given.status != SLIP_OK) return slip_status_name(given.status);
    const conformance::Row row = conformance::Row::of(*slip_entry_update(entry.get()));
    return row.value + "@" + std::to_string(row.revision);
  }
  // All live keys; the status and sentence of the call that failed.
  Answer list(std::string* keys, bool reverse = false) const {
    cli::Snapshot snapshot;
    cli::Iterator iterator;
    slip_range range = SLIP_RANGE_INIT;
    range.reverse = reverse ? 1 : 0;
    keys->clear();
    Answer answer = Answer::of(
        [&](slip_error** error) { return slip_snapshot_open(fold.get(), snapshot.out(), error); });
    if (answer.status != SLIP_OK) return answer;
    answer = Answer::of([&](slip_error** error) {
      return slip_snapshot_range(snapshot.get(), &range, iterator.out(), error);
    });
    while (answer.status == SLIP_OK) {
      slip_update page[3];
      size_t count = 0;
      answer = Answer::of([&](slip_error** error) {
        return slip_iterator_next(iterator.get(), page, 3, &count, error);
      });
      for (size_t i = 0; i < count; ++i) *keys += conformance::Row::of(page[i]).key + " ";
    }
    if (answer.status == SLIP_END) answer = Answer{};
    return answer;
  }
  slip_fold_state stats() const {
    slip_fold_state state = SLIP_FOLD_STATE_INIT;
    assert_int_equal(slip_fold_stats(fold.get(), &state, nullptr), SLIP_OK);
    return state;
  }
  // The next calls of a function fail.
  void arm(const std::string& function, slip_status status, const std::string& sentence) const {
    store->before = [=](const std::string& called, std::string* text) -> slip_status {
      if (called != function) return SLIP_OK;
      *text = sentence;
      return status;
    };
  }
  void heal() const { store->before = nullptr; }
};

inline Answer export_to(slip_fold* fold, const std::string& directory) {
  return Answer::of([&](slip_error** error) {
    return slip_fold_export(fold, directory.c_str(), nullptr, nullptr, error);
  });
}
inline Answer import_into(const std::string& directory, slip_fold* fold) {
  return Answer::of([&](slip_error** error) {
    return slip_fold_import_into(directory.c_str(), fold, nullptr, nullptr, error);
  });
}

}  // namespace sample
#endif
