// JetStream's API, in JSON: works with every version of the client and of the server. Any thread.
#ifndef SLIP_KV_NATS_JS_API_H
#define SLIP_KV_NATS_JS_API_H

#include <string>

#include "base/json.h"
#include "kv/nats/session.h"

namespace slip {

// Numbers of JetStream's errors ("err_code").
enum JsErrorCode : uint64_t {
  kJsClusterNotAvailable = 10008,
  kJsClusterNotLeader = 10009,
  kJsConsumerNotFound = 10014,
  kJsNoMessageFound = 10037,
  kJsNotEnabledForAccount = 10039,
  kJsMessageTooLarge = 10054,
  kJsStreamExistsOtherwise = 10058,
  kJsStreamNotFound = 10059,
  kJsWrongLastSequence = 10071,
  kJsReplicasNotSupported = 10074,
  kJsNotEnabled = 10076,
  kJsStoreFailed = 10077,
  kJsStreamOffline = 10118,
  kJsConsumerOffline = 10119,
  kJsWrongLastSequenceConstant = 10164,
  kJsTtlInvalid = 10165,
  kJsTtlDisabled = 10166,
  kJsTooManyRequests = 10167,
};

struct JsError {
  uint64_t code = 0;
  uint64_t err_code = 0;
  std::string description;
};
// The "error" of an answer; its status has the server's numbers in the sentence.
JsError parse_js_error(JsonValue error);
Status js_status(const JsError& error);

// Asks and waits for the answer, request_timeout_ms at most. `operation` comes after the API's
// prefix: "STREAM.INFO.KV_routes". The answer has no "error": that is a status. Where `error` is
// not null it receives the numbers (zeros where the failure is another).
Result<JsonDocument> js_request(Session& session, const std::string& operation,
                                const std::string& body, JsError* error = nullptr);

// What came to a request on that subject: the document, or the status that it stands for.
Result<JsonDocument> parse_js_answer(Session& session, const std::string& subject, natsMsg* answer,
                                     JsError* error = nullptr);

// The "seq" of an acknowledged write; else why it failed.
Result<uint64_t> parse_put_ack(Bytes answer);

// What "no responders" on the API means: JetStream is off, or a server of it is on its way.
Status no_jetstream(const Session& session);

}  // namespace slip
#endif
