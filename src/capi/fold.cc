// Section FOLD.
#include <memory>
#include <string>
#include <utility>

#include "base/limits.h"
#include "capi/error.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/options.h"

using namespace slip;
using namespace slip::capi;

namespace {

Status check_update(const slip_update& update) {
  if (update.operation < SLIP_PUT || update.operation > SLIP_PURGE)
    return Status(SLIP_INVALID, "operation " + std::to_string(update.operation) +
                                    " is none of SLIP_PUT, SLIP_DELETE, SLIP_PURGE");
  if (update.key.data == nullptr || update.key.size == 0)
    return Status(SLIP_INVALID, "the key is empty");
  if (update.key.size > kFoldKeyBytesMax)
    return Status(SLIP_TOO_LARGE, "the key has " + std::to_string(update.key.size) +
                                      " bytes, a fold takes " + std::to_string(kFoldKeyBytesMax));
  if (update.value.data == nullptr && update.value.size > 0)
    return Status(SLIP_INVALID, "value.data is NULL and value.size is not 0");
  return Status();
}

Status check_updates(const slip_update* updates, size_t count) {
  for (size_t at = 0; at < count; ++at) {
    const Status status = check_update(updates[at]);
    if (!status.ok())
      return status.with_context("cannot apply to the fold: update " + std::to_string(at));
  }
  return Status();
}

Status check_position(const char* bucket, slip_cursor cursor) {
  // The text form of a cursor has the same rules for names, epochs and revisions.
  SLIP_TRY(format_cursor(bucket, cursor).status().with_context("cannot apply to the fold"));
  if (cursor.epoch == 0)
    return Status(SLIP_INVALID,
                  "cannot apply to the fold: the cursor's epoch is 0, which stands "
                  "for a fold that has followed nothing yet");
  return Status();
}

slip_fold_state fold_state(const FoldMeta& meta, const FoldStats& stats) {
  slip_fold_state state = SLIP_FOLD_STATE_INIT;
  state.format = stats.format;
  state.entries = meta.entries;
  state.tombstones = meta.tombstones;
  state.payload_bytes = meta.payload_bytes;
  state.file_bytes = stats.file_bytes;
  state.free_bytes = stats.free_bytes;
  state.commits = stats.commits;
  state.snapshots = stats.snapshots;
  state.cursor = meta.cursor();
  state.loading = meta.loading ? 1 : 0;
  state.read_only = stats.read_only ? 1 : 0;
  return state;
}

}  // namespace

slip_status slip_fold_open(const char* url, const slip_options* options, slip_fold** out_fold,
                           slip_error** error) {
  return guard(__func__, error,
               {given(url, "url"), maybe_handle(options, "options"), output(out_fold, "out_fold")},
               [&]() -> Status {
                 SLIP_ASSIGN(const Options settings, options_of(options, SLIP_OPTIONS_FOLD));
                 SLIP_ASSIGN(auto fold, open_fold(url, settings));
                 *out_fold = std::make_unique<slip_fold>(std::move(fold)).release();
                 return Status();
               });
}

slip_status slip_fold_apply(slip_fold* fold, const char* bucket, const slip_update* updates,
                            size_t count, slip_cursor cursor, slip_error** error) {
  return guard(__func__, error,
               {handle(fold, "fold"), given(bucket, "bucket"), bytes(updates, count, "updates")},
               [&]() -> Status {
                 SLIP_TRY(check_position(bucket, cursor));
                 SLIP_TRY(check_updates(updates, count));
                 SLIP_ASSIGN(auto writer, fold->fold->writer());
                 SLIP_ASSIGN(const FoldMeta meta, fold->fold->meta());
                 Commit commit;
                 commit.identity = Identity{bucket, cursor.epoch};
                 if (meta.identity.bound()) commit.scope = meta.scope;
                 commit.revision = cursor.revision;
                 return writer->apply(updates, count, commit);
               });
}

slip_status slip_fold_get(slip_fold* fold, const void* key, size_t key_size, slip_entry** out_entry,
                          slip_error** error) {
  return guard(__func__, error,
               {handle(fold, "fold"), bytes(key, key_size, "key"), output(out_entry, "out_entry")},
               [&]() -> Status {
                 SLIP_ASSIGN(auto snapshot, fold->fold->snapshot());
                 Update update{};
                 SLIP_TRY(snapshot->get(Bytes(static_cast<const char*>(key), key_size), &update));
                 *out_entry = make_entry(Entry(update)).release();
                 return Status();
               });
}

slip_status slip_fold_cursor(slip_fold* fold, slip_cursor* out_cursor, slip_text** out_bucket,
                             slip_error** error) {
  return guard(__func__, error,
               {handle(fold, "fold"), output(out_cursor, "out_cursor"),
                maybe_output(out_bucket, "out_bucket")},
               [&]() -> Status {
                 SLIP_ASSIGN(FoldMeta meta, fold->fold->meta());
                 *out_cursor = meta.cursor();
                 if (out_bucket == nullptr) return Status();
                 *out_bucket = make_text(std::move(meta.identity.bucket)).release();
                 return Status();
               });
}

slip_status slip_fold_stats(slip_fold* fold, slip_fold_state* out_state, slip_error** error) {
  return guard(__func__, error, {handle(fold, "fold"), output_struct(out_state, "out_state")},
               [&]() -> Status {
                 SLIP_ASSIGN(const FoldMeta meta, fold->fold->meta());
                 SLIP_ASSIGN(const FoldStats stats, fold->fold->stats());
                 fill_struct(fold_state(meta, stats), out_state);
                 return Status();
               });
}

slip_status slip_fold_check(slip_fold* fold, uint64_t* out_checked, slip_error** error) {
  return guard(__func__, error, {handle(fold, "fold"), maybe_output(out_checked, "out_checked")},
               [&]() -> Status {
                 SLIP_ASSIGN(const uint64_t checked, fold->fold->check());
                 if (out_checked != nullptr) *out_checked = checked;
                 return Status();
               });
}

slip_status slip_fold_sync(slip_fold* fold, slip_error** error) {
  return guard(__func__, error, {handle(fold, "fold")}, [&] { return fold->fold->sync(); });
}

slip_status slip_fold_close(slip_fold* fold, slip_error** error) {
  return guard(__func__, error, {handle_even_closed(fold, "fold")}, [&]() -> Status {
    SLIP_TRY(fold->fold->close());
    fold->set_closed();
    return Status();
  });
}

void slip_fold_free(slip_fold* fold) { release(fold); }
