// slip_watch: a watch, its consumer in one of the two forms, and the parents of both.
//
// Made and freed by one thread; everything between from any thread.
#ifndef SLIP_CAPI_WATCH_H
#define SLIP_CAPI_WATCH_H

#include <memory>
#include <mutex>
#include <string>

#include "capi/callback_consumer.h"
#include "capi/handles.h"
#include "capi/metrics.h"
#include "capi/pull_consumer.h"
#include "watch/watch.h"

struct slip_watch : slip::capi::Handle {
  slip_watch(const slip_bucket& bucket, const slip_fold* of)
      : bucket_name(bucket.bucket->name()),
        connection(bucket.connection),
        fold(of == nullptr ? nullptr : of->fold) {}
  ~slip_watch();

  // DEADLOCK on the watch's own thread, where a blocking call would wait for itself.
  slip::Status check_thread(const char* function) const;
  slip::Result<std::unique_ptr<slip::Snapshot>> export_snapshot();
  // Runs a _next or _wait_* call, which an interrupt may end.
  template <typename Body>
  slip::Status wait(bool in_next, Body&& body) {
    if (!enter_wait(in_next)) return slip::Status(SLIP_INTERRUPTED, std::string());
    struct Leave {
      slip_watch* watch;
      bool in_next;
      ~Leave() { watch->leave_wait(in_next); }
    } const leave{this, in_next};
    return body();
  }
  void interrupt();
  slip::Status close(slip::Cursor* cursor);
  // Once it runs. Before, it is nowhere to be seen.
  void show_in_metrics() noexcept { metrics_place_.take(); }
  slip::WatchState state() const;
  std::string fold_path() const { return fold == nullptr ? std::string() : fold->path(); }

  const std::string bucket_name;
  const std::shared_ptr<slip::Connection> connection;
  const std::shared_ptr<slip::Fold> fold;                   // nullptr: without one
  std::shared_ptr<slip::capi::CallbackConsumer> callbacks;  // one of these two
  std::shared_ptr<slip::capi::PullConsumer> pull;
  std::shared_ptr<slip::Watch> watch;  // destroyed first: it joins

 private:
  bool enter_wait(bool in_next);
  void leave_wait(bool in_next) noexcept;

  // Which waiting call an interrupt ends: the one that runs, or else the next one of either kind.
  std::mutex waits_mutex_;
  unsigned next_calls_ = 0;
  unsigned wait_calls_ = 0;
  bool interrupt_next_ = false;

  std::mutex close_mutex_;
  slip::Status end_;  // once closed
  slip::Cursor cursor_{0, 0};
  slip::capi::MetricsPlace metrics_place_{this};
};

#endif
