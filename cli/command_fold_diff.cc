// slipstream fold diff: two folds, or a fold and its bucket.
#include <fmt/format.h>

#include <map>
#include <memory>

#include "commands.h"
#include "entries.h"
#include "json.h"
#include "text.h"

namespace cli {
namespace {

struct Arguments {
  std::string left;
  std::string right;
  bool revisions = false;
};

constexpr const char* kBucketPrefix = "bucket:";

// Counts and shows the differences.
class Report {
 public:
  Report(const Context& context, bool revisions) : context_(context), revisions_(revisions) {}

  void only(const char* side, char sign, std::string_view key) { show(side, sign, key); }
  void compare(const slip_update& left, std::string_view right_value, uint64_t right_revision) {
    if (view(left.value) != right_value) {
      show("value", '!', view(left.key));
    } else if (revisions_ && left.revision != right_revision) {
      show("revision", '~', view(left.key));
    } else {
      ++same_;
    }
  }
  Outcome finish() const {
    if (context_.json) {
      print(JsonObject()
                .text("event", "end")
                .number("same", same_)
                .number("different", different_)
                .str());
    } else {
      print(fmt::format("{} same, {} different", format_count(same_), format_count(different_)));
    }
    return different_ == 0 ? Outcome::success() : Outcome::silent(kExitDifferent);
  }

 private:
  void show(const char* kind, char sign, std::string_view key) {
    ++different_;
    if (context_.json) {
      JsonObject object;
      object.text("event", "difference").text("kind", kind);
      add_key(&object, context_, key);
      print(object.str());
    } else {
      print(fmt::format("{} {}", sign, printable(shown_key(context_, key).text)));
    }
  }

  const Context& context_;
  bool revisions_;
  uint64_t same_ = 0;
  uint64_t different_ = 0;
};

// One step at a time through the live entries of a fold, in key order.
class Walk {
 public:
  Outcome start(slip_fold* fold) {
    Call call;
    CLI_TRY(call(slip_snapshot_open(fold, snapshot_.out(), call.error())));
    CLI_TRY(call(slip_snapshot_range(snapshot_.get(), nullptr, iterator_.out(), call.error())));
    return step();
  }
  Outcome step() {
    size_t count = 0;
    Call call;
    const slip_status status =
        slip_iterator_next(iterator_.get(), &update_, 1, &count, call.error());
    at_end_ = status == SLIP_END;
    return at_end_ ? Outcome::success() : call(status);
  }
  bool at_end() const { return at_end_; }
  const slip_update& update() const { return update_; }
  std::string_view key() const { return view(update_.key); }

 private:
  Snapshot snapshot_;
  Iterator iterator_;
  slip_update update_ = {};
  bool at_end_ = false;
};

Outcome diff_folds(slip_fold* left_fold, slip_fold* right_fold, Report& report) {
  Walk left, right;
  CLI_TRY(left.start(left_fold));
  CLI_TRY(right.start(right_fold));
  while (!left.at_end() || !right.at_end()) {
    const int order = left.at_end() ? 1 : right.at_end() ? -1 : left.key().compare(right.key());
    if (order < 0) report.only("only_left", '<', left.key());
    if (order > 0) report.only("only_right", '>', right.key());
    if (order == 0) {
      report.compare(left.update(), view(right.update().value), right.update().revision);
    }
    if (order <= 0) CLI_TRY(left.step());
    if (order >= 0) CLI_TRY(right.step());
  }
  return report.finish();
}

struct Value {
  std::string value;
  uint64_t revision = 0;
};

// A bucket lists in the order of updates, so its live entries are held in memory to be sorted.
Outcome diff_with_bucket(slip_fold* fold, slip_bucket* bucket, Report& report) {
  std::map<std::string, Value, std::less<>> right;
  Iterator iterator;
  Call call;
  CLI_TRY(call(slip_bucket_scan(bucket, nullptr, 0, iterator.out(), call.error())));
  CLI_TRY(for_each(iterator.get(), [&](const slip_update& update) {
    right[std::string(view(update.key))] = {std::string(view(update.value)), update.revision};
    return Outcome::success();
  }));
  const slip_range everything = SLIP_RANGE_INIT;
  auto at = right.begin();
  CLI_TRY(for_each_in_fold(fold, everything, [&](const slip_update& update) {
    const std::string_view key = view(update.key);
    for (; at != right.end() && at->first < key; ++at) report.only("only_right", '>', at->first);
    if (at == right.end() || at->first != key) {
      report.only("only_left", '<', key);
    } else {
      report.compare(update, at->second.value, at->second.revision);
      ++at;
    }
    return Outcome::success();
  }));
  for (; at != right.end(); ++at) report.only("only_right", '>', at->first);
  return report.finish();
}

Outcome diff(Context& context, const Arguments& a) {
  Report report(context, a.revisions);
  Fold left;
  CLI_TRY(open_fold_read_only(context, a.left, &left));
  if (a.right.rfind(kBucketPrefix, 0) == 0) {
    Connection connection;
    Bucket bucket;
    CLI_TRY(open_bucket(context, a.right.substr(std::string(kBucketPrefix).size()), &connection,
                        &bucket));
    return diff_with_bucket(left.get(), bucket.get(), report);
  }
  Fold right;
  CLI_TRY(open_fold_read_only(context, a.right, &right));
  return diff_folds(left.get(), right.get(), report);
}

}  // namespace

void add_fold_diff_command(Command fold, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  Command command = add_command(
      fold, context, "diff", "Compare two folds, or a fold and a bucket (exit code 9: different)",
      "  slipstream fold diff ./routes ./other\n  slipstream fold diff ./routes bucket:routes",
      {SLIP_OPTIONS_FOLD, SLIP_OPTIONS_CONNECTION, SLIP_OPTIONS_BUCKET},
      [&context, arguments] { return diff(context, *arguments); });
  command.positional("left", arguments->left, "A fold");
  command.positional("right", arguments->right, "A fold, or bucket:NAME");
  command.flag("--revisions", arguments->revisions, "Compare revisions too");
  add_key_flags(command, context, false, true);
  add_server_flags(command, context);
}

}  // namespace cli
