// What the tests of events share: a raw client for what the library never does, and a bucket under
// a watch of the public header, with the writer's own record and the trace of what the watch told.
// Main thread only. Failures abort or fail with a sentence.
#ifndef TESTS_LIVE_EVENTS_STAGE_H
#define TESTS_LIVE_EVENTS_STAGE_H

#include <nats/nats.h>

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "path/world.h"
#include "support/fold_check.h"
#include "support/validators.h"

extern "C" {
#include <cmocka.h>
}

namespace events {

// A client of its own. Everything that it does is answered, or the program aborts.
class Raw {
 public:
  explicit Raw(const std::string& url);
  ~Raw();
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  // The answer of "$JS.API.<operation>", which is JSON; tried again for a while where none comes.
  std::string api(const std::string& operation, const std::string& body = "");
  // A message with headers ("Name: value"); its sequence.
  uint64_t publish(const std::string& subject, const std::string& body,
                   const std::vector<std::pair<std::string, std::string>>& headers = {});

 private:
  natsConnection* nats_ = nullptr;
};

// The text after `"name":` up to the next of `,}` and without its quotes; "" where it is absent.
std::string member(const std::string& json, const std::string& name);
// The object behind `"name":`, braces included.
std::string object(const std::string& json, const std::string& name);

using Settings = std::vector<std::pair<const char*, std::string>>;

void await(const char* what, const std::function<bool()>& condition);

class Stage {
 public:
  // The bucket "b" with these options, not yet watched.
  Stage(const std::string& url, const Settings& bucket_settings = {});
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // While it is true, apply waits: nothing goes on on the watch's own thread.
  std::atomic<bool> hold{false};
  std::atomic<bool> held{false};  // apply is waiting
  // Starts a watch on the fold (again); `settings` are added to short heartbeats.
  void follow(const Settings& settings = {});
  // What the writer does, until it is answered.
  uint64_t put(const std::string& key, const std::string& value);
  uint64_t remove(const std::string& key);
  uint64_t purge(const std::string& key);
  // A message of another client, with the operation that it stands for.
  uint64_t publish_raw(const std::string& key, const std::string& body,
                       const std::vector<std::pair<std::string, std::string>>& headers = {},
                       uint32_t operation = SLIP_PUT);

  // Everything written was applied: the fold equals the record, and the trace breaks no property.
  void check();
  // The watch ends by itself with this status and a sentence that holds this.
  void ends(slip_status status, const char* part);
  // The watch met this, by its name in the header.
  void met(const char* event);
  slip_watch_state state() const;
  // The name of the only consumer on the server, or of none ("").
  std::string consumer();
  // What came to apply of this key, in order.
  std::vector<trace::Came> came(const std::string& key) const;

  Raw raw;
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  slip_fold* fold = nullptr;
  slip_watch* watch = nullptr;
  trace::Record record;  // the writer's own
  trace::Trace told;     // what the watch called for

 private:
  uint64_t write(const std::string& key, uint32_t operation, const std::string& value);
  void end_watch();
  const std::string fold_path_;
};

}  // namespace events
#endif
