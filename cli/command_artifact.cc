// slipstream artifact export | verify | info | import
#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "entries.h"
#include "json.h"
#include "summary.h"
#include "text.h"

namespace cli {
namespace {

struct Arguments {
  std::string fold;
  std::string directory;
};

Outcome export_fold(Context& context, const Arguments& a) {
  Fold fold;
  CLI_TRY(open_fold_read_only(context, a.fold, &fold));
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  Call call;
  CLI_TRY(call(slip_fold_export(fold.get(), a.directory.c_str(),
                                context.options.get(SLIP_OPTIONS_EXPORT), &summary, call.error())));
  print_summary(context, summary);
  return Outcome::success();
}

Outcome verify(Context& context, const Arguments& a) {
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  Call call;
  CLI_TRY(call(slip_artifact_verify(a.directory.c_str(), &summary, call.error())));
  print_summary(context, summary);
  return Outcome::success();
}

Outcome info(Context& context, const Arguments& a) {
  Text json;
  Call call;
  CLI_TRY(call(slip_artifact_info(a.directory.c_str(), json.out(), call.error())));
  print(context.json ? slip_text_string(json.get()) : json_pretty(slip_text_string(json.get())));
  return Outcome::success();
}

Outcome import_artifact(Context& context, const Arguments& a) {
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  Call call;
  CLI_TRY(call(slip_fold_import(a.directory.c_str(), fold_url(a.fold).c_str(),
                                context.options.get(SLIP_OPTIONS_IMPORT), &summary, call.error())));
  print_summary(context, summary);
  return Outcome::success();
}

}  // namespace

void add_artifact_commands(Command app, Context& context) {
  Command family = app.family("artifact", "Folds as portable directories of files");
  auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* summary, const char* example,
                       std::vector<int32_t> kinds, Outcome (*run)(Context&, const Arguments&)) {
    return add_command(family, context, name, summary, example, std::move(kinds),
                       [&context, arguments, run] { return run(context, *arguments); });
  };
  const auto fold = [&](Command command) {
    command.positional("fold", arguments->fold, "lmdb:PATH, or a path");
  };
  const auto directory = [&](Command command) {
    command.positional("directory", arguments->directory, "The artifact's directory");
  };

  Command command = add("export", "Write a fold as an artifact, also beside its writer",
                        "  slipstream artifact export ./routes ./routes.artifact",
                        {SLIP_OPTIONS_FOLD, SLIP_OPTIONS_EXPORT}, export_fold);
  fold(command);
  directory(command);
  command = add("verify", "Read every byte of an artifact and compare",
                "  slipstream artifact verify ./routes.artifact", {}, verify);
  directory(command);
  command = add("info", "The manifest of an artifact",
                "  slipstream artifact info ./routes.artifact", {}, info);
  directory(command);
  command = add("import", "Make a new fold from an artifact, verified to the last byte",
                "  slipstream artifact import ./routes.artifact ./copy", {SLIP_OPTIONS_IMPORT},
                import_artifact);
  directory(command);
  fold(command);
}

}  // namespace cli
