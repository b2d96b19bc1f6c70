// Keys that other clients wrote and that no rule of ours covers, into an LMDB fold over a real
// server: none of them stops a replica.
#include <nats/nats.h>

#include <map>
#include <string>

#include "embedded_path.h"
#include "live/live.h"
#include "world.h"

using live::Server;

namespace {

// A raw client that publishes under any subject. Aborts where it fails.
class Publisher {
 public:
  explicit Publisher(const Server& server) {
    check(natsConnection_ConnectTo(&nats_, server.url().c_str()));
  }
  ~Publisher() { natsConnection_Destroy(nats_); }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  void put(const std::string& key, const std::string& value) {
    natsMsg* answer = nullptr;
    check(natsConnection_RequestString(&answer, nats_, ("$KV.routes." + key).c_str(), value.c_str(),
                                       5000));
    natsMsg_Destroy(answer);
  }

 private:
  static void check(natsStatus status) {
    if (status != NATS_OK) fail_msg("raw client: %s", natsStatus_GetText(status));
  }
  natsConnection* nats_ = nullptr;
};

// What a watch makes of keys of these lengths, and of values: all of it, as it is.
void follow_keys(const test_nats_config* config, const std::vector<size_t>& lengths) {
  Server server(config);
  auto connection = live::connect(server.url());
  auto bucket = live::create(*connection, "routes");
  auto opened = test::lmdb_fold(test_path(test_directory(), "fold"));
  EXPECT_OK(opened);
  auto fold = opened.take();
  slip::WatchSettings settings;
  settings.audit_interval_ms = 50;
  auto started = slip::start_watch(bucket, fold, settings, std::make_shared<test::Recorder>());
  EXPECT_OK(started);
  auto watch = started.take();

  Publisher other(server);
  std::map<std::string, std::string> written;
  const auto put = [&](const std::string& key, const std::string& value) {
    other.put(key, value);
    written[key] = value;
  };
  put("no!rule@allows#this", "1");
  put("\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87", "2");
  put("empty", "");
  for (const size_t length : lengths) put(std::string(length, 'k'), std::to_string(length));
  live::put(*bucket, "ordinary", "3");
  written["ordinary"] = "3";

  auto state = bucket->info();
  EXPECT_OK(state);
  EXPECT_OK(watch->wait_revision(state->last_revision, slip::deadline_after_ms(test::kPatienceMs)));
  live::await("audits", [&] { return watch->status().audits >= 3; });
  assert_int_equal(watch->status().audit_mismatches, 0);
  EXPECT_OK(watch->close(nullptr));
  auto snapshot = fold->snapshot();
  EXPECT_OK(snapshot);
  auto contents = test::contents_of(**snapshot);
  EXPECT_OK(contents);
  assert_true(*contents == written);
}

void keys_up_to_the_usual_bound_of_a_server(void**) {
  follow_keys(nullptr, {510, 511, 1024, 3800});
}

void keys_beyond_it(void**) {
  test_nats_config config = {};
  config.text = "max_control_line: 70000\n";
  follow_keys(&config, {3900, 3901, 4096, 10000, 60000});
}

}  // namespace

int main(int argc, char** argv) {
  if (!live::take_kind(argc, argv)) return 2;
  const CMUnitTest tests[] = {
      cmocka_unit_test(keys_up_to_the_usual_bound_of_a_server),
      cmocka_unit_test(keys_beyond_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
