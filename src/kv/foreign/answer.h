// The answer of a caller's function: updates that it gives through slip_answer_add, checked and
// copied. Lives for one call, on its thread.
#ifndef SLIP_KV_FOREIGN_ANSWER_H
#define SLIP_KV_FOREIGN_ANSWER_H

#include <functional>
#include <string>

#include "base/batch.h"
#include "base/status.h"
#include "base/thread.h"

struct slip_answer {
  // `fits` says what is wrong with an update as an answer to what was asked; nullptr: nothing.
  slip_answer(slip::Batch* out, size_t updates_max,
              std::function<const char*(const slip::Update&)> fits, bool with_values)
      : batch_(out), updates_max_(updates_max), fits_(std::move(fits)), with_values_(with_values) {
    batch_->clear();
  }
  slip_answer(const slip_answer&) = delete;
  slip_answer& operator=(const slip_answer&) = delete;

  slip::Status add(const slip::Update* updates, size_t count);
  bool forked() const { return generation_ != slip::fork_generation(); }
  // Seals what was added. CALLBACK_FAILED: nothing, or something that was refused.
  slip::Status close(const char* name);

 private:
  slip::Status check(const slip::Update& update) const;

  slip::Batch* const batch_;
  const size_t updates_max_;
  const std::function<const char*(const slip::Update&)> fits_;
  const bool with_values_;
  const unsigned generation_ = slip::fork_generation();
  slip::Status refused_;  // the first
};

#endif
