// How the summary of an artifact is shown.
#ifndef SLIP_CLI_SUMMARY_H
#define SLIP_CLI_SUMMARY_H

#include "context.h"

namespace cli {

void print_summary(const Context& context, const slip_artifact_summary& summary);

}  // namespace cli
#endif
