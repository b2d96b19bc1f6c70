/* Three current nats-servers as one JetStream cluster on 127.0.0.1. C linkage; main thread only.
 * Every server is one of nats_server.h: stop, kill, freeze and restart it with the functions there.
 * Failures abort the program with a sentence. */
#ifndef TESTS_SUPPORT_NATS_CLUSTER_H
#define TESTS_SUPPORT_NATS_CLUSTER_H

#include "support/nats_server.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TEST_NATS_CLUSTER_SIZE = 3 };

typedef struct test_nats_cluster test_nats_cluster;

/* Returns when all three are healthy: there is a leader and JetStream answers. */
test_nats_cluster* test_nats_cluster_start(void);
test_nats_server* test_nats_cluster_server(test_nats_cluster* cluster, int index);
/* The index of the server that bears this name in the answers of the JetStream API; -1: none. */
int test_nats_cluster_index(const test_nats_cluster* cluster, const char* name);
/* "nats://A,B,C"; lives as long as the cluster. */
const char* test_nats_cluster_url(const test_nats_cluster* cluster);
/* Waits until all three are healthy: call it when all of them run. */
void test_nats_cluster_await(test_nats_cluster* cluster);
void test_nats_cluster_stop(test_nats_cluster* cluster);

#ifdef __cplusplus
}
#endif
#endif
