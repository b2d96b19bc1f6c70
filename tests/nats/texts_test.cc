// Texts from outside: URLs, reply subjects, times, headers, statuses, answers. Hostile ones are
// refused, and no secret is repeated.
#include <initializer_list>
#include <string>

#include "base/guard.h"
#include "kv/kv_support.h"
#include "kv/nats/ack_subject.h"
#include "kv/nats/js_api.h"
#include "kv/nats/kv_message.h"
#include "kv/nats/listing_progress.h"
#include "kv/nats/pull_status.h"
#include "kv/nats/redact.h"
#include "kv/nats/server_list.h"
#include "kv/nats/stream_config.h"
#include "kv/nats/time_text.h"

using namespace slip;  // NOLINT: the tests speak of nothing else

namespace {

void credentials_are_taken_out(void**) {
  const std::pair<const char*, const char*> cases[] = {
      {"nats://me:s3cret@host:4222", "nats://host:4222"},
      {"cannot reach tls://token@h (me:p@h2)", "cannot reach tls://h (h2)"},
      {"nats://u:p@ss@host", "nats://host"},
      {"nats://u:p/ss@host/x", "nats://host/x"},
      {"\"u:p@h\", 'u:p@h'", "\"h\", 'h'"},
      {"nats://u:p://x@host", "nats://host"},
      {"no secret: 10.0.0.1:4222", "no secret: 10.0.0.1:4222"},
      {"nats://u:p@[::1]:4222", "nats://[::1]:4222"},
      {"@", ""},
      {"", ""},
  };
  for (const auto& [text, expected] : cases) assert_text(redacted(text), expected);
#ifdef SLIP_TEST_GUARDS
  guard_switch("redact", false);
  assert_text(redacted("nats://me:s3cret@host"), "nats://me:s3cret@host");
  guard_switch("redact", true);
#endif
}

void servers_are_listed(void**) {
  auto list = parse_servers("nats://me:p%40ss%2C%2F@one,two:5000", {"tls://[::1]:6000/", "four"});
  assert_ok(list);
  assert_text(list->addresses, "one:4222, two:5000, [::1]:6000, four:4222");
  assert_int_equal(list->urls.size(), 4);
  assert_text(list->urls[0], "nats://one:4222");
  assert_text(list->user, "me");
  assert_text(list->password, "p@ss,/");
  assert_text(list->token, "");
  assert_true(list->tls);
  list = parse_servers("nats://t%6Fken@one,nats://token@two", {});
  assert_ok(list);
  assert_text(list->token, "token");
  assert_text(list->user, "");
  assert_false(list->tls);
  for (const char* bad : {"nats://",
                          "nats://:4222",
                          "nats://h:",
                          "nats://h:0",
                          "nats://h:65536",
                          "nats://h:04222",
                          "nats://h:42 22",
                          "nats://h,",
                          "nats://h,,g",
                          "http://h",
                          "nats://a b",
                          "nats://h/path",
                          "nats://s3cret%4@h",
                          "nats://s3cret%zz@h",
                          "nats://s3cret%00@h",
                          "nats://:s3cret@h",
                          "nats://u:s3cret@h,nats://u:other@g",
                          "nats://s3cret@h,nats://u:p@g",
                          "nats://[::1",
                          "nats://u:1,s3cret@h",
                          "nats://[]"}) {
    const auto refused = parse_servers(bad, {});
    assert_status(refused, SLIP_INVALID, "cannot connect: server ");
    assert_true(refused.status().message().find("s3cret") == std::string::npos);
  }
}

void ack_subjects_of_both_forms(void**) {
  AckSubject ack;
  assert_true(parse_ack_subject("$JS.ACK.KV_b.c.1.17.5.1700000000000000001.3", &ack));
  assert_true(ack.stream == "KV_b" && ack.consumer == "c");
  assert_int_equal(ack.stream_sequence, 17);
  assert_int_equal(ack.consumer_sequence, 5);
  assert_int_equal(ack.timestamp_ns, 1700000000000000001);
  assert_int_equal(ack.pending, 3);
  assert_true(parse_ack_subject("$JS.ACK._.szMpdrwD.KV_b.c.1.17.5.9.0", &ack));
  assert_true(ack.stream == "KV_b" && ack.consumer == "c" && ack.pending == 0);
  assert_true(parse_ack_subject("$JS.ACK.hub.szMpdrwD.KV_b.c.1.17.5.9.4.random", &ack));
  assert_true(ack.consumer == "c" && ack.pending == 4);
}

void hostile_ack_subjects(void**) {
  const std::string huge(100000, '1');
  for (const std::string& bad : {std::string(),
                                 std::string("$JS.ACK"),
                                 std::string("$JS.ACK."),
                                 std::string("$JS.ACK.KV_b.c.1.17.5.9"),
                                 std::string("$JS.ACK.KV_b.c.1.17.5.9.0.1"),
                                 std::string("$JS.ACK.a.b.KV_b.c.1.17.5.9.0.r.x"),
                                 std::string("$JS.ACK.KV_b.c.1.-17.5.9.0"),
                                 std::string("$JS.ACK.KV_b.c.1.17.5.9."),
                                 std::string("$JS.ACK.KV_b.c.1..5.9.0"),
                                 std::string("$JS.ACK.KV_b.c.x.17.5.9.0"),
                                 std::string("$JS.ACK.KV_b.c.1.0.5.9.0"),
                                 std::string("$JS.ACK.KV_b.c.1.17.0.9.0"),
                                 std::string("$JS.ACK.KV_b.c.1.18446744073709551615.5.9.0"),
                                 std::string("$JS.ACK.KV_b.c.1.18446744073709551616.5.9.0"),
                                 std::string("$JS.ACK.KV_b.c.1.17.5.9223372036854775808.0"),
                                 std::string("$JS.ACK...1.17.5.9.0"),
                                 std::string("$JS.ACK.KV_b.c.1.017.5.9.0"),
                                 std::string("$JS.FC.KV_b.c.1.17.5.9.0"),
                                 "$JS.ACK.KV_b.c.1." + huge + ".5.9.0",
                                 "$JS.ACK." + huge,
                                 std::string(1000, '.'),
                                 std::string("$JS.ACK.KV_b.c.1.17.5.9.0\0", 26)}) {
    AckSubject ack;
    if (parse_ack_subject(bad, &ack)) fail_msg("taken: %s", bad.c_str());
  }
  // Every byte of a good one changed to every other: refused, or still numbers in their ranges.
  const std::string good = "$JS.ACK.KV_b.c.1.17.5.1700000000000000001.3";
  for (size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string bent = good;
      bent[at] = static_cast<char>(byte);
      AckSubject ack;
      if (!parse_ack_subject(bent, &ack)) continue;
      assert_true(ack.stream_sequence > 0 && ack.consumer_sequence > 0 && ack.timestamp_ns >= 0);
    }
  }
}

