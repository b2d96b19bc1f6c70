// How keys, values and cursors are shown and read: the shapes that the man page documents.
#ifndef SLIP_CLI_ENTRIES_H
#define SLIP_CLI_ENTRIES_H

#include <functional>
#include <string>
#include <string_view>

#include "context.h"
#include "handles.h"
#include "json.h"
#include "outcome.h"

namespace cli {

// A key as the command line gives it.
std::string key_from_argument(const Context& context, const std::string& argument);
// A prefix of keys, and the names to keep of those that have it.
struct KeyPrefix {
  std::string key;
  std::string name;  // compared with decoded names where keys are encoded
  bool encoded = false;
  bool keeps(std::string_view key) const;
};
KeyPrefix prefix_from_argument(const Context& context, const std::string& argument);

// A key as it is shown. `raw`: --decode-keys was asked for and this key is no encoded name.
struct ShownKey {
  std::string text;
  bool raw = false;
};
ShownKey shown_key(const Context& context, std::string_view key);
// "key", or "raw_key" for a key that --decode-keys cannot decode; "_base64" where it is not UTF-8.
void add_key(JsonObject* object, const Context& context, std::string_view key);

enum class Fields { all, no_value };
std::string update_json(const Context& context, const slip_update& update, Fields fields);
// One entry as the answer to a get: the object, or the bare value and, on a terminal, a line's end.
void print_entry(const Context& context, const slip_update& update);
// One line of text: KEY, or KEY <tab> VALUE.
std::string update_text(const Context& context, const slip_update& update, Fields fields);

// {"epoch":N,"revision":N,"token":"slip1:..."}; the token only where `bucket` is not empty.
std::string cursor_json(const std::string& bucket, slip_cursor cursor);
std::string cursor_token(const std::string& bucket, slip_cursor cursor);

// Hands every update of an iterator to `visit`, until that fails.
Outcome for_each(slip_iterator* iterator,
                 const std::function<Outcome(const slip_update& update)>& visit);
// The same for a range of a fold's newest state.
Outcome for_each_in_fold(slip_fold* fold, const slip_range& range,
                         const std::function<Outcome(const slip_update& update)>& visit);

}  // namespace cli
#endif
