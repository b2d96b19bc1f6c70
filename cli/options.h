// Options of the library on the command line: --option NAME=VALUE for every option that there is,
// looked up by name in the kinds that a command uses, and the flags that are short for some of
// them.
#ifndef SLIP_CLI_OPTIONS_H
#define SLIP_CLI_OPTIONS_H

#include <map>
#include <string>
#include <vector>

#include "handles.h"
#include "outcome.h"

namespace cli {

struct OptionRow {
  std::string name;
  std::string type;
  bool secret = false;
};
// The rows of slip_options_describe.
Outcome describe_options(int32_t kind, std::vector<OptionRow>* rows);

struct OptionKind {
  int32_t kind;
  const char* name;
};
// Every kind, in the order of their numbers.
const std::vector<OptionKind>& option_kinds();

// What the command line said about options, sorted by kind.
class OptionSet {
 public:
  // `assignments`: NAME=VALUE each. A name that no kind of `kinds` has is a usage error that names
  // the nearest one; a secret is refused, because other users can read a command line.
  Outcome assign(const std::vector<int32_t>& kinds, const std::vector<std::string>& assignments);
  // A flag of the command, stated as an option. What --option says comes later and wins.
  Outcome set(int32_t kind, const std::string& name, const std::string& value);
  // The same for each value of a list.
  Outcome add(int32_t kind, const std::string& name, const std::vector<std::string>& values);
  // The options of one kind; none where nothing was said about it.
  slip_options* get(int32_t kind) const;

 private:
  Outcome make(int32_t kind, slip_options** out);
  std::map<int32_t, Options> options_;
};

}  // namespace cli
#endif
