#include "summary.h"

#include <fmt/format.h>

#include "entries.h"
#include "json.h"
#include "text.h"

namespace cli {

void print_summary(const Context& context, const slip_artifact_summary& s) {
  if (context.json) {
    JsonObject object;
    object.text("bucket", s.bucket).raw("cursor", cursor_json(s.bucket, s.cursor));
    object.number("entries", s.entries).number("tombstones", s.tombstones).number("files", s.files);
    object.number("stored_bytes", s.stored_bytes).number("logical_bytes", s.logical_bytes);
    object.text("logical_digest", s.logical_digest).number("schema", s.schema);
    print(object.str());
    return;
  }
  print(fmt::format("bucket      {}", s.bucket));
  print(fmt::format("cursor      {}", cursor_token(s.bucket, s.cursor)));
  print(fmt::format("entries     {}, and {} tombstones", format_count(s.entries),
                    format_count(s.tombstones)));
  print(fmt::format("files       {}, {} stored, {} before compression", s.files,
                    format_size(s.stored_bytes), format_size(s.logical_bytes)));
  print(fmt::format("digest      {}", s.logical_digest));
}

}  // namespace cli
