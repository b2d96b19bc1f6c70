/* The one runner of nats-servers for tests. C linkage; main thread only. A server listens on a free
 * port of 127.0.0.1, has a directory of its own and dies with the test's process, however that
 * ends. Failures abort the program with a sentence.
 *
 * Binaries: the current one is $SLIP_NATS_SERVER, the old one (2.9) $SLIP_NATS_SERVER_OLD, else the
 * `nats-server` of PATH; one of the wrong age aborts. */
#ifndef TESTS_SUPPORT_NATS_SERVER_H
#define TESTS_SUPPORT_NATS_SERVER_H

#ifdef __cplusplus
extern "C" {
#endif

enum { TEST_NATS_CURRENT = 1, TEST_NATS_OLD = 2 };

typedef struct test_nats_config {
  int no_jetstream;
  const char* js_domain;
  const char* user; /* with `password`: the only account */
  const char* password;
  const char* token;
  const char* tls_cert; /* PEM; with `tls_key`: clients must use TLS */
  const char* tls_key;
  const char* tls_ca;    /* PEM; clients must show a certificate of it */
  const char* store_dir; /* NULL: in the server's own directory */
  const char* text;      /* added to the configuration file */
} test_nats_config;

typedef struct test_nats_server test_nats_server;

/* NULL: JetStream on, everybody may do everything. Returns when the server answers. */
test_nats_server* test_nats_start(int kind, const test_nats_config* config);
/* The same without starting it: its address is known, nobody is there. */
test_nats_server* test_nats_prepare(int kind, const test_nats_config* config);
/* "nats://127.0.0.1:PORT" (tls:// with tls_cert); lives as long as the server. */
const char* test_nats_url(const test_nats_server* server);
int test_nats_port(const test_nats_server* server);
/* Stop it and wait for its end: SIGTERM, SIGKILL. */
void test_nats_terminate(test_nats_server* server);
void test_nats_kill(test_nats_server* server);
/* Start it (again) on the same port and store; returns when it answers. */
void test_nats_restart(test_nats_server* server);
/* Stop it from answering and let it go on: SIGSTOP, SIGCONT. */
void test_nats_freeze(test_nats_server* server);
void test_nats_thaw(test_nats_server* server);
/* Consumers of a stream ("KV_<bucket>"), from the monitoring page; -1: no such stream. */
int test_nats_consumer_count(test_nats_server* server, const char* stream);
/* 1: its health page says that all is well (JetStream is current, too). */
int test_nats_is_healthy(test_nats_server* server);
/* A port of 127.0.0.1 on which nobody listens. */
int test_nats_free_port(void);
/* Stops it where it runs, and frees it. */
void test_nats_stop(test_nats_server* server);

#ifdef __cplusplus
}
#endif
#endif
