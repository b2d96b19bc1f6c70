// Options: named, typed, bounded, described. One table a kind, in options_table.cc, is the only place
// where an option, its default and its bounds are said. Owned by one thread at a time.
#ifndef SLIP_BASE_OPTIONS_H
#define SLIP_BASE_OPTIONS_H

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace slip {

enum class OptionType { string, choice, u64, boolean, bytes, list };

struct OptionSpec {
  const char* name;
  OptionType type;
  const char* default_text;  // as a string; "" for an empty string, bytes or list
  uint64_t min;              // of a u64
  uint64_t max;
  const char* choices;  // of a choice: "idle|window"; nullptr otherwise
  const char* unit;     // "ms", "bytes", ...; nullptr
  bool secret;          // never shown, never in a sentence
  const char* summary;  // one line
};

// Null-name-terminated; nullptr for an unknown kind.
const OptionSpec* option_specs(int32_t kind);

class Options {
 public:
  explicit Options(int32_t kind) : kind_(kind) {}
  int32_t kind() const { return kind_; }

  // Text for every type; a list becomes this one value (add() for more). An unknown name is
  // UNKNOWN_OPTION and gets the nearest one, a value out of bounds OUT_OF_BOUNDS with the bounds, one
  // of another type INVALID. After a failure the option is as it was.
  Status set_string(const std::string& name, std::string_view value);
  Status set_u64(const std::string& name, uint64_t value);
  Status set_bool(const std::string& name, bool value);
  Status set_bytes(const std::string& name, std::string_view value);
  Status add(const std::string& name, std::string_view value);

  // The value, or the default. Asking for a name that the kind lacks is a defect (assert).
  std::string string(const char* name) const;  // string, choice, bytes
  uint64_t u64(const char* name) const;
  bool boolean(const char* name) const;
  std::vector<std::string> list(const char* name) const;
  bool is_set(const char* name) const;

  static Result<std::string> describe(int32_t kind);

 private:
  int32_t kind_;
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace slip
#endif
