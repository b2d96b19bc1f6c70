// From options to settings.
#include "support/expect.h"

#include "watch/watch.h"

using slip::Options;
using slip::StopAt;
using slip::WatchSettings;

namespace {

WatchSettings settings_of(const Options& options, bool replay_default = true) {
  auto settings = slip::watch_settings(options, replay_default);
  EXPECT_OK(settings);
  return settings.take();
}

void the_defaults(void**) {
  const WatchSettings settings = settings_of(Options(SLIP_OPTIONS_WATCH));
  assert_int_equal(settings.bounds.updates_max, 10000);
  assert_int_equal(settings.bounds.bytes_max, 8 << 20);
  assert_true(settings.close_on_idle);
  assert_int_equal(settings.window_ms, 1000);
  assert_true(settings.stop_at == StopAt::never);
  assert_false(settings.start_identity.bound());
  assert_true(settings.scope.whole());
  assert_int_equal(settings.credit_updates, 20000);
  assert_int_equal(settings.credit_bytes, 32 << 20);
  assert_int_equal(settings.idle_heartbeat_ms, 5000);
  assert_int_equal(settings.commit_failures_max, 16);
  assert_int_equal(settings.commit_retry_ms, 30000);
}

void replay_has_a_default_of_each_form(void**) {
  Options options(SLIP_OPTIONS_WATCH);
  assert_true(settings_of(options, true).replay_fold);
  assert_false(settings_of(options, false).replay_fold);
  EXPECT_OK(options.set_string("replay", "none"));
  assert_false(settings_of(options, true).replay_fold);
  EXPECT_OK(options.set_string("replay", "fold"));
  assert_true(settings_of(options, false).replay_fold);
}

void two_batches_may_always_be_on_their_way(void**) {
  Options options(SLIP_OPTIONS_WATCH);
  EXPECT_OK(options.set_u64("batch_updates_max", 50000));
  EXPECT_OK(options.set_u64("receive_updates_max", 10));
  EXPECT_OK(options.set_u64("batch_bytes_max", 64u << 20));
  assert_int_equal(settings_of(options).credit_updates, 100000);
  assert_int_equal(settings_of(options).credit_bytes, 128u << 20);
  EXPECT_OK(options.set_u64("receive_updates_max", 300000));
  EXPECT_OK(options.set_u64("receive_bytes_max", 256u << 20));
  assert_int_equal(settings_of(options).credit_updates, 300000);
  assert_int_equal(settings_of(options).credit_bytes, 256u << 20);
}

void where_it_stops(void**) {
  Options options(SLIP_OPTIONS_WATCH);
  EXPECT_OK(options.set_string("stop_at", "caught_up"));
  assert_true(settings_of(options).stop_at == StopAt::caught_up);
  EXPECT_OK(options.set_string("stop_at", "revision"));
  EXPECT_FAILED(slip::watch_settings(options, true), SLIP_INVALID, "\"stop_revision\" is not set");
  EXPECT_OK(options.set_u64("stop_revision", 12));
  assert_true(settings_of(options).stop_at == StopAt::revision);
  assert_int_equal(settings_of(options).stop_revision, 12);
}

void a_window(void**) {
  Options options(SLIP_OPTIONS_WATCH);
  EXPECT_OK(options.set_string("batch_close", "window"));
  EXPECT_OK(options.set_u64("window_ms", 3600000));
  assert_false(settings_of(options).close_on_idle);
  assert_int_equal(settings_of(options).window_ms, 3600000);
}

void a_cursor_is_read(void**) {
  Options options(SLIP_OPTIONS_WATCH);
  EXPECT_OK(options.set_string("cursor", "slip1:routes:7:12"));
  const WatchSettings settings = settings_of(options);
  EXPECT_TEXT(settings.start_identity.bucket, "routes");
  assert_int_equal(settings.start_identity.epoch, 7);
  assert_int_equal(settings.start_revision, 12);
}

void a_cursor_that_is_none_is_refused(void**) {
  const struct {
    const char* text;
    slip_status status;
    const char* part;
  } cases[] = {
      {"routes:7:12", SLIP_INVALID, "option \"cursor\""},
      {"slip1:routes:7:18446744073709551615", SLIP_INVALID, "option \"cursor\""},
      {"slip2:routes:7:12", SLIP_NEWER_FORMAT, "option \"cursor\""},
  };
  for (const auto& one : cases) {
    Options options(SLIP_OPTIONS_WATCH);
    EXPECT_OK(options.set_string("cursor", one.text));
    EXPECT_FAILED(slip::watch_settings(options, true), one.status, one.part);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_defaults),
      cmocka_unit_test(replay_has_a_default_of_each_form),
      cmocka_unit_test(two_batches_may_always_be_on_their_way),
      cmocka_unit_test(where_it_stops),
      cmocka_unit_test(a_window),
      cmocka_unit_test(a_cursor_is_read),
      cmocka_unit_test(a_cursor_that_is_none_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
