// The command line, behind a narrow front: only command_line.cc sees CLI11, which is slow to
// compile.
#ifndef SLIP_CLI_COMMAND_LINE_H
#define SLIP_CLI_COMMAND_LINE_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cli {

// A command or a family of commands. Copies mean the same one. Targets are filled in by the parse
// and must live until then.
class Command {
 public:
  enum class Need { optional, required };

  explicit Command(CLI::App* app) : app_(app) {}

  Command family(const char* name, const char* summary);
  // `chosen` is called when the whole command line was read and this command stands in it.
  Command add(const char* name, const char* summary, const std::string& footer,
              std::function<void()> chosen);

  void positional(const char* name, std::string& target, const char* help,
                  Need need = Need::required);
  void positional(const char* name, std::optional<std::string>& target, const char* help);
  // `type` is what --help shows for the value.
  void text(const char* flags, std::string& target, const char* type, const char* help,
            Need need = Need::optional, const char* group = nullptr,
            const char* variable = nullptr);
  void number(const char* flags, std::optional<uint64_t>& target, const char* help,
              Need need = Need::optional);
  void list(const char* flags, std::vector<std::string>& target, const char* type, const char* help,
            const char* group = nullptr);
  void flag(const char* flags, bool& target, const char* help, const char* group = nullptr);

 private:
  CLI::App* app_;
};

// Builds the commands with `define`, reads the command line. Nothing: go on; else the exit code:
// help was shown, or the usage is wrong and that was said.
std::optional<int> read_command_line(int argc, char** argv, const char* summary,
                                     const std::string& footer,
                                     const std::function<void(Command)>& define);

}  // namespace cli
#endif
