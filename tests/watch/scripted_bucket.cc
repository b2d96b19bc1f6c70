#include "scripted_bucket.h"

#include <utility>

namespace test {

using slip::Entry;
using slip::Status;
using slip::Update;

class ScriptedBucket::Watcher final : public slip::Watcher {
 public:
  Watcher(std::shared_ptr<ScriptedBucket> bucket, std::shared_ptr<slip::Intake> intake,
          uint32_t incarnation, uint64_t target)
      : bucket_(std::move(bucket)),
        intake_(std::move(intake)),
        incarnation_(incarnation),
        target_(target) {}
  ~Watcher() override {
    const std::lock_guard<std::mutex> lock(bucket_->mutex_);
    if (bucket_->watcher_ == this) bucket_->watcher_ = nullptr;
  }
  uint64_t target_revision() const override { return target_; }
  void credit(size_t updates, size_t bytes) override {
    const std::lock_guard<std::mutex> lock(bucket_->mutex_);
    bucket_->credited_updates_ += updates;
    bucket_->credited_bytes_ += bytes;
  }
  void tick() override {
    const std::lock_guard<std::mutex> lock(bucket_->mutex_);
    ++bucket_->ticks_;
  }
  slip::Intake& intake() { return *intake_; }
  uint32_t incarnation() const { return incarnation_; }

 private:
  const std::shared_ptr<ScriptedBucket> bucket_;
  const std::shared_ptr<slip::Intake> intake_;
  const uint32_t incarnation_;
  const uint64_t target_;
};

ScriptedBucket::ScriptedBucket(std::string name, uint64_t epoch) : name_(std::move(name)) {
  configured_.epoch = epoch;
  configured_.history = 1;
  configured_.max_bytes = -1;
  configured_.max_value_size = -1;
  configured_.discard = SLIP_DISCARD_NEW;
}

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
  if (watcher_ == nullptr) return;
  ++delivery_;
  if (before_loss_ > 0) {
    --before_loss_;
  } else if (to_lose_ > 0) {
    --to_lose_;
    return;
  }
  ++delivered_;
  watcher_->intake().append(update, watcher_->incarnation(), delivery_, more_of_revision);
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
  if (watcher_ == nullptr) return;
  slip::Heartbeat beat;
  beat.incarnation = watcher_->incarnation();
  beat.delivery = delivery_ + static_cast<uint64_t>(delivery_offset);
  beat.revision = revision != 0 ? revision : last_revision_;
  watcher_->intake().heartbeat(beat);
}

void ScriptedBucket::break_watcher(const Status& reason) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (watcher_ != nullptr) watcher_->intake().broken(watcher_->incarnation(), reason);
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
  return watcher_ != nullptr;
}

slip::BucketState ScriptedBucket::state() const {
  slip::BucketState state = configured_;
  state.first_revision = log_.empty() ? last_revision_ + 1 : log_.begin()->first;
  state.last_revision = last_revision_;
  state.messages = log_.size();
  return state;
}

slip::Result<slip::BucketState> ScriptedBucket::info() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++infos_;
  SLIP_TRY(info_failure_.next());
  return state();
}

slip::Result<Entry> ScriptedBucket::last(slip::Bytes) {
  return Status(SLIP_UNSUPPORTED, "a scripted bucket is only watched");
}

slip::Result<std::optional<Entry>> ScriptedBucket::at_revision(uint64_t revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = log_.find(revision);
  if (found == log_.end()) return std::optional<Entry>();
  return std::optional<Entry>(Entry(found->second.update()));
}

Status ScriptedBucket::write(const slip::Write*, size_t, slip::WriteResult*) {
  return Status(SLIP_UNSUPPORTED, "a scripted bucket is only watched");
}

slip::Result<std::unique_ptr<slip::Listing>> ScriptedBucket::list(slip::Bytes, bool) {
  return Status(SLIP_UNSUPPORTED, "a scripted bucket is only watched");
}

slip::Result<std::unique_ptr<slip::Watcher>> ScriptedBucket::watch(
    const slip::WatchRequest& request, std::shared_ptr<slip::Intake> intake) {
  std::function<void()> action;
  std::unique_ptr<slip::Watcher> made;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requests_.push_back(request);
    SLIP_TRY(watch_failure_.next());
    auto watcher = std::make_unique<Watcher>(shared_from_this(), std::move(intake),
                                             request.incarnation, last_revision_);
    watcher_ = watcher.get();
    delivery_ = 0;
    for (auto at = log_.lower_bound(request.from_revision); at != log_.end(); ++at)
      deliver(at->second.update());
    made = std::move(watcher);
    action = std::exchange(after_next_watch_, nullptr);
  }
  if (action) action();
  return made;
}

}  // namespace test
