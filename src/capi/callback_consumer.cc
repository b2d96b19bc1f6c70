#include "capi/callback_consumer.h"

#include <exception>
#include <string>

#include "base/log.h"
#include "base/status_table.h"

namespace slip::capi {
namespace {

Status thrown(const char* name, const char* what) noexcept {
  try {
    return Status(SLIP_CALLBACK_FAILED, std::string(name) + " threw: " + what);
  } catch (...) {
    return Status(SLIP_CALLBACK_FAILED, std::string());
  }
}

// Runs a callback. A C++ caller's exception ends here: as a status, never further up.
template <typename Body>
Status call(const char* name, Body&& body) noexcept {
  try {
    body();
    return Status();
  } catch (const std::exception& exception) {
    return thrown(name, exception.what());
  } catch (...) {
    return thrown(name, "something that is no std::exception");
  }
}

// For callbacks that end something: nobody is left to be told but the log.
void log_failure(const Status& status) noexcept {
  if (!status.ok()) log_line(SLIP_LOG_ERROR, "capi", status.message());
}

}  // namespace

OwnedCallbacks::~OwnedCallbacks() {
  if (callbacks_.destroy == nullptr) return;
  log_failure(call("destroy", [this] { callbacks_.destroy(callbacks_.user); }));
}

// Room was reserved: an item that was made has a place.
Status CallbackConsumer::parse_all(const Batch& batch) {
  uint64_t rejected = 0;
  const Status status = call("parse", [&] {
    for (size_t at = 0; at < batch.size(); ++at) {
      const Update* update = batch.updates() + at;
      void* item = callbacks_.parse(callbacks_.user, update);
      if (item != nullptr)
        items_.push_back(slip_item{update, item});
      else
        ++rejected;
    }
  });
  rejected_.fetch_add(rejected, std::memory_order_relaxed);
  return status;
}

Status CallbackConsumer::apply_items() {
  text_[0] = '\0';
  slip_status code = SLIP_OK;
  const Status called = call("apply", [&] {
    code =
        callbacks_.apply(callbacks_.user, items_.data(), items_.size(), text_.data(), text_.size());
  });
  items_.clear();  // they are the caller's now, also when it failed
  SLIP_TRY(called);
  if (code == SLIP_OK) return Status();
  text_.back() = '\0';
  if (text_[0] != '\0') return Status(code, text_.data());
  return Status(code, "apply failed with status " + std::to_string(code) + " (" +
                          status_name(code) + ") and no sentence");
}

Status CallbackConsumer::apply(Batch& batch, Cursor, bool) {
  if (!broken_.ok()) return broken_;
  if (callbacks_.parse == nullptr && callbacks_.apply == nullptr) return Status();
  struct Leftovers {
    CallbackConsumer* self;
    ~Leftovers() { self->discard_items(); }
  } const leftovers{this};
  items_.reserve(batch.size());
  if (callbacks_.parse != nullptr)
    SLIP_TRY(parse_all(batch));
  else
    for (size_t at = 0; at < batch.size(); ++at)
      items_.push_back(slip_item{batch.updates() + at, nullptr});
  if (items_.empty() || callbacks_.apply == nullptr) return Status();
  return apply_items();
}

void CallbackConsumer::discard(const Batch& batch) {
  // An item comes from parse: without one there is nothing to hand back.
  if (callbacks_.parse == nullptr || callbacks_.discard == nullptr || !broken_.ok()) return;
  items_.reserve(batch.size());
  log_failure(parse_all(batch));
  discard_items();
}

void CallbackConsumer::discard_items() {
  if (callbacks_.parse != nullptr && callbacks_.discard != nullptr)
    for (const slip_item& item : items_)
      log_failure(call("discard", [&] { callbacks_.discard(callbacks_.user, item.item); }));
  items_.clear();
}

void CallbackConsumer::applied(Cursor cursor, size_t updates) {
  if (callbacks_.on_applied == nullptr) return;
  Status called =
      call("on_applied", [&] { callbacks_.on_applied(callbacks_.user, &cursor, updates); });
  if (!called.ok()) broken_ = std::move(called);
}

void CallbackConsumer::ended(const Status& status, Cursor cursor) {
  if (callbacks_.on_end == nullptr) return;
  log_failure(call("on_end", [&] {
    callbacks_.on_end(callbacks_.user, status.code(), status.message().c_str(), &cursor);
  }));
}

}  // namespace slip::capi
