// The table of statuses says what the header says, and sentences are built as promised.
#include "base/status.h"

#include <cerrno>
#include <cstdlib>
#include <map>
#include <regex>
#include <set>

#include "base/status_table.h"
#include "support/expect.h"

using slip::Result;
using slip::Status;

namespace {

// Name and value of every status in the public header, read as a reader would.
std::map<std::string, int> statuses_of_header() {
  const char* source = getenv("SLIP_SOURCE_DIR");
  assert_non_null(source);
  const std::string header = test_read_file(test_path(source, "include/slipstream.h"), nullptr);
  const size_t start = header.find("SLIP_OK = 0");
  const size_t end = header.find("};", start);
  assert_true(start != std::string::npos && end != std::string::npos);
  const std::string text = header.substr(start, end - start);
  std::map<std::string, int> all;
  const std::regex line("(SLIP_[A-Z_]+) = ([0-9]+)");
  for (std::sregex_iterator it(text.begin(), text.end(), line), none; it != none; ++it)
    all[(*it)[1]] = std::stoi((*it)[2]);
  return all;
}

void the_table_is_that_of_the_header(void**) {
  const std::map<std::string, int> expected = statuses_of_header();
  assert_true(expected.size() > 40);
  size_t count = 0;
  const slip_status_row* table = slip::status_table(&count);
  assert_int_equal(count, expected.size());
  for (size_t i = 0; i < count; ++i) {
    const auto found = expected.find(table[i].name);
    assert_true(found != expected.end());
    assert_int_equal(found->second, table[i].status);
    assert_true(i == 0 || table[i - 1].status < table[i].status);
    assert_true(std::string_view(table[i].text).size() > 3);
    assert_string_equal(slip::status_name(table[i].status), table[i].name);
  }
}

void unknown_statuses_have_no_name(void**) {
  for (const slip_status status : {-1, 1, 9, 1001, 999999}) {
    assert_string_equal(slip::status_name(status), "SLIP_?");
    assert_null(slip::find_status(status));
  }
}

void what_may_pass_by_itself_is_retriable(void**) {
  const std::set<slip_status> retriable = {SLIP_TIMEOUT,    SLIP_INTERRUPTED, SLIP_OUT_OF_MEMORY,
                                           SLIP_BUSY,       SLIP_NO_SPACE,    SLIP_UNREACHABLE,
                                           SLIP_BUCKET_FULL};
  size_t count = 0;
  const slip_status_row* table = slip::status_table(&count);
  for (size_t i = 0; i < count; ++i) {
    const bool expected = retriable.count(table[i].status) != 0;
    assert_int_equal(table[i].retriable, expected);
    assert_int_equal(Status(table[i].status, "x").retriable(), expected);
  }
  assert_false(Status(1001, "of a callback").retriable());
  assert_true(Status(1001, "of a callback", true).retriable());
}

void context_stands_before_the_sentence(void**) {
  const Status inner(SLIP_IO, "cannot read \"a\"", true);
  const Status outer = inner.with_context("cannot open fold \"b\"");
  EXPECT_FAILED(outer, SLIP_IO, "");
  EXPECT_TEXT(outer.message(), "cannot open fold \"b\": cannot read \"a\"");
  assert_true(outer.retriable());
  assert_true(Status().with_context("anything").ok());
  EXPECT_TEXT(Status().with_context("anything").message(), "");
}

void errnos_become_statuses(void**) {
  const std::map<int, slip_status> expected = {{ENOSPC, SLIP_NO_SPACE},
                                               {EDQUOT, SLIP_NO_SPACE},
                                               {EFBIG, SLIP_NO_SPACE},
                                               {EACCES, SLIP_PERMISSION_DENIED},
                                               {EPERM, SLIP_PERMISSION_DENIED},
                                               {EROFS, SLIP_PERMISSION_DENIED},
                                               {ENOENT, SLIP_NOT_FOUND},
                                               {EEXIST, SLIP_EXISTS},
                                               {ENOTEMPTY, SLIP_NOT_EMPTY},
                                               {ENOMEM, SLIP_OUT_OF_MEMORY},
                                               {EIO, SLIP_IO},
                                               {EMFILE, SLIP_IO},
                                               {ENOTDIR, SLIP_IO}};
  for (const auto& [error_number, code] : expected)
    EXPECT_FAILED(slip::errno_status(error_number, "cannot write \"a\""), code,
                  "cannot write \"a\": ");
  EXPECT_TEXT(slip::errno_status(ENOSPC, "cannot write").message(),
              "cannot write: No space left on device");
  EXPECT_TEXT(slip::errno_status(99999, "cannot write").message(), "cannot write: unknown error");
}

Result<int> halve(int value) {
  if (value % 2 != 0) return Status(SLIP_INVALID, "odd");
  return value / 2;
}
Result<int> quarter(int value) {
  SLIP_ASSIGN(const int half, halve(value));
  SLIP_ASSIGN(const int result, halve(half));
  return result;
}
Status check(int value) {
  SLIP_TRY(quarter(value).status());
  return Status();
}

void failures_return_early(void**) {
  assert_int_equal(quarter(8).value(), 2);
  EXPECT_FAILED(quarter(7), SLIP_INVALID, "odd");
  EXPECT_FAILED(quarter(6), SLIP_INVALID, "odd");
  EXPECT_OK(check(4));
  EXPECT_FAILED(check(5), SLIP_INVALID, "odd");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_table_is_that_of_the_header),
      cmocka_unit_test(unknown_statuses_have_no_name),
      cmocka_unit_test(what_may_pass_by_itself_is_retriable),
      cmocka_unit_test(context_stands_before_the_sentence),
      cmocka_unit_test(errnos_become_statuses),
      cmocka_unit_test(failures_return_early),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
