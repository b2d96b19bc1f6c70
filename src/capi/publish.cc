// Section PUBLISH.
#include "publish/publish.h"

#include <memory>
#include <string>
#include <utility>

#include "base/json.h"
#include "capi/error.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/options.h"
#include "capi/summary.h"

using namespace slip;
using namespace slip::capi;

namespace {

slip_published published_of(const Published& published) {
  slip_published result = SLIP_PUBLISHED_INIT;
  result.attempts = published.attempts;
  result.generation = published.pointer.generation;
  result.cursor = Cursor{published.pointer.identity.epoch, published.pointer.revision};
  result.bytes = published.bytes;
  copy_text(published.pointer.manifest_sha256, result.manifest_sha256);
  return result;
}

}  // namespace

slip_status slip_publish(slip_object_store* store, const char* key, const char* directory,
                         const slip_options* options, slip_published* out_published,
                         slip_error** error) {
  return guard(
      __func__, error,
      {handle(store, "store"), given(key, "key"), given(directory, "directory"),
       maybe_handle(options, "options"), maybe_output_struct(out_published, "out_published")},
      [&]() -> Status {
        SLIP_TRY(options_of(options, SLIP_OPTIONS_PUBLISH).status());
        SLIP_ASSIGN(const Published published,
                    publish_artifact(*store->store, key, posix_file_system(), directory));
        fill_struct(published_of(published), out_published);
        return Status();
      });
}

slip_status slip_pointer_read(slip_object_store* store, const char* key, slip_text** out_json,
                              slip_error** error) {
  return guard(__func__, error,
               {handle(store, "store"), given(key, "key"), output(out_json, "out_json")},
               [&]() -> Status {
                 SLIP_ASSIGN(const PointerAndManifest read, read_pointer(*store->store, key));
                 JsonWriter json;
                 json.begin_object();
                 json.key("pointer").raw(format_pointer(read.pointer));
                 json.key("manifest").raw(format_manifest(read.manifest));
                 json.end_object();
                 *out_json = make_text(json.take()).release();
                 return Status();
               });
}

slip_status slip_download(slip_object_store* store, const char* key, const char* directory,
                          const slip_options* options, slip_artifact_summary* out_summary,
                          slip_error** error) {
  return guard(__func__, error,
               {handle(store, "store"), given(key, "key"), given(directory, "directory"),
                maybe_handle(options, "options"), maybe_output_struct(out_summary, "out_summary")},
               [&]() -> Status {
                 SLIP_TRY(options_of(options, SLIP_OPTIONS_IMPORT).status());
                 SLIP_ASSIGN(const Manifest manifest,
                             download_artifact(*store->store, key, posix_file_system(), directory));
                 fill_struct(summary_of(manifest), out_summary);
                 return Status();
               });
}

slip_status slip_bootstrap(slip_object_store* store, const char* key, const char* url,
                           const slip_options* options, slip_artifact_summary* out_summary,
                           slip_error** error) {
  return guard(__func__, error,
               {handle(store, "store"), given(key, "key"), given(url, "url"),
                maybe_handle(options, "options"), maybe_output_struct(out_summary, "out_summary")},
               [&]() -> Status {
                 SLIP_TRY(options_of(options, SLIP_OPTIONS_IMPORT).status());
                 SLIP_ASSIGN(const Manifest manifest,
                             bootstrap_fold(*store->store, key, posix_file_system(), url));
                 fill_struct(summary_of(manifest), out_summary);
                 return Status();
               });
}
