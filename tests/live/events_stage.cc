#include "live/events_stage.h"

#include <unistd.h>

#include <cstring>

namespace events {
namespace {

constexpr int64_t kPatienceMs = 60000;

[[noreturn]] void die(const std::string& what, natsStatus status) {
  fprintf(stderr, "raw client: %s: %s\n", what.c_str(), natsStatus_GetText(status));
  abort();
}

std::string text_of(natsMsg* message) {
  std::string text(natsMsg_GetData(message), static_cast<size_t>(natsMsg_GetDataLength(message)));
  natsMsg_Destroy(message);
  return text;
}

slip_options* make_options(int32_t kind, const Settings& settings) {
  slip_options* options = nullptr;
  MUST(slip_options_new(kind, &options, &error));
  for (const auto& [name, value] : settings) {
    if (strcmp(name, "scope") == 0)
      MUST(slip_options_add(options, name, value.c_str(), &error));
    else
      MUST(slip_options_set_string(options, name, value.c_str(), &error));
  }
  return options;
}

}  // namespace

Raw::Raw(const std::string& url) {
  natsOptions* options = nullptr;
  natsOptions_Create(&options);
  std::vector<std::string> servers;
  for (size_t at = 0; at < url.size(); at = url.find(',', at), at += at < url.size() ? 1 : 0)
    servers.push_back(url.substr(at, url.find(',', at) - at));
  std::vector<const char*> names;
  for (const std::string& server : servers) names.push_back(server.c_str());
  natsOptions_SetServers(options, names.data(), static_cast<int>(names.size()));
  natsOptions_SetMaxReconnect(options, -1);
  natsOptions_SetReconnectWait(options, 50);
  const natsStatus status = natsConnection_Connect(&nats_, options);
  natsOptions_Destroy(options);
  if (status != NATS_OK) die("connect to " + url, status);
}

Raw::~Raw() { natsConnection_Destroy(nats_); }

std::string Raw::api(const std::string& operation, const std::string& body) {
  const int64_t give_up = test_now_ms() + kPatienceMs;
  for (;;) {
    natsMsg* answer = nullptr;
    const natsStatus status = natsConnection_RequestString(
        &answer, nats_, ("$JS.API." + operation).c_str(), body.c_str(), 3000);
    if (status == NATS_OK) return text_of(answer);
    if (test_now_ms() > give_up) die(operation, status);
    usleep(10000);
  }
}

uint64_t Raw::publish(const std::string& subject, const std::string& body,
                      const std::vector<std::pair<std::string, std::string>>& headers) {
  natsMsg *message = nullptr, *answer = nullptr;
  natsStatus status = natsMsg_Create(&message, subject.c_str(), nullptr, body.data(),
                                     static_cast<int>(body.size()));
  for (const auto& [name, value] : headers)
    if (status == NATS_OK) status = natsMsgHeader_Set(message, name.c_str(), value.c_str());
  if (status == NATS_OK) status = natsConnection_RequestMsg(&answer, nats_, message, 10000);
  natsMsg_Destroy(message);
  if (status != NATS_OK) die("publish to " + subject.substr(0, 100), status);
  const std::string ack = text_of(answer);
  const std::string sequence = member(ack, "seq");
  if (sequence.empty()) die("publish to " + subject.substr(0, 100) + ": " + ack, NATS_ERR);
  return strtoull(sequence.c_str(), nullptr, 10);
}

std::string member(const std::string& json, const std::string& name) {
  size_t at = json.find("\"" + name + "\":");
  if (at == std::string::npos) return "";
  at += name.size() + 3;
  if (json[at] == '"') return json.substr(at + 1, json.find('"', at + 1) - at - 1);
  return json.substr(at, json.find_first_of(",}", at) - at);
}

std::string object(const std::string& json, const std::string& name) {
  const size_t at = json.find("\"" + name + "\":{");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 3;
  size_t depth = 0, end = begin;
  do {
    if (json[end] == '{') ++depth;
    if (json[end] == '}') --depth;
    ++end;
  } while (depth > 0);
  return json.substr(begin, end - begin);
}

void await(const char* what, const std::function<bool()>& condition) {
  test_await(
      [](void* user) -> int {
        return (*static_cast<const std::function<bool()>*>(user))() ? 1 : 0;
      },
      const_cast<std::function<bool()>*>(&condition), kPatienceMs, what);
}

Stage::Stage(const std::string& url, const Settings& bucket_settings)
    : raw(url), fold_path_(std::string(test_directory()) + "/fold") {
  slip_options* options = make_options(
      SLIP_OPTIONS_CONNECTION, {{"reconnect_wait_ms", "50"}, {"request_timeout_ms", "3000"}});
  MUST(slip_connect(url.c_str(), options, &connection, &error));
  slip_options_free(options);
  options = make_options(SLIP_OPTIONS_BUCKET, bucket_settings);
  MUST(slip_bucket_create(connection, "b", options, &bucket, &error));
  slip_options_free(options);
  fold = open_fold(fold_path_, "process");
}

Stage::~Stage() {
  end_watch();
  slip_fold_free(fold);
  slip_bucket_free(bucket);
  slip_connection_free(connection);
}

void Stage::end_watch() {
  hold = false;
  if (watch == nullptr) return;
  (void)slip_watch_close(watch, nullptr, nullptr);
  slip_watch_free(watch);
  watch = nullptr;
}

void Stage::follow(const Settings& settings) {
  end_watch();
  Settings all = {{"idle_heartbeat_ms", "300"}, {"audit_interval_ms", "300"}};
  all.insert(all.end(), settings.begin(), settings.end());
  std::vector<std::string> scope;
  for (const auto& [name, value] : all)
    if (strcmp(name, "scope") == 0) scope.push_back(value);
  told.follows(scope);
  slip_options* options = make_options(SLIP_OPTIONS_WATCH, all);
  told.starts(revision_of(fold));
  slip_watch_callbacks callbacks = told.callbacks();
  callbacks.user = this;
  callbacks.apply = [](void* user, const slip_item* items, size_t count, char* text,
                       size_t text_size) {
    auto* self = static_cast<Stage*>(user);
    for (; self->hold; usleep(1000)) self->held = true;
    self->held = false;
    return self->told.callbacks().apply(&self->told, items, count, text, text_size);
  };
  callbacks.on_applied = [](void* user, const slip_cursor* cursor, size_t) {
    static_cast<Stage*>(user)->told.applied(cursor->revision);
  };
  callbacks.on_end = [](void* user, slip_status, const char*, const slip_cursor* cursor) {
    static_cast<Stage*>(user)->told.ended(cursor->revision);
  };
  MUST(slip_watch_start(bucket, fold, options, &callbacks, &watch, &error));
  slip_options_free(options);
}

uint64_t Stage::write(const std::string& key, uint32_t operation, const std::string& value) {
  slip_write item{};
  item.key = {reinterpret_cast<const uint8_t*>(key.data()), key.size()};
  item.value = {reinterpret_cast<const uint8_t*>(value.data()), value.size()};
  item.expected_revision = SLIP_REVISION_ANY;
  item.operation = operation;
  const int64_t give_up = test_now_ms() + kPatienceMs;
  for (;;) {
    const size_t number = record.begins(key, operation, value);
    slip_write_result result{};
    slip_error* error = nullptr;
    if (slip_bucket_put_many(bucket, &item, 1, &result, &error) == SLIP_OK) {
      record.wrote(number, result.revision);
      return result.revision;
    }
    if (test_now_ms() > give_up) fail_msg("cannot write: %s", slip_error_message(error));
    slip_error_free(error);
    usleep(5000);
  }
}

uint64_t Stage::put(const std::string& key, const std::string& value) {
  return write(key, SLIP_PUT, value);
}
uint64_t Stage::remove(const std::string& key) { return write(key, SLIP_DELETE, ""); }
uint64_t Stage::purge(const std::string& key) { return write(key, SLIP_PURGE, ""); }

uint64_t Stage::publish_raw(const std::string& key, const std::string& body,
                            const std::vector<std::pair<std::string, std::string>>& headers,
                            uint32_t operation) {
  const size_t number = record.begins(key, operation, body);
  const uint64_t revision = raw.publish("$KV.b." + key, body, headers);
  record.wrote(number, revision);
  return revision;
}

slip_watch_state Stage::state() const {
  slip_watch_state state = SLIP_WATCH_STATE_INIT;
  MUST(slip_watch_status(watch, &state, &error));
  return state;
}

void Stage::check() {
  MUST(slip_watch_wait_revision(watch, record.last_revision(), kPatienceMs, &error));
  assert_string_equal(trace::fold_difference(record.state(), trace::contents(fold)).c_str(), "");
  assert_string_equal(trace::judge(record, told).c_str(), "");
}

void Stage::ends(slip_status status, const char* part) {
  await("the end of the watch", [&] { return state().state == SLIP_WATCH_ENDED; });
  slip_error* error = nullptr;
  slip_cursor cursor;
  const slip_status ended = slip_watch_close(watch, &cursor, &error);
  if (ended != status || strstr(slip_error_message(error), part) == nullptr)
    fail_msg("ended with %s: %s", slip_status_name(ended), slip_error_message(error));
  slip_error_free(error);
  assert_int_equal(cursor.revision, revision_of(fold));
}

void Stage::met(const char* event) {
  slip_watch_event events[64];
  size_t count = 0;
  MUST(slip_watch_events(watch, events, 64, &count, &error));
  std::string others;
  for (size_t i = 0; i < count; ++i) {
    if (strcmp(events[i].name, event) == 0) return;
    others += std::string(" ") + events[i].name + " (" + std::to_string(events[i].count) + ")";
  }
  fail_msg("the watch did not meet %s, but:%s", event, others.c_str());
}

std::string Stage::consumer() {
  const std::string names = raw.api("CONSUMER.NAMES.KV_b");
  const size_t at = names.find("\"consumers\":[\"");
  if (at == std::string::npos) return "";
  const size_t begin = at + 14;
  return names.substr(begin, names.find('"', begin) - begin);
}

std::vector<trace::Came> Stage::came(const std::string& key) const {
  std::vector<trace::Came> found;
  for (const trace::Came& update : told.everything())
    if (update.key == key) found.push_back(update);
  return found;
}

}  // namespace events
