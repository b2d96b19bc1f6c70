#include "fold/foreign/foreign_fold.h"

#include <array>

#include "base/limits.h"
#include "fold/foreign/check.h"
#include "fold/foreign/writer.h"

namespace slip {
namespace foreign {
namespace {

class ForeignFold final : public Fold {
 public:
  explicit ForeignFold(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  const std::string& path() const override { return store_->name(); }

  Result<FoldMeta> meta() override {
    SLIP_TRY(store_->check_open());
    return store_->committed().meta;
  }

  Result<std::unique_ptr<Snapshot>> snapshot() override {
    SLIP_ASSIGN(auto state, ReadState::open(store_));
    SLIP_TRY(state->check_whole());
    return std::unique_ptr<Snapshot>(std::make_unique<ForeignSnapshot>(store_, std::move(state)));
  }

  Result<std::unique_ptr<FoldWriter>> writer() override {
    SLIP_ASSIGN(auto claim, WriterClaim::take(store_));
    return std::unique_ptr<FoldWriter>(std::make_unique<Writer>(store_, std::move(claim)));
  }

  Result<std::unique_ptr<FoldLoader>> loader() override {
    SLIP_ASSIGN(auto claim, WriterClaim::take(store_));
    auto loader = std::make_unique<Loader>(store_, std::move(claim));
    SLIP_TRY(loader->begin());
    return std::unique_ptr<FoldLoader>(std::move(loader));
  }

  Result<FoldStats> stats() override {
    SLIP_TRY(store_->check_open());
    FoldStats stats;
    stats.format = kFormat;
    stats.commits = store_->commits();
    stats.snapshots = store_->snapshots;
    stats.read_only = store_->read_only();
    return stats;
  }

  Result<uint64_t> check() override {
    SLIP_ASSIGN(auto state, ReadState::open(store_));
    SLIP_TRY(state->check_whole());
    SLIP_ASSIGN(const uint64_t rows, check_rows(std::move(state)));
    const Functions& f = store_->functions();
    if (f->check == nullptr) return rows;
    SLIP_TRY(
        f.call("check", [&](char* text, size_t size) { return f->check(f.user(), text, size); }));
    return rows;
  }

  Status sync() override { return store_->sync(); }
  Status close() override { return store_->close(); }

 private:
  const std::shared_ptr<Store> store_;
};

bool is_utf8(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const size_t size = utf8_sequence(text, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

const char* find_missing(const slip_fold_functions& f) {
  if (f.snapshot_open == nullptr) return "snapshot_open";
  if (f.snapshot_close == nullptr) return "snapshot_close";
  if (f.get == nullptr) return "get";
  if (f.scan_open == nullptr) return "scan_open";
  if (f.scan_next == nullptr) return "scan_next";
  if (f.scan_close == nullptr) return "scan_close";
  return nullptr;
}

Status check_given(const std::string& name, const slip_fold_functions& functions) {
  const std::string doing = "cannot open foreign fold " + quoted(name) + ": ";
  if (name.empty() || name.size() > kForeignNameBytesMax || !is_utf8(name))
    return Status(SLIP_INVALID, doing + "its name must be UTF-8 of 1 to " +
                                    std::to_string(kForeignNameBytesMax) + " bytes");
  if (const char* missing = find_missing(functions))
    return Status(SLIP_INVALID, doing + "its function " + missing + " must not be NULL");
  if (functions.reserved != 0)
    return Status(SLIP_UNSUPPORTED, doing + "reserved is " + std::to_string(functions.reserved) +
                                        ", which is more than this library knows");
  return Status();
}

// What is stored becomes what counts.
Status take_up(const std::shared_ptr<Store>& store) {
  SLIP_ASSIGN(auto state, ReadState::open(store));
  if (state->stored().sequence == 0) {
    Scan scan(state);
    Update row{};
    SLIP_TRY(scan.open(std::string(), false));
    SLIP_ASSIGN(const size_t count, scan.next(&row, 1));
    if (count > 0)
      return damaged(store->name(), "its meta is missing, but it holds key " + quoted(key_of(row)));
  }
  store->set_committed(state->stored());
  return Status();
}

}  // namespace
}  // namespace foreign

Result<std::shared_ptr<Fold>> open_foreign_fold(const std::string& name,
                                                foreign::Functions&& functions) {
  SLIP_TRY(foreign::check_given(name, functions.functions));
  auto store = std::make_shared<foreign::Store>(name, std::move(functions));
  SLIP_TRY(foreign::take_up(store));
  return std::shared_ptr<Fold>(std::make_shared<foreign::ForeignFold>(std::move(store)));
}

}  // namespace slip
