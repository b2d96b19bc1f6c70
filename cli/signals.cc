#include "signals.h"

#include <csignal>

#include "outcome.h"

namespace cli {
namespace {

volatile std::sig_atomic_t received = 0;

void on_signal(int number) { received = number; }

void install(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  // One-shot, so that a second signal ends a command that hangs.
  action.sa_flags = handler == SIG_DFL ? 0 : static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() { install(on_signal); }
StopSignal::~StopSignal() { install(SIG_DFL); }
bool StopSignal::requested() { return received != 0; }
int StopSignal::exit() {
  return received == 0 ? 0 : received == SIGINT ? kExitInterrupted : kExitTerminated;
}

}  // namespace cli
