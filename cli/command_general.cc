// slipstream version | options | doctor | demo
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "commands.h"
#include "entries.h"
#include "json.h"
#include "text.h"

namespace cli {
namespace {

constexpr const char* kFeatures[] = {"mem", "nats", "tls", "lmdb", "zstd", "objects.local"};

std::string feature_list() {
  std::string list;
  for (const char* name : kFeatures) {
    if (slip_feature(name) != 0) list += (list.empty() ? "" : " ") + std::string(name);
  }
  return list;
}

std::string version_json() {
  std::string features;
  for (const char* name : kFeatures) {
    if (slip_feature(name) != 0) features += (features.empty() ? "" : ",") + json_quote(name);
  }
  JsonObject object;
  object.text("version", slip_version()).number("abi_epoch", slip_abi_epoch());
  return object.raw("features", "[" + features + "]").str();
}

Outcome version(Context& context) {
  print(context.json ? version_json()
                     : fmt::format("slipstream {} (ABI epoch {}), with {}", slip_version(),
                                   slip_abi_epoch(), feature_list()));
  return Outcome::success();
}

std::string option_line(std::string_view element) {
  std::string why;
  std::string name, type, fallback, unit, summary, values, min, max;
  for (const JsonMember& m : json_members(element, &why).value_or(std::vector<JsonMember>())) {
    const std::string text = json_string(m.value).value_or(std::string(m.value));
    if (m.name == "name") name = text;
    if (m.name == "type") type = text;
    if (m.name == "default") fallback = text;
    if (m.name == "unit") unit = text;
    if (m.name == "summary") summary = text;
    if (m.name == "min") min = text;
    if (m.name == "max") max = text;
  }
  std::string facts = type;
  if (!fallback.empty())
    facts += fmt::format(", default {}{}{}", fallback, unit.empty() ? "" : " ", unit);
  if (!max.empty() && type != "boolean") facts += fmt::format(", {} to {}", min, max);
  return fmt::format("  {:<22} {}\n  {:<22} ({})", name, summary, "", facts);
}

Outcome options(Context& context, const std::string& wanted) {
  JsonObject all;
  bool found = wanted.empty();
  for (const OptionKind& kind : option_kinds()) {
    if (!wanted.empty() && wanted != kind.name) continue;
    found = true;
    Text text;
    Call call;
    CLI_TRY(call(slip_options_describe(kind.kind, text.out(), call.error())));
    const char* json = slip_text_string(text.get());
    if (context.json) {
      all.raw(kind.name, json);
      continue;
    }
    std::string why;
    const auto elements = json_elements(json, &why);
    if (!elements) return Outcome::fail(SLIP_INTERNAL, "description of the options: " + why);
    print(fmt::format("{}{}", kind.name, elements->empty() ? ": none yet" : ":"));
    for (const std::string_view element : *elements) print(option_line(element));
  }
  if (!found) return Outcome::usage(fmt::format("no options of a kind \"{}\"", wanted));
  if (context.json) print(all.str());
  return Outcome::success();
}

// One line of the doctor's report. The first failure decides how the command ends.
class Findings {
 public:
  explicit Findings(const Context& context) : context_(context) {}

  void good(const char* check, const std::string& detail) { add(check, true, detail); }
  void judge(const char* check, const Outcome& outcome, const std::string& detail) {
    add(check, outcome.ok(), outcome.ok() ? detail : outcome.message);
    if (first_.ok() && !outcome.ok()) first_ = Outcome::silent(outcome.exit);
  }
  Outcome finish() {
    if (context_.json) print("[" + rows_ + "]");
    return first_;
  }

 private:
  void add(const char* check, bool good, const std::string& detail) {
    if (!context_.json) {
      print(fmt::format("{:<4} {:<10} {}", good ? "ok" : "FAIL", check, detail));
      return;
    }
    JsonObject row;
    row.text("check", check).boolean("ok", good).text("detail", detail);
    rows_ += (rows_.empty() ? "" : ",") + row.str();
  }

