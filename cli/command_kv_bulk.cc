// slipstream kv load | dump: a bucket as JSON lines, in both directions.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "commands.h"
#include "entries.h"
#include "json.h"
#include "key_code.h"
#include "progress.h"
#include "signals.h"
#include "text.h"

namespace cli {
namespace {

constexpr size_t kChunkItems = 10000;
constexpr size_t kChunkBytes = 8u << 20;
constexpr size_t kLineBytesMax = 128u << 20;  // a value of 64 MiB in base64, and its key

struct Item {
  std::string key;
  std::string value;
};

// One line: {"key":K,"value":V}. K: "key" or "key_base64", "raw_key" for one that is not to be
// encoded. V: "value", a string's bytes or the text of any other JSON, or "value_base64".
Outcome parse_item(const Context& context, std::string_view line, Item* item) {
  const auto bad = [](const std::string& why) { return Outcome::fail(SLIP_INVALID, why); };
  std::string why;
  const auto members = json_members(line, &why);
  if (!members) return bad(why);
  std::optional<std::string> key, raw_key, value;
  for (const JsonMember& member : *members) {
    const auto text = json_string(member.value);
    if (member.name == "key" || member.name == "raw_key") {
      if (!text) return bad(fmt::format("\"{}\" is not a string", member.name));
      (member.name == "key" ? key : raw_key) = text;
    } else if (member.name == "value") {
      if (value) return bad("more than one value");
      if (!text && member.value.front() == '"') return bad("\"value\" is not a well-formed string");
      value = text ? *text : std::string(member.value);
    } else if (member.name == "key_base64" || member.name == "value_base64") {
      const auto decoded = text ? base64_decode(*text) : std::nullopt;
      if (!decoded) return bad(fmt::format("\"{}\" is not base64", member.name));
      std::optional<std::string>& target = member.name == "key_base64" ? key : value;
      if (target) return bad(fmt::format("\"{}\" stands beside its plain form", member.name));
      target = decoded;
    }
  }
  if (key.has_value() == raw_key.has_value()) return bad("it needs one of \"key\" and \"raw_key\"");
  if (!value) return bad("it has neither \"value\" nor \"value_base64\"");
  item->key = raw_key ? *raw_key : context.encode_keys ? encode_key(*key) : *key;
  item->value = std::move(*value);
  return Outcome::success();
}

// Items on their way to the bucket, sent in chunks.
class Loader {
 public:
  explicit Loader(slip_bucket* bucket) : bucket_(bucket) {}

  Outcome add(Item item, uint64_t line) {
    bytes_ += item.key.size() + item.value.size();
    items_.push_back(std::move(item));
    lines_.push_back(line);
    return items_.size() >= kChunkItems || bytes_ >= kChunkBytes ? flush() : Outcome::success();
  }

  // Sends what was added. A failure names the first line that did not get through.
  Outcome flush() {
    if (items_.empty()) return Outcome::success();
    std::vector<slip_write> writes(items_.size());
    std::vector<slip_write_result> results(items_.size());
    for (size_t i = 0; i < items_.size(); ++i) {
      writes[i].key = bytes(items_[i].key);
      writes[i].value = bytes(items_[i].value);
      writes[i].expected_revision = SLIP_REVISION_ANY;
      writes[i].operation = SLIP_PUT;
    }
    Call call;
    Outcome outcome = call(
        slip_bucket_put_many(bucket_, writes.data(), writes.size(), results.data(), call.error()));
    uint64_t first_failed = 0;
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i].status == SLIP_OK && results[i].revision != 0) {
        ++loaded_;
        last_revision_ = results[i].revision;
      } else {
        ++failed_;
        if (first_failed == 0) first_failed = lines_[i];
      }
    }
    items_.clear();
    lines_.clear();
    bytes_ = 0;
    if (!outcome.ok()) {
      outcome.message = fmt::format("line {}: {}", first_failed, outcome.message);
    }
    return outcome;
  }

  uint64_t loaded() const { return loaded_; }
  uint64_t failed() const { return failed_; }
  uint64_t last_revision() const { return last_revision_; }

 private:
  slip_bucket* bucket_;
  std::vector<Item> items_;
  std::vector<uint64_t> lines_;
  size_t bytes_ = 0;
  uint64_t loaded_ = 0;
  uint64_t failed_ = 0;
  uint64_t last_revision_ = 0;
};