void times(void**) {
  const std::pair<const char*, int64_t> good[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-11-21T09:42:01.123456789Z", 1795254121123456789},
      {"2026-11-21T10:42:01.1+01:00", 1795254121100000000},
      {"2026-11-21T04:12:01-05:30", 1795254121000000000},
      {"2024-02-29T23:59:59.000000001Z", 1709251199000000001},
      {"2000-03-01T00:00:00.1234567899Z", 951868800123456789},
  };
  for (const auto& [text, ns] : good) {
    const auto parsed = parse_rfc3339_ns(text);
    assert_true(parsed.has_value());
    assert_true(*parsed == ns);
  }
  for (const char* bad :
       {"", "2026-11-21", "2026-11-21T09:42:01", "2026-11-21 09:42:01Z", "2026-13-21T09:42:01Z",
        "2026-02-29T09:42:01Z", "2026-11-21T24:42:01Z", "2026-11-21T09:42:01.Z",
        "2026-11-21T09:42:01Zx", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z",
        "2026-11-21T09:42:01+1:00", "1970-01-01T00:00:00+01:00", "2026-1-21T09:42:01Z"}) {
    if (parse_rfc3339_ns(bad)) fail_msg("taken: %s", bad);
  }
}

void lives(void**) {
  const std::pair<const char*, int64_t> good[] = {{"5", 5000000000},
                                                  {"3s", 3000000000},
                                                  {"1m0s", 60000000000},
                                                  {"1h2m3.5s", 3723500000000},
                                                  {"1.5h", 5400000000000},
                                                  {"300ms", 300000000},
                                                  {"250us", 250000},
                                                  {"7ns", 7},
                                                  {"0", 0},
                                                  {"never", SLIP_TTL_NEVER},
                                                  {".5s", 500000000}};
  for (const auto& [text, ns] : good) {
    const auto parsed = parse_ttl_ns(text);
    if (!parsed || *parsed != ns) fail_msg("%s", text);
  }
  for (const char* bad : {"", "s", "-5s", "5x", "5s5", "99999999999999999999", "9999999999999h",
                          "1e3s", " 5s", "5 s", "Never", "18446744073709551615", "1..5s", "."}) {
    if (parse_ttl_ns(bad)) fail_msg("taken: %s", bad);
  }
}

