#include "scripted_bucket.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "capi/handles.h"

namespace test {

using slip::Entry;
using slip::Status;
using slip::Update;

namespace {

slip_status tell(const Status& status, char* text, size_t text_size) {
  snprintf(text, text_size, "%s", status.message().c_str());
  return status.code();
}

// A breach ends the watch: that is what the tests look at.
void ignore(slip_status) {}

}  // namespace

// The library's own watcher, and a count of what it is called for.
class ScriptedBucket::Watcher final : public slip::Watcher {
 public:
  Watcher(std::shared_ptr<ScriptedBucket> bucket, std::unique_ptr<slip::Watcher> watcher)
      : bucket_(std::move(bucket)), watcher_(std::move(watcher)) {}
  uint64_t target_revision() const override { return watcher_->target_revision(); }
  void credit(size_t updates, size_t bytes) override { watcher_->credit(updates, bytes); }
  void tick() override {
    {
      const std::lock_guard<std::mutex> lock(bucket_->mutex_);
      ++bucket_->ticks_;
    }
    watcher_->tick();
  }

 private:
  const std::shared_ptr<ScriptedBucket> bucket_;
  const std::unique_ptr<slip::Watcher> watcher_;
};

// What a caller writes: the functions of slip_bucket_functions. `user` is the bucket.
struct ScriptedBucket::Functions {
  static ScriptedBucket& of(void* user) { return *static_cast<ScriptedBucket*>(user); }

  static slip_status info(void* user, slip_bucket_state* out, char* text, size_t text_size) {
    ScriptedBucket& bucket = of(user);
    const std::lock_guard<std::mutex> lock(bucket.mutex_);
    ++bucket.infos_;
    const Status failure = bucket.info_failure_.next();
    if (!failure.ok()) return tell(failure, text, text_size);
    bucket.fill(out);
    return SLIP_OK;
  }

  static slip_status at_revision(void* user, uint64_t revision, slip_answer* answer, char*,
                                 size_t) {
    ScriptedBucket& bucket = of(user);
    const std::lock_guard<std::mutex> lock(bucket.mutex_);
    const auto found = bucket.log_.find(revision);
    if (found == bucket.log_.end()) return SLIP_NOT_FOUND;
    return slip_answer_add(answer, &found->second.update(), 1, nullptr);
  }

  static slip_status watch(void* user, const slip_feed_request* request, slip_feed* feed, void**,
                           char* text, size_t text_size) {
    ScriptedBucket& bucket = of(user);
    const std::lock_guard<std::mutex> lock(bucket.mutex_);
    const Status failure = bucket.watch_failure_.next();
    if (!failure.ok()) return tell(failure, text, text_size);
    bucket.feed_ = feed;
    bucket.delivery_ = 0;
    bucket.state_is_due_ = false;
    bucket.pending_.clear();
    if (request->from_state != 0) {
      bucket.deliver_state();
      return SLIP_OK;
    }
    for (auto at = bucket.log_.lower_bound(request->from_revision); at != bucket.log_.end(); ++at)
      bucket.deliver(at->second.update());
    return SLIP_OK;
  }

  static void credit(void* user, void*, size_t updates, size_t bytes) {
    ScriptedBucket& bucket = of(user);
    const std::lock_guard<std::mutex> lock(bucket.mutex_);
    bucket.credited_updates_ += updates;
    bucket.credited_bytes_ += bytes;
    bucket.pump();
  }

