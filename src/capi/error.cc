// Section ERROR, TEXT, ENTRY, CURSOR.
#include "capi/error.h"

#include "base/cursor.h"
#include "base/status_table.h"
#include "capi/guard.h"

using namespace slip;
using namespace slip::capi;

slip_status slip_error_code(const slip_error* error) {
  return error == nullptr ? SLIP_OK : error->code;
}

const char* slip_error_message(const slip_error* error) {
  if (error == nullptr) return "";
  if (!error->message.empty()) return error->message.c_str();
  const slip_status_row* row = find_status(error->code);
  return row == nullptr ? "" : row->text;
}

int slip_error_is_retriable(const slip_error* error) {
  return error != nullptr && error->retriable ? 1 : 0;
}

void slip_error_free(slip_error* error) { delete error; }

slip_bytes slip_text_bytes(const slip_text* text) {
  return text == nullptr ? slip_bytes{nullptr, 0} : as_slip_bytes(text->bytes);
}

const char* slip_text_string(const slip_text* text) {
  return text == nullptr ? "" : text->bytes.c_str();
}

void slip_text_free(slip_text* text) { delete text; }

const slip_update* slip_entry_update(const slip_entry* entry) {
  return entry == nullptr ? nullptr : &entry->entry.update();
}

void slip_entry_free(slip_entry* entry) { delete entry; }

slip_status slip_cursor_format(const char* bucket, slip_cursor cursor, slip_text** out_text,
                               slip_error** error) {
  return guard(__func__, error, {given(bucket, "bucket"), output(out_text, "out_text")},
               [&]() -> Status {
                 SLIP_ASSIGN(std::string text, format_cursor(bucket, cursor));
                 *out_text = make_text(std::move(text)).release();
                 return Status();
               });
}

slip_status slip_cursor_parse(const char* text, slip_cursor* out_cursor, slip_text** out_bucket,
                              slip_error** error) {
  return guard(__func__, error,
               {given(text, "text"), output(out_cursor, "out_cursor"),
                maybe_output(out_bucket, "out_bucket")},
               [&]() -> Status {
                 SLIP_ASSIGN(ParsedCursor parsed, parse_cursor(text));
                 if (out_bucket != nullptr)
                   *out_bucket = make_text(std::move(parsed.bucket)).release();
                 *out_cursor = parsed.cursor;
                 return Status();
               });
}
