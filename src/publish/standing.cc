#include "publish/standing.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "publish/names.h"

namespace slip {
namespace {

constexpr int64_t kPauseBaseMs = 10;
constexpr int64_t kPauseCapMs = 1000;

enum class Fate { committed, lost, unchanged, unknown };

bool remembers(const Pointer& pointer, const std::string& nonce) {
  return std::any_of(pointer.recent.begin(), pointer.recent.end(),
                     [&nonce](const auto& swap) { return swap.second == nonce; });
}

// What became of the swap from `base` to the pointer with `nonce`, given what stands there now. The
// nonces from the base's successor on tell, as long as they are all remembered.
Fate judge_fate(const Standing& base, const std::string& nonce, const Standing& now) {
  if (!now.pointer) return base.pointer ? Fate::unknown : Fate::unchanged;
  const Pointer& pointer = *now.pointer;
  if (pointer.nonce == nonce || remembers(pointer, nonce)) return Fate::committed;
  if (!base.pointer) return pointer.recent.size() < kPointerRecentMax ? Fate::lost : Fate::unknown;
  // Written anew with the same bytes, it cannot be replaced under the old tag any more.
  if (pointer.nonce == base.pointer->nonce)
    return now.tag == base.tag ? Fate::unchanged : Fate::lost;
  return remembers(pointer, base.pointer->nonce) ? Fate::lost : Fate::unknown;
}

// Answers after which the swap may have happened. Others say that it did not.
bool leaves_open(const Status& status) {
  switch (status.code()) {
    case SLIP_INDETERMINATE:
    case SLIP_TIMEOUT:
    case SLIP_UNREACHABLE:
    case SLIP_SERVER:
      return true;
    default:
      return false;
  }
}

Status indeterminate(const std::string& key, const Status& last) {
  return Status(SLIP_INDETERMINATE, "cannot tell whether pointer " + quoted(pointer_name(key)) +
                                        " was swapped: " + last.message() +
                                        " (publish again: what is there already is recognised)");
}

}  // namespace

Result<Standing> read_standing(ObjectStore& store, const std::string& key) {
  const std::string name = pointer_name(key);
  Standing standing;
  Result<Object> object = store.get(name, kPointerBytesMax);
  if (object.status().is(SLIP_NOT_FOUND)) return standing;
  if (!object.ok()) return object.status();
  Result<Pointer> pointer = parse_pointer(object->data);
  const std::string where = "pointer " + quoted(name) + " of store " + quoted(store.url());
  if (pointer.status().is(SLIP_CORRUPT))
    return Status(SLIP_CORRUPT, where + ": " + pointer.status().message() +
                                    " (it is left as it is; remove it to begin anew)");
  if (!pointer.ok()) return pointer.status().with_context(where);
  standing.pointer = pointer.take();
  standing.tag = std::move(object->tag);
  return standing;
}

void pause_before_retry(uint32_t attempt) {
  std::this_thread::sleep_for(
      std::chrono::milliseconds(backoff_ms(attempt, kPauseBaseMs, kPauseCapMs)));
}

Result<SwapOutcome> swap_pointer(ObjectStore& store, const std::string& key, const Standing& base,
                                 const Pointer& next, uint32_t* attempts) {
  const std::string name = pointer_name(key);
  const std::string text = format_pointer(next);
  if (text.size() > kPointerBytesMax)
    return Status(SLIP_TOO_LARGE, "pointer " + quoted(name) + " would have " +
                                      std::to_string(text.size()) + " bytes, over " +
                                      std::to_string(kPointerBytesMax));
  Status open;  // an answer that left it open: from then on only a reading can settle it
  Status last;
  while (*attempts < kPointerAttemptsMax) {
    if (!last.ok()) pause_before_retry(*attempts);
    ++*attempts;
    last = store.put_if(name, text, base.tag).status();
    if (last.ok()) return SwapOutcome::committed;
    if (leaves_open(last)) {
      open = last;
      continue;
    }
    if (!last.is(SLIP_CONFLICT) && open.ok()) return last;
    const Result<Standing> now = read_standing(store, key);
    if (!now.ok()) return open.ok() ? now.status() : indeterminate(key, now.status());
    const Fate fate = judge_fate(base, next.nonce, now.value());
    if (fate == Fate::committed) return SwapOutcome::committed;
    // The base is gone: what was sent before can no longer happen either.
    if (fate == Fate::lost) return SwapOutcome::lost;
    if (fate == Fate::unknown) {
      if (open.ok()) return SwapOutcome::lost;
      return indeterminate(key, open);
    }
    // Unchanged: a refusal that was none of ours to lose. The same again.
    if (!last.is(SLIP_CONFLICT)) return indeterminate(key, last);
  }
  if (open.ok()) return last;
  const Result<Standing> now = read_standing(store, key);
  const Fate fate = now.ok() ? judge_fate(base, next.nonce, now.value()) : Fate::unknown;
  if (fate == Fate::committed) return SwapOutcome::committed;
  if (fate == Fate::lost) return SwapOutcome::lost;
  return indeterminate(key, open);
}

}  // namespace slip
