#include "options.h"

#include <fmt/format.h>

#include <algorithm>

#include "json.h"

namespace cli {
namespace {

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

Outcome unknown_option(const std::string& name, const std::vector<int32_t>& kinds) {
  std::string nearest;
  size_t best = SIZE_MAX;
  for (const int32_t kind : kinds) {
    std::vector<OptionRow> rows;
    CLI_TRY(describe_options(kind, &rows));
    for (const OptionRow& row : rows) {
      const size_t distance = edit_distance(name, row.name);
      if (distance < best) {
        best = distance;
        nearest = row.name;
      }
    }
  }
  const std::string hint =
      nearest.empty()
          ? "this command has no options of that sort"
          : fmt::format("the nearest is \"{}\"; \"slipstream options\" lists them all", nearest);
  return Outcome::fail(SLIP_UNKNOWN_OPTION,
                       fmt::format("unknown option \"{}\" for this command ({})", name, hint));
}

}  // namespace

const std::vector<OptionKind>& option_kinds() {
  static const std::vector<OptionKind> kinds = {
      {SLIP_OPTIONS_CONNECTION, "connection"}, {SLIP_OPTIONS_BUCKET, "bucket"},
      {SLIP_OPTIONS_WATCH, "watch"},           {SLIP_OPTIONS_FOLD, "fold"},
      {SLIP_OPTIONS_EXPORT, "export"},         {SLIP_OPTIONS_OBJECT_STORE, "object-store"},
      {SLIP_OPTIONS_PUBLISH, "publish"},       {SLIP_OPTIONS_IMPORT, "import"}};
  return kinds;
}

Outcome describe_options(int32_t kind, std::vector<OptionRow>* rows) {
  Text text;
  Call call;
  CLI_TRY(call(slip_options_describe(kind, text.out(), call.error())));
  std::string why;
  const auto elements = json_elements(slip_text_string(text.get()), &why);
  if (!elements) return Outcome::fail(SLIP_INTERNAL, "description of the options: " + why);
  for (const std::string_view element : *elements) {
    const auto members = json_members(element, &why);
    if (!members) return Outcome::fail(SLIP_INTERNAL, "description of the options: " + why);
    OptionRow row;
    for (const JsonMember& member : *members) {
      if (member.name == "name") row.name = json_string(member.value).value_or("");
      if (member.name == "type") row.type = json_string(member.value).value_or("");
      if (member.name == "secret") row.secret = member.value == "true";
    }
    rows->push_back(std::move(row));
  }
  return Outcome::success();
}

Outcome OptionSet::make(int32_t kind, slip_options** out) {
  Options& options = options_[kind];
  if (!options) {
    Call call;
    CLI_TRY(call(slip_options_new(kind, options.out(), call.error())));
  }
  *out = options.get();
  return Outcome::success();
}

slip_options* OptionSet::get(int32_t kind) const {
  const auto found = options_.find(kind);
  return found == options_.end() ? nullptr : found->second.get();
}

Outcome OptionSet::add(int32_t kind, const std::string& name,
                       const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    slip_options* options = nullptr;
    CLI_TRY(make(kind, &options));
    Call call;
    CLI_TRY(call(slip_options_add(options, name.c_str(), value.c_str(), call.error())));
  }
  return Outcome::success();
}

Outcome OptionSet::set(int32_t kind, const std::string& name, const std::string& value) {
  slip_options* options = nullptr;
  CLI_TRY(make(kind, &options));
  Call call;
  return call(slip_options_set_string(options, name.c_str(), value.c_str(), call.error()));
}

Outcome OptionSet::assign(const std::vector<int32_t>& kinds,
                          const std::vector<std::string>& assignments) {
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      // Not repeated here: it may be a secret.
      return Outcome::usage("--option wants NAME=VALUE");
    }
    const std::string name = assignment.substr(0, equals);
    const std::string value = assignment.substr(equals + 1);
    bool known = false;
    for (const int32_t kind : kinds) {
      std::vector<OptionRow> rows;
      CLI_TRY(describe_options(kind, &rows));
      const auto row = std::find_if(rows.begin(), rows.end(),
                                    [&](const OptionRow& r) { return r.name == name; });
      if (row == rows.end()) continue;
      known = true;
      if (row->secret) {
        return Outcome::usage(fmt::format(
            "option \"{}\" is a secret, and other users can read a command line (use its "
            "environment variable or file; see \"Credentials\" in the man page)",
            name));
      }
      slip_options* options = nullptr;
      CLI_TRY(make(kind, &options));
      Call call;
      CLI_TRY(
          call(row->type == "list"
                   ? slip_options_add(options, name.c_str(), value.c_str(), call.error())
                   : slip_options_set_string(options, name.c_str(), value.c_str(), call.error())));
      break;
    }
    if (!known) return unknown_option(name, kinds);
  }
  return Outcome::success();
}

}  // namespace cli
