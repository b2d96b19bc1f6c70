// slipstream: the command. It uses the public header only, and is the library's first user.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "commands.h"
#include "json.h"

namespace {

void report(const cli::Context& context, const cli::Outcome& outcome) {
  if (outcome.message.empty()) return;
  if (!context.json) {
    fmt::print(stderr, "slipstream: {}\n", outcome.message);
    return;
  }
  cli::JsonObject error;
  error.text("status", slip_status_name(outcome.status)).text("message", outcome.message);
  error.boolean("retriable", outcome.retriable).number("exit", static_cast<uint64_t>(outcome.exit));
  fmt::print(stderr, "{}\n", cli::JsonObject().raw("error", error.str()).str());
}

cli::Outcome run(cli::Context& context) {
  CLI_TRY(context.options.assign(context.kinds, context.assignments));
  const cli::Outcome outcome = context.action();
  CLI_TRY(outcome);
  return cli::finish_output();
}

void define_commands(cli::Command app, cli::Context& context) {
  cli::add_general_commands(app, context);
  cli::add_bucket_commands(app, context);
  cli::add_kv_commands(app, context);
  cli::add_watch_command(app, context);
  cli::add_fold_commands(app, context);
  cli::add_artifact_commands(app, context);
  cli::add_publish_commands(app, context);
  cli::add_object_commands(app, context);
}

int command_line(int argc, char** argv) {
  cli::Context context;
  const std::string footer =
      std::string(
          "Examples:\n"
          "  slipstream demo\n"
          "  slipstream kv put routes edge.eu 10.0.0.1\n"
          "  slipstream watch routes /var/lib/edge/routes --until caught-up\n"
          "  slipstream fold get /var/lib/edge/routes edge.eu\n\n") +
      cli::exit_code_help() +
      "\nResults go to standard output, progress and errors to standard error.";
  const auto ended =
      cli::read_command_line(argc, argv, "A replica of your NATS KV bucket inside every process.",
                             footer, [&](cli::Command app) { define_commands(app, context); });
  if (ended) return *ended;
  const cli::Outcome outcome = run(context);
  report(context, outcome);
  if (!outcome.ok()) std::fflush(stdout);
  return outcome.exit;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return command_line(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("slipstream: out of memory\n", stderr);
    return cli::kExitMachine;
  } catch (const std::exception& e) {
    fmt::print(stderr, "slipstream: unexpected: {}\n", e.what());
    return cli::kExitFailure;
  }
}
