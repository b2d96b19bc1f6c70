#include "base/options.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <numeric>

#include "base/decimal.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace slip {
namespace {

constexpr size_t kNameBytesMax = 64;  // longer names are not compared with ours

const OptionSpec* find_spec(int32_t kind, std::string_view name) {
  const OptionSpec* spec = option_specs(kind);
  if (spec == nullptr) return nullptr;
  for (; spec->name != nullptr; ++spec)
    if (name == spec->name) return spec;
  return nullptr;
}

// Of a name that is known to be right.
const OptionSpec& spec_of(int32_t kind, const char* name) {
  const OptionSpec* spec = find_spec(kind, name);
  assert(spec != nullptr);
  return *spec;
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

Status unknown_option(int32_t kind, const std::string& name) {
  std::string text = "unknown option " + quoted(name);
  const OptionSpec* nearest = nullptr;
  size_t least = SIZE_MAX;
  for (const OptionSpec* spec = option_specs(kind); spec != nullptr && spec->name != nullptr;
       ++spec) {
    const size_t distance =
        edit_distance(std::string_view(name).substr(0, kNameBytesMax), spec->name);
    if (distance < least) {
      least = distance;
      nearest = spec;
    }
  }
  if (nearest == nullptr)
    text += ": there are no options of this kind";
  else
    text += ": the nearest is \"" + std::string(nearest->name) + "\"";
  return Status(SLIP_UNKNOWN_OPTION, text);
}

const char* type_name(OptionType type) {
  switch (type) {
    case OptionType::string:
      return "string";
    case OptionType::choice:
      return "choice";
    case OptionType::u64:
      return "u64";
    case OptionType::boolean:
      return "boolean";
    case OptionType::bytes:
      return "bytes";
    case OptionType::list:
      return "list";
  }
  return "?";
}

std::string shown(const OptionSpec& spec, std::string_view value) {
  return spec.secret ? std::string("(not shown)") : quoted(value);
}

Status wrong_type(const OptionSpec& spec, const std::string& given) {
  return Status(SLIP_INVALID, "option \"" + std::string(spec.name) + "\" is of type " +
                                  type_name(spec.type) + ", not " + given);
}

Status out_of_bounds(const OptionSpec& spec, const std::string& value) {
  const std::string unit = spec.unit != nullptr ? " " + std::string(spec.unit) : std::string();
  return Status(SLIP_OUT_OF_BOUNDS, "option \"" + std::string(spec.name) + "\" is " + value +
                                        ": its bounds are " + std::to_string(spec.min) + " to " +
                                        std::to_string(spec.max) + unit);
}

std::vector<std::string> choices_of(const OptionSpec& spec) {
  std::vector<std::string> all;
  const std::string_view text = spec.choices;
  for (size_t start = 0; start <= text.size();) {
    const size_t bar = std::min(text.find('|', start), text.size());
    all.emplace_back(text.substr(start, bar - start));
    start = bar + 1;
  }
  return all;
}

Status check_length(const OptionSpec& spec, std::string_view value) {
  if (value.size() <= kOptionBytesMax) return Status();
  return Status(SLIP_OUT_OF_BOUNDS,
                "option \"" + std::string(spec.name) + "\" has " + std::to_string(value.size()) +
                    " bytes: its bounds are 0 to " + std::to_string(kOptionBytesMax) + " bytes");
}

Status check_u64(const OptionSpec& spec, std::string_view value) {
  uint64_t number = 0;
  switch (parse_decimal(value, &number)) {
    case Decimal::malformed:
      return wrong_type(spec, shown(spec, value) + " (a decimal number is expected)");
    case Decimal::too_large:
      return out_of_bounds(spec, quoted(value));
    case Decimal::ok:
      break;
  }
  if (number < spec.min || number > spec.max) return out_of_bounds(spec, std::string(value));
  return Status();
}

// The stored form of a text: what string() gives back.
Result<std::string> canonical(const OptionSpec& spec, std::string_view value) {
  SLIP_TRY(check_length(spec, value));
  switch (spec.type) {
    case OptionType::u64:
      SLIP_TRY(check_u64(spec, value));
      break;
    case OptionType::boolean:
      if (value == "1" || value == "true") return std::string("true");
      if (value == "0" || value == "false") return std::string("false");
      return wrong_type(spec, shown(spec, value) + " (true or false is expected)");
    case OptionType::choice: {
      const std::vector<std::string> choices = choices_of(spec);
      if (std::find(choices.begin(), choices.end(), value) != choices.end()) break;
      return Status(SLIP_OUT_OF_BOUNDS, "option \"" + std::string(spec.name) + "\" is " +
                                            shown(spec, value) + ": its values are " +
                                            spec.choices);
    }
    case OptionType::string:
    case OptionType::bytes:
    case OptionType::list:
      break;
  }
  return std::string(value);
}

void describe_default(const OptionSpec& spec, JsonWriter* json) {
  json->key("default");
  switch (spec.type) {
    case OptionType::u64:
    case OptionType::boolean:
      json->raw(spec.default_text);
      return;
    case OptionType::list:
      json->raw("[]");
      return;
    default:
      json->string(spec.default_text);
      return;
  }
}

void describe_option(const OptionSpec& spec, JsonWriter* json) {
  json->begin_object().member("name", spec.name).member("type", type_name(spec.type));
  describe_default(spec, json);
  if (spec.type == OptionType::u64) json->member_u64("min", spec.min).member_u64("max", spec.max);
  if (spec.type == OptionType::choice) {
    json->key("values").begin_array();
    for (const std::string& choice : choices_of(spec)) json->string(choice);
    json->end_array();
  }
  if (spec.unit != nullptr) json->member("unit", spec.unit);
  if (spec.secret) json->member_bool("secret", true);
  json->member("summary", spec.summary).end_object();
}

}  // namespace

Status Options::set_string(const std::string& name, std::string_view value) {
  const OptionSpec* spec = find_spec(kind_, name);
  if (spec == nullptr) return unknown_option(kind_, name);
  SLIP_ASSIGN(std::string text, canonical(*spec, value));
  std::vector<std::string> values;
  values.push_back(std::move(text));
  values_[name] = std::move(values);
  return Status();
}

Status Options::set_u64(const std::string& name, uint64_t value) {
  const OptionSpec* spec = find_spec(kind_, name);
  if (spec == nullptr) return unknown_option(kind_, name);
  if (spec->type != OptionType::u64) return wrong_type(*spec, "a number");
  return set_string(name, std::to_string(value));
}

Status Options::set_bool(const std::string& name, bool value) {
  const OptionSpec* spec = find_spec(kind_, name);
  if (spec == nullptr) return unknown_option(kind_, name);
  if (spec->type != OptionType::boolean) return wrong_type(*spec, "a bool");
  return set_string(name, value ? "true" : "false");
}

Status Options::set_bytes(const std::string& name, std::string_view value) {
  const OptionSpec* spec = find_spec(kind_, name);
  if (spec == nullptr) return unknown_option(kind_, name);
  if (spec->type != OptionType::bytes) return wrong_type(*spec, "bytes");
  return set_string(name, value);
}

Status Options::add(const std::string& name, std::string_view value) {
  const OptionSpec* spec = find_spec(kind_, name);
  if (spec == nullptr) return unknown_option(kind_, name);
  if (spec->type != OptionType::list) return wrong_type(*spec, "a list");
  SLIP_TRY(check_length(*spec, value));
  const auto found = values_.find(name);
  if (found == values_.end()) return set_string(name, value);
  std::vector<std::string>& values = found->second;
  if (values.size() >= kOptionListMax)
    return Status(SLIP_OUT_OF_BOUNDS, "option \"" + name + "\" has " +
                                          std::to_string(values.size()) +
                                          " values already: that is its bound");
  values.emplace_back(value);
  return Status();
}

std::string Options::string(const char* name) const {
  const OptionSpec& spec = spec_of(kind_, name);
  assert(spec.type == OptionType::string || spec.type == OptionType::choice ||
         spec.type == OptionType::bytes);
  const auto found = values_.find(name);
  return found != values_.end() ? found->second.front() : std::string(spec.default_text);
}

uint64_t Options::u64(const char* name) const {
  const OptionSpec& spec = spec_of(kind_, name);
  assert(spec.type == OptionType::u64);
  const auto found = values_.find(name);
  uint64_t value = 0;
  [[maybe_unused]] const Decimal parsed = parse_decimal(
      found != values_.end() ? std::string_view(found->second.front()) : spec.default_text, &value);
  assert(parsed == Decimal::ok);
  return value;
}

bool Options::boolean(const char* name) const {
  const OptionSpec& spec = spec_of(kind_, name);
  assert(spec.type == OptionType::boolean);
  const auto found = values_.find(name);
  return (found != values_.end() ? found->second.front() : spec.default_text) == "true";
}

std::vector<std::string> Options::list(const char* name) const {
  assert(spec_of(kind_, name).type == OptionType::list);
  const auto found = values_.find(name);
  return found != values_.end() ? found->second : std::vector<std::string>();
}

bool Options::is_set(const char* name) const {
  assert(find_spec(kind_, name) != nullptr);
  return values_.count(name) != 0;
}

Result<std::string> Options::describe(int32_t kind) {
  const OptionSpec* spec = option_specs(kind);
  if (spec == nullptr)
    return Status(SLIP_INVALID, "cannot describe options: " + std::to_string(kind) +
                                    " is no kind of options (see SLIP_OPTIONS_CONNECTION)");
  JsonWriter json;
  json.begin_array();
  for (; spec->name != nullptr; ++spec) describe_option(*spec, &json);
  json.end_array();
  return json.take();
}

}  // namespace slip
