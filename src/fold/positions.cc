#include "fold/positions.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fold/fields.h"
#include "fold/root.h"
#include "fs/atomic_file.h"

namespace slip {
namespace {

// Checksum of the rest, magic, format, then the fields. The checksum's place and sort stay the same
// in every format, so damage is told from a later version.
constexpr std::string_view kMagic = "SLIPPOSN";
constexpr uint32_t kPositionFormat = 1;
constexpr std::string_view kSuffix = ".ckpt";
constexpr size_t kFieldsBytesMax = 4096;  // but for the scope
constexpr size_t kPositionBytesMax = kFieldsBytesMax + kScopePrefixesMax * (2 + kFoldKeyBytesMax);

bool is_name_byte(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '-';
}

// Nothing that could lead out of the directory, be hidden in it, or be taken for a staged file.
bool is_consumer_name(std::string_view name) {
  return !name.empty() && name.size() <= kConsumerNameBytesMax && name[0] != '.' &&
         name[0] != '-' && std::all_of(name.begin(), name.end(), is_name_byte);
}

std::string incarnation(const Identity& identity) {
  if (!identity.bound()) return "of no bucket yet";
  return "of bucket " + quoted(identity.bucket) + ", epoch " + std::to_string(identity.epoch);
}

// Whether what the fold holds is what the position is a position in. A position that covers more
// than the fold, whose scope was narrowed since, covers the fold too.
Status check_fit(const Position& position, const FoldMeta& meta, const std::string& what) {
  // guard: position_identity
  if (guard_on("position_identity") && !(position.identity == meta.identity))
    return Status(SLIP_IDENTITY_MISMATCH, what + " is " + incarnation(position.identity) +
                                              ", the fold is " + incarnation(meta.identity) +
                                              " (save a position to begin anew)");
  // guard: position_scope
  if (guard_on("position_scope") && !position.scope.covers(meta.scope))
    return Status(SLIP_SCOPE_MISMATCH, what + " is in " + position.scope.describe() +
                                           ", the fold holds " + meta.scope.describe() +
                                           " (save a position to begin anew)");
  return Status();
}

}  // namespace

std::string encode_position(const Position& position) {
  std::string rest(kMagic);
  append_le(&rest, kPositionFormat);
  append_le(&rest, position.identity.epoch);
  append_le(&rest, position.revision);
  append_text(&rest, position.name);
  append_text(&rest, position.identity.bucket);
  append_le(&rest, static_cast<uint32_t>(position.scope.prefixes.size()));
  for (const std::string& prefix : position.scope.prefixes) append_text(&rest, prefix);
  std::string bytes;
  append_le(&bytes, xxh3(rest));
  return bytes += rest;
}

Status decode_position(Bytes bytes, const std::string& what, Position* out) {
  const auto damaged = [&what](const std::string& why) {
    return Status(SLIP_CORRUPT, what + " " + why + " (save a position to begin anew)");
  };
  if (bytes.size() < sizeof(uint64_t)) return damaged("is cut short");
  FieldReader reader(bytes.substr(sizeof(uint64_t)));
  // guard: position_checksum
  if (guard_on("position_checksum") &&
      read_le<uint64_t>(bytes.data()) != xxh3(bytes.substr(sizeof(uint64_t))))
    return damaged("does not match its checksum");
  if (reader.bytes(kMagic.size()) != kMagic) return damaged("has another magic number");
  const auto format = reader.integer<uint32_t>();
  // guard: position_newer_format
  if (guard_on("position_newer_format") && format > kPositionFormat)
    return Status(SLIP_NEWER_FORMAT, what + " has format " + std::to_string(format) +
                                         ", this library knows " + std::to_string(kPositionFormat) +
                                         " (use a later version)");
  Position position;
  position.identity.epoch = reader.integer<uint64_t>();
  position.revision = reader.integer<uint64_t>();
  position.name = reader.text();
  position.identity.bucket = reader.text();
  const auto prefixes = reader.integer<uint32_t>();
  if (reader.failed() || prefixes == 0 || prefixes > kScopePrefixesMax)
    return damaged("makes no sense");
  position.scope.prefixes.clear();
  for (uint32_t i = 0; i < prefixes && !reader.failed(); ++i)
    position.scope.prefixes.push_back(reader.text());
  if (!reader.complete() || format == 0 || !position.identity.bound() ||
      position.identity.epoch == 0 || position.revision > kRevisionMax)
    return damaged("makes no sense");
  *out = std::move(position);
  return Status();
}

std::string Positions::path_of(std::string_view name) const {
  return join_path(directory(), std::string(name).append(kSuffix));
}

Status Positions::check(std::string_view name) const {
  if (closed_) return Status(SLIP_CLOSED, "fold " + quoted(root_) + " is closed");
  // guard: position_name
  if (guard_on("position_name") && !is_consumer_name(name))
    return Status(SLIP_INVALID, "no consumer can have the name " + quoted(name) + ": it has 1 to " +
                                    std::to_string(kConsumerNameBytesMax) +
                                    " of A-Z a-z 0-9 _ . - and begins with none of . and -");
  return Status();
}

std::string Positions::what(std::string_view name) const {
  return "the position of consumer " + quoted(name) + " of fold " + quoted(root_);
}

// NOT_FOUND where none was saved.
Result<Position> Positions::read(std::string_view name) {
  auto bytes = read_file(fs_, path_of(name), kPositionBytesMax);
  if (bytes.status().is(SLIP_TOO_LARGE)) return Status(SLIP_CORRUPT, what(name) + " is too long");
  if (!bytes.ok()) return bytes.status().with_context("cannot read " + what(name));
  Position position;
  SLIP_TRY(decode_position(*bytes, what(name), &position));
  if (position.name != name)
    return Status(SLIP_CORRUPT, what(name) + " is that of consumer " + quoted(position.name) +
                                    " (save a position to begin anew)");
  return position;
}

Result<Cursor> Positions::load(std::string_view name, const FoldMeta& meta) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(check(name));
  auto position = read(name);
  if (position.status().is(SLIP_NOT_FOUND)) {
    // A directory that went away takes its positions along: that is no fresh consumer.
    auto state = examine_root(fs_, root_);
    if (!state.ok()) return state.status().with_context("cannot read " + what(name));
    if (*state == RootState::ours) return Cursor{0, 0};
    return Status(SLIP_NOT_OURS, "cannot read " + what(name) + ": there is no fold any more");
  }
  if (!position.ok()) return position.status();
  SLIP_TRY(check_fit(*position, meta, what(name)));
  return Cursor{position->identity.epoch, position->revision};
}

