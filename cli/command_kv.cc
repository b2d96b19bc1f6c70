// slipstream kv get | put | create | update | delete | purge | keys
#include <fmt/format.h>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "commands.h"
#include "entries.h"
#include "json.h"
#include "text.h"

namespace cli {
namespace {

struct Arguments {
  std::string bucket;
  std::string key;
  std::optional<std::string> value;  // standard input where it is missing
  std::optional<uint64_t> revision;
  std::string prefix;
  bool values = false;
};

const std::vector<int32_t> kKinds = {SLIP_OPTIONS_CONNECTION, SLIP_OPTIONS_BUCKET};

Outcome get(Context& context, const Arguments& a) {
  Connection connection;
  Bucket bucket;
  CLI_TRY(open_bucket(context, a.bucket, &connection, &bucket));
  const std::string key = key_from_argument(context, a.key);
  Entry entry;
  Call call;
  CLI_TRY(call(slip_bucket_get(bucket.get(), key.data(), key.size(), entry.out(), call.error())));
  print_entry(context, *slip_entry_update(entry.get()));
  return Outcome::success();
}

std::string value_of(const Arguments& a) {
  if (a.value) return *a.value;
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

enum class Write { put, create, update };

Outcome write(Context& context, const Arguments& a, Write how) {
  const std::string value = value_of(a);
  Connection connection;
  Bucket bucket;
  CLI_TRY(open_bucket(context, a.bucket, &connection, &bucket));
  const std::string key = key_from_argument(context, a.key);
  uint64_t revision = 0;
  Call call;
  switch (how) {
    case Write::put:
      CLI_TRY(call(slip_bucket_put(bucket.get(), key.data(), key.size(), value.data(), value.size(),
                                   &revision, call.error())));
      break;
    case Write::create:
      CLI_TRY(call(slip_bucket_put_if_absent(bucket.get(), key.data(), key.size(), value.data(),
                                             value.size(), &revision, call.error())));
      break;
    case Write::update:
      CLI_TRY(call(slip_bucket_put_if(bucket.get(), key.data(), key.size(), value.data(),
                                      value.size(), *a.revision, &revision, call.error())));
      break;
  }
  print(context.json ? JsonObject().bytes("key", a.key).number("revision", revision).str()
                     : std::to_string(revision));
  return Outcome::success();
}

Outcome remove(Context& context, const Arguments& a, bool purge) {
  Connection connection;
  Bucket bucket;
  CLI_TRY(open_bucket(context, a.bucket, &connection, &bucket));
  const std::string key = key_from_argument(context, a.key);
  uint64_t revision = 0;
  Call call;
  if (purge) {
    CLI_TRY(call(slip_bucket_purge(bucket.get(), key.data(), key.size(), &revision, call.error())));
  } else if (a.revision) {
    CLI_TRY(call(slip_bucket_remove_if(bucket.get(), key.data(), key.size(), *a.revision, &revision,
                                       call.error())));
  } else {
    CLI_TRY(
        call(slip_bucket_remove(bucket.get(), key.data(), key.size(), &revision, call.error())));
  }
  print(context.json ? JsonObject().bytes("key", a.key).number("revision", revision).str()
                     : std::to_string(revision));
  return Outcome::success();
}

Outcome keys(Context& context, const Arguments& a) {
  Connection connection;
  Bucket bucket;
  CLI_TRY(open_bucket(context, a.bucket, &connection, &bucket));
  const KeyPrefix prefix = prefix_from_argument(context, a.prefix);
  const Fields fields = a.values ? Fields::all : Fields::no_value;
  Iterator iterator;
  Call call;
  CLI_TRY(call((a.values ? slip_bucket_scan : slip_bucket_keys)(
      bucket.get(), prefix.key.data(), prefix.key.size(), iterator.out(), call.error())));
  return for_each(iterator.get(), [&](const slip_update& update) {
    if (!prefix.keeps(view(update.key))) return Outcome::success();
    print(context.json ? update_json(context, update, fields)
                       : update_text(context, update, fields));
    return Outcome::success();
  });
}

class Family {
 public:
  Family(Command kv, Context& context)
      : kv_(kv), context_(context), arguments_(std::make_shared<Arguments>()) {}

  Command add(const char* name, const char* summary, const char* example,
              Outcome (*run)(Context&, const Arguments&)) {
    Command command = add_command(
        kv_, context_, name, summary, example, kKinds,
        [&context = context_, arguments = arguments_, run] { return run(context, *arguments); });
    command.positional("bucket", arguments_->bucket, "Name of the bucket");
    add_server_flags(command, context_);
    return command;
  }
  void key(Command command, bool shows_key = false) {
    command.positional("key", arguments_->key, "The key");
    add_key_flags(command, context_, true, shows_key);
  }
  void value(Command command) {
    command.positional("value", arguments_->value, "The value; standard input where it is missing");
  }
  Arguments& arguments() { return *arguments_; }

 private:
  Command kv_;
  Context& context_;
  std::shared_ptr<Arguments> arguments_;
};

void add_writes(Family& family) {
  Command command = family.add(
      "put", "Set a key, and print the revision of the write",
      "  slipstream kv put routes edge.eu 10.0.0.1\n  slipstream kv put files logo < logo.png",
      [](Context& c, const Arguments& a) { return write(c, a, Write::put); });
  family.key(command);
  family.value(command);

  command = family.add("create", "Set a key that does not live yet",
                       "  slipstream kv create locks leader node-7",
                       [](Context& c, const Arguments& a) { return write(c, a, Write::create); });
  family.key(command);
  family.value(command);

  command = family.add("update", "Set a key whose last revision is the one given",
                       "  slipstream kv update locks leader --revision 41 node-8",
                       [](Context& c, const Arguments& a) { return write(c, a, Write::update); });
  family.key(command);
  family.value(command);
  command.number("-r,--revision", family.arguments().revision, "The key's last revision",
                 Command::Need::required);

  command = family.add("delete", "Delete a key, leaving a delete marker",
                       "  slipstream kv delete routes edge.eu",
                       [](Context& c, const Arguments& a) { return remove(c, a, false); });
  family.key(command);
  command.number("-r,--revision", family.arguments().revision,
                 "Only while this is the key's last revision");

  command =
      family.add("purge", "Delete a key and its history", "  slipstream kv purge routes edge.eu",
                 [](Context& c, const Arguments& a) { return remove(c, a, true); });
  family.key(command);
}

}  // namespace

void add_kv_commands(Command app, Context& context) {
  Command kv = app.family("kv", "Read and write a bucket");
  Family family(kv, context);

  Command command = family.add(
      "get", "Print the value of a key, byte for byte",
      "  slipstream kv get routes edge.eu\n  slipstream kv get routes edge.eu --json", get);
  family.key(command, true);
  add_writes(family);

  command = family.add("keys", "List the live keys, in the order of their last update",
                       "  slipstream kv keys routes --prefix edge.", keys);
  command.text("-p,--prefix", family.arguments().prefix, "PREFIX", "Only keys that begin with it");
  command.flag("--values", family.arguments().values, "Show the values too");
  add_key_flags(command, context, true, true);

  add_kv_bulk_commands(kv, context);
  add_kv_watch_command(kv, context);
}

}  // namespace cli
