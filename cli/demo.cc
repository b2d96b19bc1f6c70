// The whole path, told as a story: every number in it is read from the library while it happens,
// and whatever is not as the story says ends it with an error.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "commands.h"
#include "entries.h"
#include "temporary_directory.h"
#include "text.h"

namespace cli {
namespace {

constexpr size_t kKeys = 20000;
constexpr int64_t kWaitMs = 60000;
constexpr size_t kLineWidth = 80;
constexpr const char* kPublishedAs = "edge/routes";

// A node's own table is left out: it counts what it is given, which is what the story is about.
struct Node {
  std::atomic<uint64_t> updates{0};
  std::atomic<uint64_t> deletes{0};
  std::atomic<uint64_t> first_revision{0};
  std::atomic<uint64_t> batches{0};
  Fold fold;
  Watch watch;
};

slip_status count_updates(void* user, const slip_item* items, size_t count, char*, size_t) {
  Node& node = *static_cast<Node*>(user);
  for (size_t i = 0; i < count; ++i) {
    const slip_update& update = *items[i].update;
    if ((update.flags & SLIP_FLAG_REPLAY) != 0) continue;
    if (node.updates++ == 0) node.first_revision = update.revision;
    if (update.operation != SLIP_PUT) ++node.deletes;
  }
  return SLIP_OK;
}

void count_batch(void* user, const slip_cursor*, size_t) { ++static_cast<Node*>(user)->batches; }

class Demo {
 public:
  Demo(Context& context, std::string directory)
      : context_(context), directory_(std::move(directory)) {}
  ~Demo() {
    // A bucket on somebody's server is ours to clean up, however the story ended.
    if (!connection_ || !bucket_) return;
    bucket_.reset();
    Call call;
    const Outcome removed =
        call(slip_bucket_delete(connection_.get(), name_.c_str(), call.error()));
    if (!removed.ok()) note(context_, removed.message);
  }

  Outcome tell() {
    CLI_TRY(fill());
    CLI_TRY(follow_on_node_a());
    CLI_TRY(write_twelve_and_export());
    CLI_TRY(publish());
    CLI_TRY(write_seven_more());
    CLI_TRY(bootstrap_node_b());
    CLI_TRY(compare());
    return Outcome::success();
  }

 private:
  Outcome fill();
  Outcome follow_on_node_a();
  Outcome write_twelve_and_export();
  Outcome publish();
  Outcome write_seven_more();
  Outcome bootstrap_node_b();
  Outcome compare();

  std::string path(const char* name) const { return directory_ + "/" + name; }
  Outcome put(const std::string& key, const std::string& value) {
    Call call;
    return call(slip_bucket_put(bucket_.get(), key.data(), key.size(), value.data(), value.size(),
                                &last_revision_, call.error()));
  }
  Outcome start(Node& node, const char* name, bool catch_up);
  // One step of the story, wrapped for a terminal.
  void say(const std::string& text);
  Outcome unlike(const std::string& what) {
    return Outcome::fail(SLIP_INTERNAL, "the demo did not go as it tells: " + what);
  }