Status Positions::check_all() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return Status(SLIP_CLOSED, "fold " + quoted(root_) + " is closed");
  const auto names = fs_.list(directory());
  if (names.status().is(SLIP_NOT_FOUND)) return Status();
  SLIP_TRY(names.status());
  for (const std::string& file : names.value()) {
    const size_t stem = file.size() - std::min(file.size(), kSuffix.size());
    const std::string_view name = std::string_view(file).substr(0, stem);
    if (std::string_view(file).substr(stem) == kSuffix && is_consumer_name(name))
      SLIP_TRY(read(name).status());
  }
  return Status();
}

Status Positions::save(std::string_view name, Cursor cursor, const FoldMeta& meta) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(check(name));
  const std::string what = "cannot save " + this->what(name);
  if (read_only_)
    return Status(SLIP_PERMISSION_DENIED, what + ": the fold was opened with read_only");
  if (cursor.epoch == 0 || cursor.revision > kRevisionMax)
    return Status(SLIP_INVALID, what + ": epoch " + std::to_string(cursor.epoch) + ", revision " +
                                    std::to_string(cursor.revision) + " is no position");
  if (!meta.identity.bound())
    return Status(SLIP_MISUSE, what + ": the fold has followed nothing yet");
  if (cursor.epoch != meta.identity.epoch)
    return Status(SLIP_IDENTITY_MISMATCH, what + ": its epoch is " + std::to_string(cursor.epoch) +
                                              ", the fold is " + incarnation(meta.identity));
  const Position position{std::string(name), meta.identity, meta.scope, cursor.revision};
  SLIP_TRY(make_directories(fs_, directory()).with_context(what));
  return write_file_atomically(fs_, path_of(name), encode_position(position)).with_context(what);
}

void Positions::close() {
  const std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
}

}  // namespace slip
