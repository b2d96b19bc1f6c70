#include "kv/memory/memory_bucket.h"

#include <utility>

namespace slip {
namespace {

class MemoryListing : public Listing {
 public:
  MemoryListing(std::shared_ptr<MemorySession> session, std::shared_ptr<MemoryStream> stream,
                Bytes prefix, bool with_values)
      : session_(std::move(session)),
        stream_(std::move(stream)),
        prefix_(prefix),
        with_values_(with_values) {}

  Result<const Batch*> next() override {
    SLIP_TRY(session_->check());
    SLIP_TRY(stream_->list(prefix_, with_values_, &position_, &batch_));
    return &batch_;
  }

 private:
  const std::shared_ptr<MemorySession> session_;
  const std::shared_ptr<MemoryStream> stream_;
  const std::string prefix_;
  const bool with_values_;
  uint64_t position_ = 1;
  Batch batch_;
};

class MemoryWatcher : public Watcher {
 public:
  MemoryWatcher(std::shared_ptr<MemorySession> session, std::shared_ptr<MemoryStream> stream,
                const WatchRequest& request, std::shared_ptr<Intake> intake)
      : session_(std::move(session)),
        stream_(std::move(stream)),
        subscription_(request, std::move(intake)) {}
  ~MemoryWatcher() override { stream_->unsubscribe(&subscription_); }

  Status start() {
    SLIP_TRY(stream_->subscribe(session_.get(), &subscription_, &target_revision_));
    // A close that went through the watchers before this one was there left word of it before.
    return session_->check();
  }
  uint64_t target_revision() const override { return target_revision_; }
  void credit(size_t updates, size_t bytes) override {
    stream_->credit(&subscription_, updates, bytes);
  }
  void tick() override { stream_->tick(&subscription_); }

 private:
  const std::shared_ptr<MemorySession> session_;
  const std::shared_ptr<MemoryStream> stream_;
  Subscription subscription_;
  uint64_t target_revision_ = 0;
};

}  // namespace

Status MemorySession::check() const {
  if (!closed) return Status();
  return Status(SLIP_CLOSED, "the connection was closed", false);
}

Result<std::shared_ptr<MemoryStream>> MemoryBucket::stream() const {
  SLIP_TRY(session_->check());
  return session_->server->find(name_);
}

Result<BucketState> MemoryBucket::info() {
  SLIP_ASSIGN(const auto found, stream());
  return found->info();
}

Result<std::unique_ptr<Inquiry>> MemoryBucket::inquire(const Scope& scope) {
  struct Answered final : Inquiry {
    explicit Answered(const BucketState& known) : state(known) {}
    std::optional<Result<BucketState>> answer() override { return Result<BucketState>(state); }
    const BucketState state;
  };
  SLIP_ASSIGN(const auto found, stream());
  return std::unique_ptr<Inquiry>(std::make_unique<Answered>(found->info(scope)));
}

Result<Entry> MemoryBucket::last(Bytes key) {
  SLIP_ASSIGN(const auto found, stream());
  return found->last(key);
}

Result<std::optional<Entry>> MemoryBucket::at_revision(uint64_t revision) {
  SLIP_ASSIGN(const auto found, stream());
  return found->at_revision(revision);
}

Status MemoryBucket::write(const Write* writes, size_t count, WriteResult* results) {
  Result<std::shared_ptr<MemoryStream>> found = stream();
  if (found.ok()) return (*found)->write(writes, count, results);
  for (size_t i = 0; i < count; ++i) results[i] = WriteResult{0, found.status().code(), 0};
  return found.status();
}

Result<std::unique_ptr<Listing>> MemoryBucket::list(Bytes prefix, bool with_values) {
  SLIP_ASSIGN(auto found, stream());
  return std::unique_ptr<Listing>(
      std::make_unique<MemoryListing>(session_, std::move(found), prefix, with_values));
}

Result<std::unique_ptr<Watcher>> MemoryBucket::watch(const WatchRequest& request,
                                                     std::shared_ptr<Intake> intake) {
  SLIP_ASSIGN(auto found, stream());
  auto watcher =
      std::make_unique<MemoryWatcher>(session_, std::move(found), request, std::move(intake));
  SLIP_TRY(watcher->start());
  return std::unique_ptr<Watcher>(std::move(watcher));
}

}  // namespace slip
