// Rows of "bad input gets a clear error": each row makes one mistake through the public header and
// states the status and what its sentence must and must not say. Every row runs as a test of its
// own. Main thread only.
#ifndef TESTS_ERRORS_TABLE_H
#define TESTS_ERRORS_TABLE_H

#include <cstring>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "slipstream.h"
#include "support/support.h"
extern "C" {
#include <cmocka.h>
}

namespace errors {

// What a call told: its status, and the sentence of its error object.
struct Told {
  slip_status status = SLIP_OK;
  std::string sentence;
};

template <typename F>
Told tell(F call) {
  slip_error* error = nullptr;
  Told told;
  told.status = call(&error);
  if (slip_error_code(error) != told.status) {
    told.sentence = "the error object has another code than the call";
  } else {
    told.sentence = slip_error_message(error);
  }
  slip_error_free(error);
  return told;
}

struct Row {
  const char* name;
  slip_status status;
  std::vector<std::string> says;  // all of these stand in the sentence
  std::function<Told()> mistake;
  std::vector<std::string> never_says = {};
};

// The sentence is a static buffer, so that a failed assertion may jump over the destructors.
inline void run_row(void** state) {
  const Row& row = *static_cast<const Row*>(*state);
  static std::string failure;
  failure.clear();
  {
    const Told told = row.mistake();
    const std::string heard = std::string(row.name) + ": " + slip_status_name(told.status) +
                              ": \"" + told.sentence + "\"";
    if (told.status != row.status) failure = heard + " is not " + slip_status_name(row.status);
    for (const std::string& part : row.says)
      if (told.sentence.find(part) == std::string::npos)
        failure = heard + " lacks \"" + part + "\"";
    for (const std::string& part : row.never_says)
      if (told.sentence.find(part) != std::string::npos) failure = heard + " must not say it";
  }
  if (!failure.empty()) fail_msg("%s", failure.c_str());
}

inline int run_table(const char* name, std::vector<Row>& rows) {
  std::vector<CMUnitTest> tests;
  for (Row& row : rows) tests.push_back({row.name, run_row, nullptr, nullptr, &row});
  return _cmocka_run_group_tests(name, tests.data(), tests.size(), nullptr, nullptr);
}

// Aborts unless the status is OK: what a row stands on must hold.
inline void must(slip_status status, const char* what) {
  if (status == SLIP_OK) return;
  fprintf(stderr, "errors: %s: %s\n", what, slip_status_name(status));
  abort();
}

}  // namespace errors
#endif
