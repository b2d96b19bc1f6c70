// Watches of a part of a bucket: what comes, how much the server sends for it, and how far a quiet
// one gets.
//   scope_test current|old
#include <atomic>
#include <thread>
#include <vector>

#include "base/guard.h"
#include "live/raw.h"

using namespace slip;  // NOLINT: the tests speak of nothing else
using kv_test::Follower;
using live::Raw;
using live::Server;

namespace {

struct Stage {
  Stage() : connection(live::connect(server.url())), bucket(live::create(*connection, "b")) {}
  Server server;
  Raw raw{server};
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Bucket> bucket;
};

struct Written {
  std::string key;
  std::string shown;
};

// In the order of revisions; the test's own record. Other clients write keys that we refuse to.
std::vector<Written> write_all(Stage* stage) {
  std::vector<Written> all;
  const char* const keys[] = {
      "routes.eu.1",
      "routes.eu-west",
      "routes.us.1",
      "routes",
      "route.x",
      "routes.eu.1.a",
      "other.1",
      "routes.e",
      "routes.eu",
      "zone.a.1",
      "zone.a-b.1",
      "zone.b.1",
      "routes.eu.{|}",
      "routes.eu.gr\xc3\xbc\xc3\x9f",
      "routes.eu.\xff\xfe",
      "a\x01"
      "b.c",
      "zone.a.2",
      "ROUTES.EU.1",
  };
  for (const char* key : keys) {
    const std::string value = "v" + std::to_string(all.size() + 1);
    stage->raw.publish("$KV.b." + std::string(key), value);
    all.push_back(
        Written{key, std::string(key) + "=" + value + "@" + std::to_string(all.size() + 1)});
  }
  stage->raw.flush();
  live::await("everything to be stored",
              [&] { return stage->bucket->info().value().last_revision == all.size(); });
  return all;
}

struct Case {
  std::vector<std::string> prefixes;
  size_t filters;  // on a current server
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {{}, 0},
      {{""}, 0},
      {{"routes.eu."}, 1},
      {{"routes.eu"}, 1},
      {{"routes."}, 1},
      {{"routes"}, 0},
      {{"zone.a.", "routes.eu."}, 2},
      {{"zone.a", "routes.eu"}, 2},
      {{"zone.a.", "zone.a-b.", "zone.b."}, 3},
      {{"routes.", "routes.eu.", "routes.", "routes.eu.1"}, 1},
      {{"routes.eu.1", "routes.us.1"}, 2},
      {{"routes.eu.1.", "other.", "routes.e"}, 2},
      {{"a\x01"}, 0},
      {{"a\x01"
        "b.",
        "zone."},
       0},
      {{"routes.eu.\xff", "other"}, 0},
      {{"routes.eu.gr\xc3\xbc"}, 1},
      {{"nothing.", "nowhere."}, 2},
      {{"", "routes."}, 0},
  };
  return all;
}

bool begins_with_one(const std::string& key, const std::vector<std::string>& prefixes) {
  if (prefixes.empty()) return true;
  for (const std::string& prefix : prefixes) {
    if (key.compare(0, prefix.size(), prefix) == 0) return true;
  }
  return false;
}

// What the server sent, and by how many filters it chose.
void check_server_side(Stage* stage, const Case& one, const std::vector<Written>& all,
                       uint64_t from) {
  const JsonDocument info = stage->raw.consumer_info("b");
  const JsonValue config = info.root().get("config");
  const size_t filters =
      config.get("filter_subjects").size() + (config.get("filter_subject").present() ? 1 : 0);
  const bool honoured = one.filters <= 1 || !live::old_server();
  assert_int_equal(filters, honoured ? one.filters : 0);
  const uint64_t sent = *info.root().get("delivered").get("consumer_seq").as_u64();
  if (filters == 0) assert_int_equal(sent, all.size() - from + 1);
  if (filters > 0) assert_true(sent <= all.size() - from + 1);
}

