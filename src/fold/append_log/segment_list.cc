#include "fold/append_log/segment_list.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <set>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fold/append_log/format.h"
#include "fold/fields.h"
#include "fs/atomic_file.h"

namespace slip::append_log {
namespace {

constexpr char kMagic[] = "SLIPSEGS";
constexpr size_t kMagicBytes = sizeof kMagic - 1;
constexpr size_t kListBytesMax = 64 + 16 * kLogSegmentsMax;
constexpr std::string_view kSuffix = ".log";
constexpr std::string_view kStaged = ".slip-staged-";

std::string list_path(const std::string& directory) { return join_path(directory, "SEGMENTS"); }

Status damaged(const std::string& directory, const std::string& why) {
  return Status(SLIP_CORRUPT,
                quoted(list_path(directory)) + " " + why + " (restore the fold from an artifact)");
}

bool are_distinct(const std::vector<Segment>& segments) {
  std::vector<uint64_t> numbers;
  numbers.reserve(segments.size());
  for (const Segment& segment : segments) numbers.push_back(segment.number);
  std::sort(numbers.begin(), numbers.end());
  return std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end();
}

bool ends_with(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
}

}  // namespace

std::string segment_path(const std::string& directory, uint64_t number) {
  char name[32];
  snprintf(name, sizeof name, "%06" PRIu64 ".log", number);
  return join_path(directory, name);
}

Result<std::vector<Segment>> read_segment_list(FileSystem& fs, const std::string& directory) {
  auto read = read_file(fs, list_path(directory), kListBytesMax);
  if (read.status().is(SLIP_TOO_LARGE)) return damaged(directory, "is too long");
  if (read.status().is(SLIP_NOT_FOUND)) return damaged(directory, "is missing");
  SLIP_ASSIGN(const std::string bytes, std::move(read));
  if (bytes.size() < sizeof(uint64_t)) return damaged(directory, "is cut short");
  const Bytes rest = Bytes(bytes).substr(sizeof(uint64_t));
  // guard: log_list_checksum
  if (guard_on("log_list_checksum") && read_le<uint64_t>(bytes.data()) != xxh3(rest))
    return damaged(directory, "does not match its checksum");
  FieldReader reader(rest);
  if (reader.bytes(kMagicBytes) != Bytes(kMagic, kMagicBytes))
    return damaged(directory, "has another magic number");
  const auto format = reader.integer<uint32_t>();
  const auto count = reader.integer<uint32_t>();
  if (!reader.failed() && format > kLogFormat)
    return Status(SLIP_NEWER_FORMAT, quoted(list_path(directory)) + " has format " +
                                         std::to_string(format) + ", this library knows " +
                                         std::to_string(kLogFormat) + " (use a later version)");
  std::vector<Segment> segments;
  for (uint32_t i = 0; i < count && !reader.failed(); ++i) {
    Segment segment;
    segment.number = reader.integer<uint64_t>();
    segment.size_bytes = reader.integer<uint64_t>();
    const bool is_last = i + 1 == count;
    if (segment.size_bytes == 0 && !is_last) return damaged(directory, "makes no sense");
    segments.push_back(segment);
  }
  if (!reader.complete() || segments.empty() || !are_distinct(segments))
    return damaged(directory, "makes no sense");
  return segments;
}

Result<StagedFile> stage_segment_list(FileSystem& fs, const std::string& directory,
                                      const std::vector<Segment>& segments) {
  if (segments.size() > kLogSegmentsMax)
    return Status(SLIP_TOO_LARGE, "the log in " + quoted(directory) + " has " +
                                      std::to_string(segments.size()) + " segments, the limit is " +
                                      std::to_string(kLogSegmentsMax) +
                                      " (make a new fold, with a larger segment_bytes)");
  std::string rest(kMagic, kMagicBytes);
  append_le(&rest, kLogFormat);
  append_le(&rest, static_cast<uint32_t>(segments.size()));
  for (const Segment& segment : segments) {
    append_le(&rest, segment.number);
    append_le(&rest, segment.size_bytes);
  }
  std::string bytes;
  append_le(&bytes, xxh3(rest));
  SLIP_ASSIGN(StagedFile staged, StagedFile::create(fs, list_path(directory)));
  SLIP_TRY(staged.append(bytes += rest));
  return staged;
}

Status write_segment_list(FileSystem& fs, const std::string& directory,
                          const std::vector<Segment>& segments) {
  SLIP_ASSIGN(StagedFile staged, stage_segment_list(fs, directory, segments));
  return staged.persist();
}

Status remove_unlisted(FileSystem& fs, const std::string& directory,
                       const std::vector<Segment>& segments) {
  SLIP_ASSIGN(const std::vector<std::string> names, fs.list(directory));
  std::set<std::string> listed;
  for (const Segment& segment : segments) listed.insert(segment_path(directory, segment.number));
  for (const std::string& name : names) {
    const std::string path = join_path(directory, name);
    const bool is_ours =
        ends_with(name, kSuffix) || std::string_view(name).substr(0, kStaged.size()) == kStaged;
    if (is_ours && listed.count(path) == 0) [[maybe_unused]]
      const Status removed = fs.remove(path);
  }
  return Status();
}

}  // namespace slip::append_log
