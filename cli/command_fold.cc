// slipstream fold get | range | stat | check | dump
#include <fmt/format.h>
#include <memory>
#include <optional>

#include "commands.h"
#include "entries.h"
#include "json.h"
#include "progress.h"
#include "text.h"

namespace cli {
namespace {

struct Arguments {
  std::string fold;
  std::string key;
  std::string prefix;
  std::string from;
  std::optional<uint64_t> limit;  // 0: all
  bool reverse = false;
  bool tombstones = false;
  bool keys_only = false;
};

Outcome get(Context& context, const Arguments& a) {
  Fold fold;
  CLI_TRY(open_fold_read_only(context, a.fold, &fold));
  const std::string key = key_from_argument(context, a.key);
  Entry entry;
  Call call;
  CLI_TRY(call(slip_fold_get(fold.get(), key.data(), key.size(), entry.out(), call.error())));
  print_entry(context, *slip_entry_update(entry.get()));
  return Outcome::success();
}

Outcome range(Context& context, const Arguments& a) {
  Fold fold;
  CLI_TRY(open_fold_read_only(context, a.fold, &fold));
  const KeyPrefix prefix = prefix_from_argument(context, a.prefix);
  const std::string from = a.from.empty() ? a.from : key_from_argument(context, a.from);
  slip_range range = SLIP_RANGE_INIT;
  range.prefix = bytes(prefix.key);
  range.from = bytes(from);
  range.reverse = a.reverse ? 1 : 0;
  range.tombstones = a.tombstones ? 1 : 0;
  // Where names are compared too, what is left out must not count.
  const uint64_t limit = a.limit.value_or(0);
  if (!prefix.encoded) range.limit = limit;
  uint64_t shown = 0;
  return for_each_in_fold(fold.get(), range, [&](const slip_update& update) {
    if (!prefix.keeps(view(update.key)) || (limit > 0 && shown == limit)) {
      return Outcome::success();
    }
    ++shown;
    const Fields fields = a.keys_only ? Fields::no_value : Fields::all;
    print(context.json ? update_json(context, update, fields)
                       : update_text(context, update, fields));
    return Outcome::success();
  });
}

Outcome dump(Context& context, const Arguments& a) {
  Fold fold;
  CLI_TRY(open_fold_read_only(context, a.fold, &fold));
  slip_fold_state state = SLIP_FOLD_STATE_INIT;
  Call call;
  CLI_TRY(call(slip_fold_stats(fold.get(), &state, call.error())));
  const slip_range everything = SLIP_RANGE_INIT;
  Progress progress(context.quiet, "dumping", state.entries);
  uint64_t count = 0;
  return for_each_in_fold(fold.get(), everything, [&](const slip_update& update) {
    print(update_json(context, update, Fields::all));
    progress.update(++count);
    return Outcome::success();
  });
}

Outcome stat(Context& context, const Arguments& a) {
  Fold fold;
  CLI_TRY(open_fold_read_only(context, a.fold, &fold));
  slip_fold_state s = SLIP_FOLD_STATE_INIT;
  slip_cursor cursor = {0, 0};
  Text bucket;
  Call call;
  CLI_TRY(call(slip_fold_stats(fold.get(), &s, call.error())));
  CLI_TRY(call(slip_fold_cursor(fold.get(), &cursor, bucket.out(), call.error())));
  const std::string name = slip_text_string(bucket.get());
  if (context.json) {
    JsonObject object;
    object.text("fold", fold_url(a.fold))
        .text("bucket", name)
        .raw("cursor", cursor_json(name, cursor));
    object.number("entries", s.entries).number("tombstones", s.tombstones);
    object.number("payload_bytes", s.payload_bytes).number("file_bytes", s.file_bytes);
    object.number("free_bytes", s.free_bytes).number("format", s.format);
    print(object.boolean("loading", s.loading != 0).str());
    return Outcome::success();
  }
  print(fmt::format("fold        {}", fold_url(a.fold)));
  print(fmt::format("bucket      {}", name.empty() ? "none yet" : name));
  print(fmt::format("cursor      {}", name.empty() ? "-" : cursor_token(name, cursor)));
  print(fmt::format("entries     {}, and {} tombstones", format_count(s.entries),
                    format_count(s.tombstones)));
  print(fmt::format("payload     {}", format_size(s.payload_bytes)));
  print(fmt::format("files       {}, of which {} to be used again", format_size(s.file_bytes),
                    format_size(s.free_bytes)));
  print(fmt::format("format      {}{}", s.format, s.loading != 0 ? ", loading" : ""));
  return Outcome::success();
}

Outcome check(Context& context, const Arguments& a) {
  Fold fold;
  CLI_TRY(open_fold_read_only(context, a.fold, &fold));
  uint64_t checked = 0;
  const int64_t started = monotonic_ms();
  Call call;
  CLI_TRY(call(slip_fold_check(fold.get(), &checked, call.error())));
  print(context.json
            ? JsonObject().text("fold", fold_url(a.fold)).number("records", checked).str()
            : fmt::format("{} records read in {}, every checksum and count is right",
                          format_count(checked), format_duration(monotonic_ms() - started)));
  return Outcome::success();
}

}  // namespace

void add_fold_commands(Command app, Context& context) {
  Command family = app.family("fold", "Read a fold, also beside its writer");
  auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* summary, const char* example,
                       Outcome (*run)(Context&, const Arguments&)) {
    Command command = add_command(family, context, name, summary, example, {SLIP_OPTIONS_FOLD},
                                  [&context, arguments, run] { return run(context, *arguments); });
    command.positional("fold", arguments->fold, "lmdb:PATH, or a path");
    return command;
  };

  Command command = add("get", "Print the value of a key, byte for byte",
                        "  slipstream fold get ./routes edge.eu", get);
  command.positional("key", arguments->key, "The key");
  add_key_flags(command, context, true, true);

  command = add("range", "Print live keys and values in byte order of the keys",
                "  slipstream fold range ./routes --prefix edge. --limit 10", range);
  command.text("-p,--prefix", arguments->prefix, "PREFIX", "Only keys that begin with it");
  command.text("--from", arguments->from, "KEY", "Start at this key");
  command.number("-n,--limit", arguments->limit, "Entries at most; 0: all");
  command.flag("--reverse", arguments->reverse, "Descending");
  command.flag("--tombstones", arguments->tombstones, "Deleted keys too");
  command.flag("--keys", arguments->keys_only, "Keys without values");
  add_key_flags(command, context, true, true);

  add("stat", "Bucket, cursor, counts and sizes", "  slipstream fold stat ./routes --json", stat);
  add("check", "Read everything and compare every checksum and count",
      "  slipstream fold check ./routes", check);
  command = add("dump", "Write live keys and values as JSON lines",
                "  slipstream fold dump ./routes > routes.jsonl", dump);
  add_key_flags(command, context, false, true);
  add_fold_upkeep_commands(family, context);
  add_fold_diff_command(family, context);
  add_fold_conformance_command(family, context);
}

}  // namespace cli
