/* Pure C against the header alone: every published function links, every constant has its value. */
#include <stdint.h>
#include <stdio.h>

#include "slipstream.h"
#include "support/support.h"
/* After support.h, which brings what it needs. */
#include <cmocka.h>

typedef void (*function)(void);

static const struct {
  const char* name;
  function address;
} symbols[] = {
#include "every_symbol.inc"
};

static const struct {
  const char* name;
  uint64_t value;
  uint64_t golden;
} constants[] = {
#include "every_constant.inc"
};

static void every_published_function_links(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; ++i) {
    if (symbols[i].address == NULL) fail_msg("%s is not there", symbols[i].name);
  }
  assert_true(sizeof symbols / sizeof symbols[0] > 80);
}

static void every_constant_has_its_golden_value(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof constants / sizeof constants[0]; ++i) {
    if (constants[i].value != constants[i].golden)
      fail_msg("%s is %lld, published as %lld", constants[i].name, (long long)constants[i].value,
               (long long)constants[i].golden);
  }
}

static void the_library_is_the_one_of_the_header(void** state) {
  (void)state;
  char version[32];
  snprintf(version, sizeof version, "%d.%d.%d", SLIP_VERSION_MAJOR, SLIP_VERSION_MINOR,
           SLIP_VERSION_PATCH);
  assert_string_equal(slip_version(), version);
  assert_int_equal(slip_abi_epoch(), SLIP_ABI_EPOCH);
}

static void features_are_known_or_zero(void** state) {
  (void)state;
  static const char* const known[] = {"mem", "nats", "tls", "lmdb", "zstd", "objects.local"};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
    assert_int_equal(slip_feature(known[i]), 1);
  assert_int_equal(slip_feature("objects.s3"), 0);
  assert_int_equal(slip_feature(""), 0);
  assert_int_equal(slip_feature(NULL), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_published_function_links),
      cmocka_unit_test(every_constant_has_its_golden_value),
      cmocka_unit_test(the_library_is_the_one_of_the_header),
      cmocka_unit_test(features_are_known_or_zero),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
