/* What every test shares. C linkage: usable from C and C++ tests. Main thread only, but for
 * test_now_ms. Failures abort the program with a sentence: a test never goes on half set up. */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A new empty directory under TMPDIR, removed when the program exits normally. Static per call. */
const char *test_directory(void);
/* PATH of DIRECTORY/NAME, malloc'ed, freed at exit. */
const char *test_path(const char *directory, const char *name);
/* Removes a tree. */
void test_remove_tree(const char *path);
/* Flip the bit `bit` of byte `offset` of a file; offset < 0 counts from the end. */
void test_flip_bit(const char *path, long offset, int bit);
void test_write_file(const char *path, const void *data, size_t size);
/* Whole file, malloc'ed, NUL-terminated, freed at exit. */
char *test_read_file(const char *path, size_t *size);
int64_t test_now_ms(void);
/* Wait until condition(user) is nonzero, polling; aborts naming `what` after timeout_ms. */
void test_await(int (*condition)(void *user), void *user, int64_t timeout_ms, const char *what);
/* A deterministic generator: the seed is printed at first use, and taken from SLIP_TEST_SEED. */
uint64_t test_random(void);
/* 1 in the long lane (SLIP_TEST_LANE=long). */
int test_long_lane(void);
/* Number of this process's threads and open descriptors. */
int test_thread_count(void);
int test_descriptor_count(void);

#ifdef __cplusplus
}
#endif
#endif
