#include "kv/foreign/foreign_bucket.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "base/cursor.h"
#include "base/utf8.h"
#include "kv/foreign/answer.h"
#include "kv/foreign/feed.h"

namespace slip {
namespace {

constexpr size_t kListedUpdatesMax = 1000;
constexpr uint32_t kCapabilities = SLIP_BUCKET_FROM_STATE | SLIP_BUCKET_HEARTBEATS;

using Functions = std::shared_ptr<const ForeignFunctions>;

Status unsupported(const std::string& bucket, const char* what) {
  return Status(SLIP_UNSUPPORTED, "foreign bucket " + quoted(bucket) + " " + what);
}

class ForeignListing final : public Listing {
 public:
  ForeignListing(Functions functions, Bytes prefix, bool with_values)
      : functions_(std::move(functions)), prefix_(prefix), with_values_(with_values) {}
  ~ForeignListing() override {
    const auto& f = *functions_;
    if (is_open_) f.call_void("list_close", [&] { f->list_close(f.user(), listing_); });
  }

  Status open() {
    const auto& f = *functions_;
    SLIP_TRY(f.call("list_open", [&](char* text, size_t size) {
      return f->list_open(f.user(), prefix_.data(), prefix_.size(), with_values_ ? 1 : 0, &listing_,
                          text, size);
    }));
    is_open_ = true;
    return Status();
  }

  Result<const Batch*> next() override {
    const auto& f = *functions_;
    const auto fits = [this](const Update& update) -> const char* {
      if (!is_live(update)) return "does not live";
      return key_of(update).substr(0, prefix_.size()) == prefix_ ? nullptr : "has another prefix";
    };
    slip_answer answer(&batch_, kListedUpdatesMax, fits, with_values_);
    SLIP_TRY(f.call("list_next", [&](char* text, size_t size) {
      return f->list_next(f.user(), listing_, &answer, text, size);
    }));
    SLIP_TRY(answer.close("list_next"));
    return &batch_;
  }

 private:
  const Functions functions_;
  const std::string prefix_;
  const bool with_values_;
  void* listing_ = nullptr;
  bool is_open_ = false;
  Batch batch_;
};

class ForeignWatcher final : public Watcher {
 public:
  ForeignWatcher(Functions functions, std::shared_ptr<Feed> feed, const WatchRequest& request,
                 uint64_t target_revision)
      : functions_(std::move(functions)),
        feed_(std::move(feed)),
        silence_ms_(2 * request.idle_heartbeat_ms),
        target_revision_(target_revision) {}
  ~ForeignWatcher() override {
    feed_->stop();
    const auto& f = *functions_;
    if (is_started_ && f->stop != nullptr) f.call_void("stop", [&] { f->stop(f.user(), source_); });
  }

  Status start(const WatchRequest& request, std::unique_ptr<slip_feed> handle) {
    std::vector<slip_bytes> prefixes;
    for (const std::string& prefix : request.scope.prefixes)
      prefixes.push_back(as_slip_bytes(prefix));
    slip_feed_request asked{};
    asked.struct_size = sizeof asked;
    asked.from_state = request.from_state ? 1 : 0;
    asked.from_revision = request.from_state ? 0 : request.from_revision;
    asked.prefixes = prefixes.data();
    asked.prefix_count = prefixes.size();
    asked.credit_updates = request.credit_updates;
    asked.credit_bytes = request.credit_bytes;
    asked.idle_heartbeat_ms = request.idle_heartbeat_ms;
    const auto& f = *functions_;
    const Feed::Inside inside(*feed_);
    SLIP_TRY(f.call("watch", [&](char* text, size_t size) {
      return f->watch(f.user(), &asked, handle.get(), &source_, text, size);
    }));
    (void)handle.release();  // the caller's now, and perhaps freed already
    is_started_ = true;
    return Status();
  }

  uint64_t target_revision() const override { return target_revision_; }

  void credit(size_t updates, size_t bytes) override {
    feed_->credit(updates, bytes);
    const auto& f = *functions_;
    if (f->credit == nullptr) return;
    const Feed::Inside inside(*feed_);
    f.call_void("credit", [&] { f->credit(f.user(), source_, updates, bytes); });
  }

  void tick() override {
    if (functions_->can(SLIP_BUCKET_HEARTBEATS)) feed_->check_silence(silence_ms_);
  }

 private:
  const Functions functions_;
  const std::shared_ptr<Feed> feed_;
  const int64_t silence_ms_;
  const uint64_t target_revision_;
  void* source_ = nullptr;
  bool is_started_ = false;
};

class ForeignBucket final : public Bucket {
 public:
  ForeignBucket(std::string name, Functions functions)
      : name_(std::move(name)), functions_(std::move(functions)) {}

  const std::string& name() const override { return name_; }
  bool takes_any_key() const override { return true; }
  bool starts_from_state() const override { return functions_->can(SLIP_BUCKET_FROM_STATE); }
  Result<BucketState> info() override;
  Result<Entry> last(Bytes key) override;
  Result<std::optional<Entry>> at_revision(uint64_t revision) override;
  Status write(const Write*, size_t count, WriteResult* results) override {
    std::fill_n(results, count, WriteResult{0, SLIP_UNSUPPORTED, 0});
    return unsupported(name_, "is written on its own side, not here");
  }
  Result<std::unique_ptr<Listing>> list(Bytes prefix, bool with_values) override;
  Result<std::unique_ptr<Watcher>> watch(const WatchRequest& request,
                                         std::shared_ptr<Intake> intake) override;

