// The loop: what a watch's thread does, from the start to the end.
//
// start() runs in start_watch; everything else on the watch's own thread. Each turn looks first at
// what other threads asked for, then does one thing: replay a batch, find a place on the server, or
// take what came from there. So no firehose starves a request, and nothing that waits cannot be
// ended.
#ifndef SLIP_WATCH_LOOP_H
#define SLIP_WATCH_LOOP_H

#include <memory>
#include <optional>

#include "watch/audit.h"
#include "watch/control.h"
#include "watch/flush.h"
#include "watch/replay.h"
#include "watch/source.h"
#include "watch/state_load.h"
#include "watch/watch.h"

namespace slip {

class Loop {
 public:
  Loop(std::shared_ptr<Bucket> bucket, std::shared_ptr<Fold> fold, const WatchSettings& settings,
       std::shared_ptr<Consumer> consumer, std::unique_ptr<FoldWriter> writer, FoldMeta standing);

  // The checks of the start. A server out of reach is none: the loop tries again.
  Status start();
  void run() noexcept;

  Control& control() { return control_; }
  const Intake& intake() const { return *source_.intake(); }
  bool has_fold() const { return fold_ != nullptr; }

 private:
  enum class Step { go_on, end };

  static bool is_passing(const Status& status);
  Status follow();
  Result<Step> turn();
  Result<Step> close();
  Result<Step> stop();
  Status serve_snapshots();

  Result<Step> replay();
  Result<Step> reconnect();
  void put_off();
  void show_place();
  Status settle();
  void lose_place(const Status& reason);
  void meet(SourceEvent event);
  Status refuse(const Status& refusal);
  void note_current();

  Result<Step> receive();
  Status audit();
  Status process(Batch& batch);
  uint64_t take_in(Batch* batch, uint64_t revision);
  Status flush(Batch& batch, uint64_t revision);
  Result<Flush::Next> join(uint64_t revision, Deadline until);
  Status settle_debt();
  bool cut_at_stop(Batch* batch) const;
  Status hear(const Heartbeat& heartbeat);
  Status end_state(uint64_t revision);
  bool is_state_torn() const;
  Status drain();
  uint64_t stop_revision() const;
  bool is_at_stop() const {
    return !flush_.in_state() && flush_.standing().revision >= stop_revision();
  }

  void finish(Status status) noexcept;
  void discard_received();
  void report_cursor();

  const std::shared_ptr<Bucket> bucket_;
  const std::shared_ptr<Fold> fold_;
  const WatchSettings settings_;
  const std::shared_ptr<Consumer> consumer_;
  Source source_;
  Control control_;
  Flush flush_;
  Audit audit_;
  std::unique_ptr<Replay> replay_;
  StateLoad state_load_;
  Batch batch_;    // in hand; its memory is used again and again
  Batch rest_;     // of it, not applied yet: beyond a revision at which the fold is counted first
  Batch joining_;  // applied while the commit of batch_ waits for its next try
  std::optional<Intake::Taken> kept_;  // a heartbeat or a break that came in such a wait
  // Of what was taken and is not committed: what to ask for again, and whether more was missing.
  struct Debt {
    size_t updates = 0;
    size_t bytes = 0;
    bool gap = false;
  } debt_;
  bool place_is_new_ = false;  // found, and not settled in
  Deadline found_at_{};
  unsigned attempts_ = 0;  // to find a place, since one was found that held
  Deadline next_attempt_{};
};

}  // namespace slip
#endif
