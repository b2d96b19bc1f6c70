#include "fold/append_log/hidden.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fold/fields.h"
#include "fs/atomic_file.h"

namespace slip::append_log {
namespace {

// Checksum of the rest, magic, format, count, ranges. The checksum's place and sort stay the same
// in every format, so damage is told from a later version.
constexpr std::string_view kMagic = "SLIPHIDE";
constexpr uint32_t kHiddenFormat = 1;
constexpr size_t kHiddenBytesMax = 64 + 16 * kHiddenRangesMax;

Status check_range(RevisionRange range) {
  if (range.from < range.to) return Status();
  return Status(SLIP_INVALID, "no revisions lie from " + std::to_string(range.from) + " to below " +
                                  std::to_string(range.to));
}

}  // namespace

bool HiddenSet::contains(uint64_t revision) const {
  const auto above = std::upper_bound(
      ranges_.begin(), ranges_.end(), revision,
      [](uint64_t value, const RevisionRange& range) { return value < range.from; });
  return above != ranges_.begin() && revision < (above - 1)->to;
}

Status HiddenSet::replace(std::vector<RevisionRange> ranges) {
  if (ranges.size() > kHiddenRangesMax)
    return Status(SLIP_TOO_LARGE, "more than " + std::to_string(kHiddenRangesMax) +
                                      " ranges of revisions would be hidden (hide wider ones)");
  ranges_ = std::move(ranges);
  return Status();
}

Status HiddenSet::add(RevisionRange range) {
  SLIP_TRY(check_range(range));
  std::vector<RevisionRange> next;
  next.reserve(ranges_.size() + 1);
  auto at = ranges_.begin();
  for (; at != ranges_.end() && at->to < range.from; ++at) next.push_back(*at);
  for (; at != ranges_.end() && at->from <= range.to; ++at)
    range = {std::min(range.from, at->from), std::max(range.to, at->to)};
  next.push_back(range);
  next.insert(next.end(), at, ranges_.end());
  return replace(std::move(next));
}

Status HiddenSet::remove(RevisionRange range) {
  SLIP_TRY(check_range(range));
  std::vector<RevisionRange> next;
  next.reserve(ranges_.size() + 1);
  for (const RevisionRange& have : ranges_) {
    const RevisionRange before{have.from, std::min(have.to, range.from)};
    const RevisionRange after{std::max(have.from, range.to), have.to};
    if (before.from < before.to) next.push_back(before);
    if (after.from < after.to) next.push_back(after);
  }
  return replace(std::move(next));
}

std::string encode_hidden(const HiddenSet& set) {
  std::string rest(kMagic);
  append_le(&rest, kHiddenFormat);
  append_le(&rest, static_cast<uint32_t>(set.ranges().size()));
  for (const RevisionRange& range : set.ranges()) {
    append_le(&rest, range.from);
    append_le(&rest, range.to);
  }
  std::string bytes;
  append_le(&bytes, xxh3(rest));
  return bytes += rest;
}

Status decode_hidden(Bytes bytes, const std::string& what, HiddenSet* out) {
  const auto damaged = [&what](const std::string& why) {
    return Status(SLIP_CORRUPT, what + " " + why +
                                    " (restore the fold from an artifact; or remove the file, and "
                                    "what was hidden is seen again)");
  };
  if (bytes.size() < sizeof(uint64_t)) return damaged("is cut short");
  const Bytes rest = bytes.substr(sizeof(uint64_t));
  // guard: hidden_checksum
  if (guard_on("hidden_checksum") && read_le<uint64_t>(bytes.data()) != xxh3(rest))
    return damaged("does not match its checksum");
  FieldReader reader(rest);
  if (reader.bytes(kMagic.size()) != kMagic) return damaged("has another magic number");
  const auto format = reader.integer<uint32_t>();
  // guard: hidden_newer_format
  if (guard_on("hidden_newer_format") && format > kHiddenFormat)
    return Status(SLIP_NEWER_FORMAT, what + " has format " + std::to_string(format) +
                                         ", this library knows " + std::to_string(kHiddenFormat) +
                                         " (use a later version)");
  const auto count = reader.integer<uint32_t>();
  if (reader.failed() || format == 0 || count == 0 || count > kHiddenRangesMax)
    return damaged("makes no sense");
  std::vector<RevisionRange> ranges;
  for (uint32_t i = 0; i < count && !reader.failed(); ++i) {
    const auto from = reader.integer<uint64_t>();
    const auto to = reader.integer<uint64_t>();
    const bool in_order = ranges.empty() || ranges.back().to < from;
    // guard: hidden_order
    if (guard_on("hidden_order") && (!in_order || from >= to)) return damaged("is not in order");
    ranges.push_back({from, to});
  }
  if (!reader.complete()) return damaged("makes no sense");
  return out->replace(std::move(ranges));
}

std::string hidden_path(const std::string& root) { return join_path(root, "hidden"); }

Result<HiddenSet> read_hidden(FileSystem& fs, const std::string& root) {
  const std::string what = quoted(hidden_path(root));
  HiddenSet set;
  auto read = read_file(fs, hidden_path(root), kHiddenBytesMax);
  if (read.status().is(SLIP_NOT_FOUND)) return set;
  if (read.status().is(SLIP_TOO_LARGE)) return Status(SLIP_CORRUPT, what + " is too long");
  if (!read.ok()) return read.status();
  SLIP_TRY(decode_hidden(*read, what, &set));
  return set;
}

Status write_hidden(FileSystem& fs, const std::string& root, const HiddenSet& set) {
  if (!set.empty()) return write_file_atomically(fs, hidden_path(root), encode_hidden(set));
  const Status removed = fs.remove(hidden_path(root));
  if (!removed.ok() && !removed.is(SLIP_NOT_FOUND)) return removed;
  // guard: hidden_removal_sync
  return guard_on("hidden_removal_sync") ? fs.sync_directory(root) : Status();
}

}  // namespace slip::append_log
