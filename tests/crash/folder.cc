// The victim of kill_test: folds a bucket for ever and tells on standard output what it has
// acknowledged: "resumed R" once, then "first R" for the first update delivered and "applied R"
// after every commit. Written with write(2), so that what was told has been told when the kill
// comes.
//   folder URL BUCKET FOLD_PATH DURABILITY
#include "path/world.h"

#include <unistd.h>

namespace {

void tell(const char* what, uint64_t revision) {
  char line[64];
  const int size =
      snprintf(line, sizeof line, "%s %llu\n", what, static_cast<unsigned long long>(revision));
  if (write(STDOUT_FILENO, line, static_cast<size_t>(size)) != size) _exit(1);
}

slip_status apply(void* user, const slip_item* items, size_t, char*, size_t) {
  bool* told = static_cast<bool*>(user);
  if (!*told) tell("first", items[0].update->revision);
  *told = true;
  return SLIP_OK;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  slip_watch* watch = nullptr;
  slip_options* options = nullptr;
  MUST(slip_connect(argv[1], nullptr, &connection, &error));
  MUST(slip_bucket_open(connection, argv[2], nullptr, &bucket, &error));
  slip_fold* fold = open_fold(argv[3], argv[4], "5");
  tell("resumed", revision_of(fold));
  bool told = false;
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = &told;
  callbacks.apply = apply;
  callbacks.on_applied = [](void*, const slip_cursor* cursor, size_t) {
    tell("applied", cursor->revision);
  };
  MUST(slip_options_new(SLIP_OPTIONS_WATCH, &options, &error));
  MUST(slip_options_set_string(options, "replay", "none", &error));
  MUST(slip_watch_start(bucket, fold, options, &callbacks, &watch, &error));
  MUST(slip_watch_wait_revision(watch, UINT64_MAX - 1, -1, &error));
  return 0;
}
