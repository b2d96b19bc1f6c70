/* The library through dlopen: loaded, used, closed while a thread of its may still run, loaded
 * again. */
#include <dlfcn.h>

#include "slipstream.h"
#include "support/support.h"
/* After support.h, which brings what it needs. */
#include <cmocka.h>

typedef slip_status (*connect_function)(const char*, const slip_options*, slip_connection**,
                                        slip_error**);
typedef void (*connection_free_function)(slip_connection*);
typedef slip_status (*create_function)(slip_connection*, const char*, const slip_options*,
                                       slip_bucket**, slip_error**);
typedef void (*bucket_free_function)(slip_bucket*);
typedef slip_status (*open_function)(slip_bucket*, slip_fold*, const slip_options*, slip_watch**,
                                     slip_error**);
typedef void (*watch_free_function)(slip_watch*);

/* ISO C has no cast from an object pointer to a function pointer. */
static void find(void* library, const char* name, void* out) {
  void* address = dlsym(library, name);
  assert_non_null(address);
  *(void**)out = address;
}

static void use_once(void* library, slip_watch** watch) {
  connect_function connect;
  connection_free_function connection_free;
  create_function create;
  bucket_free_function bucket_free;
  open_function watch_open;
  find(library, "slip_connect", &connect);
  find(library, "slip_connection_free", &connection_free);
  find(library, "slip_bucket_create", &create);
  find(library, "slip_bucket_free", &bucket_free);
  find(library, "slip_watch_open", &watch_open);
  slip_connection* connection = NULL;
  slip_bucket* bucket = NULL;
  assert_int_equal(connect("mem://", NULL, &connection, NULL), SLIP_OK);
  assert_int_equal(create(connection, "routes", NULL, &bucket, NULL), SLIP_OK);
  assert_int_equal(watch_open(bucket, NULL, NULL, watch, NULL), SLIP_OK);
  bucket_free(bucket);
  connection_free(connection);
}

static void survives_dlclose_with_a_running_thread(void** state) {
  (void)state;
  for (int round = 0; round < 20; ++round) {
    void* library = dlopen(SLIP_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) fail_msg("%s", dlerror());
    slip_watch* watch = NULL;
    use_once(library, &watch);
    assert_int_equal(dlclose(library), 0);
    /* Its thread runs on in code that must still be there; so does the next dlopen. */
    library = dlopen(SLIP_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    watch_free_function watch_free;
    find(library, "slip_watch_free", &watch_free);
    watch_free(watch);
    assert_int_equal(dlclose(library), 0);
  }
  /* Still mapped: that is what NODELETE promises. */
  assert_non_null(dlopen(SLIP_LIBRARY, RTLD_NOW | RTLD_NOLOAD));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(survives_dlclose_with_a_running_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
