// Each validator turns red for a trace that breaks its property, and it alone; sound traces are
// green.
#include "support/validators.h"

#include <cstring>

#include "support/support.h"
extern "C" {
#include <cmocka.h>
}

namespace {

using trace::Came;
using trace::Record;
using trace::Trace;

Came came(const std::string& key, uint64_t revision) {
  return {key, revision, trace::digest_of("v"), SLIP_PUT, 0};
}

// What every case begins with: a, b, c, d at 1 to 4; x and y share 5.
struct Case {
  Case() {
    const char* keys[] = {"a", "b", "c", "d"};
    for (uint64_t i = 0; i < 4; ++i) record.wrote(keys[i], SLIP_PUT, "v", i + 1);
    record.wrote("x", SLIP_PUT, "v", 5);
    record.wrote("y", SLIP_PUT, "v", 5);
    trace.starts(0);
  }
  Record record;
  Trace trace;
};

// Every line of the verdict is of one property, and there is one.
void check_breaks(const Case& made, const std::string& property, int line) {
  const std::string verdict = trace::judge(made.record, made.trace);
  size_t lines = 0;
  for (size_t at = 0; at < verdict.size(); at = verdict.find('\n', at) + 1, ++lines)
    if (verdict.compare(at, property.size() + 1, property + ":") != 0) {
      print_error("expected %s only:\n%s", property.c_str(), verdict.c_str());
      _fail(__FILE__, line);
    }
  if ((lines == 0) == property.empty()) return;
  print_error("expected \"%s\":\n%s", property.c_str(), verdict.c_str());
  _fail(__FILE__, line);
}
#define BREAKS(made, property) check_breaks(made, property, __LINE__)
#define SOUND(made) check_breaks(made, "", __LINE__)

void sound_traces(void**) {
  Case made;
  made.trace.applies({came("a", 1), came("b", 2)});
  made.trace.applied(2);
  made.trace.applies({came("c", 3)});
  made.trace.ended(2);  // not committed: it comes again
  made.trace.starts(2);
  made.trace.applies({came("c", 3), came("d", 4), came("x", 5), came("y", 5)});
  made.trace.applied(5);
  SOUND(made);

  // Replaced before it came; deleted; a cursor that a heartbeat moved.
  Case replaced;
  replaced.record.wrote("a", SLIP_DELETE, "", 6);
  replaced.record.wrote("b", SLIP_PUT, "v", 7);
  replaced.trace.applies({came("c", 3), came("d", 4), came("x", 5), came("y", 5)});
  replaced.trace.applied(5);
  replaced.trace.applies({{"a", 6, trace::digest_of(""), SLIP_DELETE, 0}, came("b", 7)});
  replaced.trace.applied(7);
  replaced.record.reached(9);
  replaced.trace.ended(9);
  SOUND(replaced);

  // An unanswered write that is there, and one that is not.
  Case unanswered;
  unanswered.record.begins("a", SLIP_PUT, "twice");
  unanswered.record.begins("b", SLIP_PUT, "never");
  unanswered.trace.applies({came("a", 1),
                            came("b", 2),
                            came("c", 3),
                            came("d", 4),
                            came("x", 5),
                            came("y", 5),
                            {"a", 6, trace::digest_of("twice"), SLIP_PUT, 0}});
  unanswered.trace.applied(6);
  SOUND(unanswered);

  Case killed;
  killed.trace.applies({came("a", 1), came("b", 2)});
  killed.trace.starts(2);  // it was committed, and nobody was told
  killed.trace.applies({came("c", 3)});
  killed.trace.starts(2);  // it was not
  killed.trace.applies({came("c", 3)});
  killed.trace.applied(3);
  SOUND(killed);
}

void ordered(void**) {
  Case made;
  made.trace.applies({came("a", 1), came("c", 3), came("b", 2)});
  made.trace.applied(3);
  BREAKS(made, "ordered");
}

void unique(void**) {
  Case made;
  made.trace.applies({came("a", 1), came("b", 2)});
  made.trace.applied(2);
  made.trace.applies({came("b", 2), came("c", 3)});
  made.trace.applied(3);
  BREAKS(made, "unique");
}

void reliable(void**) {
  Case left_out;
  left_out.trace.applies({came("a", 1), came("c", 3)});
  left_out.trace.applied(3);
  BREAKS(left_out, "reliable");

  Case invented;
  invented.trace.applies({came("a", 1), came("b", 2), came("z", 2)});
  invented.trace.applied(2);
  BREAKS(invented, "reliable");

  Case changed;
  changed.trace.applies({came("a", 1), {"b", 2, trace::digest_of("w"), SLIP_PUT, 0}});
  changed.trace.applied(2);
  BREAKS(changed, "reliable");

  // It was replaced only after the next one had come: it was there to be delivered.
  Case late;
  late.trace.applies({came("a", 1), came("c", 3)});
  late.trace.applied(3);
  const int64_t then = trace::now_ns();
  while (trace::now_ns() == then) {
  }
  late.record.wrote("b", SLIP_PUT, "v", 6);
  BREAKS(late, "reliable");
}

void atomic(void**) {
  Case parted;
  parted.trace.applies({came("a", 1), came("b", 2), came("c", 3), came("d", 4), came("x", 5)});
  parted.trace.applied(5);
  parted.trace.applies({came("y", 5)});
  parted.trace.applied(5);
  BREAKS(parted, "atomic");

  Case within;
  within.trace.applies({came("a", 1), came("b", 2)});
  within.trace.applied(1);
  BREAKS(within, "atomic");
}

void resumable(void**) {
  Case taken_back;
  taken_back.trace.applies({came("a", 1), came("b", 2)});
  taken_back.trace.applied(2);
  taken_back.trace.starts(1);
  taken_back.trace.applies({came("b", 2)});
  BREAKS(taken_back, "resumable");

  Case left_out;
  left_out.trace.applies({came("a", 1), came("b", 2)});
  left_out.trace.applied(2);
  left_out.trace.starts(3);
  left_out.trace.applies({came("d", 4)});
  BREAKS(left_out, "resumable");

  Case again;
  again.trace.applies({came("a", 1), came("b", 2)});
  again.trace.applied(2);
  again.trace.starts(2);
  again.trace.applies({came("b", 2), came("c", 3)});
  again.trace.applied(3);
  BREAKS(again, "resumable");
}

void bookmarkable(void**) {
  Case early;
  early.trace.applies({came("a", 1), came("b", 2)});
  early.trace.applied(3);
  early.trace.applies({came("c", 3)});
  early.trace.applied(3);
  BREAKS(early, "bookmarkable");

  Case back;
  back.trace.applies({came("a", 1), came("b", 2)});
  back.trace.applied(2);
  back.trace.ended(1);
  BREAKS(back, "bookmarkable");

  Case ahead;
  ahead.trace.applies(
      {came("a", 1), came("b", 2), came("c", 3), came("d", 4), came("x", 5), came("y", 5)});
  ahead.trace.applied(5);
  ahead.trace.ended(99);
  BREAKS(ahead, "bookmarkable");
}

void scopes(void**) {
  Record record;
  record.wrote("eu.1", SLIP_PUT, "v", 1);
  record.wrote("us.1", SLIP_PUT, "v", 2);
  record.wrote("eu-west", SLIP_PUT, "v", 3);
  Trace of_eu({"eu"}), of_both({"eu.", "us."});
  of_eu.starts(0);
  of_eu.applies({came("eu.1", 1), came("eu-west", 3)});
  of_eu.applied(3);
  assert_string_equal(trace::judge(record, of_eu).c_str(), "");
  of_both.starts(0);
  of_both.applies({came("eu.1", 1), came("eu-west", 3)});
  of_both.applied(3);
  const std::string verdict = trace::judge(record, of_both);
  assert_non_null(strstr(verdict.c_str(), "\"eu-west\" at revision 3 was never written"));
  assert_non_null(strstr(verdict.c_str(), "\"us.1\" at revision 2 is missing"));
}

}  // namespace

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sound_traces), cmocka_unit_test(ordered), cmocka_unit_test(unique),
      cmocka_unit_test(reliable),     cmocka_unit_test(atomic),  cmocka_unit_test(resumable),
      cmocka_unit_test(bookmarkable), cmocka_unit_test(scopes),
  };
  return cmocka_run_group_tests_name("validators", tests, nullptr, nullptr);
}
