// From scopes to filters, what servers make of them, and the order of what comes.
#include <set>

#include "base/guard.h"
#include "kv/kv_support.h"
#include "kv/nats/consumer_config.h"
#include "kv/nats/delivery_order.h"

using namespace slip;  // NOLINT: the tests speak of nothing else

namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : " ") + part;
  return all;
}

void prefixes_are_cut_after_whole_tokens(void**) {
  const std::pair<std::string, const char*> cases[] = {
      {"", ""},
      {"a", ""},
      {"a.", "a."},
      {"a.b", "a."},
      {"a.b.", "a.b."},
      {".a", ""},
      {"a..b", "a."},
      {"*.b", ""},
      {"a.x*y.b", "a."},
      {">.", ""},
      {"a b.c", ""},
      {"a.*", "a."},
      {"a\n.b", ""},
      {"a.b\x7f.c", "a."},
      {"a.gr\xc3\xbc\xc3\x9f.b", "a.gr\xc3\xbc\xc3\x9f."},  // UTF-8
      {"a.\xff.b", "a."},                                   // which JSON cannot hold
      {std::string("a.\0.b", 5), "a."},
      {std::string(2000, 'x') + ".y", ""},
      {"a." + std::string(2000, 'x') + ".y", "a."},
  };
  for (const auto& [prefix, expected] : cases) {
    assert_text(std::string(whole_tokens(prefix)), expected);
  }
}

void filters_of_scopes(void**) {
  const struct {
    std::vector<std::string> prefixes;
    const char* subjects;
    bool exact;
  } cases[] = {
      {{}, "", true},
      {{""}, "", true},
      {{"a."}, "$KV.b.a.>", true},
      {{"a"}, "", false},
      {{"a", "b."}, "", false},
      {{"routes.eu"}, "$KV.b.routes.>", false},
      {{"routes.eu."}, "$KV.b.routes.eu.>", true},
      {{"b.", "a."}, "$KV.b.a.> $KV.b.b.>", true},
      {{"a.", "a.", "a.x."}, "$KV.b.a.>", true},
      {{"a.", ""}, "", true},
      {{"a.x", "a.y"}, "$KV.b.a.>", false},
      // Prefixes that do not overlap, and filters that would.
      {{"a.b.c.", "a.x"}, "$KV.b.a.>", false},
      {{"a.b-c.", "a.b.x"}, "$KV.b.a.b-c.> $KV.b.a.b.>", false},
      {{"a.*.c.", "b."}, "$KV.b.a.> $KV.b.b.>", false},
  };
  for (const auto& one : cases) {
    const ScopeFilter filter = scope_filter(Scope::of(one.prefixes), "$KV.b.");
    assert_text(joined(filter.subjects), one.subjects);
    assert_true(filter.exact == one.exact);
  }
}

std::vector<std::string> many(size_t count, const std::string& tail) {
  std::vector<std::string> prefixes;
  for (size_t i = 0; i < count; ++i) prefixes.push_back("p" + std::to_string(i) + tail);
  return prefixes;
}

void too_many_filters_are_none(void**) {
  const ScopeFilter most = scope_filter(Scope::of(many(kFiltersMax, ".")), "$KV.b.");
  assert_int_equal(most.subjects.size(), kFiltersMax);
  assert_true(most.exact);
  const ScopeFilter more = scope_filter(Scope::of(many(kFiltersMax + 1, ".")), "$KV.b.");
  assert_int_equal(more.subjects.size(), 0);
  assert_false(more.exact);
  // However few they are, a request must hold them.
  const auto long_ones = many(500, "." + std::string(900, 'x') + ".");
  const ScopeFilter large = scope_filter(Scope::of(long_ones), "$KV.b.");
  assert_true(large.subjects.empty() && !large.exact);
}

// Whether a filter lets a key through, as servers judge: token by token.
bool lets_through(const std::string& filter, const std::string& key) {
  const std::string stem = filter.substr(6, filter.size() - 7);  // "$KV.b." and ">"
  return key.size() > stem.size() && key.compare(0, stem.size(), stem) == 0;
}

// Over random scopes and keys: nothing in scope is kept away, exact is exact, none covers another.
void filters_never_keep_away_what_is_in_scope(void**) {
  const char alphabet[] = "ab..*-";
  const auto text = [&](size_t size_max) {
    std::string made;
    for (size_t i = test_random() % (size_max + 1); i > 0; --i) {
      made += alphabet[test_random() % (sizeof alphabet - 1)];
    }
    return made;
  };
  size_t in_scope = 0, filtered = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::string> prefixes;
    for (size_t i = 1 + test_random() % 4; i > 0; --i) prefixes.push_back(text(6));
    const Scope scope = Scope::of(prefixes);
    const ScopeFilter filter = scope_filter(scope, "$KV.b.");
    for (size_t i = 1; i < filter.subjects.size(); ++i) {
      assert_false(lets_through(filter.subjects[i - 1], filter.subjects[i].substr(6)));
    }
    for (int i = 0; i < 10; ++i) {
      const std::string key = "a" + text(8) + "b";  // no empty token at the ends
      if (key.find("..") != std::string::npos) continue;
      size_t passed = filter.subjects.empty() ? 1 : 0;
      for (const std::string& subject : filter.subjects) passed += lets_through(subject, key);
      assert_true(passed <= 1);
      if (scope.contains(key)) assert_int_equal(passed, 1);
      if (filter.exact && passed == 1) assert_true(scope.contains(key));
      in_scope += scope.contains(key);
      filtered += passed == 0;
    }
  }
  assert_true(in_scope > 1000 && filtered > 1000);
}

