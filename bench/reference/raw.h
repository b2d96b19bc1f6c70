/* Raw nats.c as fast as we know how: an ephemeral pull consumer on a plain subscription with two
 * overlapping requests. Shared by the reference arms; every failure ends the program. */
#ifndef BENCH_REFERENCE_RAW_H
#define BENCH_REFERENCE_RAW_H

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAW_BATCH 5000

typedef struct raw_consumer {
  natsConnection *nats;
  natsSubscription *inbox;
  char next[256];      /* the subject that takes pull requests */
  char reply[64];
  long long pending;   /* messages in the stream when it was made */
  int outstanding;     /* of the running requests */
} raw_consumer;

static inline void raw_check(natsStatus status, const char *what) {
  if (status == NATS_OK) return;
  fprintf(stderr, "%s: %s\n", what, natsStatus_GetText(status));
  exit(1);
}

static inline void raw_pull(raw_consumer *c) {
  char request[128];
  snprintf(request, sizeof request,
           "{\"batch\":%d,\"expires\":30000000000,\"idle_heartbeat\":5000000000}", RAW_BATCH);
  raw_check(natsConnection_PublishRequestString(c->nats, c->next, c->reply, request), "pull");
  c->outstanding += RAW_BATCH;
}

/* start: the first sequence wanted. filters: a JSON array of subjects, or NULL for all. */
static inline void raw_open_filtered(raw_consumer *c, const char *url, const char *bucket,
                                     long long start, const char *filters) {
  const size_t room = 512 + (filters != NULL ? strlen(filters) : 0);
  char subject[256], *body = malloc(room);
  natsMsg *answer = NULL;
  natsInbox *inbox = NULL;
  memset(c, 0, sizeof *c);
  raw_check(natsConnection_ConnectTo(&c->nats, url), "connect");
  raw_check(natsInbox_Create(&inbox), "inbox");
  snprintf(c->reply, sizeof c->reply, "%s", inbox);
  natsInbox_Destroy(inbox);
  raw_check(natsConnection_SubscribeSync(&c->inbox, c->nats, c->reply), "subscribe");
  raw_check(natsSubscription_SetPendingLimits(c->inbox, -1, -1), "limits");
  snprintf(subject, sizeof subject, "$JS.API.CONSUMER.CREATE.KV_%s.%s", bucket, c->reply + 7);
  snprintf(body, room,
           "{\"stream_name\":\"KV_%s\",\"config\":{\"name\":\"%s\",\"deliver_policy\":"
           "\"by_start_sequence\",\"opt_start_seq\":%lld,\"ack_policy\":\"none\",\"max_deliver\":1,"
           "\"mem_storage\":true,\"num_replicas\":1,\"inactive_threshold\":30000000000%s%s}}",
           bucket, c->reply + 7, start, filters != NULL ? ",\"filter_subjects\":" : "",
           filters != NULL ? filters : "");
  raw_check(natsConnection_RequestString(&answer, c->nats, subject, body, 10000), "create");
  const char *pending = strstr(natsMsg_GetData(answer), "\"num_pending\":");
  if (pending == NULL) {
    fprintf(stderr, "create: %s\n", natsMsg_GetData(answer));
    exit(1);
  }
  c->pending = atoll(pending + 14);
  natsMsg_Destroy(answer);
  free(body);
  snprintf(c->next, sizeof c->next, "$JS.API.CONSUMER.MSG.NEXT.KV_%s.%s", bucket, c->reply + 7);
  raw_pull(c);
  raw_pull(c);
}
static inline void raw_open(raw_consumer *c, const char *url, const char *bucket, long long start) {
  raw_open_filtered(c, url, bucket, start, NULL);
}

/* After the measured span: what others measure next finds no consumer of ours on the server. */
static inline void raw_end(raw_consumer *c, const char *bucket) {
  char subject[256];
  snprintf(subject, sizeof subject, "$JS.API.CONSUMER.DELETE.KV_%s.%s", bucket, c->reply + 7);
  natsConnection_PublishString(c->nats, subject, "");
  natsConnection_Flush(c->nats);
}

/* The next update; statuses are passed over. Asks for more when one request is used up. */
static inline natsMsg *raw_next(raw_consumer *c, int64_t timeout_ms) {
  natsMsg *message = NULL;
  for (;;) {
    const natsStatus status = natsSubscription_NextMsg(&message, c->inbox, timeout_ms);
    if (status == NATS_TIMEOUT) return NULL;
    raw_check(status, "next");
    if (strncmp(natsMsg_GetSubject(message), "$KV.", 4) == 0) break;
    natsMsg_Destroy(message);
  }
  if (--c->outstanding % RAW_BATCH == 0) raw_pull(c);
  return message;
}

#endif