Update classified(const char* operation, const char* reason, const char* ttl) {
  Update update = kv_test::update_of("k", "value", 5);
  classify(KvHeaders{operation, reason, ttl}, &update);
  return update;
}

void messages_are_told_apart(void**) {
  assert_text(kv_test::shown(classified("", "", "")), "k=value@5");
  assert_text(kv_test::shown(classified("DEL", "", "")), "k-@5");
  assert_text(kv_test::shown(classified("PURGE", "", "")), "k!@5");
  assert_text(kv_test::shown(classified("NEW", "", "")), "k=value@5");
  assert_int_equal(classified("DEL", "", "").value.size, 0);
  const Update expired = classified("", "MaxAge", "1m0s");
  assert_text(kv_test::shown(expired), "k!@5");
  assert_int_equal(expired.flags, SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER);
  assert_int_equal(expired.ttl_ns, 60000000000);
  const Update removed = classified("", "Remove", "");
  assert_int_equal(removed.flags, SLIP_FLAG_MARKER);
  assert_int_equal(removed.operation, SLIP_PURGE);
  assert_int_equal(classified("", "", "garbage").ttl_ns, 0);
  const KvHeaders headers = parse_header_block(
      "NATS/1.0\r\nKV-Operation: DEL\r\nX: y: z\r\nNats-TTL:5\r\nbroken\r\n\r\n");
  assert_true(headers.operation == "DEL" && headers.ttl == "5" && headers.marker_reason.empty());
  assert_true(parse_header_block("").operation.empty());
  assert_true(parse_header_block("NATS/1.0 KV-Operation: DEL").operation.empty());
}

void base64(void**) {
  const std::pair<const char*, const char*> good[] = {
      {"", ""}, {"QQ==", "A"}, {"QUI=", "AB"}, {"QUJD", "ABC"}, {"/+8=", "\xff\xef"}};
  for (const auto& [text, bytes] : good) {
    const auto decoded = decode_base64(text);
    assert_true(decoded.has_value());
    assert_true(*decoded == bytes);
  }
  for (const char* bad :
       {"Q", "QQ", "QQ=", "Q===", "QQ==QQ==", "QR==", "QUJ=", "Q Q=", "====", "Q-_D", "QUI=\n"}) {
    if (decode_base64(bad)) fail_msg("taken: %s", bad);
  }
}

