// A guard is a check that a promise rests on. Each carries a `// guard: NAME` tag and, in the test
// build (SLIP_TEST_GUARDS), can be switched off at run time, so that a test can show that something
// turns red without it. In the product the condition is constant.
#ifndef SLIP_BASE_GUARD_H
#define SLIP_BASE_GUARD_H

namespace slip {
#ifdef SLIP_TEST_GUARDS
bool guard_on(const char* name);
// Tests only. What the environment SLIP_GUARDS_OFF=NAME,NAME names is off and stays off.
void guard_switch(const char* name, bool on);
#else
constexpr bool guard_on(const char*) { return true; }
#endif
}  // namespace slip
#endif
