#include "context.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace cli {
namespace {

constexpr const char* kDefaultServer = "nats://127.0.0.1:4222";

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

// The first line of a file that holds one secret.
Outcome read_secret(const std::string& path, std::string* secret) {
  std::ifstream file(path);
  if (!file || !std::getline(file, *secret) || secret->empty()) {
    return Outcome::fail(SLIP_IO, fmt::format("cannot read a secret from \"{}\" (its first line is "
                                              "taken; check path and permission)",
                                              path));
  }
  if (secret->back() == '\r') secret->pop_back();
  return Outcome::success();
}

Outcome set_credentials(Context& context) {
  const auto plain = [&](const char* option, const std::string& flag, const char* variable) {
    const char* from_environment = environment(variable);
    if (flag.empty() && from_environment == nullptr) return Outcome::success();
    return context.options.set(SLIP_OPTIONS_CONNECTION, option,
                               flag.empty() ? from_environment : flag);
  };
  const auto secret = [&](const char* option, const std::string& file, const char* variable) {
    std::string value;
    if (!file.empty()) {
      CLI_TRY(read_secret(file, &value));
    } else if (environment(variable) != nullptr) {
      value = environment(variable);
    } else {
      return Outcome::success();
    }
    return context.options.set(SLIP_OPTIONS_CONNECTION, option, value);
  };
  CLI_TRY(plain("user", context.user, "SLIPSTREAM_USER"));
  CLI_TRY(secret("password", context.password_file, "SLIPSTREAM_PASSWORD"));
  CLI_TRY(secret("token", context.token_file, "SLIPSTREAM_TOKEN"));
  CLI_TRY(plain("creds_file", context.creds_file, "SLIPSTREAM_CREDS"));
  CLI_TRY(plain("nkey_seed_file", context.nkey_seed_file, "SLIPSTREAM_NKEY_SEED_FILE"));
  CLI_TRY(plain("nkey_public", context.nkey_public, "SLIPSTREAM_NKEY_PUBLIC"));
  CLI_TRY(plain("tls_ca_file", context.tls_ca_file, "SLIPSTREAM_TLS_CA"));
  CLI_TRY(plain("tls_cert_file", context.tls_cert_file, "SLIPSTREAM_TLS_CERT"));
  return plain("tls_key_file", context.tls_key_file, "SLIPSTREAM_TLS_KEY");
}

std::string with_scheme(const std::string& text, const char* scheme) {
  const size_t colon = text.find(':');
  const size_t slash = text.find('/');
  const bool has_scheme =
      colon != std::string::npos && (slash == std::string::npos || colon < slash);
  return has_scheme ? text : scheme + text;
}

}  // namespace

Command add_command(Command parent, Context& context, const char* name, const char* summary,
                    const char* examples, std::vector<int32_t> kinds,
                    std::function<Outcome()> run) {
  const bool has_options = !kinds.empty();
  Command command = parent.add(name, summary, std::string("Example:\n") + examples,
                               [&context, kinds = std::move(kinds), run = std::move(run)] {
                                 context.kinds = kinds;
                                 context.action = run;
                               });
  command.flag("--json", context.json, "Print the result as JSON, for programs", "Output");
  command.flag("-q,--quiet", context.quiet, "No progress and no notes on standard error", "Output");
  if (has_options) {
    command.list("-o,--option", context.assignments, "NAME=VALUE",
                 "Set an option of the library (\"slipstream options\" lists them)",
                 "Options of the library");
  }
  return command;
}

