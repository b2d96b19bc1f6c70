// The victim of soak_test: folds a bucket until it is killed or told to end; it writes its
// trace, one line each, to standard output with write(2), so that what was told has been told when
// a kill comes.
//   soak_folder URL BUCKET FOLD_PATH DURABILITY BATCH_UPDATES_MAX STALL_EVERY STALL_MS [SCOPE...]
// Lines: "start CURSOR"; "u REVISION OPERATION FLAGS DIGEST KEY" for each update of a batch and
// then "batch"; "applied CURSOR"; "end CURSOR STATUS". Every STALL_EVERYth batch apply sleeps
// STALL_MS. A byte on standard input closes the watch.
#include <unistd.h>

#include <string>

#include "path/world.h"
#include "support/validators.h"

namespace {

void tell(const std::string& lines) {
  for (size_t at = 0; at < lines.size();) {
    const ssize_t written = write(STDOUT_FILENO, lines.data() + at, lines.size() - at);
    if (written <= 0) _exit(1);
    at += static_cast<size_t>(written);
  }
}

struct Caller {
  long stall_every = 0;
  useconds_t stall_us = 0;
  long batches = 0;
};

slip_status apply(void* user, const slip_item* items, size_t count, char*, size_t) {
  auto* caller = static_cast<Caller*>(user);
  std::string lines;
  for (size_t i = 0; i < count; ++i) {
    const slip_update& update = *items[i].update;
    lines += "u " + std::to_string(update.revision) + " " + std::to_string(update.operation) + " " +
             std::to_string(update.flags) + " " +
             std::to_string(trace::digest_of(text(update.value))) + " " + text(update.key) + "\n";
  }
  tell(lines + "batch\n");
  if (caller->stall_every > 0 && ++caller->batches % caller->stall_every == 0)
    usleep(caller->stall_us);
  return SLIP_OK;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 8) return 2;
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  slip_watch* watch = nullptr;
  slip_options* options = nullptr;
  MUST(slip_options_new(SLIP_OPTIONS_CONNECTION, &options, &error));
  MUST(slip_options_set_string(options, "connect", "lazy", &error));
  MUST(slip_options_set_u64(options, "reconnect_wait_ms", 50, &error));
  MUST(slip_connect(argv[1], options, &connection, &error));
  slip_options_free(options);
  MUST(slip_bucket_open(connection, argv[2], nullptr, &bucket, &error));
  slip_fold* fold = open_fold(argv[3], argv[4]);
  Caller caller;
  caller.stall_every = atol(argv[6]);
  caller.stall_us = static_cast<useconds_t>(atol(argv[7])) * 1000;
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = &caller;
  callbacks.apply = apply;
  callbacks.on_applied = [](void*, const slip_cursor* cursor, size_t) {
    tell("applied " + std::to_string(cursor->revision) + "\n");
  };
  callbacks.on_end = [](void*, slip_status status, const char* message, const slip_cursor* cursor) {
    tell("end " + std::to_string(cursor->revision) + " " + slip_status_name(status) + " " +
         message + "\n");
  };
  MUST(slip_options_new(SLIP_OPTIONS_WATCH, &options, &error));
  MUST(slip_options_set_string(options, "replay", "none", &error));
  MUST(slip_options_set_u64(options, "idle_heartbeat_ms", 300, &error));
  MUST(slip_options_set_u64(options, "audit_interval_ms", 500, &error));
  MUST(slip_options_set_string(options, "batch_updates_max", argv[5], &error));
  for (int i = 8; i < argc; ++i) MUST(slip_options_add(options, "scope", argv[i], &error));
  tell("start " + std::to_string(revision_of(fold)) + "\n");
  // The server may go while the watch starts.
  for (slip_error* error = nullptr;; slip_error_free(error)) {
    if (slip_watch_start(bucket, fold, options, &callbacks, &watch, &error) == SLIP_OK) break;
    fprintf(stderr, "cannot start: %s\n", slip_error_message(error));
    if (slip_error_is_retriable(error) == 0) return 1;
    usleep(20000);
  }
  slip_options_free(options);
  char byte = 0;
  const bool asked = read(STDIN_FILENO, &byte, 1) == 1;  // the end of it: the parent is gone
  (void)slip_watch_close(watch, nullptr, nullptr);
  slip_watch_free(watch);
  slip_fold_free(fold);
  slip_bucket_free(bucket);
  slip_connection_free(connection);
  return asked ? 0 : 1;
}
