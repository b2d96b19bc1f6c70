// How far the consumers of a fold have come: consumers/NAME.ckpt under its root, one small file for
// each name, replaced as a whole. docs/formats.md gives the bytes.
//
// A position is kept with what it is a position in: bucket, epoch and scope. One that was never
// saved is fresh; one that cannot be read, or is in something else, is an error and never a rewind.
//
// Any thread; the saves of one fold come one after the other.
#ifndef SLIP_FOLD_POSITIONS_H
#define SLIP_FOLD_POSITIONS_H

#include <mutex>
#include <string>
#include <string_view>

#include "fold/fold.h"
#include "fs/file_system.h"

namespace slip {

// What one file holds.
struct Position {
  std::string name;
  Identity identity;
  Scope scope;
  uint64_t revision = 0;
};
std::string encode_position(const Position& position);
// CORRUPT, NEWER_FORMAT; `what` begins the sentence.
Status decode_position(Bytes bytes, const std::string& what, Position* out);

class Positions {
 public:
  // `root`: of an open fold, whose links are resolved.
  Positions(FileSystem& fs, std::string root, bool read_only)
      : fs_(fs), root_(std::move(root)), read_only_(read_only) {}
  Positions(const Positions&) = delete;
  Positions& operator=(const Positions&) = delete;

  // {0, 0} where none was saved. `meta`: of the fold, which the position must fit.
  Result<Cursor> load(std::string_view name, const FoldMeta& meta);
  // Durable when it returns; what was there stays where it fails.
  Status save(std::string_view name, Cursor cursor, const FoldMeta& meta);
  // Reads every position that is there: the first that is damaged, as load() would tell it.
  Status check_all();
  // Waits for a save that is running; CLOSED from then on. Before the fold gives up its path.
  void close();

 private:
  // Under mutex_.
  Status check(std::string_view name) const;
  Result<Position> read(std::string_view name);
  std::string what(std::string_view name) const;
  std::string directory() const { return join_path(root_, "consumers"); }
  std::string path_of(std::string_view name) const;

  FileSystem& fs_;
  const std::string root_;
  const bool read_only_;
  std::mutex mutex_;
  bool closed_ = false;
};

}  // namespace slip
#endif
