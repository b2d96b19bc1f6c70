#include "kv/foreign/answer.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "kv/foreign/delivery_order.h"

using slip::Status;
using slip::Update;

Status slip_answer::check(const Update& update) const {
  SLIP_TRY(slip::check_foreign_update(update, SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER));
  const auto wrong = [&](const char* why) {
    return Status(SLIP_INVALID,
                  "the update of key " + slip::quoted(slip::key_of(update)) + " " + why);
  };
  if (update.revision == 0) return wrong("has no revision");
  if (const char* why = fits_(update)) return wrong(why);
  return Status();
}

Status slip_answer::add(const Update* updates, size_t count) {
  if (!refused_.ok()) return refused_;
  for (size_t i = 0; i < count && refused_.ok(); ++i) {
    const size_t bytes = batch_->bytes() + updates[i].key.size + updates[i].value.size;
    if (batch_->size() == updates_max_ || (!batch_->empty() && bytes > slip::kValueBytesMax))
      refused_ = Status(SLIP_TOO_LARGE, "an answer may have " + std::to_string(updates_max_) +
                                            " updates and " + std::to_string(slip::kValueBytesMax) +
                                            " bytes");
    else
      refused_ = check(updates[i]);
    if (!refused_.ok()) break;
    Update update = updates[i];
    if (!with_values_) update.value = slip_bytes{nullptr, 0};
    batch_->append(update, 0);
  }
  return refused_;
}

Status slip_answer::close(const char* name) {
  const auto failed = [&](const std::string& why) {
    return Status(SLIP_CALLBACK_FAILED, std::string("the foreign bucket's ") + name + ": " + why);
  };
  if (!refused_.ok()) return failed(refused_.message());
  if (batch_->empty()) return failed("it succeeded and gave no update");
  batch_->seal();
  return Status();
}
