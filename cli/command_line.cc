#include "command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "outcome.h"

namespace cli {
namespace {

CLI::Option* shaped(CLI::Option* option, Command::Need need, const char* group) {
  if (need == Command::Need::required) option->required();
  if (group != nullptr) option->group(group);
  return option;
}

// Names flags only: an argument that is not expected may be a password.
int report_unexpected(const CLI::App& app) {
  std::string flags;
  for (const std::string& argument : app.remaining(true)) {
    if (argument.rfind('-', 0) != 0 || argument == "--") continue;
    flags += (flags.empty() ? "" : ", ") + argument.substr(0, argument.find('='));
  }
  fmt::print(stderr, "slipstream: {} (see --help of the command)\n",
             flags.empty() ? "more arguments than the command takes" : "unexpected: " + flags);
  return kExitUsage;
}

}  // namespace

Command Command::family(const char* name, const char* summary) {
  CLI::App* app = app_->add_subcommand(name, summary);
  app->require_subcommand(1);
  return Command(app);
}

Command Command::add(const char* name, const char* summary, const std::string& footer,
                     std::function<void()> chosen) {
  CLI::App* app = app_->add_subcommand(name, summary);
  app->footer(footer);
  app->callback(std::move(chosen));
  return Command(app);
}

void Command::positional(const char* name, std::string& target, const char* help, Need need) {
  shaped(app_->add_option(name, target, help), need, nullptr);
}

void Command::positional(const char* name, std::optional<std::string>& target, const char* help) {
  app_->add_option(name, target, help);
}

void Command::text(const char* flags, std::string& target, const char* type, const char* help,
                   Need need, const char* group, const char* variable) {
  CLI::Option* option = shaped(app_->add_option(flags, target, help), need, group);
  option->type_name(type);
  if (variable != nullptr) option->envname(variable);
}

void Command::number(const char* flags, std::optional<uint64_t>& target, const char* help,
                     Need need) {
  shaped(app_->add_option(flags, target, help), need, nullptr)->type_name("N");
}

void Command::list(const char* flags, std::vector<std::string>& target, const char* type,
                   const char* help, const char* group) {
  CLI::Option* option = app_->add_option(flags, target, help);
  option->type_name(type)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (group != nullptr) option->group(group);
}

void Command::flag(const char* flags, bool& target, const char* help, const char* group) {
  shaped(app_->add_flag(flags, target, help), Need::optional, group);
}

std::optional<int> read_command_line(int argc, char** argv, const char* summary,
                                     const std::string& footer,
                                     const std::function<void(Command)>& define) {
  CLI::App app(summary, "slipstream");
  app.require_subcommand(1);
  app.footer(footer);
  define(Command(&app));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    return report_unexpected(app);
  } catch (const CLI::ParseError& e) {
    // --help is a "parse error" too, and ends well.
    return app.exit(e) == 0 ? kExitOk : kExitUsage;
  }
  return std::nullopt;
}

}  // namespace cli
