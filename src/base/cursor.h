// Cursor, identity, scope: where a replica stands, of what, and of which part of it.
// Plain values; any thread.
#ifndef SLIP_BASE_CURSOR_H
#define SLIP_BASE_CURSOR_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace slip {

using Cursor = ::slip_cursor;  // (epoch, revision); epoch 0: nothing followed yet

// The largest revision that a cursor may have: one must be able to follow it.
constexpr uint64_t kRevisionMax = UINT64_MAX - 1;

// Which bucket, and which incarnation of it.
struct Identity {
  std::string bucket;  // "" where nothing was followed yet
  uint64_t epoch = 0;
  bool bound() const { return !bucket.empty(); }
};
inline bool operator==(const Identity& a, const Identity& b) {
  return a.bucket == b.bucket && a.epoch == b.epoch;
}

// The keys that are followed: those that begin with one of the prefixes, as bytes. Normalised:
// sorted, none a prefix of another; [""] is the whole bucket.
struct Scope {
  std::vector<std::string> prefixes{std::string()};

  static Scope all() { return Scope{}; }
  // Sorts, drops what another prefix covers; an empty list is the whole bucket.
  static Scope of(std::vector<std::string> prefixes);
  bool whole() const { return prefixes.size() == 1 && prefixes[0].empty(); }
  bool contains(std::string_view key) const;
  // Every key of `other` is in this scope.
  bool covers(const Scope& other) const;
  // For sentences: `the whole bucket` or `prefixes "a.", "b."`.
  std::string describe() const;
};
inline bool operator==(const Scope& a, const Scope& b) { return a.prefixes == b.prefixes; }

// [A-Za-z0-9_-], 1 to kBucketNameBytesMax bytes (ADR-8).
bool is_bucket_name(std::string_view name);
// [-/_=.A-Za-z0-9]+, no leading, trailing or double dot (ADR-8).
bool has_key_form(std::string_view key);
// The same, of at most kKeyBytesMax bytes: a key that we write.
bool is_key(std::string_view key);

// The text form of slip_cursor_format and its inverse.
Result<std::string> format_cursor(std::string_view bucket, Cursor cursor);
struct ParsedCursor {
  std::string bucket;
  Cursor cursor{0, 0};
};
Result<ParsedCursor> parse_cursor(std::string_view text);

}  // namespace slip
#endif
