// Assertions on Status and Result for C++ tests: code and sentence are always read together.
// Main thread only, like every assertion of CMocka.
#ifndef TESTS_SUPPORT_EXPECT_H
#define TESTS_SUPPORT_EXPECT_H

#include "support/support.h"
extern "C" {
#include <cmocka.h>
}

#include <string>
#include <string_view>

#include "base/status.h"

namespace test {

inline const slip::Status& status_of(const slip::Status& status) { return status; }
template <typename T>
const slip::Status& status_of(const slip::Result<T>& result) {
  return result.status();
}

inline void check_ok(const slip::Status& status, const char* file, int line) {
  if (status.ok()) return;
  print_error("status %d: %s\n", status.code(), status.message().c_str());
  _fail(file, line);
}

inline void check_failed(const slip::Status& status, slip_status code, std::string_view part,
                         const char* file, int line) {
  if (status.code() == code && status.message().find(part) != std::string::npos) return;
  print_error("status %d: %s\nexpected status %d with: %s\n", status.code(),
              status.message().c_str(), code, std::string(part).c_str());
  _fail(file, line);
}

inline void check_text(std::string_view actual, std::string_view expected, const char* file,
                       int line) {
  if (actual == expected) return;
  print_error("text:     %s\nexpected: %s\n", std::string(actual).c_str(),
              std::string(expected).c_str());
  _fail(file, line);
}

}  // namespace test

#define EXPECT_OK(expression) test::check_ok(test::status_of(expression), __FILE__, __LINE__)
// `part` stands somewhere in the sentence.
#define EXPECT_FAILED(expression, code, part) \
  test::check_failed(test::status_of(expression), code, part, __FILE__, __LINE__)
#define EXPECT_TEXT(actual, expected) test::check_text(actual, expected, __FILE__, __LINE__)

#endif
