// slipstream watch BUCKET FOLD, and slipstream kv watch BUCKET
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "commands.h"
#include "entries.h"
#include "follow.h"
#include "json.h"
#include "text.h"
#include "watch_view.h"

namespace cli {
namespace {

// {"event":"update", and the members of an entry}
std::string event_json(const Context& context, const slip_update& update) {
  return "{\"event\":\"update\"," + update_json(context, update, Fields::all).substr(1);
}

// A watch that has an end tells of that; one that has none tells when it has caught up.
std::function<void(slip_cursor)> tell_caught_up(const Context& context, const std::string& bucket,
                                                const std::string& until) {
  if (until != "never") return {};
  return [&context, &bucket](slip_cursor cursor) {
    if (context.json) {
      print(
          JsonObject().text("event", "caught_up").raw("cursor", cursor_json(bucket, cursor)).str());
      std::fflush(stdout);
    } else {
      note(context,
           fmt::format("caught up at revision {}; following (Ctrl-C ends)", cursor.revision));
    }
  };
}

struct WatchArguments {
  std::string bucket;
  std::string fold;
  std::string until = "never";
  bool updates = false;
  std::vector<std::string> scope;
  std::optional<uint64_t> max_stale_ms;
  std::optional<uint64_t> status_ms;
  std::string metrics_file;
};

constexpr uint64_t kStatusMs = 10000;

Outcome set_watch_options(Context& context, const WatchArguments& a) {
  CLI_TRY(set_until(context, a.until));
  CLI_TRY(context.options.add(SLIP_OPTIONS_WATCH, "scope", a.scope));
  if (!a.max_stale_ms) return Outcome::success();
  return context.options.set(SLIP_OPTIONS_WATCH, "max_stale_ms", std::to_string(*a.max_stale_ms));
}

// Lines of the status with --json, and the file of metrics. A file that could be written once and
// cannot be for a while ends nothing: that is said once.
class Reporter {
 public:
  Reporter(const Context& context, const WatchArguments& a)
      : context_(context),
        bucket_(a.bucket),
        every_ms_(context.json ? static_cast<int64_t>(a.status_ms.value_or(kStatusMs)) : 0),
        told_ms_(monotonic_ms()),
        metrics_(a.metrics_file) {}

  Outcome look(slip_watch* watch, const slip_watch_state& state) {
    if (every_ms_ > 0 && monotonic_ms() - told_ms_ >= every_ms_) {
      told_ms_ = monotonic_ms();
      print(status_json(bucket_, watch, state));
      std::fflush(stdout);
    }
    const Outcome written = metrics_.write_when_due();
    if (!written.ok() && !wrote_) return written;
    if (!written.ok() && !failing_) note(context_, written.message);
    wrote_ = true;
    failing_ = !written.ok();
    return Outcome::success();
  }
  void finish() { (void)metrics_.write(); }
  std::string line(const slip_watch_state& state) { return line_.line(state); }

