// An append-log fold made from a sorted stream. It counts when it is complete, so where its batches
// end means nothing; none reaches beyond a segment.
#include "base/guard.h"
#include "base/utf8.h"
#include "fold/append_log/append_log_fold.h"
#include "fold/append_log/log.h"
#include "fold/load_place.h"

namespace slip::append_log {
namespace {

constexpr uint64_t kGeneration = 1;
constexpr uint64_t kSegmentBytes = 64u << 20;
constexpr size_t kWriteBytes = 1u << 20;

class Loader : public FoldLoader {
 public:
  Loader(FileSystem& fs, std::unique_ptr<LoadPlace> place)
      : fs_(fs),
        place_(std::move(place)),
        stream_(place_->path()),
        directory_(generation_path(place_->directory(), kGeneration)) {}

  Status open() {
    SLIP_TRY(fs_.make_directory(directory_).with_context(cannot_load()));
    return next_segment();
  }

  Status add(const Update* updates, size_t count) override {
    for (size_t i = 0; i < count && ended_.ok(); ++i) ended_ = add_one(updates[i]);
    return ended_;
  }

  Status commit(const FoldMeta& meta) override {
    SLIP_TRY(ended_);
    ended_ = Status(SLIP_MISUSE, "the load of fold " + quoted(place_->path()) + " has ended");
    records_.commit(stream_.counted(meta), true);
    SLIP_TRY(finish().with_context(cannot_load()));
    Current current;
    current.kind = FoldKind::append_log;
    current.generation = kGeneration;
    return place_->finish(current);
  }

 private:
  Status add_one(const Update& update) {
    SLIP_TRY(stream_.check(update));
    records_.add(update);
    stream_.count(update);
    if (records_.bytes().size() < kWriteBytes) return Status();
    records_.commit(FoldMeta(), true);
    SLIP_TRY(write());
    return records_.end() < kSegmentBytes ? Status() : next_segment();
  }

  // What is written before is covered by the one sync that a segment gets.
  Status write() {
    const Status put = segment_.file->append(records_.bytes());
    if (!put.ok()) return put.with_context(cannot_load());
    records_.move_to(segment_.header.salt, records_.end(), 0);
    return Status();
  }

  Status next_segment() {
    if (segment_.file != nullptr) {
      // guard: log_load_segment_sync
      if (guard_on("log_load_segment_sync"))
        SLIP_TRY(segment_.file->sync().with_context(cannot_load()));
      segments_.back().size_bytes = records_.end();
    }
    auto made = make_segment(fs_, directory_, segments_.size() + 1, 0);
    if (!made.ok()) return made.status().with_context(cannot_load());
    segment_ = made.take();
    segments_.push_back({segment_.header.number, 0});
    records_.move_to(segment_.header.salt, kSegmentHeaderBytes, 0);
    return Status();
  }

  Status finish() {
    SLIP_TRY(write());
    // guard: log_load_sync
    if (guard_on("log_load_sync")) SLIP_TRY(segment_.file->sync());
    segments_.back().size_bytes = records_.end();
    segment_.file.reset();
    // The names of the segments reach the disk with that of their list: until the load ends nobody
    // looks for either.
    return write_segment_list(fs_, directory_, segments_);
  }

  std::string cannot_load() const { return "cannot load fold " + quoted(place_->path()); }

  FileSystem& fs_;
  const std::unique_ptr<LoadPlace> place_;
  LoadedStream stream_;
  const std::string directory_;
  std::vector<Segment> segments_;
  NewSegment segment_;
  RecordWriter records_{0, 0, 0};
  Status ended_;  // not OK: a failure, or the commit, after which nothing can be added
};

}  // namespace

Result<std::unique_ptr<FoldLoader>> load(FileSystem& fs, const std::string& path) {
  SLIP_ASSIGN(std::unique_ptr<LoadPlace> place, LoadPlace::make(fs, path));
  auto loader = std::make_unique<Loader>(fs, std::move(place));
  SLIP_TRY(loader->open());
  return std::unique_ptr<FoldLoader>(std::move(loader));
}

}  // namespace slip::append_log
