// What every command shares: the flags for server, credentials and output, and the ways to open
// things.
//
// Results go to standard output, progress and errors to standard error. One thread.
#ifndef SLIP_CLI_CONTEXT_H
#define SLIP_CLI_CONTEXT_H

#include <functional>
#include <string>
#include <vector>

#include "command_line.h"
#include "handles.h"
#include "options.h"
#include "outcome.h"

namespace cli {

struct Context {
  // Flags. Each command registers those that it uses.
  std::string server;
  std::string user;
  std::string password_file;
  std::string token_file;
  std::string creds_file;
  std::string nkey_seed_file;
  std::string nkey_public;
  std::string tls_ca_file;
  std::string tls_cert_file;
  std::string tls_key_file;
  std::vector<std::string> assignments;  // --option
  bool json = false;
  bool quiet = false;
  bool encode_keys = false;
  bool decode_keys = false;

  std::vector<int32_t> kinds;  // of options that the chosen command uses
  OptionSet options;
  std::function<Outcome()> action;  // of the chosen command
};

// A subcommand with its example; `run` is called once the whole command line was read and found
// good.
Command add_command(Command parent, Context& context, const char* name, const char* summary,
                    const char* examples, std::vector<int32_t> kinds, std::function<Outcome()> run);
void add_server_flags(Command command, Context& context);
void add_key_flags(Command command, Context& context, bool takes_keys, bool gives_keys);

Outcome connect(Context& context, Connection* connection);
Outcome open_bucket(Context& context, const std::string& name, Connection* connection,
                    Bucket* bucket);
// "PATH" is "lmdb:PATH".
std::string fold_url(const std::string& fold);
Outcome open_fold(Context& context, const std::string& fold, Fold* out);
// For reading beside a writer; the fold must be there.
Outcome open_fold_read_only(Context& context, const std::string& fold, Fold* out);
// "PATH" is "local:PATH".
Outcome open_store(Context& context, const std::string& store, ObjectStore* out);

// A line of the result. print_bytes adds nothing.
void print(std::string_view line);
void print_bytes(std::string_view bytes);
// A sentence for people, on standard error; nothing with --quiet.
void note(const Context& context, std::string_view line);
// All of the result has reached its destination, or the reason why not.
Outcome finish_output();

}  // namespace cli
#endif