 private:
  const Context& context_;
  const std::string& bucket_;
  const int64_t every_ms_;
  int64_t told_ms_;
  MetricsFile metrics_;
  StatusLine line_;
  bool wrote_ = false;
  bool failing_ = false;
};

FollowHooks hooks_of(Context& context, const WatchArguments& a, Reporter& reporter) {
  FollowHooks hooks;
  hooks.look = [&reporter](slip_watch* watch, const slip_watch_state& state) {
    return reporter.look(watch, state);
  };
  hooks.line = [&reporter](const slip_watch_state& state) { return reporter.line(state); };
  hooks.ended = [&reporter] { reporter.finish(); };
  if (a.updates && context.json) {
    hooks.apply = [&context](const slip_update* updates, size_t count) {
      for (size_t i = 0; i < count; ++i) print(event_json(context, updates[i]));
      return finish_output();
    };
  }
  if (context.json) {
    hooks.applied = [&a](slip_cursor cursor, size_t count) {
      JsonObject object;
      object.text("event", "applied").number("updates", count);
      print(object.raw("cursor", cursor_json(a.bucket, cursor)).str());
      std::fflush(stdout);
    };
  }
  hooks.caught_up = tell_caught_up(context, a.bucket, a.until);
  return hooks;
}

Outcome watch(Context& context, const WatchArguments& a) {
  CLI_TRY(set_watch_options(context, a));
  Connection connection;
  Bucket bucket;
  Fold fold;
  CLI_TRY(open_bucket(context, a.bucket, &connection, &bucket));
  CLI_TRY(open_fold(context, a.fold, &fold));  // last: a failure before it makes no empty fold
  Reporter reporter(context, a);
  const FollowHooks hooks = hooks_of(context, a, reporter);
  FollowResult result = follow(context, bucket.get(), fold.get(), a.until, hooks);
  if (context.json) {
    print(end_json(a.bucket, result));
  } else {
    print(fmt::format("{} updates in {} batches applied in {}; cursor {}",
                      format_count(result.applied), format_count(result.batches),
                      format_duration(result.elapsed_ms), cursor_token(a.bucket, result.cursor)));
  }
  Call call;
  const Outcome closed = call(slip_fold_close(fold.get(), call.error()));
  return result.outcome.ok() ? closed : result.outcome;
}

struct KvWatchArguments {
  std::string bucket;
  std::string prefix;
  std::string from;
  std::string until = "never";
  bool only_new = false;
};

Outcome set_start(Context& context, const KvWatchArguments& a, slip_bucket* bucket) {
  std::string token = a.from;
  if (a.only_new) {
    slip_bucket_state state = SLIP_BUCKET_STATE_INIT;
    Call call;
    CLI_TRY(call(slip_bucket_info(bucket, &state, call.error())));
    token = cursor_token(a.bucket, {state.epoch, state.last_revision});
  }
  return token.empty() ? Outcome::success()
                       : context.options.set(SLIP_OPTIONS_WATCH, "cursor", token);
}

void print_update(const Context& context, const slip_update& update) {
  print(context.json ? event_json(context, update)
                     : fmt::format("{}\t{}\t{}", update.revision, operation_name(update.operation),
                                   update_text(context, update,
                                               update.operation == SLIP_PUT ? Fields::all
                                                                            : Fields::no_value)));
}

Outcome kv_watch(Context& context, const KvWatchArguments& a) {
  if (a.only_new && !a.from.empty()) return Outcome::usage("--new and --from exclude each other");
  CLI_TRY(set_until(context, a.until));
  Connection connection;
  Bucket bucket;
  CLI_TRY(open_bucket(context, a.bucket, &connection, &bucket));
  CLI_TRY(set_start(context, a, bucket.get()));
  const KeyPrefix prefix = prefix_from_argument(context, a.prefix);
  FollowHooks hooks;
  hooks.caught_up = tell_caught_up(context, a.bucket, a.until);
  hooks.apply = [&](const slip_update* updates, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const std::string_view key = view(updates[i].key);
      const bool has_prefix = key.compare(0, prefix.key.size(), prefix.key) == 0;
      if (has_prefix && prefix.keeps(key)) print_update(context, updates[i]);
    }
    return finish_output();
  };
  const FollowResult result = follow(context, bucket.get(), nullptr, a.until, hooks);
  if (context.json) {
    print(end_json(a.bucket, result));
  } else {
    note(context, fmt::format("cursor {}", cursor_token(a.bucket, result.cursor)));
  }
  return result.outcome;
}

}  // namespace

void add_watch_command(Command app, Context& context) {
  auto arguments = std::make_shared<WatchArguments>();
  Command command = add_command(
      app, context, "watch", "Stream a bucket into a fold, from where the fold stands",
      "  slipstream watch routes /var/lib/edge/routes --until caught-up\n"
      "  slipstream watch routes ./routes -o durability=process -o batch_updates_max=50000",
      {SLIP_OPTIONS_CONNECTION, SLIP_OPTIONS_BUCKET, SLIP_OPTIONS_WATCH, SLIP_OPTIONS_FOLD},
      [&context, arguments] { return watch(context, *arguments); });
  command.positional("bucket", arguments->bucket, "Name of the bucket");
  command.positional("fold", arguments->fold, "lmdb:PATH, or a path; made where it is missing");
  command.text("--until", arguments->until, "WHERE", kUntilHelp);
  command.list("--scope", arguments->scope, "PREFIX",
               "Only keys that begin with it; may be given again");
  command.number("--max-stale-ms", arguments->max_stale_ms,
                 "Ready means: current at most this long ago; 0: however old");
  command.flag("--updates", arguments->updates, "With --json: a line for each update too");
  command.number("--status-ms", arguments->status_ms,
                 "With --json: a line of status this often; 0: none; 10000 where not given");
  command.text("--metrics-file", arguments->metrics_file, "PATH",
               "Prometheus text, written anew every 5 s, for a collector of text files");
  add_key_flags(command, context, false, true);
  add_server_flags(command, context);
}

void add_kv_watch_command(Command kv, Context& context) {
  auto arguments = std::make_shared<KvWatchArguments>();
  Command command = add_command(kv, context, "watch", "Print the updates of a bucket as they come",
                                "  slipstream kv watch routes --new\n"
                                "  slipstream kv watch routes --json --until caught-up",
                                {SLIP_OPTIONS_CONNECTION, SLIP_OPTIONS_BUCKET, SLIP_OPTIONS_WATCH},
                                [&context, arguments] { return kv_watch(context, *arguments); });
  command.positional("bucket", arguments->bucket, "Name of the bucket");
  command.text("-p,--prefix", arguments->prefix, "PREFIX", "Only keys that begin with it");
  command.text("--from", arguments->from, "CURSOR", "Go on after this cursor");
  command.flag("--new", arguments->only_new, "Only what is written from now on");
  command.text("--until", arguments->until, "WHERE", kUntilHelp);
  add_key_flags(command, context, true, true);
  add_server_flags(command, context);
}

}  // namespace cli
