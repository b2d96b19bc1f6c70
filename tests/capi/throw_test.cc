// Callbacks of a C++ caller that throw: nothing crosses the border, every item goes somewhere, the
// watch ends with SLIP_CALLBACK_FAILED.
#include <atomic>
#include <cstring>
#include <stdexcept>
#include <string>

extern "C" {
#include "capi/check.h"
}

namespace {

enum class Thrower { nobody, parse, apply, on_applied, discard, on_end, destroy };

struct Caller {
  Thrower thrower = Thrower::nobody;
  bool as_exception = true;
  std::atomic<int> live{0};
  std::atomic<int> destroyed{0};
  int parsed = 0;

  void enter(Thrower where) const {
    if (thrower != where) return;
    if (as_exception) throw std::runtime_error("table burnt");
    throw 42;
  }
};

Caller& caller(void* user) { return *static_cast<Caller*>(user); }

void* parse(void* user, const slip_update*) {
  // The third of a batch: those before it have items.
  if (++caller(user).parsed == 3) caller(user).enter(Thrower::parse);
  ++caller(user).live;
  return user;
}

slip_status apply(void* user, const slip_item*, size_t count, char*, size_t) {
  caller(user).live -= static_cast<int>(count);
  caller(user).enter(Thrower::apply);
  return SLIP_OK;
}

void on_applied(void* user, const slip_cursor*, size_t) { caller(user).enter(Thrower::on_applied); }

void discard(void* user, void*) {
  --caller(user).live;
  caller(user).enter(Thrower::discard);
}

void on_end(void* user, slip_status, const char*, const slip_cursor*) {
  caller(user).enter(Thrower::on_end);
}

void destroy(void* user) {
  ++caller(user).destroyed;
  caller(user).enter(Thrower::destroy);
}

slip_watch* start(world* w, Caller* user, const char* option, const char* value) {
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = user;
  callbacks.parse = parse;
  callbacks.apply = apply;
  callbacks.on_applied = on_applied;
  callbacks.discard = discard;
  callbacks.on_end = on_end;
  callbacks.destroy = destroy;
  slip_watch* watch = nullptr;
  slip_options* options = options_with(SLIP_OPTIONS_WATCH, option, value);
  assert_ok(slip_watch_start(w->bucket, w->fold, options, &callbacks, &watch, &error));
  slip_options_free(options);
  return watch;
}

// The watch ends with CALLBACK_FAILED and names the callback and what it threw.
void ends_the_watch(Thrower thrower, bool as_exception, const char* name, uint64_t committed) {
  world w = world_open();
  Caller user;
  user.thrower = thrower;
  user.as_exception = as_exception;
  put_many(w.bucket, "k", 5);
  slip_watch* watch = start(&w, &user, "batch_updates_max", "5");
  if (thrower == Thrower::on_applied) {  // it is told by the next batch
    assert_ok(slip_watch_wait_revision(watch, 5, 10000, &error));
    put_many(w.bucket, "more", 5);
  }
  assert_fails(slip_watch_wait_revision(watch, 6, 10000, &error), SLIP_CALLBACK_FAILED, name);
  assert_fails(slip_watch_close(watch, nullptr, &error), SLIP_CALLBACK_FAILED,
               as_exception ? "table burnt" : "no std::exception");
  slip_watch_free(watch);
  assert_int_equal(user.destroyed, 1);
  assert_int_equal(user.live, 0);
  assert_int_equal(fold_revision(w.fold), committed);
  world_close(&w);
}

void parse_apply_and_on_applied_end_the_watch(void**) {
  for (const bool as_exception : {true, false}) {
    ends_the_watch(Thrower::parse, as_exception, "parse threw", 0);
    ends_the_watch(Thrower::apply, as_exception, "apply threw", 0);
    ends_the_watch(Thrower::on_applied, as_exception, "on_applied threw", 5);
  }
}

void those_that_end_something_are_only_logged(void**) {
  for (const Thrower thrower : {Thrower::discard, Thrower::on_end, Thrower::destroy}) {
    world w = world_open();
    Caller user;
    user.thrower = thrower;
    slip_watch* watch = start(&w, &user, "batch_close", "window");
    put_many(w.bucket, "k", 2);
    (void)slip_watch_cancel(watch);
    assert_fails(slip_watch_close(watch, nullptr, &error), SLIP_CANCELLED, "cancelled");
    slip_watch_free(watch);
    assert_int_equal(user.destroyed, 1);
    assert_int_equal(user.live, 0);
    world_close(&w);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(parse_apply_and_on_applied_end_the_watch),
      cmocka_unit_test(those_that_end_something_are_only_logged),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
