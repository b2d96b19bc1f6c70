// slipstream fold compact | hide | unhide | hidden | position
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <vector>

#include "commands.h"
#include "entries.h"
#include "json.h"
#include "text.h"

namespace cli {
namespace {

struct Arguments {
  std::string fold;
  std::string consumer;
  std::optional<uint64_t> from;
  std::optional<uint64_t> to;
};

Outcome open_to_write(Context& context, const std::string& fold, Fold* out) {
  CLI_TRY(context.options.set(SLIP_OPTIONS_FOLD, "create", "never"));
  return open_fold(context, fold, out);
}

const char* outcome_name(uint32_t outcome) {
  switch (outcome) {
    case SLIP_COMPACTION_PERFORMED:
      return "performed";
    case SLIP_COMPACTION_SKIPPED:
      return "skipped";
    case SLIP_COMPACTION_FAILED:
      return "failed";
    case SLIP_COMPACTION_INDETERMINATE:
      return "indeterminate";
    default:
      return "unknown";
  }
}

Outcome compact(Context& context, const Arguments& a) {
  Fold fold;
  CLI_TRY(open_to_write(context, a.fold, &fold));
  slip_compaction done = SLIP_COMPACTION_INIT;
  Text reason;
  Call call;
  CLI_TRY(call(slip_fold_compact(fold.get(), &done, reason.out(), call.error())));
  const std::string why = slip_text_string(reason.get());
  if (context.json) {
    JsonObject object;
    object.text("fold", fold_url(a.fold)).text("outcome", outcome_name(done.outcome));
    object.text("reason", why);
    object.number("bytes_before", done.bytes_before).number("bytes_after", done.bytes_after);
    object.number("segments_before", done.segments_before);
    print(object.number("segments_after", done.segments_after).str());
  } else {
    print(fmt::format("{}: {} in {} segments before, {} in {} after", outcome_name(done.outcome),
                      format_size(done.bytes_before), format_count(done.segments_before),
                      format_size(done.bytes_after), format_count(done.segments_after)));
    if (done.status == SLIP_OK && !why.empty()) note(context, why);
  }
  return done.status == SLIP_OK ? Outcome::success() : Outcome::fail(done.status, why);
}

Outcome list_hidden(Context& context, const Arguments& a, slip_fold* fold) {
  std::vector<slip_revision_range> ranges;
  size_t count = 0;
  do {
    ranges.resize(count);
    Call call;
    CLI_TRY(call(slip_fold_hidden(fold, ranges.data(), ranges.size(), &count, call.error())));
  } while (count > ranges.size());
  ranges.resize(count);
  std::string rows;
  for (const slip_revision_range& range : ranges) {
    if (context.json)
      rows += (rows.empty() ? "" : ",") +
              JsonObject().number("from", range.from).number("to", range.to).str();
    else
      print(fmt::format("{} {}", range.from, range.to));
  }
  if (context.json)
    print(JsonObject().text("fold", fold_url(a.fold)).raw("hidden", "[" + rows + "]").str());
  return Outcome::success();
}

Outcome hidden(Context& context, const Arguments& a) {
  Fold fold;
  CLI_TRY(open_fold_read_only(context, a.fold, &fold));
  return list_hidden(context, a, fold.get());
}

Outcome change_hidden(Context& context, const Arguments& a,
                      slip_status (*change)(slip_fold*, slip_revision_range, slip_error**)) {
  Fold fold;
  CLI_TRY(open_to_write(context, a.fold, &fold));
  Call call;
  CLI_TRY(call(change(fold.get(), {a.from.value_or(0), a.to.value_or(0)}, call.error())));
  return list_hidden(context, a, fold.get());
}

Outcome hide(Context& context, const Arguments& a) {
  return change_hidden(context, a, slip_fold_hide);
}

Outcome unhide(Context& context, const Arguments& a) {
  return change_hidden(context, a, slip_fold_unhide);
}

Outcome position(Context& context, const Arguments& a) {
  Fold fold;
  CLI_TRY(open_fold_read_only(context, a.fold, &fold));
  slip_cursor cursor = {0, 0};
  Text bucket;
  Call call;
  CLI_TRY(call(slip_fold_cursor(fold.get(), &cursor, bucket.out(), call.error())));
  CLI_TRY(call(slip_consumer_position_load(fold.get(), a.consumer.c_str(), &cursor, call.error())));
  const std::string name = slip_text_string(bucket.get());
  const bool fresh = cursor.epoch == 0;
  if (context.json) {
    JsonObject object;
    object.text("fold", fold_url(a.fold)).text("consumer", a.consumer).boolean("fresh", fresh);
    print(object.raw("cursor", cursor_json(name, cursor)).str());
  } else {
    print(fresh ? "fresh" : cursor_token(name, cursor));
  }
  return Outcome::success();
}

}  // namespace

void add_fold_upkeep_commands(Command family, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* summary, const char* example,
                       Outcome (*run)(Context&, const Arguments&)) {
    Command command = add_command(family, context, name, summary, example, {SLIP_OPTIONS_FOLD},
                                  [&context, arguments, run] { return run(context, *arguments); });
    command.positional("fold", arguments->fold, "KIND:PATH, or a path");
    return command;
  };
  const auto add_change = [&](const char* name, const char* summary, const char* example,
                              Outcome (*run)(Context&, const Arguments&)) {
    Command command = add(name, summary, example, run);
    command.number("--from", arguments->from, "The first revision", Command::Need::required);
    command.number("--to", arguments->to, "The revision after the last", Command::Need::required);
  };
  add("compact", "Give back the space of what was overwritten (append-log)",
      "  slipstream fold compact append-log:./routes", compact);
  add_change("hide", "Let a range of revisions be read as absent (append-log)",
             "  slipstream fold hide append-log:./routes --from 120 --to 140", hide);
  add_change("unhide", "Show a range of revisions again (append-log)",
             "  slipstream fold unhide append-log:./routes --from 120 --to 140", unhide);
  add("hidden", "The revisions that are hidden: first, and the one after the last, a line each",
      "  slipstream fold hidden append-log:./routes", hidden);
  Command command = add("position", "How far a named consumer of the fold has come",
                        "  slipstream fold position ./routes billing", position);
  command.positional("consumer", arguments->consumer, "The consumer's name");
}

}  // namespace cli
