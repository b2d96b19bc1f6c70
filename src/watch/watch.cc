// The handle of a watch, and how one starts.
#include "watch/watch.h"

#include <mutex>
#include <thread>
#include <utility>

#include "base/thread.h"
#include "watch/loop.h"

namespace slip {
namespace {

// The loop belongs to this handle and to its thread, so that each may outlive the other.
class Handle final : public Watch {
 public:
  explicit Handle(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}
  ~Handle() override;

  Status launch();

  WatchState status() const override;
  size_t events(WatchEvent* out, size_t capacity) const override {
    return loop_->control().health().events(out, capacity);
  }
  Status wait_caught_up(Deadline deadline) override;
  Status wait_revision(uint64_t revision, Deadline deadline) override;
  Result<std::unique_ptr<Snapshot>> export_snapshot() override;
  void cancel() override { loop_->control().cancel(); }
  void interrupt() override { loop_->control().interrupt(); }
  Status close(Cursor* cursor) override;
  bool on_own_thread() const override { return loop_->control().on_loop_thread(); }

 private:
  Status check_thread(const char* what) const;

  const std::shared_ptr<Loop> loop_;
  std::mutex join_mutex_;  // several threads may close at once
  std::thread thread_;
};

Handle::~Handle() {
  if (!thread_.joinable()) return;
  cancel();
  // The last reference may go on the watch's own thread: it ends by itself.
  if (on_own_thread())
    thread_.detach();
  else
    thread_.join();
}

Status Handle::launch() {
  return start_thread(
      "watch", [loop = loop_] { loop->run(); }, &thread_);
}

Status Handle::check_thread(const char* what) const {
  if (!on_own_thread()) return Status();
  return Status(SLIP_DEADLOCK, std::string("cannot ") + what +
                                   " on the watch's own thread: it would wait for itself (do it on "
                                   "another thread)");
}

WatchState Handle::status() const {
  WatchState state = loop_->control().state();
  state.received = loop_->intake().received();
  loop_->control().health().complete(loop_->intake(), &state);
  return state;
}

Status Handle::wait_caught_up(Deadline deadline) {
  SLIP_TRY(check_thread("wait for a watch to catch up"));
  return loop_->control().wait_caught_up(deadline);
}

Status Handle::wait_revision(uint64_t revision, Deadline deadline) {
  SLIP_TRY(check_thread("wait for a revision"));
  return loop_->control().wait_revision(revision, deadline);
}

Result<std::unique_ptr<Snapshot>> Handle::export_snapshot() {
  SLIP_TRY(check_thread("export a watch"));
  if (!loop_->has_fold())
    return Status(SLIP_MISUSE, "cannot export: the watch has no fold (start it with one)");
  return loop_->control().wait_snapshot();
}

Status Handle::close(Cursor* cursor) {
  SLIP_TRY(check_thread("close a watch"));
  loop_->control().close();
  {
    const std::lock_guard<std::mutex> lock(join_mutex_);
    if (thread_.joinable()) thread_.join();
  }
  if (cursor != nullptr) *cursor = loop_->control().state().cursor;
  return loop_->control().end_status();
}

// Where a watch begins: the fold's own meta, or the caller's cursor, or nothing.
Result<FoldMeta> find_standing(const std::shared_ptr<Fold>& fold, const WatchSettings& settings) {
  if (fold == nullptr) {
    FoldMeta standing;
    standing.identity = settings.start_identity;
    standing.scope = settings.scope;
    standing.revision = settings.start_revision;
    return standing;
  }
  if (settings.start_identity.bound())
    return Status(SLIP_INVALID,
                  "option \"cursor\" is for watches without a fold: a fold has its own");
  return fold->meta();
}

}  // namespace

Result<std::shared_ptr<Watch>> start_watch(std::shared_ptr<Bucket> bucket,
                                           std::shared_ptr<Fold> fold,
                                           const WatchSettings& settings,
                                           std::shared_ptr<Consumer> consumer) {
  std::unique_ptr<FoldWriter> writer;
  if (fold != nullptr) {
    SLIP_ASSIGN(writer, fold->writer());
  }
  SLIP_ASSIGN(FoldMeta standing, find_standing(fold, settings));
  if (fold != nullptr) SLIP_TRY(narrow_fold(bucket->name(), settings, *fold, *writer, &standing));
  SLIP_TRY(check_binding(bucket->name(), settings.scope, standing,
                         Origin{fold != nullptr ? fold->path() : std::string()}));
  auto loop = std::make_shared<Loop>(std::move(bucket), std::move(fold), settings,
                                     std::move(consumer), std::move(writer), std::move(standing));
  SLIP_TRY(loop->start());
  auto handle = std::make_shared<Handle>(std::move(loop));
  SLIP_TRY(handle->launch());
  return std::shared_ptr<Watch>(std::move(handle));
}

}  // namespace slip
