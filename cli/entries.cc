#include "entries.h"

#include <unistd.h>

#include <vector>

#include "key_code.h"
#include "text.h"

namespace cli {
namespace {

constexpr size_t kUpdatesPerCall = 256;

std::string flags_json(uint32_t flags) {
  struct Name {
    uint32_t flag;
    const char* name;
  };
  constexpr Name kNames[] = {{SLIP_FLAG_SYNTHETIC, "synthetic"},
                             {SLIP_FLAG_REPLAY, "replay"},
                             {SLIP_FLAG_RELIST, "relist"},
                             {SLIP_FLAG_EXPIRED, "expired"},
                             {SLIP_FLAG_MARKER, "marker"}};
  std::string out;
  for (const Name& name : kNames) {
    if ((flags & name.flag) != 0) out += (out.empty() ? "" : ",") + json_quote(name.name);
  }
  return "[" + out + "]";
}

}  // namespace

std::string key_from_argument(const Context& context, const std::string& argument) {
  return context.encode_keys ? encode_key(argument) : argument;
}

KeyPrefix prefix_from_argument(const Context& context, const std::string& argument) {
  if (!context.encode_keys) return {argument, {}, false};
  return {encode_key_prefix(argument), argument, true};
}

bool KeyPrefix::keeps(std::string_view candidate) const {
  if (!encoded) return true;
  const auto decoded = decode_key(candidate);
  return decoded && decoded->compare(0, name.size(), name) == 0;
}

ShownKey shown_key(const Context& context, std::string_view key) {
  if (!context.decode_keys) return {std::string(key), false};
  auto decoded = decode_key(key);
  if (!decoded) return {std::string(key), true};
  return {std::move(*decoded), false};
}

void add_key(JsonObject* object, const Context& context, std::string_view key) {
  const ShownKey shown = shown_key(context, key);
  object->bytes(shown.raw ? "raw_key" : "key", shown.text);
}

std::string update_json(const Context& context, const slip_update& update, Fields fields) {
  JsonObject object;
  add_key(&object, context, view(update.key));
  if (fields == Fields::all && update.operation == SLIP_PUT) {
    object.bytes("value", view(update.value));
  }
  object.text("operation", operation_name(update.operation)).number("revision", update.revision);
  if (update.timestamp_ns != 0) object.text("time", format_time(update.timestamp_ns));
  if (update.ttl_ns != 0) object.signed_number("ttl_ns", update.ttl_ns);
  if (update.flags != 0) object.raw("flags", flags_json(update.flags));
  return object.str();
}

void print_entry(const Context& context, const slip_update& update) {
  if (context.json) {
    print(update_json(context, update, Fields::all));
  } else {
    print_bytes(view(update.value));
    if (isatty(STDOUT_FILENO) == 1) print("");
  }
}

std::string update_text(const Context& context, const slip_update& update, Fields fields) {
  std::string line = printable(shown_key(context, view(update.key)).text);
  if (fields == Fields::all) line += "\t" + printable(view(update.value));
  return line;
}

std::string cursor_token(const std::string& bucket, slip_cursor cursor) {
  Text text;
  if (slip_cursor_format(bucket.c_str(), cursor, text.out(), nullptr) != SLIP_OK) return "-";
  return slip_text_string(text.get());
}

std::string cursor_json(const std::string& bucket, slip_cursor cursor) {
  JsonObject object;
  object.number("epoch", cursor.epoch).number("revision", cursor.revision);
  if (!bucket.empty()) object.text("token", cursor_token(bucket, cursor));
  return object.str();
}

Outcome for_each(slip_iterator* iterator,
                 const std::function<Outcome(const slip_update& update)>& visit) {
  std::vector<slip_update> updates(kUpdatesPerCall);
  for (;;) {
    size_t count = 0;
    Call call;
    const slip_status status =
        slip_iterator_next(iterator, updates.data(), updates.size(), &count, call.error());
    if (status == SLIP_END) return Outcome::success();
    CLI_TRY(call(status));
    for (size_t i = 0; i < count; ++i) CLI_TRY(visit(updates[i]));
  }
}

Outcome for_each_in_fold(slip_fold* fold, const slip_range& range,
                         const std::function<Outcome(const slip_update& update)>& visit) {
  Snapshot snapshot;
  Iterator iterator;
  Call call;
  CLI_TRY(call(slip_snapshot_open(fold, snapshot.out(), call.error())));
  CLI_TRY(call(slip_snapshot_range(snapshot.get(), &range, iterator.out(), call.error())));
  return for_each(iterator.get(), visit);
}

}  // namespace cli
