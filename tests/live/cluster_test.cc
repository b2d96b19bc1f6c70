// A bucket of three replicas in a cluster of three servers, under a live watch: leaders step down
// and are killed, a consumer's server dies and brings the consumer back under the same name.
#include <cstring>

#include "live/events_stage.h"
#include "support/nats_cluster.h"

using events::member;
using events::object;
using events::Stage;

namespace {

struct Cluster {
  Cluster() : handle(test_nats_cluster_start()) {}
  ~Cluster() { test_nats_cluster_stop(handle); }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  test_nats_server* server(int index) const { return test_nats_cluster_server(handle, index); }
  std::string url() const { return test_nats_cluster_url(handle); }
  test_nats_cluster* const handle;
};

void write_some(Stage* stage, const std::string& value) {
  for (int i = 0; i < 20; ++i) stage->put("key." + std::to_string(i), value);
  stage->remove("key.7");
  stage->purge("key.8");
}

// The name of the server that leads the stream or a consumer of it; "" while there is none.
std::string leader(Stage* stage, const std::string& operation) {
  return member(object(stage->raw.api(operation), "cluster"), "leader");
}

std::string await_leader(Stage* stage, const std::string& operation, const std::string& but) {
  std::string found;
  events::await("a leader", [&] {
    found = leader(stage, operation);
    return !found.empty() && found != but;
  });
  return found;
}

void the_leader_steps_down(void**) {
  const Cluster cluster;
  Stage stage(cluster.url(), {{"replicas", "3"}});
  write_some(&stage, "1");
  stage.follow();
  stage.check();
  for (int round = 0; round < 3; ++round) {
    const std::string before = await_leader(&stage, "STREAM.INFO.KV_b", "");
    const std::string answer = stage.raw.api("STREAM.LEADER.STEPDOWN.KV_b");
    assert_string_equal(member(answer, "success").c_str(), "true");
    write_some(&stage, std::to_string(round));
    assert_string_not_equal(await_leader(&stage, "STREAM.INFO.KV_b", before).c_str(), "");
    stage.check();
  }
  assert_int_equal(stage.state().state, SLIP_WATCH_LIVE);
}

void the_leader_is_killed(void**) {
  const Cluster cluster;
  Stage stage(cluster.url(), {{"replicas", "3"}});
  write_some(&stage, "1");
  stage.follow();
  stage.check();
  for (int round = 0; round < 3; ++round) {
    const std::string name = await_leader(&stage, "STREAM.INFO.KV_b", "");
    test_nats_server* server =
        cluster.server(test_nats_cluster_index(cluster.handle, name.c_str()));
    if (round == 1)
      test_nats_terminate(server);
    else
      test_nats_kill(server);
    write_some(&stage, std::to_string(round));
    stage.check();  // with two of three
    test_nats_restart(server);
    test_nats_cluster_await(cluster.handle);
    write_some(&stage, "back " + std::to_string(round));
    stage.check();
  }
}

// Follows anew until the consumer lives on another server than `own`; the index of that one.
int follow_elsewhere(const Cluster& cluster, Stage* stage, int own,
                     const events::Settings& settings) {
  for (int tries = 0; tries < 50; ++tries) {
    stage->follow(settings);
    stage->check();
    // Closed watches' consumers may be there for a moment yet.
    events::await("one consumer",
                  [&] { return member(stage->raw.api("CONSUMER.NAMES.KV_b"), "total") == "1"; });
    const std::string info = "CONSUMER.INFO.KV_b." + stage->consumer();
    const int host = test_nats_cluster_index(cluster.handle, await_leader(stage, info, "").c_str());
    assert_true(host >= 0);
    if (host != own) return host;
  }
  fail_msg("every consumer was put on the same server");
  return -1;
}

// A consumer is kept in memory on one server: it goes with it and comes back, reset to where it
// began, when the server does. The client is connected to another one and sees no break.
void a_consumer_comes_back_under_its_name(void**) {
  const Cluster cluster;
  const int own = 0;
  Stage stage(test_nats_url(cluster.server(own)), {{"replicas", "3"}});
  write_some(&stage, "1");
  const int host = follow_elsewhere(cluster, &stage, own, {});
  stage.put("before", "1");
  stage.check();
  test_nats_kill(cluster.server(host));
  write_some(&stage, "2");
  stage.check();  // a new consumer on one of the two others
  assert_true(stage.state().restarts >= 1);
  stage.met("silence");
  test_nats_restart(cluster.server(host));
  test_nats_cluster_await(cluster.handle);
  write_some(&stage, "3");
  stage.check();
}

// The same, the server and its consumer being back before the watch has missed its heartbeats.
void a_consumer_is_back_before_it_is_missed(void**) {
  const Cluster cluster;
  const int own = 0;
  Stage stage(test_nats_url(cluster.server(own)), {{"replicas", "3"}});
  write_some(&stage, "1");
  const int host = follow_elsewhere(cluster, &stage, own, {{"idle_heartbeat_ms", "5000"}});
  write_some(&stage, "2");
  stage.check();
  test_nats_kill(cluster.server(host));
  test_nats_restart(cluster.server(host));
  test_nats_cluster_await(cluster.handle);
  write_some(&stage, "3");
  // Whether it went on there or on a new one: where the old one came back, the server lists both.
  stage.check();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_leader_steps_down),
      cmocka_unit_test(the_leader_is_killed),
      cmocka_unit_test(a_consumer_comes_back_under_its_name),
      cmocka_unit_test(a_consumer_is_back_before_it_is_missed),
  };
  return cmocka_run_group_tests_name("cluster", tests, nullptr, nullptr);
}
