#include "support/nats_cluster.h"

#include <string>

#include "support/support.h"

struct test_nats_cluster {
  test_nats_server* servers[TEST_NATS_CLUSTER_SIZE] = {};
  std::string url;
};

namespace {

constexpr int kHealthyMs = 60000;

// What a configuration says of the others. The first start of a route may fail: it is tried again.
std::string routes_text(const int* ports, int own) {
  std::string text =
      "cluster {\n  name: test\n  listen: \"127.0.0.1:" + std::to_string(ports[own]) +
      "\"\n  routes: [";
  const char* separator = " ";
  for (int i = 0; i < TEST_NATS_CLUSTER_SIZE; ++i) {
    if (i == own) continue;
    text += std::string(separator) + "\"nats://127.0.0.1:" + std::to_string(ports[i]) + "\"";
    separator = ", ";
  }
  return text + " ]\n}\n";
}

int all_healthy(void* user) {
  for (test_nats_server* server : static_cast<test_nats_cluster*>(user)->servers)
    if (test_nats_is_healthy(server) == 0) return 0;
  return 1;
}

}  // namespace

extern "C" {

test_nats_cluster* test_nats_cluster_start(void) {
  auto* cluster = new test_nats_cluster;
  int ports[TEST_NATS_CLUSTER_SIZE];
  for (int& port : ports) port = test_nats_free_port();
  for (int i = 0; i < TEST_NATS_CLUSTER_SIZE; ++i) {
    const std::string text = routes_text(ports, i);
    test_nats_config config{};
    config.text = text.c_str();
    cluster->servers[i] = test_nats_prepare(TEST_NATS_CURRENT, &config);
    cluster->url += (i == 0 ? "nats://127.0.0.1:" : ",127.0.0.1:") +
                    std::to_string(test_nats_port(cluster->servers[i]));
  }
  for (test_nats_server* server : cluster->servers) test_nats_restart(server);
  test_nats_cluster_await(cluster);
  return cluster;
}

test_nats_server* test_nats_cluster_server(test_nats_cluster* cluster, int index) {
  return cluster->servers[index];
}

int test_nats_cluster_index(const test_nats_cluster* cluster, const char* name) {
  for (int i = 0; i < TEST_NATS_CLUSTER_SIZE; ++i)
    if ("test_" + std::to_string(test_nats_port(cluster->servers[i])) == name) return i;
  return -1;
}

const char* test_nats_cluster_url(const test_nats_cluster* cluster) { return cluster->url.c_str(); }

void test_nats_cluster_await(test_nats_cluster* cluster) {
  test_await(all_healthy, cluster, kHealthyMs, "the three servers of the cluster to be healthy");
}

void test_nats_cluster_stop(test_nats_cluster* cluster) {
  for (test_nats_server* server : cluster->servers) test_nats_stop(server);
  delete cluster;
}

}  // extern "C"
