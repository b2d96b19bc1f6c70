/* Sizes and offsets of every public struct, as published (64-bit). A row is never changed; new ones
 * are added behind. */
#include "slipstream.h"
#include "support/support.h"
/* After support.h, which brings what it needs. */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define SIZE(type, bytes) \
  { #type, "", sizeof(type), bytes }
#define FIELD(type, member, at) \
  { #type, #member, offsetof(type, member), at }

static const struct {
  const char* type;
  const char* member;
  size_t is;
  size_t published;
} rows[] = {
    SIZE(slip_status_row, 24),
    FIELD(slip_status_row, status, 0),
    FIELD(slip_status_row, retriable, 4),
    FIELD(slip_status_row, name, 8),
    FIELD(slip_status_row, text, 16),
    SIZE(slip_bytes, 16),
    FIELD(slip_bytes, data, 0),
    FIELD(slip_bytes, size, 8),
    SIZE(slip_update, 80),
    FIELD(slip_update, key, 0),
    FIELD(slip_update, value, 16),
    FIELD(slip_update, revision, 32),
    FIELD(slip_update, timestamp_ns, 40),
    FIELD(slip_update, ttl_ns, 48),
    FIELD(slip_update, operation, 56),
    FIELD(slip_update, flags, 60),
    FIELD(slip_update, reserved, 64),
    SIZE(slip_cursor, 16),
    FIELD(slip_cursor, epoch, 0),
    FIELD(slip_cursor, revision, 8),
    SIZE(slip_connection_state, 32),
    FIELD(slip_connection_state, struct_size, 0),
    FIELD(slip_connection_state, state, 4),
    FIELD(slip_connection_state, reconnects, 8),
    FIELD(slip_connection_state, max_payload_bytes, 16),
    FIELD(slip_connection_state, round_trip_ns, 24),
    SIZE(slip_bucket_state, 120),
    FIELD(slip_bucket_state, struct_size, 0),
    FIELD(slip_bucket_state, history, 4),
    FIELD(slip_bucket_state, epoch, 8),
    FIELD(slip_bucket_state, first_revision, 16),
    FIELD(slip_bucket_state, last_revision, 24),
    FIELD(slip_bucket_state, messages, 32),
    FIELD(slip_bucket_state, subjects, 40),
    FIELD(slip_bucket_state, size_bytes, 48),
    FIELD(slip_bucket_state, server_time_ns, 56),
    FIELD(slip_bucket_state, max_age_ns, 64),
    FIELD(slip_bucket_state, max_bytes, 72),
    FIELD(slip_bucket_state, max_value_size, 80),
    FIELD(slip_bucket_state, marker_ttl_ns, 88),
    FIELD(slip_bucket_state, replicas, 96),
    FIELD(slip_bucket_state, storage, 100),
    FIELD(slip_bucket_state, discard, 104),
    FIELD(slip_bucket_state, per_message_ttl, 108),
    FIELD(slip_bucket_state, max_messages, 112),
    SIZE(slip_feed_request, 56),
    FIELD(slip_feed_request, struct_size, 0),
    FIELD(slip_feed_request, from_state, 4),
    FIELD(slip_feed_request, from_revision, 8),
    FIELD(slip_feed_request, prefixes, 16),
    FIELD(slip_feed_request, prefix_count, 24),
    FIELD(slip_feed_request, credit_updates, 32),
    FIELD(slip_feed_request, credit_bytes, 40),
    FIELD(slip_feed_request, idle_heartbeat_ms, 48),
    SIZE(slip_bucket_functions, 96),
    FIELD(slip_bucket_functions, struct_size, 0),
    FIELD(slip_bucket_functions, capabilities, 4),
    FIELD(slip_bucket_functions, user, 8),
    FIELD(slip_bucket_functions, info, 16),
    FIELD(slip_bucket_functions, get, 24),
    FIELD(slip_bucket_functions, at_revision, 32),
    FIELD(slip_bucket_functions, list_open, 40),
    FIELD(slip_bucket_functions, list_next, 48),
    FIELD(slip_bucket_functions, list_close, 56),
    FIELD(slip_bucket_functions, watch, 64),
    FIELD(slip_bucket_functions, credit, 72),
    FIELD(slip_bucket_functions, stop, 80),
    FIELD(slip_bucket_functions, destroy, 88),
    SIZE(slip_write, 80),
    FIELD(slip_write, key, 0),
    FIELD(slip_write, value, 16),
    FIELD(slip_write, expected_revision, 32),
    FIELD(slip_write, ttl_ns, 40),
    FIELD(slip_write, operation, 48),
    FIELD(slip_write, flags, 52),
    FIELD(slip_write, reserved, 56),
    SIZE(slip_write_result, 16),
    FIELD(slip_write_result, revision, 0),
    FIELD(slip_write_result, status, 8),
    FIELD(slip_write_result, reserved, 12),
    SIZE(slip_item, 16),
    FIELD(slip_item, update, 0),
    FIELD(slip_item, item, 8),
    SIZE(slip_watch_callbacks, 64),
    FIELD(slip_watch_callbacks, struct_size, 0),
    FIELD(slip_watch_callbacks, reserved, 4),
    FIELD(slip_watch_callbacks, user, 8),
    FIELD(slip_watch_callbacks, parse, 16),
    FIELD(slip_watch_callbacks, apply, 24),
    FIELD(slip_watch_callbacks, on_applied, 32),
    FIELD(slip_watch_callbacks, discard, 40),
    FIELD(slip_watch_callbacks, on_end, 48),
    FIELD(slip_watch_callbacks, destroy, 56),
    SIZE(slip_watch_state, 240),
    FIELD(slip_watch_state, struct_size, 0),
    FIELD(slip_watch_state, state, 4),
    FIELD(slip_watch_state, cursor, 8),
    FIELD(slip_watch_state, end_status, 24),
    FIELD(slip_watch_state, commit_failures, 28),
    FIELD(slip_watch_state, ready, 32),
    FIELD(slip_watch_state, auditable, 36),
    FIELD(slip_watch_state, target_revision, 40),
    FIELD(slip_watch_state, server_last_revision, 48),
    FIELD(slip_watch_state, lag_revisions, 56),
    FIELD(slip_watch_state, lag_ns, 64),
    FIELD(slip_watch_state, received, 72),
    FIELD(slip_watch_state, applied, 80),
    FIELD(slip_watch_state, rejected, 88),
    FIELD(slip_watch_state, replayed, 96),
    FIELD(slip_watch_state, batches, 104),
    FIELD(slip_watch_state, last_batch_updates, 112),
    FIELD(slip_watch_state, largest_batch_updates, 120),
    FIELD(slip_watch_state, largest_batch_bytes, 128),
    FIELD(slip_watch_state, reconnects, 136),
    FIELD(slip_watch_state, restarts, 144),
    FIELD(slip_watch_state, gaps, 152),
    FIELD(slip_watch_state, audits, 160),
    FIELD(slip_watch_state, audit_mismatches, 168),
    FIELD(slip_watch_state, resyncs, 176),
    FIELD(slip_watch_state, sweeps, 184),
    FIELD(slip_watch_state, rebuilds, 192),
    FIELD(slip_watch_state, last_update_ns, 200),
    FIELD(slip_watch_state, last_contact_ns, 208),
    FIELD(slip_watch_state, last_current_ns, 216),
    FIELD(slip_watch_state, contact_age_ns, 224),
    FIELD(slip_watch_state, last_event, 232),
    FIELD(slip_watch_state, reserved, 236),
    SIZE(slip_watch_event, 40),
    FIELD(slip_watch_event, event, 0),
    FIELD(slip_watch_event, reserved, 4),
    FIELD(slip_watch_event, count, 8),
    FIELD(slip_watch_event, last_revision, 16),
    FIELD(slip_watch_event, last_ns, 24),
    FIELD(slip_watch_event, name, 32),
    SIZE(slip_fold_state, 88),
    FIELD(slip_fold_state, struct_size, 0),
    FIELD(slip_fold_state, format, 4),
    FIELD(slip_fold_state, entries, 8),
    FIELD(slip_fold_state, tombstones, 16),
    FIELD(slip_fold_state, payload_bytes, 24),
    FIELD(slip_fold_state, file_bytes, 32),
    FIELD(slip_fold_state, free_bytes, 40),
    FIELD(slip_fold_state, commits, 48),
    FIELD(slip_fold_state, snapshots, 56),
    FIELD(slip_fold_state, cursor, 64),
    FIELD(slip_fold_state, loading, 80),
    FIELD(slip_fold_state, read_only, 84),
    SIZE(slip_compaction, 48),
    FIELD(slip_compaction, struct_size, 0),
    FIELD(slip_compaction, outcome, 4),
    FIELD(slip_compaction, bytes_before, 8),
    FIELD(slip_compaction, bytes_after, 16),
    FIELD(slip_compaction, segments_before, 24),
    FIELD(slip_compaction, segments_after, 32),
    FIELD(slip_compaction, status, 40),
    FIELD(slip_compaction, reserved, 44),
    SIZE(slip_revision_range, 16),
    FIELD(slip_revision_range, from, 0),
    FIELD(slip_revision_range, to, 8),
    SIZE(slip_range, 56),
    FIELD(slip_range, struct_size, 0),
    FIELD(slip_range, reverse, 4),
    FIELD(slip_range, prefix, 8),
    FIELD(slip_range, from, 24),
    FIELD(slip_range, limit, 40),
    FIELD(slip_range, tombstones, 48),
    FIELD(slip_range, reserved, 52),
    SIZE(slip_artifact_summary, 264),
    FIELD(slip_artifact_summary, struct_size, 0),
    FIELD(slip_artifact_summary, schema, 4),
    FIELD(slip_artifact_summary, cursor, 8),
    FIELD(slip_artifact_summary, entries, 24),
    FIELD(slip_artifact_summary, tombstones, 32),
    FIELD(slip_artifact_summary, files, 40),
    FIELD(slip_artifact_summary, stored_bytes, 48),
    FIELD(slip_artifact_summary, logical_bytes, 56),
    FIELD(slip_artifact_summary, logical_digest, 64),
    FIELD(slip_artifact_summary, bucket, 129),
    FIELD(slip_artifact_summary, reserved, 258),
    SIZE(slip_published, 112),
    FIELD(slip_published, struct_size, 0),
    FIELD(slip_published, attempts, 4),
    FIELD(slip_published, generation, 8),
    FIELD(slip_published, cursor, 16),
    FIELD(slip_published, bytes, 32),
    FIELD(slip_published, manifest_sha256, 40),
    FIELD(slip_published, reserved, 105),
    SIZE(slip_fold_changes, 56),
    FIELD(slip_fold_changes, struct_size, 0),
    FIELD(slip_fold_changes, reserved, 4),
    FIELD(slip_fold_changes, puts, 8),
    FIELD(slip_fold_changes, put_count, 16),
    FIELD(slip_fold_changes, removals, 24),
    FIELD(slip_fold_changes, removal_count, 32),
    FIELD(slip_fold_changes, meta, 40),
    SIZE(slip_fold_functions, 104),
    FIELD(slip_fold_functions, struct_size, 0),
    FIELD(slip_fold_functions, reserved, 4),
    FIELD(slip_fold_functions, user, 8),
    FIELD(slip_fold_functions, snapshot_open, 16),
    FIELD(slip_fold_functions, snapshot_close, 24),
    FIELD(slip_fold_functions, get, 32),
    FIELD(slip_fold_functions, scan_open, 40),
    FIELD(slip_fold_functions, scan_next, 48),
    FIELD(slip_fold_functions, scan_close, 56),
    FIELD(slip_fold_functions, commit, 64),
    FIELD(slip_fold_functions, sync, 72),
    FIELD(slip_fold_functions, check, 80),
    FIELD(slip_fold_functions, close, 88),
    FIELD(slip_fold_functions, destroy, 96),
};

static void layouts_are_the_published_ones(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i)
    if (rows[i].is != rows[i].published)
      fail_msg("%s %s: %zu, published as %zu", rows[i].type, rows[i].member, rows[i].is,
               rows[i].published);
}

/* Array elements: a binding in another language computes with these. */
static void array_elements_are_frozen(void** state) {
  (void)state;
  assert_int_equal(sizeof(slip_bytes), 16);
  assert_int_equal(sizeof(slip_cursor), 16);
  assert_int_equal(sizeof(slip_update), 80);
  assert_int_equal(sizeof(slip_item), 16);
  assert_int_equal(sizeof(slip_write), 80);
  assert_int_equal(sizeof(slip_write_result), 16);
  assert_int_equal(sizeof(slip_watch_event), 40);
  assert_int_equal(sizeof(slip_revision_range), 16);
}

/* A struct without a row would be free to change. */
static void every_struct_has_rows(void** state) {
  (void)state;
  char* header = test_read_file(SLIP_HEADER_DIR "/slipstream.h", NULL);
  strip_comments(header);
  size_t structs = 0;
  for (char* at = header; (at = strstr(at, "typedef struct ")) != NULL; ++at) {
    at += strlen("typedef struct ");
    const size_t size = strcspn(at, " ;{");
    if (at[size] != ' ' || at[size + 1] != '{') continue; /* incomplete: a handle */
    ++structs;
    int found = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i)
      found |= strlen(rows[i].type) == size && strncmp(rows[i].type, at, size) == 0;
    if (!found) fail_msg("no rows for %.*s", (int)size, at);
  }
  assert_true(structs >= 14);
}