void stored_messages(void**) {
  const auto read = [](const char* json) {
    static std::vector<JsonDocument> kept;
    auto parsed = JsonDocument::parse(json);
    assert_ok(parsed);
    kept.push_back(parsed.take());
    return parse_stored_message(kept.back().root(), "$KV.b.");
  };
  const auto entry = read(
      "{\"subject\":\"$KV.b.k.1\",\"seq\":7,\"data\":\"dg==\",\"time\":\"2026-11-21T09:42:01Z\"}");
  assert_ok(entry);
  assert_text(kv_test::shown(entry.value().update()), "k.1=v@7");
  assert_true(entry.value().update().timestamp_ns == 1795254121000000000);
  for (const char* bad :
       {"{}", "[]", "{\"subject\":\"$KV.c.k\",\"seq\":7,\"time\":\"2026-11-21T09:42:01Z\"}",
        "{\"subject\":\"$KV.b.k\",\"seq\":0,\"time\":\"2026-11-21T09:42:01Z\"}",
        "{\"subject\":\"$KV.b.k\",\"seq\":-1,\"time\":\"2026-11-21T09:42:01Z\"}",
        "{\"subject\":\"$KV.b.k\",\"seq\":7,\"time\":\"yesterday\"}",
        "{\"subject\":\"$KV.b.k\",\"seq\":7,\"data\":\"%\",\"time\":\"2026-11-21T09:42:01Z\"}",
        "{\"subject\":\"$KV.b.k\",\"seq\":7,\"hdrs\":\"%\",\"time\":\"2026-11-21T09:42:01Z\"}"}) {
    assert_status(read(bad), SLIP_SERVER, "malformed");
  }
}

void acknowledgements(void**) {
  for (const char* good :
       {"{\"stream\":\"KV_b\", \"seq\":42}", "{\"stream\":\"KV_b\",\"seq\":42,\"domain\":\"hub\"}",
        "{\"seq\":42,\"stream\":\"KV_b\"}",
        "{\"stream\":\"KV_b\",\"domain\":\"hub\", \"seq\":42}"}) {
    const auto revision = parse_put_ack(good);
    assert_ok(revision);
    assert_int_equal(revision.value(), 42);
  }
  assert_status(
      parse_put_ack("{\"error\":{\"code\":400,\"err_code\":10071,\"description\":\"wrong last "
                    "sequence: 5\"},\"stream\":\"KV_b\",\"seq\":0}"),
      SLIP_CONFLICT, "wrong last sequence: 5", "400", "10071");
  for (const char* bad : {"", "x", "{}", "{\"stream\":\"KV_b\"}", "{\"stream\":\"KV_b\",\"seq\":0}",
                          "{\"stream\":\"KV_b\",\"seq\":-4}",
                          "{\"stream\":\"KV_b\",\"seq\":99999999999999999999}", "{\"stream\":"}) {
    assert_status(parse_put_ack(bad), SLIP_SERVER, "answer");
  }
}

void statuses_of_the_server(void**) {
  const auto verdict = [](const char* code, const char* text) {
    return judge_pull_status(code, text).verdict;
  };
  assert_true(verdict("100", "Idle Heartbeat") == PullVerdict::heartbeat);
  assert_true(verdict("404", "No Messages") == PullVerdict::ended);
  assert_true(verdict("408", "Request Timeout") == PullVerdict::ended);
  assert_true(verdict("409", "Batch Completed") == PullVerdict::ended);
  assert_true(verdict("409", "Message Size Exceeds MaxBytes") == PullVerdict::too_small);
  assert_true(verdict("409", "Leadership Change") == PullVerdict::all_ended);
  const struct {
    const char* code;
    const char* text;
    slip_status status;
    bool retriable;
  } broken[] = {{"409", "Consumer Deleted", SLIP_UNREACHABLE, true},
                {"409", "Server Shutdown", SLIP_UNREACHABLE, true},
                {"409", "Something New", SLIP_UNREACHABLE, true},
                {"409", "Exceeded MaxRequestBatch of 5", SLIP_SERVER, false},
                {"400", "Bad Request - heartbeat value too large", SLIP_INTERNAL, false},
                {"503", "", SLIP_UNREACHABLE, true},
                {"599", "What", SLIP_SERVER, true},
                {"", "", SLIP_SERVER, true}};
  for (const auto& one : broken) {
    const PullStatus status = judge_pull_status(one.code, one.text);
    assert_true(status.verdict == PullVerdict::broken);
    assert_status(status.reason, one.status, one.code, one.text);
    assert_int_equal(status.reason.retriable(), one.retriable);
  }
}

