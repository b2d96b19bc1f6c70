/* What the built library exports and imports, beside the golden list and the header. */
#include "support/support.h"
/* After support.h, which brings what it needs. */
#include <cmocka.h>

#include "text.h"

/* The names of `nm`, those of functions with their version cut off. */
static void exported(names* functions, names* others) {
  char* text = output_of(SLIP_NM " -D --defined-only --format=posix " SLIP_LIBRARY);
  for (char* line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    const size_t size = strcspn(line, " ");
    const char* version = strstr(line, "@@SLIPSTREAM_0 T ");
    if (strncmp(line, "slip_", 5) == 0 && version != NULL)
      names_add(functions, line, (size_t)(version - line));
    else
      names_add(others, line, size);
  }
  free(text);
  names_sort(functions);
}

static void golden(names* list) {
  char* text = test_read_file(SLIP_ABI_DIR "/symbols.txt", NULL);
  for (char* line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
    names_add(list, line, strlen(line));
}

/* Every function that the header declares: a name and a parenthesis after SLIP_API. */
static void declared(names* list) {
  char* text = test_read_file(SLIP_HEADER_DIR "/slipstream.h", NULL);
  strip_comments(text);
  /* Behind the lines that define the macro. */
  for (char* at = strstr(text, "extern \"C\""); (at = strstr(at, "SLIP_API ")) != NULL; ++at) {
    const char* end = at + strcspn(at, "(;");
    assert_int_equal(*end, '(');
    const char* name = end;
    while (isalnum((unsigned char)name[-1]) || name[-1] == '_') --name;
    names_add(list, name, (size_t)(end - name));
  }
  names_sort(list);
}

static void assert_same(const names* a, const char* a_name, const names* b, const char* b_name) {
  for (size_t i = 0; i < a->count; ++i)
    if (!names_has(b, a->items[i])) fail_msg("%s: in %s, not in %s", a->items[i], a_name, b_name);
  for (size_t i = 0; i < b->count; ++i)
    if (!names_has(a, b->items[i])) fail_msg("%s: in %s, not in %s", b->items[i], b_name, a_name);
}

static void exports_are_the_golden_list(void** state) {
  (void)state;
  names functions = {{NULL}, 0};
  names others = {{NULL}, 0};
  names wanted = {{NULL}, 0};
  exported(&functions, &others);
  golden(&wanted);
  assert_same(&functions, "the library", &wanted, "tests/abi/symbols.txt");
  for (size_t i = 1; i < wanted.count; ++i)
    assert_true(strcmp(wanted.items[i - 1], wanted.items[i]) < 0); /* sorted, once each */
  names_free(&functions);
  names_free(&others);
  names_free(&wanted);
}

static void exports_are_what_the_header_declares(void** state) {
  (void)state;
  names functions = {{NULL}, 0};
  names others = {{NULL}, 0};
  names header = {{NULL}, 0};
  exported(&functions, &others);
  declared(&header);
  assert_true(header.count > 80);
  assert_same(&functions, "the library", &header, "slipstream.h");
  names_free(&functions);
  names_free(&others);
  names_free(&header);
}

static void nothing_else_is_exported(void** state) {
  (void)state;
  names functions = {{NULL}, 0};
  names others = {{NULL}, 0};
  exported(&functions, &others);
  for (size_t i = 0; i < others.count; ++i)
    if (strncmp(others.items[i], "SLIPSTREAM_0", 12) != 0) /* the version itself */
      fail_msg("%s is exported", others.items[i]);
  names_free(&functions);
  names_free(&others);
}

/* Whoever replaces operator new in a program replaces ours too. */
static void operator_new_is_imported(void** state) {
  (void)state;
  char* text = output_of(SLIP_NM " -D --undefined-only --format=posix " SLIP_LIBRARY);
  assert_non_null(strstr(text, "_Znwm"));
  free(text);
}

static void the_file_says_epoch_and_nodelete(void** state) {
  (void)state;
  char* text = output_of(SLIP_READELF " -dW " SLIP_LIBRARY);
  assert_non_null(strstr(text, "Library soname: [libslipstream.so.0]"));
  assert_non_null(strstr(text, "NODELETE"));
  assert_non_null(strstr(text, "NOW"));
  assert_null(strstr(text, "RPATH"));
  assert_null(strstr(text, "TEXTREL"));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exports_are_the_golden_list),
      cmocka_unit_test(exports_are_what_the_header_declares),
      cmocka_unit_test(nothing_else_is_exported),
      cmocka_unit_test(operator_new_is_imported),
      cmocka_unit_test(the_file_says_epoch_and_nodelete),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