  static void stop(void* user, void*) {
    ScriptedBucket& bucket = of(user);
    const std::lock_guard<std::mutex> lock(bucket.mutex_);
    slip_feed_free(bucket.feed_);
    bucket.feed_ = nullptr;
  }
};

ScriptedBucket::ScriptedBucket(std::string name, uint64_t epoch, uint32_t capabilities)
    : name_(std::move(name)) {
  configured_.epoch = epoch;
  configured_.history = 1;
  configured_.subjects = 0;
  configured_.max_bytes = -1;
  configured_.max_value_size = -1;
  configured_.discard = SLIP_DISCARD_NEW;
  slip_bucket_functions functions = SLIP_BUCKET_FUNCTIONS_INIT;
  functions.capabilities = capabilities;
  functions.user = this;
  functions.info = Functions::info;
  functions.at_revision = Functions::at_revision;
  functions.watch = Functions::watch;
  functions.credit = Functions::credit;
  functions.stop = Functions::stop;
  slip_bucket* handle = nullptr;
  if (slip_bucket_open_foreign(name_.c_str(), &functions, &handle, nullptr) != SLIP_OK) abort();
  inner_ = handle->bucket;
  slip_bucket_free(handle);
}

ScriptedBucket::~ScriptedBucket() = default;

Status ScriptedBucket::Failure::next() {
  if (times == 0) return Status();
  if (times > 0) --times;
  return status;
}

uint64_t ScriptedBucket::append(const std::string& key, const std::string& value,
                                uint32_t operation) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Update update{};
  update.key = slip::as_slip_bytes(key);
  update.value = slip::as_slip_bytes(value);
  update.revision = ++last_revision_;
  update.timestamp_ns = 1700000000000000000 + static_cast<int64_t>(update.revision);
  update.operation = operation;
  record.wrote(key, operation, value, update.revision);
  log_.emplace(update.revision, Entry(update));
  deliver(update);
  return update.revision;
}

uint64_t ScriptedBucket::put(const std::string& key, const std::string& value) {
  return append(key, value, SLIP_PUT);
}

uint64_t ScriptedBucket::remove(const std::string& key) { return append(key, "", SLIP_DELETE); }

uint64_t ScriptedBucket::skip_revision() {
  const std::lock_guard<std::mutex> lock(mutex_);
  record.reached(last_revision_ + 1);
  return ++last_revision_;
}

void ScriptedBucket::deliver(const Update& update, bool more_of_revision) {
  if (feed_ == nullptr) return;
  ++delivery_;
  if (before_loss_ > 0) {
    --before_loss_;
  } else if (to_lose_ > 0) {
    --to_lose_;
    return;
  }
  Update flagged = update;
  if (more_of_revision) flagged.flags |= SLIP_FLAG_MORE;
  pending_.push_back(Delivery{Entry(flagged), delivery_});
  pump();
}

// The live keys, in an order that is none of revisions.
void ScriptedBucket::deliver_state() {
  std::map<std::string, const Entry*> last;
  for (const auto& [revision, entry] : log_) last[std::string(entry.key())] = &entry;
  for (auto at = last.rbegin(); at != last.rend(); ++at)
    if (at->second->live()) deliver(at->second->update());
  state_revision_ = last_revision_;
  state_is_due_ = !state_is_held_;
  pump();
}

// As much as the feed has room for.
void ScriptedBucket::pump() {
  while (feed_ != nullptr && !pending_.empty()) {
    const Delivery& next = pending_.front();
    const slip_status status =
        slip_feed_append(feed_, &next.entry.update(), 1, next.number, 0, nullptr);
    if (status == SLIP_TIMEOUT) return;
    if (status == SLIP_OK) ++delivered_;
    pending_.pop_front();
  }
  if (feed_ == nullptr || !state_is_due_) return;
  state_is_due_ = false;
  ignore(slip_feed_state_end(feed_, state_revision_, nullptr));
}

void ScriptedBucket::deliver_unknown(const std::string& key, uint32_t operation,
                                     const std::string& value) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Update update{};
  update.key = slip::as_slip_bytes(key);
  update.value = slip::as_slip_bytes(value);
  update.operation = operation;
  deliver(update);
}

void ScriptedBucket::hold_state() {
  const std::lock_guard<std::mutex> lock(mutex_);
  state_is_held_ = true;
}

void ScriptedBucket::end_state() { end_state(UINT64_MAX); }

void ScriptedBucket::end_state(uint64_t revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (revision != UINT64_MAX) state_revision_ = revision;
  state_is_held_ = false;
  state_is_due_ = true;
  pump();
}

void ScriptedBucket::forget(uint64_t revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  log_.erase(revision);
  record.gone(revision, revision);
}

void ScriptedBucket::rewind(uint64_t revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  log_.erase(log_.upper_bound(revision), log_.end());
  record.abandon();
  last_revision_ = revision;
}

void ScriptedBucket::recreate(uint64_t epoch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  log_.clear();
  record.abandon();
  last_revision_ = 0;
  configured_.epoch = epoch;
}

void ScriptedBucket::configure(const std::function<void(slip::BucketState&)>& change) {
  const std::lock_guard<std::mutex> lock(mutex_);
  change(configured_);
}

