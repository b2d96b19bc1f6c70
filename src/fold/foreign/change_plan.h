// What a batch of updates comes to for the rows that are stored: what is put and what goes, each
// key once and ascending, and the counts afterwards.
//
// Made for one commit, of views into the updates. One thread.
#ifndef SLIP_FOLD_FOREIGN_CHANGE_PLAN_H
#define SLIP_FOLD_FOREIGN_CHANGE_PLAN_H

#include <vector>

#include "fold/foreign/snapshot.h"

namespace slip::foreign {

class ChangePlan {
 public:
  // `next`: its counts are kept. `unknown_as`: what a put of unknown revision is kept under.
  ChangePlan(StoredMeta* next, uint64_t unknown_as) : next_(next), unknown_as_(unknown_as) {}
  // `state`: what is stored; nullable: nothing is.
  Status resolve(const Update* updates, size_t count, const ReadState* state);

  const std::vector<Update>& puts() const { return puts_; }
  const std::vector<slip_bytes>& removals() const { return removals_; }

 private:
  // What the updates of one key come to.
  struct Outcome {
    const Update* update = nullptr;  // the newest; nullptr: none
    bool removes = false;            // whatever is stored goes, newer or not
    void add(const Update& next);
  };
  Status change(Bytes key, const Outcome& outcome, const ReadState* state);

  StoredMeta* const next_;
  const uint64_t unknown_as_;
  std::vector<Update> puts_;
  std::vector<slip_bytes> removals_;
};

// An update as it is stored.
Update row_of(const Update& update, uint64_t unknown_as);

}  // namespace slip::foreign
#endif
