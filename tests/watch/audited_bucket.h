// A bucket that counts its keys as a test says, over another one that does everything else. Any
// thread.
#ifndef TESTS_WATCH_AUDITED_BUCKET_H
#define TESTS_WATCH_AUDITED_BUCKET_H

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "kv/bucket.h"

namespace test {

class AuditedBucket final : public slip::Bucket {
 public:
  explicit AuditedBucket(std::shared_ptr<slip::Bucket> real)
      : real_(std::move(real)), script_(std::make_shared<Script>()) {}

  // From now on each question is answered at once: so many keys, at the bucket's last revision.
  void holds(uint64_t keys) {
    set([&](Script& script) { script.keys = keys; });
  }
  // Questions wait for answer(); one that was asked before is forgotten.
  void hold_answers() {
    set([](Script& script) {
      script.held = true;
      script.answer.reset();
    });
  }
  // To the question that waits, or else the next one; the one after it waits again.
  void answer(uint64_t revision, uint64_t keys) {
    auto state = real_->info();
    if (!state.ok()) return;
    slip::BucketState told = state.take();
    told.last_revision = revision;
    told.subjects = keys;
    set([&](Script& script) { script.answer = slip::Result<slip::BucketState>(told); });
  }
  void answer(const slip::Status& why_not) {
    set([&](Script& script) { script.answer = slip::Result<slip::BucketState>(why_not); });
  }
  // The real one counts.
  void passes_on() {
    set([](Script& script) { script.passes_on = true; });
  }
  void does_not_count() {
    set([](Script& script) { script.counts = false; });
  }
  int asked() const {
    const std::lock_guard<std::mutex> lock(script_->mutex);
    return script_->asked;
  }

  const std::string& name() const override { return real_->name(); }
  slip::Result<slip::BucketState> info() override { return real_->info(); }
  slip::Result<slip::Entry> last(slip::Bytes key) override { return real_->last(key); }
  slip::Result<std::optional<slip::Entry>> at_revision(uint64_t revision) override {
    return real_->at_revision(revision);
  }
  slip::Status write(const slip::Write* writes, size_t count, slip::WriteResult* out) override {
    return real_->write(writes, count, out);
  }
  slip::Result<std::unique_ptr<slip::Listing>> list(slip::Bytes prefix, bool values) override {
    return real_->list(prefix, values);
  }
  slip::Result<std::unique_ptr<slip::Watcher>> watch(const slip::WatchRequest& request,
                                                     std::shared_ptr<slip::Intake> to) override {
    return real_->watch(request, std::move(to));
  }
  slip::Result<std::unique_ptr<slip::Inquiry>> inquire(const slip::Scope& scope) override {
    const std::lock_guard<std::mutex> lock(script_->mutex);
    ++script_->asked;
    if (script_->passes_on) return real_->inquire(scope);
    if (!script_->counts) return slip::Status(SLIP_UNSUPPORTED, "it does not count");
    std::optional<slip::Result<slip::BucketState>> known;
    if (!script_->held) {
      known = real_->info();
      if (known->ok()) known->value().subjects = script_->keys;
    }
    return std::unique_ptr<slip::Inquiry>(std::make_unique<Asked>(script_, std::move(known)));
  }

 private:
  struct Script {
    mutable std::mutex mutex;
    uint64_t keys = 0;
    bool held = false;
    bool counts = true;
    bool passes_on = false;
    int asked = 0;
    std::optional<slip::Result<slip::BucketState>> answer;
  };
  class Asked final : public slip::Inquiry {
   public:
    Asked(std::shared_ptr<Script> script, std::optional<slip::Result<slip::BucketState>> known)
        : script_(std::move(script)), known_(std::move(known)) {}
    std::optional<slip::Result<slip::BucketState>> answer() override {
      if (known_) return known_;
      const std::lock_guard<std::mutex> lock(script_->mutex);
      return std::exchange(script_->answer, std::nullopt);
    }

   private:
    const std::shared_ptr<Script> script_;
    const std::optional<slip::Result<slip::BucketState>> known_;
  };
  template <typename Change>
  void set(const Change& change) {
    const std::lock_guard<std::mutex> lock(script_->mutex);
    change(*script_);
  }

  const std::shared_ptr<slip::Bucket> real_;
  const std::shared_ptr<Script> script_;
};

}  // namespace test
#endif
