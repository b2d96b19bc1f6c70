#include "fold/lmdb/handles.h"

#include <cerrno>

namespace slip::lmdb {
namespace {

slip_status status_of(int code) {
  switch (code) {
    case MDB_MAP_FULL:
      return SLIP_NO_SPACE;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
    case MDB_BAD_TXN:
      return SLIP_CORRUPT;
    case MDB_VERSION_MISMATCH:
      return SLIP_NEWER_FORMAT;
    case MDB_READERS_FULL:
      return SLIP_BUSY;
    case MDB_TXN_FULL:
    case MDB_BAD_VALSIZE:
      return SLIP_TOO_LARGE;
    default:
      return SLIP_IO;
  }
}

const char* advice_of(int code) {
  switch (code) {
    case MDB_MAP_FULL:
      return " (allow the process more address space)";
    case MDB_READERS_FULL:
      return " (free snapshots that are not needed)";
    case MDB_PANIC:
      return " (close and open the fold again)";
    default:
      return "";
  }
}

}  // namespace

Status lmdb_status(int code, const std::string& what) {
  if (code == 0) return Status();
  if (code > 0) return errno_status(code, what);
  return Status(status_of(code), what + ": " + mdb_strerror(code) + advice_of(code));
}

}  // namespace slip::lmdb