  Context& context_;
  std::string directory_;
  std::string name_;
  Connection connection_;
  Bucket bucket_;
  ObjectStore store_;
  Node a_;
  Node b_;
  uint64_t last_revision_ = 0;
  slip_cursor exported_ = {0, 0};
  std::string deleted_key_;
};

void Demo::say(const std::string& text) {
  std::string line;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && line.size() + 1 + word.size() > kLineWidth) {
      print(line);
      line = "  ";
    }
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  print(line);
  std::fflush(stdout);  // a step at a time, also through a pipe
}

Outcome Demo::fill() {
  const bool embedded = context_.server.empty() && std::getenv("SLIPSTREAM_SERVER") == nullptr;
  if (embedded) context_.server = "mem://";
  CLI_TRY(connect(context_, &connection_));
  name_ = fmt::format("slipstream-demo-{}", getpid());
  Call call;
  CLI_TRY(call(
      slip_bucket_create(connection_.get(), name_.c_str(), nullptr, bucket_.out(), call.error())));
  std::vector<std::string> keys(kKeys), values(kKeys);
  std::vector<slip_write> writes(kKeys);
  std::vector<slip_write_result> results(kKeys);
  for (size_t i = 0; i < kKeys; ++i) {
    keys[i] = fmt::format("edge.{}.route.{:05}", i % 20, i);
    values[i] = fmt::format(R"({{"next_hop":"10.{}.{}.{}","weight":{}}})", i / 65536, i / 256 % 256,
                            i % 256, i % 100);
    writes[i].key = bytes(keys[i]);
    writes[i].value = bytes(values[i]);
    writes[i].expected_revision = SLIP_REVISION_ANY;
    writes[i].operation = SLIP_PUT;
  }
  const int64_t started = monotonic_ms();
  CLI_TRY(call(slip_bucket_put_many(bucket_.get(), writes.data(), writes.size(), results.data(),
                                    call.error())));
  last_revision_ = results.back().revision;
  say(fmt::format(
      "1. {} is filled with {} routes in {}.",
      embedded ? "A bucket in this process" : "The bucket \"" + name_ + "\" on the server",
      format_count(kKeys), format_duration(monotonic_ms() - started)));
  return Outcome::success();
}

Outcome Demo::start(Node& node, const char* name, bool catch_up) {
  Call call;
  CLI_TRY(
      call(slip_fold_open(("lmdb:" + path(name)).c_str(), nullptr, node.fold.out(), call.error())));
  Options options;
  CLI_TRY(call(slip_options_new(SLIP_OPTIONS_WATCH, options.out(), call.error())));
  CLI_TRY(call(slip_options_set_string(options.get(), "replay", "none", call.error())));
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = &node;
  callbacks.apply = count_updates;
  callbacks.on_applied = count_batch;
  CLI_TRY(call(slip_watch_start(bucket_.get(), node.fold.get(), options.get(), &callbacks,
                                node.watch.out(), call.error())));
  if (!catch_up) return Outcome::success();
  return call(slip_watch_wait_caught_up(node.watch.get(), kWaitMs, call.error()));
}

Outcome Demo::follow_on_node_a() {
  const int64_t started = monotonic_ms();
  CLI_TRY(start(a_, "node-a", true));
  slip_fold_state state = SLIP_FOLD_STATE_INIT;
  Call call;
  CLI_TRY(call(slip_fold_stats(a_.fold.get(), &state, call.error())));
  say(
      fmt::format("2. Node A streams it into a fold on its disk: {} updates in {} batches, {}. Its "
                  "cursor stands at revision {}: everything up to there was applied.",
                  format_count(a_.updates), format_count(a_.batches),
                  format_duration(monotonic_ms() - started), state.cursor.revision));
  if (state.entries != kKeys) return unlike(fmt::format("{} entries", state.entries));
  return Outcome::success();
}

Outcome Demo::write_twelve_and_export() {
  for (int i = 0; i < 12; ++i) {
    CLI_TRY(put(fmt::format("edge.0.route.{:05}", i * 20),
                fmt::format(R"({{"next_hop":"192.0.2.{}"}})", i)));
  }
  int64_t started = monotonic_ms();
  Call call;
  CLI_TRY(call(slip_watch_wait_revision(a_.watch.get(), last_revision_, kWaitMs, call.error())));
  say(fmt::format(
      "3. Twelve routes change. {} after the last write node A has applied them all and "
      "stands at revision {}.",
      format_duration(monotonic_ms() - started), last_revision_));
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  started = monotonic_ms();
  CLI_TRY(call(slip_watch_export(a_.watch.get(), path("artifact").c_str(), nullptr, &summary,
                                 call.error())));
  exported_ = summary.cursor;
  say(
      fmt::format("4. Node A exports its fold while it goes on following: {} entries, {} in {} "
                  "file{}, {}. The artifact's cursor is revision {}.",
                  format_count(summary.entries), format_size(summary.stored_bytes), summary.files,
                  summary.files == 1 ? "" : "s", format_duration(monotonic_ms() - started),
                  exported_.revision));
  if (exported_.revision != last_revision_)
    return unlike("the artifact is not at the newest revision");
  return Outcome::success();
}

Outcome Demo::publish() {
  Call call;
  CLI_TRY(call(slip_object_store_open(("local:" + path("store")).c_str(), nullptr, store_.out(),
                                      call.error())));
  slip_published published = SLIP_PUBLISHED_INIT;
  CLI_TRY(call(slip_publish(store_.get(), kPublishedAs, path("artifact").c_str(), nullptr,
                            &published, call.error())));
  say(fmt::format(
      "5. It publishes the artifact as \"{}\": {} uploaded, then the pointer swapped to "
      "generation {}, revision {}. The pointer never goes backwards.",
      kPublishedAs, format_size(published.bytes), published.generation, published.cursor.revision));
  return Outcome::success();
}

Outcome Demo::write_seven_more() {
  for (int i = 0; i < 6; ++i) {
    CLI_TRY(put(fmt::format("edge.1.route.{:05}", i * 20 + 1), R"({"next_hop":"198.51.100.1"})"));
  }
  deleted_key_ = "edge.2.route.00002";
  Call call;
  CLI_TRY(call(slip_bucket_remove(bucket_.get(), deleted_key_.data(), deleted_key_.size(),
                                  &last_revision_, call.error())));
  say(fmt::format(
      "6. Life goes on: six more routes change and one, {}, is deleted. The bucket is at "
      "revision {}.",
      deleted_key_, last_revision_));
  return Outcome::success();
}

Outcome Demo::bootstrap_node_b() {
  const int64_t started = monotonic_ms();
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  Call call;
  CLI_TRY(call(slip_bootstrap(store_.get(), kPublishedAs, ("lmdb:" + path("node-b")).c_str(),
                              nullptr, &summary, call.error())));
  say(
      fmt::format("7. Node B is new. It reads the pointer, downloads the artifact, verifies every "
                  "byte and has {} entries at revision {}, {} after it began.",
                  format_count(summary.entries), summary.cursor.revision,
                  format_duration(monotonic_ms() - started)));
  CLI_TRY(start(b_, "node-b", true));
  CLI_TRY(call(slip_watch_wait_revision(b_.watch.get(), last_revision_, kWaitMs, call.error())));
  say(fmt::format(
      "8. Node B starts to follow, and receives only the tail: {} updates, {} of them a "
      "delete, the first at revision {}, the one after the artifact's cursor.",
      b_.updates.load(), b_.deletes.load(), b_.first_revision.load()));
  if (b_.updates != 7 || b_.deletes != 1 || b_.first_revision != exported_.revision + 1) {
    return unlike("node B did not receive exactly the tail");
  }
  return Outcome::success();
}

Outcome Demo::compare() {
  Call call;
  Entry entry;
  const slip_status gone =
      slip_fold_get(b_.fold.get(), deleted_key_.data(), deleted_key_.size(), entry.out(), nullptr);
  if (gone != SLIP_NOT_FOUND) return unlike("the deleted route still lives on node B");
  Iterator iterator;
  CLI_TRY(call(slip_bucket_scan(bucket_.get(), nullptr, 0, iterator.out(), call.error())));
  uint64_t same = 0;
  CLI_TRY(for_each(iterator.get(), [&](const slip_update& update) {
    CLI_TRY(call(
        slip_fold_get(b_.fold.get(), update.key.data, update.key.size, entry.out(), call.error())));
    const slip_update& mine = *slip_entry_update(entry.get());
    if (view(mine.value) != view(update.value) || mine.revision != update.revision) {
      return unlike("node B has another value of " + std::string(view(update.key)));
    }
    ++same;
    return Outcome::success();
  }));
  slip_fold_state state = SLIP_FOLD_STATE_INIT;
  CLI_TRY(call(slip_fold_stats(b_.fold.get(), &state, call.error())));
  if (state.entries != same) return unlike("node B has keys that the bucket has not");
  slip_cursor cursor = {0, 0};
  CLI_TRY(call(slip_watch_close(b_.watch.get(), &cursor, call.error())));
  CLI_TRY(call(slip_watch_close(a_.watch.get(), nullptr, call.error())));
  say(
      fmt::format("9. Compared key by key, value and revision: node B's fold equals the bucket, {} "
                  "entries, and {} is gone. Its cursor: {}",
                  format_count(same), deleted_key_, cursor_token(name_, cursor)));
  return Outcome::success();
}

}  // namespace

Outcome run_demo(Context& context, const std::string& directory, bool keep) {
  TemporaryDirectory temporary;
  std::string place = directory;
  if (place.empty()) {
    CLI_TRY(temporary.make());
    place = temporary.path();
    if (keep) temporary.keep();
  }
  const int64_t started = monotonic_ms();
  {
    Demo demo(context, place);
    CLI_TRY(demo.tell());
  }
  print(fmt::format("All of it took {}.", format_duration(monotonic_ms() - started)));
  if (keep || !directory.empty()) {
    print(fmt::format("Look at it: slipstream fold stat {}/node-b", place));
  }
  return Outcome::success();
}

}  // namespace cli