  const Context& context_;
  std::string rows_;
  Outcome first_;
};

// A write and a read on a bucket of this process: the library works at all.
Outcome check_embedded() {
  Connection connection;
  Bucket bucket;
  Entry entry;
  Call call;
  CLI_TRY(call(slip_connect("mem://", nullptr, connection.out(), call.error())));
  CLI_TRY(
      call(slip_bucket_create(connection.get(), "doctor", nullptr, bucket.out(), call.error())));
  CLI_TRY(call(slip_bucket_put(bucket.get(), "key", 3, "value", 5, nullptr, call.error())));
  return call(slip_bucket_get(bucket.get(), "key", 3, entry.out(), call.error()));
}

Outcome check_server(Context& context, std::string* detail) {
  Connection connection;
  CLI_TRY(connect(context, &connection));
  slip_connection_state state = SLIP_CONNECTION_STATE_INIT;
  Call call;
  CLI_TRY(call(slip_connection_status(connection.get(), &state, call.error())));
  *detail = fmt::format("connected; messages of {} at most", format_size(state.max_payload_bytes));
  return Outcome::success();
}

Outcome check_bucket(Context& context, const std::string& name, std::string* detail) {
  Connection connection;
  Bucket bucket;
  CLI_TRY(open_bucket(context, name, &connection, &bucket));
  slip_bucket_state state = SLIP_BUCKET_STATE_INIT;
  Call call;
  CLI_TRY(call(slip_bucket_info(bucket.get(), &state, call.error())));
  *detail = fmt::format("\"{}\" ends at revision {}, {} messages", name, state.last_revision,
                        format_count(state.messages));
  return Outcome::success();
}

Outcome check_fold(Context& context, const std::string& path, std::string* detail) {
  Fold fold;
  CLI_TRY(open_fold_read_only(context, path, &fold));
  uint64_t checked = 0;
  Call call;
  CLI_TRY(call(slip_fold_check(fold.get(), &checked, call.error())));
  *detail = fmt::format("{} records, every checksum is right", format_count(checked));
  return Outcome::success();
}

struct DoctorArguments {
  std::string fold;
  std::string bucket;
};

// Whether a watch may go on from the fold, as far as the bounds of both tell.
Outcome check_standing(Context& context, const DoctorArguments& a, std::string* detail) {
  Connection connection;
  Bucket bucket;
  Fold fold;
  Text of;
  slip_cursor cursor = {0, 0};
  slip_bucket_state state = SLIP_BUCKET_STATE_INIT;
  Call call;
  CLI_TRY(open_bucket(context, a.bucket, &connection, &bucket));
  CLI_TRY(call(slip_bucket_info(bucket.get(), &state, call.error())));
  CLI_TRY(open_fold_read_only(context, a.fold, &fold));
  CLI_TRY(call(slip_fold_cursor(fold.get(), &cursor, of.out(), call.error())));
  const std::string followed = slip_text_string(of.get());
  if (cursor.epoch == 0) {
    *detail = "the fold has followed nothing yet: a watch loads all of the bucket";
    return Outcome::success();
  }
  if (followed != a.bucket)
    return Outcome::fail(
        SLIP_IDENTITY_MISMATCH,
        fmt::format("the fold is of bucket \"{}\", not of \"{}\"", followed, a.bucket));
  if (cursor.epoch != state.epoch)
    return Outcome::fail(
        SLIP_STREAM_RECREATED,
        "the bucket was deleted and made anew since the fold followed it (use a new fold)");
  if (cursor.revision > state.last_revision)
    return Outcome::fail(
        SLIP_STREAM_REWOUND,
        fmt::format("the fold is at revision {}, the server went back to {} (use a new fold)",
                    cursor.revision, state.last_revision));
  *detail = fmt::format("the fold is {} revisions behind the bucket",
                        format_count(state.last_revision - cursor.revision));
  return Outcome::success();
}

Outcome doctor(Context& context, const DoctorArguments& a) {
  Findings findings(context);
  findings.good("library", fmt::format("slipstream {}, ABI epoch {}, with {}", slip_version(),
                                       slip_abi_epoch(), feature_list()));
  utsname machine = {};
  uname(&machine);
  findings.good("machine",
                fmt::format("{} {} on {}, {} processors", machine.sysname, machine.release,
                            machine.machine, sysconf(_SC_NPROCESSORS_ONLN)));
  findings.judge("embedded", check_embedded(), "a key was written to a bucket in memory and read");
  std::string detail;
  const bool wants_server = !context.server.empty() || std::getenv("SLIPSTREAM_SERVER") != nullptr;
  if (wants_server || !a.bucket.empty()) {
    const Outcome outcome = check_server(context, &detail);
    findings.judge("server", outcome, detail);
  } else {
    findings.good("server", "not asked for (give --server)");
  }
  if (!a.bucket.empty()) {
    const Outcome outcome = check_bucket(context, a.bucket, &detail);
    findings.judge("bucket", outcome, detail);
  }
  if (!a.fold.empty()) {
    const Outcome outcome = check_fold(context, a.fold, &detail);
    findings.judge("fold", outcome, detail);
  }
  if (!a.fold.empty() && !a.bucket.empty()) {
    const Outcome outcome = check_standing(context, a, &detail);
    findings.judge("standing", outcome, detail);
  }
  return findings.finish();
}

struct DemoArguments {
  std::string directory;
  bool keep = false;
};

}  // namespace

void add_general_commands(Command app, Context& context) {
  auto demo = std::make_shared<DemoArguments>();
  Command command = add_command(
      app, context, "demo", "The whole path as a story: bucket, fold, artifact, a second node",
      "  slipstream demo\n  slipstream demo --server nats://127.0.0.1:4222",
      {SLIP_OPTIONS_CONNECTION},
      [&context, demo] { return run_demo(context, demo->directory, demo->keep); });
  command.text("--directory", demo->directory, "DIRECTORY",
               "Work in this directory, and leave it there");
  command.flag("--keep", demo->keep, "Leave what was made, and say where");
  add_server_flags(command, context);

  auto arguments = std::make_shared<DoctorArguments>();
  command = add_command(app, context, "doctor",
                        "What this build and machine offer, and whether server and fold are sound",
                        "  slipstream doctor\n"
                        "  slipstream doctor --server nats://127.0.0.1:4222 --fold ./routes",
                        {SLIP_OPTIONS_CONNECTION, SLIP_OPTIONS_BUCKET, SLIP_OPTIONS_FOLD},
                        [&context, arguments] { return doctor(context, *arguments); });
  command.text("--fold", arguments->fold, "FOLD", "Read this fold and compare every checksum");
  command.text("--bucket", arguments->bucket, "NAME", "Look at this bucket");
  add_server_flags(command, context);

  auto kind = std::make_shared<std::string>();
  command = add_command(app, context, "options", "Every option of the library with its default",
                        "  slipstream options watch", {},
                        [&context, kind] { return options(context, *kind); });
  command.positional("kind", *kind,
                     "connection, bucket, watch, fold, export, object-store, publish or import",
                     Command::Need::optional);

  add_command(app, context, "version", "Version and features", "  slipstream version --json", {},
              [&context] { return version(context); });
}

}  // namespace cli