void scopes_of_every_kind(void**) {
  Stage stage;
  const std::vector<Written> all = write_all(&stage);
  for (const Case& one : cases()) {
    for (const uint64_t from : {uint64_t{1}, uint64_t{6}, uint64_t{all.size()}}) {
      std::string expected;
      for (size_t i = from - 1; i < all.size(); ++i) {
        if (!begins_with_one(all[i].key, one.prefixes)) continue;
        expected += (expected.empty() ? "" : " ") + all[i].shown;
      }
      Follower follower;
      follower.request.scope = Scope::of(one.prefixes);
      assert_true(follower.start(*stage.bucket, from));
      assert_int_equal(follower.watcher->target_revision(), all.size());
      assert_true(follower.follow_to(all.size()));
      assert_text(follower.text(), expected);
      check_server_side(&stage, one, all, from);
    }
    live::await("no consumer to be left", [&] { return stage.server.consumers("b") == 0; });
  }
}

// A watch that goes on live, and one that goes on from where another stopped.
void a_scope_goes_on(void**) {
  Stage stage;
  const std::vector<std::string> prefixes = {"zone.a", "routes.eu."};
  std::string expected;
  uint64_t revision = 0;
  Follower follower;
  follower.request.scope = Scope::of(prefixes);
  for (int round = 0; round < 5; ++round) {
    assert_true(follower.start(*stage.bucket, follower.position + 1));
    for (int i = 0; i < 20; ++i) {
      const char* const keys[] = {"zone.a", "zone.b.1", "routes.eu.1", "other", "zone.a-b.2"};
      const std::string key = keys[test_random() % 5] + std::to_string(round * 20 + i);
      revision = live::put(*stage.bucket, key, "v");
      if (!begins_with_one(key, prefixes)) continue;
      expected += (expected.empty() ? "" : " ") + key + "=v@" + std::to_string(revision);
    }
    const uint64_t last = live::put(*stage.bucket, "routes.eu.last", std::to_string(round));
    expected += (expected.empty() ? "" : " ") + ("routes.eu.last=" + std::to_string(round)) + "@" +
                std::to_string(last);
    assert_true(follower.follow_to(last));
  }
  assert_text(follower.text(), expected);
}

// What is dropped costs no credit: a thousand times more than there is.
void foreign_updates_cost_no_credit(void**) {
  Stage stage;
  for (int i = 0; i < 1000; ++i) stage.raw.publish("$KV.b.xa." + std::to_string(i), "foreign");
  stage.raw.flush();
  const uint64_t last = live::put(*stage.bucket, "xb", "mine");
  Follower follower;
  follower.request.scope = Scope::of({"xb"});
  follower.request.credit_updates = 3;
  follower.request.credit_bytes = 1000;
  follower.gives_credit = false;
  assert_true(follower.start(*stage.bucket, 1));
  assert_true(follower.follow_to(last));
  assert_text(follower.text(), "xb=mine@" + std::to_string(last));
}

// Writes foreign keys all the time until it is destroyed, so that no heartbeat has a chance.
class ForeignTraffic {
 public:
  explicit ForeignTraffic(Bucket& bucket) : thread_([this, &bucket] { run(bucket); }) {}
  ~ForeignTraffic() {
    stop_ = true;
    thread_.join();
  }
  uint64_t revision() const { return revision_; }

 private:
  void run(Bucket& bucket) {
    while (!stop_) {
      const Result<uint64_t> revision = bucket_put(bucket, "other.1", "v");
      if (revision.ok()) revision_ = revision.value();
    }
  }
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> revision_{0};
  std::thread thread_;
};

void step_for(Follower* follower, int64_t ms) {
  for (const Deadline end = deadline_after_ms(ms); Steady::now() < end;) {
    follower->step(deadline_after_ms(20));
    follower->watcher->tick();
  }
}

// The scope is at the end of the stream at last even though none of it is in scope.
void a_quiet_scope_advances_under_foreign_traffic(void**) {
  for (const std::vector<std::string>& prefixes :
       {std::vector<std::string>{"quiet"}, std::vector<std::string>{"quiet.a.", "quiet.b."}}) {
    Stage stage;
    const ForeignTraffic traffic(*stage.bucket);
    live::await("traffic", [&] { return traffic.revision() > 100; });
    Follower follower;
    follower.request.scope = Scope::of(prefixes);
    follower.request.idle_heartbeat_ms = 500;
    assert_true(follower.start(*stage.bucket, 1));
    assert_true(follower.follow_to(follower.watcher->target_revision()));
    for (int round = 0; round < 3; ++round) {
      const uint64_t now = traffic.revision();
      const int64_t before = test_now_ms();
      assert_true(follower.follow_to(now));
      assert_true(test_now_ms() - before < 5000);
    }
    step_for(&follower, 1300);  // nobody takes it for silence
    assert_ok(follower.reason);
    assert_text(follower.text(), "");
    assert_text(follower.trouble, "");
    const uint64_t mine = live::put(*stage.bucket, "quiet.a.1", "v");
    assert_true(follower.follow_to(mine));
    assert_text(follower.text(), "quiet.a.1=v@" + std::to_string(mine));
  }
}