void short_listings_are_found(void**) {
  ListingProgress good(10);
  assert_ok(good.delivered(1, 4));
  assert_ok(good.confirmed(1, 9));
  assert_false(good.complete());
  assert_ok(good.delivered(2, 9));
  assert_ok(good.confirmed(2, 10));
  assert_true(good.complete());
  ListingProgress by_update(10);
  assert_ok(by_update.delivered(1, 12));
  assert_true(by_update.complete());
  ListingProgress gap(10);
  assert_ok(gap.delivered(1, 4));
  assert_status(gap.delivered(3, 11), SLIP_SERVER, "incomplete", "delivery 2 did not come");
  assert_false(gap.complete());
  ListingProgress lost_end(10);
  assert_ok(lost_end.delivered(1, 4));
  assert_status(lost_end.confirmed(2, 10), SLIP_SERVER, "incomplete", "sent 2 updates and 1 came");
  assert_false(lost_end.complete());
#ifdef SLIP_TEST_GUARDS
  guard_switch("listing_gap", false);
  assert_ok(ListingProgress(10).delivered(3, 11));
  guard_switch("listing_gap", true);
  guard_switch("listing_confirmed", false);
  assert_ok(ListingProgress(10).confirmed(1, 10));
  guard_switch("listing_confirmed", true);
#endif
}

void stream_descriptions(void**) {
  const auto parse = [](const char* json) {
    const auto document = JsonDocument::parse(json);
    assert_ok(document);
    return parse_stream_info(document.value().root());
  };
  const auto state = parse(
      "{\"config\":{\"max_msgs_per_subject\":5,\"max_age\":0,\"max_bytes\":-1,\"storage\":"
      "\"memory\","
      "\"discard\":\"new\",\"num_replicas\":3},\"created\":\"2026-11-21T09:42:01.000000007Z\","
      "\"state\":{\"messages\":0,\"first_seq\":0,\"last_seq\":0}}");
  assert_ok(state);
  assert_int_equal(state.value().first_revision, 1);
  assert_int_equal(state.value().history, 5);
  assert_int_equal(state.value().replicas, 3);
  assert_true(state.value().epoch == 1795254121000000007u);
  assert_int_equal(state.value().max_messages, -1);
  const auto limited = parse(
      "{\"config\":{\"max_msgs\":7,\"discard\":\"old\"},\"created\":\"2026-11-21T09:42:01Z\","
      "\"state\":{\"first_seq\":1,\"last_seq\":1}}");
  assert_ok(limited);
  assert_int_equal(limited.value().max_messages, 7);
  for (const char* bad :
       {"{}", "{\"config\":{},\"state\":{}}",
        "{\"config\":{},\"created\":\"x\",\"state\":{\"first_seq\":1,\"last_seq\":1}}",
        "{\"config\":{},\"created\":\"2026-11-21T09:42:01Z\",\"state\":{\"first_seq\":1,"
        "\"last_seq\":18446744073709551615}}",
        "{\"config\":[],\"created\":\"2026-11-21T09:42:01Z\",\"state\":{\"last_seq\":1}}"}) {
    assert_status(parse(bad), SLIP_SERVER, "has no valid");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(credentials_are_taken_out),
      cmocka_unit_test(servers_are_listed),
      cmocka_unit_test(ack_subjects_of_both_forms),
      cmocka_unit_test(hostile_ack_subjects),
      cmocka_unit_test(times),
      cmocka_unit_test(lives),
      cmocka_unit_test(messages_are_told_apart),
      cmocka_unit_test(base64),
      cmocka_unit_test(stored_messages),
      cmocka_unit_test(acknowledgements),
      cmocka_unit_test(statuses_of_the_server),
      cmocka_unit_test(short_listings_are_found),
      cmocka_unit_test(stream_descriptions),
  };
  return cmocka_run_group_tests_name("texts of NATS", tests, nullptr, nullptr);
}
