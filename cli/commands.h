// Each function registers one family of commands; none of them runs anything.
#ifndef SLIP_CLI_COMMANDS_H
#define SLIP_CLI_COMMANDS_H

#include "context.h"

namespace cli {

void add_general_commands(Command app, Context& context);  // version, options, doctor, demo
void add_bucket_commands(Command app, Context& context);
void add_kv_commands(Command app, Context& context);
void add_kv_bulk_commands(Command kv, Context& context);  // load, dump
void add_kv_watch_command(Command kv, Context& context);
void add_watch_command(Command app, Context& context);
void add_fold_commands(Command app, Context& context);
void add_fold_upkeep_commands(Command fold, Context& context);  // compact, hide, position, ...
void add_fold_diff_command(Command fold, Context& context);
void add_fold_conformance_command(Command fold, Context& context);
void add_artifact_commands(Command app, Context& context);
void add_publish_commands(Command app, Context& context);  // publish, pointer, bootstrap
void add_object_commands(Command app, Context& context);

// The whole path as a story, on an embedded bucket or on a server.
Outcome run_demo(Context& context, const std::string& directory, bool keep);

}  // namespace cli
#endif