#ifdef SLIP_TEST_GUARDS
void guard_dropped_word(void**) {
  Stage stage;
  const ForeignTraffic traffic(*stage.bucket);
  Follower follower;
  follower.request.scope = Scope::of({"quiet"});
  assert_true(follower.start(*stage.bucket, 1));
  step_for(&follower, 2600);  // the heartbeats of the beginning are over, the next is after 5 s
  guard_switch("dropped_word", false);
  step_for(&follower, 100);
  const uint64_t stuck = follower.position;
  step_for(&follower, 1000);
  assert_int_equal(follower.position, stuck);
  guard_switch("dropped_word", true);
  assert_true(follower.follow_to(traffic.revision()));
}

void guard_local_filter(void**) {
  Stage stage;
  const uint64_t last = live::put(*stage.bucket, "routes.us", "v");
  guard_switch("local_filter", false);
  Follower follower;
  follower.request.scope = Scope::of({"routes.eu"});
  assert_true(follower.start(*stage.bucket, 1));
  assert_true(follower.follow_to(last));
  guard_switch("local_filter", true);
  assert_text(follower.text(), "routes.us=v@1");  // out of scope
}

// An old server makes a consumer of everything and says nothing.
void guard_filter_echo(void**) {
  if (!live::old_server()) return;
  Stage stage;
  const uint64_t last = live::put(*stage.bucket, "c.1", "v");
  guard_switch("filter_echo", false);
  Follower follower;
  follower.request.scope = Scope::of({"a.", "b."});
  assert_true(follower.start(*stage.bucket, 1));
  assert_true(follower.follow_to(last));
  guard_switch("filter_echo", true);
  assert_text(follower.text(), "c.1=v@1");  // out of scope
}
#endif

// A purge of one key under a drain that lags: everything else still comes. (Servers before 2.9.12
// skip it whatever the filter, with every number in order.)
void a_purge_skips_nothing_else(void**) {
  if (live::old_server()) return;
  for (const std::vector<std::string>& prefixes :
       {std::vector<std::string>{"p.", "h."}, std::vector<std::string>{"p.a", "p.b", "h."}}) {
    Stage stage;
    live::put(*stage.bucket, "p.a", "v");
    for (int i = 0; i < 500; ++i) stage.raw.publish("$KV.b.h." + std::to_string(i), "v");
    stage.raw.flush();
    live::put(*stage.bucket, "p.b", "v");
    Follower follower;
    follower.request.scope = Scope::of(prefixes);
    follower.request.credit_updates = 1;
    follower.gives_credit = false;
    assert_true(follower.start(*stage.bucket, 1));
    live::await("the first", [&] { return follower.step(deadline_after_ms(100)); });
    assert_ok(bucket_purge(*stage.bucket, "p.a"));
    stage.raw.ask("STREAM.PURGE.KV_b", "{\"filter\":\"$KV.b.p.a\"}");
    const uint64_t last = live::put(*stage.bucket, "h.last", "v");
    follower.gives_credit = true;
    follower.watcher->credit(follower.updates.size(), 4);
    assert_true(follower.follow_to(last));
    assert_int_equal(follower.updates.size(), 1 + 500 + 1 + 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (!live::take_kind(argc, argv)) return 2;
  const CMUnitTest tests[] = {
      cmocka_unit_test(scopes_of_every_kind),
      cmocka_unit_test(a_scope_goes_on),
      cmocka_unit_test(foreign_updates_cost_no_credit),
      cmocka_unit_test(a_quiet_scope_advances_under_foreign_traffic),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(guard_dropped_word),
      cmocka_unit_test(guard_local_filter),
      cmocka_unit_test(guard_filter_echo),
#endif
      cmocka_unit_test(a_purge_skips_nothing_else),
  };
  return cmocka_run_group_tests_name("scope", tests, nullptr, nullptr);
}
