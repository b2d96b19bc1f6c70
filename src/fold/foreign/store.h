// The state of a foreign fold: what was committed last, who writes it, and the caller's functions.
//
// Shared by the fold, its writer and its snapshots; destroyed, and the caller's `user` with it,
// when the last of them goes. Any thread; commits are made by who holds the claim of the one
// writer.
#ifndef SLIP_FOLD_FOREIGN_STORE_H
#define SLIP_FOLD_FOREIGN_STORE_H

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "fold/foreign/functions.h"
#include "fold/foreign/stored_meta.h"

namespace slip::foreign {

class Store {
 public:
  Store(std::string name, Functions&& functions)
      : name_(std::move(name)), functions_(std::move(functions)) {}
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::string& name() const { return name_; }
  const Functions& functions() const { return functions_; }
  bool read_only() const { return functions_->commit == nullptr; }

  StoredMeta committed() const;
  uint64_t sequence() const;
  // What the caller's side turned out to hold: at opening, and after a commit that failed.
  void set_committed(StoredMeta stored);

  // CLOSED.
  Status check_open() const;
  Status claim_writer();
  void release_writer() noexcept;

  // `next` gets the next sequence. After a failure nobody knows which state holds: see
  // is_settled().
  Status commit(const Update* puts, size_t put_count, const slip_bytes* removals,
                size_t removal_count, StoredMeta next);
  bool is_settled() const { return settled_; }

  Status sync();
  Status close();
  uint64_t commits() const { return commits_; }

  std::atomic<uint64_t> snapshots{0};  // open ones

 private:
  const std::string name_;
  const Functions functions_;
  std::atomic<uint64_t> commits_{0};
  std::atomic<bool> settled_{true};

  mutable std::mutex mutex_;
  StoredMeta committed_;
  bool has_writer_ = false;
  bool closed_ = false;
};

// The claim of the one writer, for as long as it lives.
class WriterClaim {
 public:
  static Result<std::unique_ptr<WriterClaim>> take(const std::shared_ptr<Store>& store);
  explicit WriterClaim(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  ~WriterClaim() {
    if (held_) store_->release_writer();
  }
  WriterClaim(const WriterClaim&) = delete;
  WriterClaim& operator=(const WriterClaim&) = delete;

 private:
  const std::shared_ptr<Store> store_;
  bool held_ = false;
};

}  // namespace slip::foreign
#endif
