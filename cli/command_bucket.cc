// slipstream bucket create | info | delete
#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "entries.h"
#include "json.h"
#include "text.h"

namespace cli {
namespace {

constexpr int64_t kNanosecondsPerMillisecond = 1000000;

std::string state_json(const std::string& name, const slip_bucket_state& s) {
  JsonObject object;
  object.text("bucket", name).number("epoch", s.epoch).number("history", s.history);
  object.number("first_revision", s.first_revision).number("last_revision", s.last_revision);
  object.number("messages", s.messages).number("keys", s.subjects);
  object.number("size_bytes", s.size_bytes);
  object.signed_number("max_age_ms", s.max_age_ns / kNanosecondsPerMillisecond);
  object.signed_number("max_bytes", s.max_bytes).signed_number("max_value_size", s.max_value_size);
  object.signed_number("marker_ttl_ms", s.marker_ttl_ns / kNanosecondsPerMillisecond);
  object.number("replicas", s.replicas);
  object.text("storage", s.storage == SLIP_STORAGE_MEMORY ? "memory" : "file");
  object.text("discard", s.discard == SLIP_DISCARD_OLD ? "old" : "new");
  object.boolean("per_message_ttl", s.per_message_ttl != 0);
  return object.str();
}

std::string limit(int64_t value) {
  return value <= 0 ? "none" : format_size(static_cast<uint64_t>(value));
}

void print_state(const std::string& name, const slip_bucket_state& s) {
  print(fmt::format("bucket      {}", name));
  print(fmt::format("revisions   {} to {}", s.first_revision, s.last_revision));
  print(fmt::format("keys        {} (those that end in a marker included)",
                    format_count(s.subjects)));
  print(fmt::format("messages    {}, {}", format_count(s.messages), format_size(s.size_bytes)));
  print(fmt::format("history     {}", s.history));
  print(fmt::format("max age     {}",
                    s.max_age_ns == 0
                        ? std::string("none")
                        : format_duration(s.max_age_ns / kNanosecondsPerMillisecond)));
  print(
      fmt::format("max bytes   {}, of one value {}", limit(s.max_bytes), limit(s.max_value_size)));
  print(fmt::format("storage     {}, {} replica{}, discards {}",
                    s.storage == SLIP_STORAGE_MEMORY ? "memory" : "file", s.replicas,
                    s.replicas == 1 ? "" : "s", s.discard == SLIP_DISCARD_OLD ? "old" : "new"));
  print(fmt::format("epoch       {}", s.epoch));
}

Outcome show(Context& context, const std::string& name, slip_bucket* bucket) {
  slip_bucket_state state = SLIP_BUCKET_STATE_INIT;
  Call call;
  CLI_TRY(call(slip_bucket_info(bucket, &state, call.error())));
  if (context.json) {
    print(state_json(name, state));
  } else {
    print_state(name, state);
  }
  return Outcome::success();
}

struct CreateArguments {
  std::string name;
  std::string history, max_age_ms, max_bytes, replicas, storage;
};

Outcome create(Context& context, const CreateArguments& arguments) {
  const auto set = [&](const char* option, const std::string& value) {
    if (value.empty()) return Outcome::success();
    return context.options.set(SLIP_OPTIONS_BUCKET, option, value);
  };
  CLI_TRY(set("history", arguments.history));
  CLI_TRY(set("max_age_ms", arguments.max_age_ms));
  CLI_TRY(set("max_bytes", arguments.max_bytes));
  CLI_TRY(set("replicas", arguments.replicas));
  CLI_TRY(set("storage", arguments.storage));
  Connection connection;
  Bucket bucket;
  CLI_TRY(connect(context, &connection));
  Call call;
  CLI_TRY(call(slip_bucket_create(connection.get(), arguments.name.c_str(),
                                  context.options.get(SLIP_OPTIONS_BUCKET), bucket.out(),
                                  call.error())));
  return show(context, arguments.name, bucket.get());
}

Outcome info(Context& context, const std::string& name) {
  Connection connection;
  Bucket bucket;
  CLI_TRY(open_bucket(context, name, &connection, &bucket));
  return show(context, name, bucket.get());
}

Outcome remove(Context& context, const std::string& name) {
  Connection connection;
  CLI_TRY(connect(context, &connection));
  Call call;
  CLI_TRY(call(slip_bucket_delete(connection.get(), name.c_str(), call.error())));
  if (context.json) {
    print(JsonObject().text("deleted", name).str());
  } else {
    note(context, fmt::format("bucket \"{}\" is deleted with all it held", name));
  }
  return Outcome::success();
}

}  // namespace

void add_bucket_commands(Command app, Context& context) {
  Command family = app.family("bucket", "Make, look at and delete buckets");
  const std::vector<int32_t> kinds = {SLIP_OPTIONS_CONNECTION, SLIP_OPTIONS_BUCKET};

  auto arguments = std::make_shared<CreateArguments>();
  Command command = add_command(family, context, "create", "Make a bucket, or open the same one",
                                "  slipstream bucket create routes --history 5", kinds,
                                [&context, arguments] { return create(context, *arguments); });
  command.positional("bucket", arguments->name, "Name: letters, digits, '_', '-'");
  command.text("--history", arguments->history, "N", "Revisions kept of each key, 1 to 64");
  command.text("--max-age-ms", arguments->max_age_ms, "N", "Values older than this are gone");
  command.text("--max-bytes", arguments->max_bytes, "N", "Of the whole bucket");
  command.text("--replicas", arguments->replicas, "N", "Servers that keep it, 1 to 5");
  command.text("--storage", arguments->storage, "KIND", "file or memory");
  add_server_flags(command, context);

  auto name = std::make_shared<std::string>();
  command = add_command(family, context, "info", "Configuration and bounds of a bucket",
                        "  slipstream bucket info routes --json", kinds,
                        [&context, name] { return info(context, *name); });
  command.positional("bucket", *name, "Name of the bucket");
  add_server_flags(command, context);

  command = add_command(family, context, "delete", "Delete a bucket with all it holds",
                        "  slipstream bucket delete routes", kinds,
                        [&context, name] { return remove(context, *name); });
  command.positional("bucket", *name, "Name of the bucket");
  add_server_flags(command, context);
}

}  // namespace cli
