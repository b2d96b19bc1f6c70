// Checksums against published vectors, clocks, quoting, little-endian numbers.
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "base/checksum.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/limits.h"
#include "base/little_endian.h"
#include "base/utf8.h"
#include "support/expect.h"

namespace {

void sha256_of_the_published_vectors(void**) {
  EXPECT_TEXT(slip::sha256_hex(""),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_TEXT(slip::sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  slip::Sha256 parts;
  for (int i = 0; i < 1000; ++i) parts.update(std::string(1000, 'a'));
  EXPECT_TEXT(parts.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  const std::string raw = slip::sha256_raw("abc");
  assert_int_equal(raw.size(), 32);
  EXPECT_TEXT(raw.substr(0, 4), "\xba\x78\x16\xbf");
}

void xxh3_of_the_published_vectors(void**) {
  // XXH3_64bits with seed 0, from the sanity checks of xxHash.
  assert_true(slip::xxh3("") == 0x2D06800538D394C2u);
  const std::string text = "The quick brown fox jumps over the lazy dog";
  assert_true(slip::xxh3(text) == 0xce7d19a5418fb365u);
  std::string longer;
  for (int i = 0; i < 100; ++i) longer += text;
  for (size_t cut = 0; cut <= longer.size(); cut += 37)
    assert_true(slip::xxh3(std::string_view(longer).substr(0, cut),
                           std::string_view(longer).substr(cut)) == slip::xxh3(longer));
}

void random_names_differ(void**) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = slip::random_hex(8);
    assert_int_equal(name.size(), 16);
    assert_true(name.find_first_not_of("0123456789abcdef") == std::string::npos);
    assert_true(seen.insert(name).second);
  }
  assert_int_equal(slip::random_hex(1000).size(), 2000);
  EXPECT_TEXT(slip::random_hex(0), "");
}

void a_child_draws_other_names(void**) {
  int pipes[2];
  assert_int_equal(pipe(pipes), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string name = slip::random_hex(8);
    _exit(write(pipes[1], name.data(), name.size()) == 16 ? 0 : 1);
  }
  char name[17] = {};
  assert_int_equal(read(pipes[0], name, 16), 16);
  waitpid(child, nullptr, 0);
  close(pipes[0]);
  close(pipes[1]);
  assert_string_not_equal(name, slip::random_hex(8).c_str());
}

void deadlines(void**) {
  assert_true(slip::deadline_after_ms(-1) == slip::Deadline::max());
  assert_true(slip::deadline_after_ms(INT64_MAX) == slip::Deadline::max());
  assert_true(slip::deadline_after_ms(INT64_MAX / 2) == slip::Deadline::max());
  assert_int_equal(slip::ms_until(slip::Deadline::max(), 77), 77);
  assert_int_equal(slip::ms_until(slip::Steady::now() - std::chrono::seconds(1), 77), 0);
  assert_int_equal(slip::ms_until(slip::deadline_after_ms(0), 77), 0);
  assert_int_equal(slip::ms_until(slip::deadline_after_ms(3600000), 77), 77);
  const int64_t left = slip::ms_until(slip::deadline_after_ms(3600000), INT64_MAX);
  assert_true(left > 3590000 && left <= 3600000);
  // Rounded up: something that is left is never 0.
  const slip::Deadline soon = slip::Steady::now() + std::chrono::microseconds(900000);
  assert_true(slip::ms_until(soon, INT64_MAX) >= 1);
}

void backing_off_stays_within_its_span(void**) {
  for (unsigned attempt = 0; attempt < 80; ++attempt) {
    int64_t span = 100;
    for (unsigned i = 0; i < attempt && span < 30000; ++i) span *= 2;
    if (span > 30000) span = 30000;
    std::set<int64_t> seen;
    int64_t largest = 0;
    for (int i = 0; i < 200; ++i) {
      const int64_t ms = slip::backoff_ms(attempt, 100, 30000);
      assert_true(ms >= 1 && ms <= span);
      seen.insert(ms);
      largest = ms > largest ? ms : largest;
    }
    assert_true(seen.size() > 20);        // jitter, not a constant
    assert_true(largest > span * 3 / 4);  // over the whole of the span
  }
  assert_int_equal(slip::backoff_ms(5, 0, 0), 1);
  assert_true(slip::backoff_ms(4000000000u, INT64_MAX, INT64_MAX) >= 1);
}

void the_boot_has_an_id(void**) {
  const std::string id = slip::boot_id();
  assert_int_equal(id.size(), 36);
  EXPECT_TEXT(slip::boot_id(), id);
  assert_true(slip::unix_now_ns() > 1700000000ll * 1000000000);
}

void quoting_keeps_sentences_readable(void**) {
  EXPECT_TEXT(slip::quoted("a b"), "\"a b\"");
  EXPECT_TEXT(slip::quoted("a\"\\\n\x7f\xff"), "\"a\\\"\\\\\\x0a\\x7f\\xff\"");
  EXPECT_TEXT(slip::quoted("caf\xc3\xa9"), "\"caf\xc3\xa9\"");
  const std::string text = slip::quoted(std::string(100000, 'x'));
  assert_true(text.size() < slip::kQuotedBytesMax + 10);
  EXPECT_TEXT(text.substr(text.size() - 4), "...\"");
}

void utf8_is_that_of_the_standard(void**) {
  // Every code point in its one form, and no other sequence of up to three bytes.
  size_t found = 0;
  for (unsigned first = 0; first < 256; ++first)
    for (unsigned second = 0; second < 256; ++second)
      for (const unsigned third : {0x00u, 0x7fu, 0x80u, 0xbfu, 0xc0u}) {
        const char bytes[] = {static_cast<char>(first), static_cast<char>(second),
                              static_cast<char>(third)};
        const size_t length = slip::utf8_sequence(std::string_view(bytes, 3), 0);
        if (length == 3) {
          const unsigned point = (first & 15) << 12 | (second & 63) << 6 | (third & 63);
          assert_true(point >= 0x800 && !(point >= 0xd800 && point <= 0xdfff));
          ++found;
        }
        if (length == 1) assert_true(first < 0x80);
        if (length == 2)
          assert_true(first >= 0xc2 && first <= 0xdf && second >= 0x80 && second <= 0xbf);
        assert_true(length < 4);
      }
  assert_int_equal(found,
                   2 * (16 * 64 - 32 - 32));  // 2 thirds; less the overlong and the surrogates
  assert_int_equal(slip::utf8_sequence("\xf0\x90\x80\x80", 0), 4);
  assert_int_equal(slip::utf8_sequence("\xf4\x8f\xbf\xbf", 0), 4);
  assert_int_equal(slip::utf8_sequence("\xf4\x90\x80\x80", 0), 0);
  assert_int_equal(slip::utf8_sequence("\xf0\x90\x80", 0), 0);
  assert_int_equal(slip::utf8_sequence("a", 1), 0);
  assert_int_equal(slip::utf8_sequence("", 0), 0);
}

void integers_in_files_are_little_endian(void**) {
  std::string bytes;
  slip::append_le<uint32_t>(&bytes, 0x04030201u);
  slip::append_le<int64_t>(&bytes, -2);
  assert_memory_equal(bytes.data(), "\x01\x02\x03\x04\xfe\xff\xff\xff\xff\xff\xff\xff", 12);
  assert_true(slip::read_le<uint32_t>(bytes.data()) == 0x04030201u);
  assert_true(slip::read_le<int64_t>(bytes.data() + 4) == -2);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(sha256_of_the_published_vectors),
      cmocka_unit_test(xxh3_of_the_published_vectors),
      cmocka_unit_test(random_names_differ),
      cmocka_unit_test(a_child_draws_other_names),
      cmocka_unit_test(deadlines),
      cmocka_unit_test(backing_off_stays_within_its_span),
      cmocka_unit_test(the_boot_has_an_id),
      cmocka_unit_test(quoting_keeps_sentences_readable),
      cmocka_unit_test(utf8_is_that_of_the_standard),
      cmocka_unit_test(integers_in_files_are_little_endian),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