void ScriptedBucket::lose(int count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  to_lose_ = count;
}

void ScriptedBucket::lose_after(int count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  before_loss_ = count;
  to_lose_ = 1;
}

void ScriptedBucket::redeliver(uint64_t revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  deliver(log_.at(revision).update());
}

void ScriptedBucket::put_together(const std::vector<std::string>& keys) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++last_revision_;
  for (size_t i = 0; i < keys.size(); ++i) {
    Update update{};
    update.key = slip::as_slip_bytes(keys[i]);
    update.revision = last_revision_;
    update.operation = SLIP_PUT;
    record.wrote(keys[i], SLIP_PUT, "", last_revision_);
    deliver(update, i + 1 < keys.size());
  }
}

void ScriptedBucket::heartbeat() { heartbeat(0, 0); }

void ScriptedBucket::heartbeat(int64_t delivery_offset, uint64_t revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (feed_ == nullptr) return;
  ignore(slip_feed_progress(feed_, delivery_ + static_cast<uint64_t>(delivery_offset),
                            revision != 0 ? revision : last_revision_, nullptr));
}

void ScriptedBucket::break_watcher(const Status& reason) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (feed_ == nullptr) return;
  ignore(slip_feed_end(feed_, reason.code(), reason.message().c_str(), reason.retriable() ? 1 : 0,
                       nullptr));
}

void ScriptedBucket::fail_info(const Status& status, int times) {
  const std::lock_guard<std::mutex> lock(mutex_);
  info_failure_ = Failure{status, times};
}

void ScriptedBucket::fail_watch(const Status& status, int times) {
  const std::lock_guard<std::mutex> lock(mutex_);
  watch_failure_ = Failure{status, times};
}

void ScriptedBucket::after_next_watch(std::function<void()> action) {
  const std::lock_guard<std::mutex> lock(mutex_);
  after_next_watch_ = std::move(action);
}

std::vector<uint64_t> ScriptedBucket::started_from() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<uint64_t> revisions;
  for (const slip::WatchRequest& request : requests_) revisions.push_back(request.from_revision);
  return revisions;
}

std::vector<uint32_t> ScriptedBucket::incarnations() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<uint32_t> numbers;
  for (const slip::WatchRequest& request : requests_) numbers.push_back(request.incarnation);
  return numbers;
}

slip::WatchRequest ScriptedBucket::last_request() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return requests_.back();
}

uint64_t ScriptedBucket::delivered() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return delivered_;
}

size_t ScriptedBucket::credited_updates() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return credited_updates_;
}

size_t ScriptedBucket::credited_bytes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return credited_bytes_;
}

int ScriptedBucket::infos() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return infos_;
}

int ScriptedBucket::ticks() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ticks_;
}

bool ScriptedBucket::is_watched() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return feed_ != nullptr;
}

void ScriptedBucket::fill(slip::BucketState* out) const {
  *out = configured_;
  out->first_revision = log_.empty() ? last_revision_ + 1 : log_.begin()->first;
  out->last_revision = last_revision_;
  out->messages = log_.size();
}

slip::Result<slip::BucketState> ScriptedBucket::info() { return inner_->info(); }

slip::Result<Entry> ScriptedBucket::last(slip::Bytes key) { return inner_->last(key); }

slip::Result<std::optional<Entry>> ScriptedBucket::at_revision(uint64_t revision) {
  return inner_->at_revision(revision);
}

Status ScriptedBucket::write(const slip::Write* writes, size_t count, slip::WriteResult* results) {
  return inner_->write(writes, count, results);
}

slip::Result<std::unique_ptr<slip::Listing>> ScriptedBucket::list(slip::Bytes prefix,
                                                                  bool with_values) {
  return inner_->list(prefix, with_values);
}

slip::Result<std::unique_ptr<slip::Watcher>> ScriptedBucket::watch(
    const slip::WatchRequest& request, std::shared_ptr<slip::Intake> intake) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requests_.push_back(request);
  }
  SLIP_ASSIGN(auto watcher, inner_->watch(request, std::move(intake)));
  std::function<void()> action;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    action = std::exchange(after_next_watch_, nullptr);
  }
  if (action) action();
  return std::unique_ptr<slip::Watcher>(
      std::make_unique<Watcher>(shared_from_this(), std::move(watcher)));
}

}  // namespace test
