#!/usr/bin/env python3
"""Each guard, switched off, turns the test that is named beside it red.

    guards_test.py BUILD     BUILD is the build directory; SLIP_SOURCE_DIR says where the sources are

Every `// guard: NAME` below src/ has a line in guards.txt, and every line a guard. The named test's
program runs with SLIP_GUARDS_OFF=NAME and must fail. Prints "guard: NAME: TEST" for each.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TAG = re.compile(r"//\s*guard:\s*(\w+)\s*$", re.MULTILINE)
PATIENCE_S = 60


def guards_of(source):
    names = set()
    for folder, _, files in os.walk(os.path.join(source, "src")):
        for name in files:
            # guard.h explains what a tag is.
            if name.endswith((".h", ".cc")) and name not in ("guard.h", "guard.cc"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    names.update(TAG.findall(file.read()))
    return names


def table():
    with open(os.path.join(HERE, "guards.txt"), encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {guard: test for guard, test in lines}


def tests_of(build):
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True,
                           stdout=subprocess.PIPE).stdout
    tests = {}
    for test in json.loads(shown)["tests"]:
        environment = {}
        for item in test.get("properties", []):
            if item["name"] == "ENVIRONMENT":
                environment = dict(entry.split("=", 1) for entry in item["value"])
        tests[test["name"]] = (test.get("command"), environment)
    return tests


def run_without(guard, command, environment):
    """"" where the test fails, as it should; else what is wrong."""
    # Red at the first failure: what follows it may hang.
    every = dict(os.environ, **environment, SLIP_GUARDS_OFF=guard, CMOCKA_TEST_ABORT="1")
    try:
        code = subprocess.run(command, env=every, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=PATIENCE_S).returncode
    except subprocess.TimeoutExpired:
        return ""  # red, too: ctest ends what hangs
    except OSError as error:
        return "does not run: %s" % error
    return "stays green without the guard" if code == 0 else ""


def main(arguments):
    known, named = guards_of(os.environ["SLIP_SOURCE_DIR"]), table()
    wrong = ["guard %s has no line in guards.txt" % name for name in sorted(known - named.keys())]
    wrong += ["guards.txt names %s, which is no guard" % name for name in sorted(named.keys() - known)]
    tests = tests_of(arguments[1])
    wrong += ["guards.txt names %s, which is no test" % test
              for test in sorted(set(named.values()) - tests.keys())]
    runs = {guard: test for guard, test in sorted(named.items()) if test in tests}
    # Two at once: most of the time they wait.
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        verdicts = pool.map(lambda item: run_without(item[0], *tests[item[1]]), runs.items())
        for (guard, test), verdict in zip(runs.items(), verdicts):
            if verdict:
                wrong.append("%s: %s %s" % (guard, test, verdict))
            else:
                print("guard: %s: %s" % (guard, test))
    for what in wrong:
        print("wrong: " + what)
    print("figure: guards caught by their tests = %d of %d" % (len(runs) - len(
        [what for what in wrong if "without the guard" in what or "does not run" in what]), len(known)))
    return 1 if wrong or not known else 0


sys.exit(main(sys.argv))
