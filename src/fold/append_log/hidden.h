// The revisions of an append-log fold that are read as absent: a set of half-open ranges, and its
// file `hidden` in the fold's root, which is there while the set is not empty. docs/formats.md
// gives the bytes. A set is a plain value; reading and writing the file: any thread, one at a time.
#ifndef SLIP_FOLD_APPEND_LOG_HIDDEN_H
#define SLIP_FOLD_APPEND_LOG_HIDDEN_H

#include <cstdint>
#include <string>
#include <vector>

#include "fold/fold.h"
#include "fs/file_system.h"

namespace slip::append_log {

class HiddenSet {
 public:
  bool empty() const { return ranges_.empty(); }
  bool contains(uint64_t revision) const;
  // Ascending; no range is empty, none touches the next; kHiddenRangesMax at most.
  const std::vector<RevisionRange>& ranges() const { return ranges_; }
  // The two changes. INVALID: an empty range; TOO_LARGE: there would be too many. Nothing is
  // changed then.
  Status add(RevisionRange range);
  Status remove(RevisionRange range);

 private:
  friend Status decode_hidden(Bytes bytes, const std::string& what, HiddenSet* out);
  Status replace(std::vector<RevisionRange> ranges);
  std::vector<RevisionRange> ranges_;
};

std::string encode_hidden(const HiddenSet& set);
// CORRUPT, NEWER_FORMAT; `what` begins the sentence.
Status decode_hidden(Bytes bytes, const std::string& what, HiddenSet* out);

std::string hidden_path(const std::string& root);
// Empty where there is no file.
Result<HiddenSet> read_hidden(FileSystem& fs, const std::string& root);
// Durable when it returns; what was there stays where it fails. The empty set has no file.
Status write_hidden(FileSystem& fs, const std::string& root, const HiddenSet& set);

}  // namespace slip::append_log
#endif
