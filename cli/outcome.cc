#include "outcome.h"

namespace cli {

int exit_code(slip_status status) {
  switch (status) {
    case SLIP_OK:
      return kExitOk;
    case SLIP_INVALID:
    case SLIP_UNKNOWN_OPTION:
    case SLIP_OUT_OF_BOUNDS:
    case SLIP_TOO_LARGE:
      return kExitUsage;
    case SLIP_NOT_FOUND:
    case SLIP_BUCKET_NOT_FOUND:
      return kExitNotFound;
    case SLIP_EXISTS:
    case SLIP_CONFLICT:
    case SLIP_SUPERSEDED:
    case SLIP_NOT_EMPTY:
    case SLIP_BUCKET_EXISTS:
    case SLIP_CONFIG_MISMATCH:
      return kExitConflict;
    case SLIP_UNREACHABLE:
    case SLIP_UNAUTHORIZED:
    case SLIP_NO_JETSTREAM:
    case SLIP_TIMEOUT:
    case SLIP_INDETERMINATE:
      return kExitServer;
    case SLIP_CORRUPT:
    case SLIP_NEWER_FORMAT:
    case SLIP_NOT_OURS:
    case SLIP_IDENTITY_MISMATCH:
    case SLIP_ARTIFACT_INVALID:
    case SLIP_SUSPECT:
      return kExitData;
    case SLIP_CURSOR_EXPIRED:
    case SLIP_STREAM_RECREATED:
    case SLIP_STREAM_REWOUND:
    case SLIP_SCOPE_MISMATCH:
    case SLIP_AUDIT_MISMATCH:
      return kExitResume;
    case SLIP_OUT_OF_MEMORY:
    case SLIP_BUSY:
    case SLIP_NO_SPACE:
    case SLIP_IO:
    case SLIP_PERMISSION_DENIED:
    case SLIP_BUCKET_FULL:
      return kExitMachine;
    default:
      return kExitFailure;
  }
}

const char* exit_code_help() {
  return "Exit codes:\n"
         "    0  done\n"
         "    1  failure of another kind\n"
         "    2  usage: an argument, name or option is not right\n"
         "    3  not found: key, bucket, object, pointer or fold\n"
         "    4  conflict: it exists, has another revision, or something newer is published\n"
         "    5  server: unreachable, credentials refused, JetStream off, no answer in time\n"
         "    6  data: damaged, altered, of a newer format, or of another bucket\n"
         "    7  resume: the fold's cursor is not sound any more; make a new fold\n"
         "    8  resources: held by another writer, full, no permission, input or output failed\n"
         "    9  compared, and different (fold diff)\n"
         "  130  interrupted by SIGINT, in an orderly way\n"
         "  143  terminated by SIGTERM, in an orderly way\n";
}

Outcome Call::operator()(slip_status status) const {
  if (status == SLIP_OK) return Outcome::success();
  const char* message = slip_error_message(error_.get());
  Outcome outcome = Outcome::fail(status, message);
  if (outcome.message.empty()) outcome.message = slip_status_name(status);
  outcome.retriable = slip_error_is_retriable(error_.get()) != 0;
  return outcome;
}

}  // namespace cli
