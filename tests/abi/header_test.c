/* The header by itself: strict C99, C11 and C++17, two compilers, and only names of ours. */
#include "support/support.h"
/* After support.h, which brings what it needs. */
#include <cmocka.h>

#include "text.h"

static const char* const program =
    "#include \\\"slipstream.h\\\"\\n#include \\\"slipstream.h\\\"\\nint main(void) { return 0; "
    "}\\n";

static void compiles(const char* compiler, const char* language, const char* flags) {
  char command[2048];
  if (compiler[0] == '\0' || strstr(compiler, "NOTFOUND") != NULL)
    fail_msg("a compiler is missing: install gcc and clang");
  snprintf(command, sizeof command,
           "printf \"%s\" | '%s' -x %s %s -Wall -Wextra -Wpedantic -Wundef -Werror -I'%s' "
           "-fsyntax-only - 2>&1",
           program, compiler, language, flags, SLIP_HEADER_DIR);
  free(output_of(command));
}

static void compiles_as_c99_c11_and_cpp17(void** state) {
  (void)state;
  static const char* const compilers[] = {SLIP_GCC, SLIP_CLANG};
  for (int i = 0; i < 2; ++i) {
    compiles(compilers[i], "c", "-std=c99 -Wstrict-prototypes -Wmissing-prototypes");
    compiles(compilers[i], "c", "-std=c11 -Wstrict-prototypes -Wc++-compat");
    compiles(compilers[i], "c++", "-std=c++17");
  }
}

/* Every enumerator of the header is in the golden list of constants. */
static void every_constant_is_in_the_golden_list(void** state) {
  (void)state;
  char* header = test_read_file(SLIP_HEADER_DIR "/slipstream.h", NULL);
  const char* golden = test_read_file(SLIP_ABI_DIR "/constants.txt", NULL);
  strip_comments(header);
  size_t found = 0;
  for (char* at = header; (at = strstr(at, " = ")) != NULL; at += 3) {
    char* name = at;
    while (isalnum((unsigned char)name[-1]) || name[-1] == '_') --name;
    char row[160];
    snprintf(row, sizeof row, "%.*s %ld\n", (int)(at - name), name, strtol(at + 3, NULL, 10));
    if (strstr(golden, row) == NULL) fail_msg("not in tests/abi/constants.txt: %s", row);
    ++found;
  }
  assert_true(found > 60);
}

/* About two thirds of the header are contract. */
static void the_header_is_mostly_contract(void** state) {
  (void)state;
  char* header = test_read_file(SLIP_HEADER_DIR "/slipstream.h", NULL);
  size_t all = 0;
  size_t code = 0;
  for (const char* c = header; *c != '\0'; ++c) all += isspace((unsigned char)*c) ? 0 : 1;
  strip_comments(header);
  for (const char* c = header; *c != '\0'; ++c) code += isspace((unsigned char)*c) ? 0 : 1;
  const size_t percent = (all - code) * 100 / all;
  if (percent < 60) fail_msg("only %zu%% of slipstream.h is contract", percent);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(compiles_as_c99_c11_and_cpp17),
      cmocka_unit_test(every_constant_is_in_the_golden_list),
      cmocka_unit_test(the_header_is_mostly_contract),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
