// A raw NATS client beside the library's, for what the library never does. Main thread only; a
// failure fails the test.
#ifndef TESTS_LIVE_RAW_H
#define TESTS_LIVE_RAW_H

#include <nats/nats.h>

#include <string>

#include "base/json.h"
#include "live/live.h"

namespace live {

class Raw {
 public:
  explicit Raw(const Server& server) {
    check(natsConnection_ConnectTo(&nats_, server.url().c_str()), "connect");
  }
  ~Raw() { natsConnection_Destroy(nats_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  natsConnection* get() const { return nats_; }
  void publish(const std::string& subject, const std::string& body) {
    check(natsConnection_PublishString(nats_, subject.c_str(), body.c_str()), subject);
  }
  // A message with headers and no body, as the server's statuses are.
  void publish_headers(const std::string& subject,
                       std::initializer_list<std::pair<const char*, std::string>> headers) {
    natsMsg* message = nullptr;
    natsStatus status = natsMsg_Create(&message, subject.c_str(), nullptr, "", 0);
    for (const auto& [name, value] : headers) {
      if (status == NATS_OK) status = natsMsgHeader_Set(message, name, value.c_str());
    }
    if (status == NATS_OK) status = natsConnection_PublishMsg(nats_, message);
    natsMsg_Destroy(message);
    check(status, subject);
    flush();
  }
  void flush() { check(natsConnection_Flush(nats_), "flush"); }
  // JetStream's answer to an operation ("STREAM.INFO.KV_b").
  slip::JsonDocument ask(const std::string& operation, const std::string& body = "") {
    natsMsg* answer = nullptr;
    check(natsConnection_RequestString(&answer, nats_, ("$JS.API." + operation).c_str(),
                                       body.c_str(), 5000),
          operation);
    const std::string text(natsMsg_GetData(answer),
                           static_cast<size_t>(natsMsg_GetDataLength(answer)));
    natsMsg_Destroy(answer);
    auto parsed = slip::JsonDocument::parse(text);
    assert_ok(parsed);
    return parsed.take();
  }
  // The name of the one consumer that the bucket has.
  std::string consumer(const std::string& bucket) {
    const slip::JsonDocument answer = ask("CONSUMER.NAMES.KV_" + bucket);
    const slip::JsonValue names = answer.root().get("consumers");
    assert_int_equal(names.size(), 1);
    return *names.at(0).as_string();
  }
  slip::JsonDocument consumer_info(const std::string& bucket) {
    return ask("CONSUMER.INFO.KV_" + bucket + "." + consumer(bucket));
  }

 private:
  static void check(natsStatus status, const std::string& what) {
    if (status != NATS_OK) fail_msg("%s: %s", what.c_str(), natsStatus_GetText(status));
  }
  natsConnection* nats_ = nullptr;
};

}  // namespace live
#endif