Outcome read_lines(Context& context, std::istream& input, Loader& loader) {
  Progress progress(context.quiet, "loading", 0);
  std::string line;
  uint64_t number = 0;
  while (!StopSignal::requested() && std::getline(input, line)) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (line.size() > kLineBytesMax) {
      return Outcome::fail(SLIP_TOO_LARGE, fmt::format("line {} is longer than {}", number,
                                                       format_size(kLineBytesMax)));
    }
    Item item;
    Outcome parsed = parse_item(context, line, &item);
    if (!parsed.ok()) {
      parsed.message = fmt::format("line {}: {}", number, parsed.message);
      return parsed;
    }
    CLI_TRY(loader.add(std::move(item), number));
    progress.update(loader.loaded());
  }
  if (input.bad()) return Outcome::fail(SLIP_IO, "cannot read the JSON lines to load");
  return Outcome::success();
}

struct LoadArguments {
  std::string bucket;
  std::string file;
};

Outcome load(Context& context, const LoadArguments& a) {
  std::ifstream file;
  if (a.file != "-") {
    file.open(a.file, std::ios::binary);
    if (!file) return Outcome::fail(SLIP_NOT_FOUND, fmt::format("cannot open \"{}\"", a.file));
  }
  Connection connection;
  Bucket bucket;
  CLI_TRY(open_bucket(context, a.bucket, &connection, &bucket));
  StopSignal stop;
  Loader loader(bucket.get());
  const int64_t started = monotonic_ms();
  Outcome outcome = read_lines(context, a.file == "-" ? std::cin : file, loader);
  // What stood before a bad line is good: it is loaded, and the counts say so.
  const Outcome flushed = loader.flush();
  if (outcome.ok()) outcome = flushed;
  if (context.json) {
    JsonObject object;
    object.number("loaded", loader.loaded()).number("failed", loader.failed());
    print(object.number("last_revision", loader.last_revision()).str());
  } else {
    note(context, fmt::format("loaded {} in {}{}", format_count(loader.loaded()),
                              format_duration(monotonic_ms() - started),
                              loader.failed() == 0
                                  ? ""
                                  : fmt::format(", {} failed", format_count(loader.failed()))));
  }
  if (outcome.ok() && StopSignal::requested()) return Outcome::silent(StopSignal::exit());
  return outcome;
}

struct DumpArguments {
  std::string bucket;
  std::string prefix;
};

Outcome dump(Context& context, const DumpArguments& a) {
  Connection connection;
  Bucket bucket;
  CLI_TRY(open_bucket(context, a.bucket, &connection, &bucket));
  const KeyPrefix prefix = prefix_from_argument(context, a.prefix);
  Iterator iterator;
  Call call;
  CLI_TRY(call(slip_bucket_scan(bucket.get(), prefix.key.data(), prefix.key.size(), iterator.out(),
                                call.error())));
  Progress progress(context.quiet, "dumping", 0);
  uint64_t count = 0;
  return for_each(iterator.get(), [&](const slip_update& update) {
    if (!prefix.keeps(view(update.key))) return Outcome::success();
    print(update_json(context, update, Fields::all));
    progress.update(++count);
    return Outcome::success();
  });
}

}  // namespace

void add_kv_bulk_commands(Command kv, Context& context) {
  const std::vector<int32_t> kinds = {SLIP_OPTIONS_CONNECTION, SLIP_OPTIONS_BUCKET};
  auto load_arguments = std::make_shared<LoadArguments>();
  Command command =
      add_command(kv, context, "load", "Set many keys from JSON lines: {\"key\":...,\"value\":...}",
                  "  slipstream kv load packages packages.jsonl --encode-keys\n"
                  "  slipstream kv dump routes | slipstream kv load copy -",
                  kinds, [&context, load_arguments] { return load(context, *load_arguments); });
  command.positional("bucket", load_arguments->bucket, "Name of the bucket");
  command.positional("file", load_arguments->file, "The lines; - is standard input");
  add_key_flags(command, context, true, false);
  add_server_flags(command, context);

  auto dump_arguments = std::make_shared<DumpArguments>();
  command = add_command(kv, context, "dump", "Write the live keys and values as JSON lines",
                        "  slipstream kv dump routes > routes.jsonl", kinds,
                        [&context, dump_arguments] { return dump(context, *dump_arguments); });
  command.positional("bucket", dump_arguments->bucket, "Name of the bucket");
  command.text("-p,--prefix", dump_arguments->prefix, "PREFIX", "Only keys that begin with it");
  add_key_flags(command, context, true, true);
  add_server_flags(command, context);
}

}  // namespace cli
