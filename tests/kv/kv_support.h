// What the tests of this room share: statuses read with their sentences, keys and values as text.
// The asserting helpers are for the main thread only.
#ifndef TESTS_KV_SUPPORT_H
#define TESTS_KV_SUPPORT_H

#include <initializer_list>
#include <memory>
#include <string>

#include "kv/bucket.h"
#include "support/support.h"

extern "C" {
#include <cmocka.h>
}

namespace kv_test {

inline const slip::Status& status_of(const slip::Status& status) { return status; }
template <typename T>
const slip::Status& status_of(const slip::Result<T>& result) {
  return result.status();
}

template <typename... Needles>
void check_status(const slip::Status& status, const char* file, int line, slip_status code,
                  const Needles&... needles) {
  const std::initializer_list<std::string> all = {std::string(needles)...};
  bool right = status.code() == code;
  for (const std::string& needle : all) {
    right = right && status.message().find(needle) != std::string::npos;
  }
  if (right) return;
  print_error("%s:%d: status %d, \"%s\"; expected %d with", file, line, status.code(),
              status.message().c_str(), code);
  for (const std::string& needle : all) print_error(" \"%s\"", needle.c_str());
  print_error("\n");
  _fail(file, line);
}

// assert_status(EXPRESSION, CODE, TEXTS...): the status, and every text that its sentence must
// hold.
#define assert_status(expression, ...) \
  ::kv_test::check_status(::kv_test::status_of(expression), __FILE__, __LINE__, __VA_ARGS__)
#define assert_ok(expression) assert_status(expression, SLIP_OK)

inline void check_text(const std::string& actual, const std::string& expected, const char* file,
                       int line) {
  if (actual == expected) return;
  print_error("%s:%d:\n  got      %s\n  expected %s\n", file, line, actual.c_str(),
              expected.c_str());
  _fail(file, line);
}
#define assert_text(actual, expected) ::kv_test::check_text(actual, expected, __FILE__, __LINE__)

// An update as "key=value@revision", "key-@revision" (delete) or "key!@revision" (purge).
inline std::string shown(const slip::Update& update) {
  std::string text(slip::key_of(update));
  if (update.operation == SLIP_PUT) text += "=" + std::string(slip::value_of(update));
  if (update.operation == SLIP_DELETE) text += "-";
  if (update.operation == SLIP_PURGE) text += "!";
  return text + "@" + std::to_string(update.revision);
}

inline std::string shown(const slip::Batch& batch) {
  std::string text;
  for (size_t i = 0; i < batch.size(); ++i) {
    text += (i == 0 ? "" : " ") + shown(batch.updates()[i]);
  }
  return text;
}

inline slip::Update update_of(slip::Bytes key, slip::Bytes value, uint64_t revision) {
  slip::Update update{};
  update.key = slip::as_slip_bytes(key);
  update.value = slip::as_slip_bytes(value);
  update.revision = revision;
  update.operation = SLIP_PUT;
  return update;
}

inline slip::Write write_of(uint32_t operation, slip::Bytes key, slip::Bytes value,
                            uint64_t expected = SLIP_REVISION_ANY) {
  slip::Write write{};
  write.key = slip::as_slip_bytes(key);
  write.value = slip::as_slip_bytes(value);
  write.expected_revision = expected;
  write.operation = operation;
  return write;
}

}  // namespace kv_test
#endif
