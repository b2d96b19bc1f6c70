// Under a watch: the fold follows a bucket, resumes at its cursor, and has one writer.
#include "conformance/cases.h"

namespace conformance {
namespace {

constexpr int64_t kPatienceMs = 20000;

// --- a bucket of the suite's own, whose state comes first ---------------------------------------
struct Source {
  std::vector<Row> state;
  uint64_t revision = 0;
  bool complete = false;  // the end of the state is told
  slip_feed* feed = nullptr;
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() { slip_feed_free(feed); }
};

slip_status source_info(void* user, slip_bucket_state* out, char*, size_t) {
  out->epoch = kEpoch;
  out->last_revision = static_cast<Source*>(user)->revision;
  return SLIP_OK;
}

slip_status source_watch(void* user, const slip_feed_request* request, slip_feed* feed, void**,
                         char*, size_t) {
  auto& source = *static_cast<Source*>(user);
  slip_feed_free(source.feed);
  source.feed = feed;
  if (request->from_state == 0) return SLIP_OK;
  for (const Row& row : source.state) {
    const slip_update update = row.update();
    (void)!slip_feed_append(feed, &update, 1, 0, 0, nullptr);
  }
  if (source.complete) (void)!slip_feed_state_end(feed, source.revision, nullptr);
  return SLIP_OK;
}

Verdict open_source(Source* source, cli::Bucket* bucket) {
  slip_bucket_functions functions = SLIP_BUCKET_FUNCTIONS_INIT;
  functions.user = source;
  functions.capabilities = SLIP_BUCKET_FROM_STATE;
  functions.info = source_info;
  functions.watch = source_watch;
  Answer answer;
  return answer.is(SLIP_OK,
                   slip_bucket_open_foreign(kBucket, &functions, bucket->out(), answer.error()),
                   "opening the suite's bucket");
}

// --- watches ------------------------------------------------------------------------------------
Verdict open_watch(slip_bucket* bucket, slip_fold* fold, bool to_the_end, cli::Watch* watch) {
  Answer answer;
  cli::Options options;
  HOLD(answer.is(SLIP_OK, slip_options_new(SLIP_OPTIONS_WATCH, options.out(), answer.error()),
                 "options"));
  if (to_the_end)
    HOLD(answer.is(SLIP_OK,
                   slip_options_set_string(options.get(), "stop_at", "caught_up", answer.error()),
                   "options"));
  return answer.is(SLIP_OK,
                   slip_watch_open(bucket, fold, options.get(), watch->out(), answer.error()),
                   "a watch into the fold");
}

// Takes `wanted` updates, or all up to the end of the watch, and acknowledges each batch.
Verdict pull(slip_watch* watch, size_t wanted, size_t* pulled) {
  Answer answer;
  for (*pulled = 0; *pulled < wanted;) {
    cli::Batch batch;
    const slip_status status = slip_watch_next(watch, kPatienceMs, batch.out(), answer.error());
    if (status == SLIP_END) break;
    HOLD(answer.is(SLIP_OK, status, "the watch's next batch"));
    size_t count = 0;
    (void)slip_batch_updates(batch.get(), &count);
    *pulled += count;
    HOLD(answer.is(SLIP_OK, slip_batch_ack(batch.get(), answer.error()), "the commit of a batch"));
  }
  return Verdict();
}

Verdict follow_to_the_end(slip_bucket* bucket, slip_fold* fold, size_t expected) {
  cli::Watch watch;
  size_t pulled = 0;
  HOLD(open_watch(bucket, fold, true, &watch));
  HOLD(pull(watch.get(), SIZE_MAX, &pulled));
  return same("updates that the watch delivered:", expected, pulled);
}

struct Embedded {
  cli::Connection connection;
  cli::Bucket bucket;
  Verdict open() {
    Answer answer;
    HOLD(answer.is(SLIP_OK, slip_connect("mem://", nullptr, connection.out(), answer.error()),
                   "an embedded server"));
    return answer.is(
        SLIP_OK,
        slip_bucket_create(connection.get(), kBucket, nullptr, bucket.out(), answer.error()),
        "an embedded bucket");
  }
  Verdict put(const std::string& key, const std::string& value) const {
    Answer answer;
    return answer.is(SLIP_OK,
                     slip_bucket_put(bucket.get(), key.data(), key.size(), value.data(),
                                     value.size(), nullptr, answer.error()),
                     "a put into the bucket");
  }
  Verdict remove(const std::string& key) const {
    Answer answer;
    return answer.is(
        SLIP_OK, slip_bucket_remove(bucket.get(), key.data(), key.size(), nullptr, answer.error()),
        "a delete in the bucket");
  }
};

// "key=value@revision" of every live key.
Verdict contents(slip_fold* fold, std::string* shown) {
  Snapshot snapshot;
  std::vector<Row> rows;
  HOLD(open_snapshot(fold, &snapshot));
  HOLD(read_range(snapshot.get(), RangeOf{}, 64, &rows));
  shown->clear();
  for (const Row& row : rows)
    *shown += row.key + "=" + row.value + "@" + std::to_string(row.revision) + " ";
  return Verdict();
}

Verdict watch_and_resume(Bench& bench) {
  Embedded embedded;
  HOLD(embedded.open());
  for (const char* key : {"a", "b", "c"}) HOLD(embedded.put(key, "1"));
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  HOLD(follow_to_the_end(embedded.bucket.get(), fold.get(), 3));
  std::string shown;
  HOLD(contents(fold.get(), &shown));
  HOLD(same("the contents after a first watch", "a=1@1 b=1@2 c=1@3 ", shown));
  HOLD(embedded.put("b", "2"));
  HOLD(embedded.remove("c"));
  HOLD(bench.reopen(place, &fold));
  HOLD(follow_to_the_end(embedded.bucket.get(), fold.get(), 2));
  HOLD(contents(fold.get(), &shown));
  HOLD(same("the contents after a resumed watch", "a=1@1 b=2@4 ", shown));
  HOLD(follow_to_the_end(embedded.bucket.get(), fold.get(), 0));
  return bench.finish(&fold);
}

Verdict one_writer(Bench& bench) {
  Embedded embedded;
  HOLD(embedded.open());
  HOLD(embedded.put("a", "1"));
  Fold fold;
  HOLD(bench.open(bench.new_place(), &fold));
  {
    cli::Watch watch;
    HOLD(open_watch(embedded.bucket.get(), fold.get(), false, &watch));
    Answer answer;
    const Row row = put("x", "y", 9);
    const slip_update update = row.update();
    HOLD(answer.is(SLIP_BUSY,
                   slip_fold_apply(fold.get(), kBucket, &update, 1, {kEpoch, 9}, answer.error()),
                   "a commit beside a watch"));
    cli::Watch second;
    HOLD(answer.is(
        SLIP_BUSY,
        slip_watch_open(embedded.bucket.get(), fold.get(), nullptr, second.out(), answer.error()),
        "a second watch into the fold"));
    HOLD(answer.is(SLIP_BUSY, slip_fold_close(fold.get(), answer.error()),
                   "closing the fold under a watch"));
  }
  HOLD(follow_to_the_end(embedded.bucket.get(), fold.get(), 1));
  return bench.finish(&fold);
}

Verdict expect_loading(slip_fold* fold, bool loading, uint64_t entries, uint64_t revision) {
  Answer answer;
  slip_fold_state state = SLIP_FOLD_STATE_INIT;
  HOLD(answer.is(SLIP_OK, slip_fold_stats(fold, &state, answer.error()), "the statistics"));
  HOLD(same("the mark of a first load:", loading ? 1 : 0, state.loading));
  HOLD(same("live entries counted:", entries, state.entries));
  return same("the cursor's revision", revision, state.cursor.revision);
}

// While a first state arrives there is data and no cursor: the fold says so, is read, and is not
// exported.
Verdict data_without_a_cursor(Bench& bench) {
  Source source;
  source.state = {put("b", "2", 7), put("a", "1", 3), put("gone", "3", 5)};
  source.revision = 9;
  cli::Bucket bucket;
  HOLD(open_source(&source, &bucket));
  const int place = bench.new_place();
  Fold fold;
  HOLD(bench.open(place, &fold));
  size_t pulled = 0;
  {
    cli::Watch watch;
    HOLD(open_watch(bucket.get(), fold.get(), false, &watch));
    HOLD(pull(watch.get(), 3, &pulled));
  }
  HOLD(expect_loading(fold.get(), true, 3, 0));
  HOLD(bench.reopen(place, &fold));
  HOLD(expect_loading(fold.get(), true, 3, 0));
  std::string shown;
  HOLD(contents(fold.get(), &shown));
  HOLD(same("the contents of a fold that is loading", "a=1@3 b=2@7 gone=3@5 ", shown));
  Answer answer;
  const std::string artifact = bench.new_path("artifact");
  HOLD(answer.is(SLIP_MISUSE,
                 slip_fold_export(fold.get(), artifact.c_str(), nullptr, nullptr, answer.error()),
                 "an export of a fold that is loading"));
  // The state comes again, whole, without one key.
  source.state.pop_back();
  source.complete = true;
  {
    cli::Watch watch;
    HOLD(open_watch(bucket.get(), fold.get(), true, &watch));
    HOLD(pull(watch.get(), SIZE_MAX, &pulled));
  }
  HOLD(expect_loading(fold.get(), false, 2, 9));
  HOLD(contents(fold.get(), &shown));
  HOLD(same("the contents of a fold that has loaded", "a=1@3 b=2@7 ", shown));
  return bench.finish(&fold);
}

}  // namespace

std::vector<Case> watch_cases() {
  return {{"watch-and-resume", watch_and_resume},
          {"one-writer", one_writer},
          {"data-without-a-cursor", data_without_a_cursor}};
}

}  // namespace conformance
