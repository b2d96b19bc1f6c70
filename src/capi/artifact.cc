// Section ARTIFACT.
#include "artifact/artifact.h"

#include <memory>
#include <string>
#include <utility>

#include "capi/error.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/options.h"
#include "capi/summary.h"
#include "capi/watch.h"

using namespace slip;
using namespace slip::capi;

namespace slip::capi {

slip_artifact_summary summary_of(const Manifest& manifest) {
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  summary.schema = manifest.schema;
  summary.cursor = manifest.meta.cursor();
  summary.entries = manifest.meta.entries;
  summary.tombstones = manifest.meta.tombstones;
  summary.files = manifest.files.size();
  summary.stored_bytes = manifest.stored_bytes();
  summary.logical_bytes = manifest.logical_bytes;
  copy_text(manifest.logical_digest, summary.logical_digest);
  copy_text(manifest.meta.identity.bucket, summary.bucket);
  return summary;
}

}  // namespace slip::capi

slip_status slip_fold_export(slip_fold* fold, const char* directory, const slip_options* options,
                             slip_artifact_summary* out_summary, slip_error** error) {
  return guard(__func__, error,
               {handle(fold, "fold"), given(directory, "directory"),
                maybe_handle(options, "options"), maybe_output_struct(out_summary, "out_summary")},
               [&]() -> Status {
                 SLIP_ASSIGN(const Options chosen, options_of(options, SLIP_OPTIONS_EXPORT));
                 SLIP_ASSIGN(const ExportSettings settings, export_settings(chosen));
                 SLIP_ASSIGN(auto snapshot, fold->fold->snapshot());
                 SLIP_ASSIGN(const Manifest manifest,
                             export_artifact(posix_file_system(), *snapshot, directory, settings));
                 fill_struct(summary_of(manifest), out_summary);
                 return Status();
               });
}

slip_status slip_watch_export(slip_watch* watch, const char* directory, const slip_options* options,
                              slip_artifact_summary* out_summary, slip_error** error) {
  return guard(__func__, error,
               {handle(watch, "watch"), given(directory, "directory"),
                maybe_handle(options, "options"), maybe_output_struct(out_summary, "out_summary")},
               [&]() -> Status {
                 SLIP_ASSIGN(const Options chosen, options_of(options, SLIP_OPTIONS_EXPORT));
                 SLIP_ASSIGN(const ExportSettings settings, export_settings(chosen));
                 SLIP_ASSIGN(auto snapshot, watch->export_snapshot());
                 SLIP_ASSIGN(const Manifest manifest,
                             export_artifact(posix_file_system(), *snapshot, directory, settings));
                 fill_struct(summary_of(manifest), out_summary);
                 return Status();
               });
}

slip_status slip_artifact_verify(const char* directory, slip_artifact_summary* out_summary,
                                 slip_error** error) {
  return guard(__func__, error,
               {given(directory, "directory"), maybe_output_struct(out_summary, "out_summary")},
               [&]() -> Status {
                 SLIP_ASSIGN(const Manifest manifest,
                             verify_artifact(posix_file_system(), directory));
                 fill_struct(summary_of(manifest), out_summary);
                 return Status();
               });
}

slip_status slip_artifact_info(const char* directory, slip_text** out_json, slip_error** error) {
  return guard(__func__, error, {given(directory, "directory"), output(out_json, "out_json")},
               [&]() -> Status {
                 SLIP_ASSIGN(const Manifest manifest,
                             read_manifest(posix_file_system(), directory));
                 *out_json = make_text(format_manifest(manifest)).release();
                 return Status();
               });
}

slip_status slip_fold_import(const char* directory, const char* url, const slip_options* options,
                             slip_artifact_summary* out_summary, slip_error** error) {
  return guard(__func__, error,
               {given(directory, "directory"), given(url, "url"), maybe_handle(options, "options"),
                maybe_output_struct(out_summary, "out_summary")},
               [&]() -> Status {
                 SLIP_TRY(options_of(options, SLIP_OPTIONS_IMPORT).status());
                 SLIP_ASSIGN(const Manifest manifest,
                             import_artifact(posix_file_system(), directory, url));
                 fill_struct(summary_of(manifest), out_summary);
                 return Status();
               });
}

slip_status slip_fold_import_into(const char* directory, slip_fold* fold,
                                  const slip_options* options, slip_artifact_summary* out_summary,
                                  slip_error** error) {
  return guard(__func__, error,
               {given(directory, "directory"), handle(fold, "fold"),
                maybe_handle(options, "options"), maybe_output_struct(out_summary, "out_summary")},
               [&]() -> Status {
                 SLIP_TRY(options_of(options, SLIP_OPTIONS_IMPORT).status());
                 // What is wrong at the first look changes nothing.
                 SLIP_TRY(read_manifest(posix_file_system(), directory).status());
                 SLIP_ASSIGN(const auto loader, fold->fold->loader());
                 SLIP_ASSIGN(const Manifest manifest,
                             load_artifact(posix_file_system(), directory, *loader));
                 fill_struct(summary_of(manifest), out_summary);
                 return Status();
               });
}
