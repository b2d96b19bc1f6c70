// SIGINT and SIGTERM as a request to end in an orderly way: while a StopSignal lives, the first one
// only sets a mark that the command looks at; a second one ends the process as usual.
#ifndef SLIP_CLI_SIGNALS_H
#define SLIP_CLI_SIGNALS_H

namespace cli {

class StopSignal {
 public:
  StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  ~StopSignal();

  static bool requested();
  // 130 or 143; 0 where nothing was requested.
  static int exit();
};

}  // namespace cli
#endif
