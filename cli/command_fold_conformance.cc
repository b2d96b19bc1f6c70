// slipstream fold conformance
#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "commands.h"
#include "conformance/kinds.h"
#include "conformance/suite.h"
#include "json.h"
#include "temporary_directory.h"

namespace cli {
namespace {

using conformance::CaseReport;
using conformance::Result;

constexpr char kEntry[] = "slip_fold_conformance_open";

struct Arguments {
  std::string library;
  std::string entry = kEntry;
  std::string only;
  std::optional<uint64_t> seed;
};

// Loaded for as long as the process lives: what it holds may be needed at exit.
Outcome load(const Arguments& a, conformance::OpenFunctions* out) {
  // A name without a slash would be looked for in the system's folders.
  const std::string path = a.library.find('/') == std::string::npos ? "./" + a.library : a.library;
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return Outcome::fail(SLIP_NOT_FOUND, fmt::format("cannot load {}: {}", path, dlerror()));
  void* symbol = dlsym(library, a.entry.c_str());
  if (symbol == nullptr)
    return Outcome::fail(SLIP_NOT_FOUND,
                         fmt::format("{} has no function {}: export one, or name it with --entry "
                                     "(man slipstream, FOLDS OF YOUR OWN)",
                                     path, a.entry));
  *out = reinterpret_cast<conformance::OpenFunctions>(symbol);
  return Outcome::success();
}

const char* name_of(Result result) {
  if (result == Result::held) return "held";
  return result == Result::failed ? "failed" : "not_offered";
}

void show(const CaseReport& one) {
  if (one.result == Result::held) print(fmt::format("held         {}", one.name));
  if (one.result == Result::not_offered)
    print(fmt::format("not offered  {}: {}", one.name, one.seen));
  if (one.result == Result::failed)
    print(fmt::format("FAILED       {}\n             expected {}\n             seen     {}",
                      one.name, one.expected, one.seen));
}

std::string report_json(const Arguments& a, const conformance::Report& report, uint64_t seed) {
  std::string cases;
  for (const CaseReport& one : report.cases) {
    JsonObject object;
    object.text("name", one.name).text("result", name_of(one.result));
    if (one.result == Result::failed) object.text("expected", one.expected).text("seen", one.seen);
    if (one.result == Result::not_offered) object.text("reason", one.seen);
    cases += (cases.empty() ? "" : ",") + object.str();
  }
  JsonObject object;
  object.text("library", a.library).boolean("conforms", report.conforms());
  object.number("held", report.count(Result::held));
  object.number("failed", report.count(Result::failed));
  object.number("not_offered", report.count(Result::not_offered));
  return object.number("seed", seed).raw("cases", "[" + cases + "]").str();
}

Outcome check_case(const std::string& only) {
  const std::vector<std::string> names = conformance::case_names();
  if (only.empty() || std::find(names.begin(), names.end(), only) != names.end())
    return Outcome::success();
  return Outcome::usage(
      fmt::format("there is no case \"{}\": they are {}", only, fmt::join(names, ", ")));
}

Outcome run(Context& context, const Arguments& a) {
  conformance::OpenFunctions open_functions = nullptr;
  CLI_TRY(check_case(a.only));
  CLI_TRY(load(a, &open_functions));
  TemporaryDirectory directory;
  CLI_TRY(directory.make());
  conformance::ForeignKind kind("conformance", open_functions, directory.path());
  conformance::Settings settings;
  settings.directory = directory.path();
  settings.seed = a.seed.value_or(1);
  settings.only = a.only;
  if (!context.json) settings.on_case = show;
  const conformance::Report report = conformance::run(kind, settings);
  if (context.json) print(report_json(a, report, settings.seed));
  if (!context.json)
    print(fmt::format("{} cases: {} held, {} failed, {} not offered", report.cases.size(),
                      report.count(Result::held), report.count(Result::failed),
                      report.count(Result::not_offered)));
  return report.conforms() ? Outcome::success() : Outcome::silent(kExitFailure);
}

}  // namespace

void add_fold_conformance_command(Command family, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  Command command = add_command(family, context, "conformance",
                                "Examine a fold of your own kind: every rule, by name",
                                "  slipstream fold conformance --library ./libmyfold.so", {},
                                [&context, arguments] { return run(context, *arguments); });
  command.text("--library", arguments->library, "FILE",
               "The shared object that holds your functions", Command::Need::required);
  command.text("--entry", arguments->entry, "NAME",
               "Its function that fills slip_fold_functions (slip_fold_conformance_open)");
  command.text("--case", arguments->only, "NAME", "This case only");
  command.number("--seed", arguments->seed, "Of the random history (1)");
}

}  // namespace cli