 private:
  Status check_state(const BucketState& state) const;

  const std::string name_;
  const Functions functions_;
  std::atomic<uint64_t> last_revision_{0};  // as info last told
};

Status ForeignBucket::check_state(const BucketState& state) const {
  const auto wrong = [&](const std::string& why) {
    return Status(SLIP_CALLBACK_FAILED,
                  "foreign bucket " + quoted(name_) + ": its info gave " + why);
  };
  if (state.epoch == 0) return wrong("epoch 0, which stands for none");
  if (state.last_revision > kRevisionMax)
    return wrong("last_revision 2^64-1, which nothing can follow");
  if (state.first_revision == 0 || state.first_revision - 1 > state.last_revision)
    return wrong("first_revision " + std::to_string(state.first_revision) + " and last_revision " +
                 std::to_string(state.last_revision));
  if (state.max_age_ns < 0 || state.marker_ttl_ns < 0) return wrong("a span that is negative");
  return Status();
}

Result<BucketState> ForeignBucket::info() {
  BucketState state = SLIP_BUCKET_STATE_INIT;
  state.history = 1;
  state.first_revision = 1;
  state.subjects = UINT64_MAX;
  state.max_bytes = state.max_value_size = -1;
  state.replicas = 1;
  state.storage = SLIP_STORAGE_FILE;
  state.discard = SLIP_DISCARD_NEW;
  const auto& f = *functions_;
  SLIP_TRY(f.call("info",
                  [&](char* text, size_t size) { return f->info(f.user(), &state, text, size); }));
  state.struct_size = sizeof state;
  SLIP_TRY(check_state(state));
  last_revision_ = state.last_revision;
  return state;
}

Result<Entry> ForeignBucket::last(Bytes key) {
  const auto& f = *functions_;
  if (f->get == nullptr) return unsupported(name_, "cannot be asked for a key");
  Batch batch;
  const auto fits = [key](const Update& update) {
    return key_of(update) == key ? nullptr : "is of another key than was asked for";
  };
  slip_answer answer(&batch, 1, fits, true);
  SLIP_TRY(f.call("get", [&](char* text, size_t size) {
    return f->get(f.user(), key.data(), key.size(), &answer, text, size);
  }));
  SLIP_TRY(answer.close("get"));
  return Entry(batch.updates()[0]);
}

Result<std::optional<Entry>> ForeignBucket::at_revision(uint64_t revision) {
  const auto& f = *functions_;
  if (f->at_revision == nullptr) return std::optional<Entry>();
  Batch batch;
  const auto fits = [revision](const Update& update) {
    return update.revision == revision ? nullptr : "has another revision than was asked for";
  };
  slip_answer answer(&batch, 1, fits, true);
  const Status asked = f.call("at_revision", [&](char* text, size_t size) {
    return f->at_revision(f.user(), revision, &answer, text, size);
  });
  if (asked.is(SLIP_NOT_FOUND)) return std::optional<Entry>();
  SLIP_TRY(asked);
  SLIP_TRY(answer.close("at_revision"));
  return std::optional<Entry>(Entry(batch.updates()[0]));
}

Result<std::unique_ptr<Listing>> ForeignBucket::list(Bytes prefix, bool with_values) {
  if ((*functions_)->list_open == nullptr) return unsupported(name_, "cannot list its keys");
  auto listing = std::make_unique<ForeignListing>(functions_, prefix, with_values);
  SLIP_TRY(listing->open());
  return std::unique_ptr<Listing>(std::move(listing));
}

Result<std::unique_ptr<Watcher>> ForeignBucket::watch(const WatchRequest& request,
                                                      std::shared_ptr<Intake> intake) {
  auto feed = std::make_shared<Feed>(name_, request, std::move(intake));
  auto handle = std::make_unique<slip_feed>(feed);
  auto watcher = std::make_unique<ForeignWatcher>(functions_, feed, request, last_revision_);
  SLIP_TRY(watcher->start(request, std::move(handle)));
  return std::unique_ptr<Watcher>(std::move(watcher));
}

}  // namespace

Result<std::shared_ptr<Bucket>> open_foreign_bucket(const std::string& name,
                                                    ForeignFunctions&& functions) {
  const std::string doing = "cannot open foreign bucket " + quoted(name) + ": ";
  if (!is_bucket_name(name))
    return Status(SLIP_INVALID, doing + "not a legal name (letters, digits, - and _, 1 to 128)");
  if (functions->info == nullptr || functions->watch == nullptr)
    return Status(SLIP_INVALID, doing + "its functions info and watch must not be NULL");
  const bool lists = functions->list_open != nullptr;
  if (lists != (functions->list_next != nullptr) || lists != (functions->list_close != nullptr))
    return Status(SLIP_INVALID,
                  doing + "list_open, list_next and list_close come all together or not at all");
  if (functions.can(~kCapabilities))
    return Status(SLIP_UNSUPPORTED, doing + "capabilities " +
                                        std::to_string(functions->capabilities) +
                                        " are more than this library knows");
  auto shared = std::make_shared<const ForeignFunctions>(std::move(functions));
  return std::shared_ptr<Bucket>(std::make_shared<ForeignBucket>(name, std::move(shared)));
}

}  // namespace slip