#define ASSERT_INIT(type, init)                      \
  do {                                               \
    const type value = init;                         \
    type zero;                                       \
    memset(&zero, 0, sizeof zero);                   \
    zero.struct_size = (uint32_t)sizeof zero;        \
    assert_memory_equal(&value, &zero, sizeof zero); \
  } while (0)

static void init_macros_set_the_size_and_nothing_else(void** state) {
  (void)state;
  ASSERT_INIT(slip_connection_state, SLIP_CONNECTION_STATE_INIT);
  ASSERT_INIT(slip_bucket_state, SLIP_BUCKET_STATE_INIT);
  ASSERT_INIT(slip_bucket_functions, SLIP_BUCKET_FUNCTIONS_INIT);
  ASSERT_INIT(slip_watch_callbacks, SLIP_WATCH_CALLBACKS_INIT);
  ASSERT_INIT(slip_watch_state, SLIP_WATCH_STATE_INIT);
  ASSERT_INIT(slip_fold_state, SLIP_FOLD_STATE_INIT);
  ASSERT_INIT(slip_compaction, SLIP_COMPACTION_INIT);
  ASSERT_INIT(slip_range, SLIP_RANGE_INIT);
  ASSERT_INIT(slip_artifact_summary, SLIP_ARTIFACT_SUMMARY_INIT);
  ASSERT_INIT(slip_published, SLIP_PUBLISHED_INIT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layouts_are_the_published_ones),
      cmocka_unit_test(array_elements_are_frozen),
      cmocka_unit_test(every_struct_has_rows),
      cmocka_unit_test(init_macros_set_the_size_and_nothing_else),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