void echoes(void**) {
  PullConfig config;
  config.bucket = "b";
  const auto echo = [&](const char* filters) {
    const std::string json =
        std::string("{\"deliver_policy\":\"by_start_sequence\"") + filters + "}";
    return check_echo(config, JsonDocument::parse(json).value().root());
  };
  const auto honoured = [&](const char* filters) {
    const Result<bool> checked = echo(filters);
    return checked.ok() && checked.value();
  };
  assert_true(honoured(""));
  assert_status(echo(",\"filter_subject\":\"$KV.b.a.>\""), SLIP_UNSUPPORTED, "not", "as asked");
  config.filter.subjects = {"$KV.b.a.>"};
  assert_true(honoured(",\"filter_subject\":\"$KV.b.a.>\""));
  assert_status(echo(""), SLIP_UNSUPPORTED, "as asked");
  assert_status(echo(",\"filter_subject\":\"$KV.b.>\""), SLIP_UNSUPPORTED, "as asked");
  config.filter.subjects = {"$KV.b.a.>", "$KV.b.c.>"};
  assert_true(honoured(",\"filter_subjects\":[\"$KV.b.c.>\",\"$KV.b.a.>\"]"));
  assert_status(echo(",\"filter_subjects\":[\"$KV.b.a.>\"]"), SLIP_UNSUPPORTED, "as asked");
  const Result<bool> ignored = echo("");
  assert_ok(ignored);
  assert_false(ignored.value());
  config.headers_only = true;
  assert_status(echo(""), SLIP_UNSUPPORTED, "as asked");
  assert_text(create_operation(config, "c"), "CONSUMER.CREATE.KV_b.c");
  config.filter.subjects.pop_back();
  assert_text(create_operation(config, "c"), "CONSUMER.CREATE.KV_b.c.$KV.b.a.>");
}

using Verdict = DeliverySequence::Verdict;

void deliveries_are_numbered_anew_without_holes(void**) {
  DeliverySequence order;
  uint64_t appended = 0;
  for (uint64_t number = 1; number <= 100; ++number) {
    assert_true(order.delivered(number) == Verdict::as_expected);
    if (number % 3 == 0) {
      order.dropped();
      assert_int_equal(order.appended(), appended);
    } else {
      assert_int_equal(order.appended(), ++appended);
    }
    assert_true(order.confirmed(number) == Verdict::as_expected);
  }
  assert_true(order.delivered(102) == Verdict::gap);
  assert_true(order.delivered(100) == Verdict::replaced);
  assert_true(order.delivered(1) == Verdict::replaced);
  assert_true(order.delivered(101) == Verdict::as_expected);
#ifdef SLIP_TEST_GUARDS
  guard_switch("consumer_sequence", false);
  assert_true(order.delivered(1) == Verdict::as_expected);
  guard_switch("consumer_sequence", true);
#endif
}

// One heartbeat that does not fit proves nothing; a second one, with nothing in between, does.
void heartbeats_that_do_not_fit(void**) {
  DeliverySequence order;
  assert_true(order.confirmed(0) == Verdict::as_expected);
  assert_true(order.delivered(1) == Verdict::as_expected);
  assert_true(order.confirmed(2) == Verdict::not_yet);
  assert_true(order.delivered(2) == Verdict::as_expected);
  assert_true(order.confirmed(3) == Verdict::not_yet);
  assert_true(order.confirmed(2) == Verdict::as_expected);
  assert_true(order.confirmed(3) == Verdict::not_yet);
  assert_true(order.confirmed(3) == Verdict::gap);
  assert_true(order.confirmed(0) == Verdict::replaced);
#ifdef SLIP_TEST_GUARDS
  guard_switch("heartbeat_sequence", false);
  assert_true(order.confirmed(3) == Verdict::not_yet);
  guard_switch("heartbeat_sequence", true);
#endif
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(prefixes_are_cut_after_whole_tokens),
      cmocka_unit_test(filters_of_scopes),
      cmocka_unit_test(too_many_filters_are_none),
      cmocka_unit_test(filters_never_keep_away_what_is_in_scope),
      cmocka_unit_test(echoes),
      cmocka_unit_test(deliveries_are_numbered_anew_without_holes),
      cmocka_unit_test(heartbeats_that_do_not_fit),
  };
  return cmocka_run_group_tests_name("scope", tests, nullptr, nullptr);
}