void add_server_flags(Command command, Context& context) {
  const auto add = [&](const char* flag, std::string& target, const char* type, const char* help) {
    command.text(flag, target, type, help, Command::Need::optional, "Server and credentials");
  };
  add("-s,--server", context.server, "URL",
      "nats://HOST:PORT or tls://HOST:PORT; default: $SLIPSTREAM_SERVER, or nats://127.0.0.1:4222");
  add("--user", context.user, "NAME", "User name ($SLIPSTREAM_USER)");
  add("--password-file", context.password_file, "FILE",
      "File that holds the password ($SLIPSTREAM_PASSWORD holds it itself)");
  add("--token-file", context.token_file, "FILE",
      "File that holds the token ($SLIPSTREAM_TOKEN holds it itself)");
  add("--creds", context.creds_file, "FILE", "A .creds file ($SLIPSTREAM_CREDS)");
  add("--nkey-seed-file", context.nkey_seed_file, "FILE", "NKey seed ($SLIPSTREAM_NKEY_SEED_FILE)");
  add("--nkey-public", context.nkey_public, "KEY", "Its public NKey ($SLIPSTREAM_NKEY_PUBLIC)");
  add("--tls-ca", context.tls_ca_file, "FILE", "Authorities to trust, PEM ($SLIPSTREAM_TLS_CA)");
  add("--tls-cert", context.tls_cert_file, "FILE",
      "Client certificate, PEM ($SLIPSTREAM_TLS_CERT)");
  add("--tls-key", context.tls_key_file, "FILE", "Client key, PEM ($SLIPSTREAM_TLS_KEY)");
}

void add_key_flags(Command command, Context& context, bool takes_keys, bool gives_keys) {
  if (takes_keys) {
    command.flag("--encode-keys", context.encode_keys,
                 "Keys and prefixes given are names of any kind: \"g++\" becomes \"g=2B=2B\"",
                 "Keys");
  }
  if (gives_keys) {
    command.flag("--decode-keys", context.decode_keys,
                 "Show the names that --encode-keys was given", "Keys");
  }
}

Outcome connect(Context& context, Connection* connection) {
  CLI_TRY(set_credentials(context));
  const char* from_environment = environment("SLIPSTREAM_SERVER");
  std::string url = context.server;
  if (url.empty()) url = from_environment != nullptr ? from_environment : kDefaultServer;
  Call call;
  return call(slip_connect(url.c_str(), context.options.get(SLIP_OPTIONS_CONNECTION),
                           connection->out(), call.error()));
}

Outcome open_bucket(Context& context, const std::string& name, Connection* connection,
                    Bucket* bucket) {
  CLI_TRY(connect(context, connection));
  Call call;
  return call(slip_bucket_open(connection->get(), name.c_str(),
                               context.options.get(SLIP_OPTIONS_BUCKET), bucket->out(),
                               call.error()));
}

std::string fold_url(const std::string& fold) { return with_scheme(fold, "lmdb:"); }

Outcome open_fold(Context& context, const std::string& fold, Fold* out) {
  Call call;
  return call(slip_fold_open(fold_url(fold).c_str(), context.options.get(SLIP_OPTIONS_FOLD),
                             out->out(), call.error()));
}

Outcome open_fold_read_only(Context& context, const std::string& fold, Fold* out) {
  CLI_TRY(context.options.set(SLIP_OPTIONS_FOLD, "read_only", "true"));
  CLI_TRY(context.options.set(SLIP_OPTIONS_FOLD, "create", "never"));
  return open_fold(context, fold, out);
}

Outcome open_store(Context& context, const std::string& store, ObjectStore* out) {
  Call call;
  return call(slip_object_store_open(with_scheme(store, "local:").c_str(),
                                     context.options.get(SLIP_OPTIONS_OBJECT_STORE), out->out(),
                                     call.error()));
}

void print_bytes(std::string_view bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stdout); }

void print(std::string_view line) {
  print_bytes(line);
  std::fputc('\n', stdout);
}

void note(const Context& context, std::string_view line) {
  if (!context.quiet) fmt::print(stderr, "{}\n", line);
}

Outcome finish_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return Outcome::fail(SLIP_IO, "cannot write the result to standard output");
  }
  return Outcome::success();
}

}  // namespace cli
