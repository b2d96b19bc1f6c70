#!/usr/bin/env python3
"""The suite of the C API (tests/capi) as a user would build it: with the header and the library of the
installed prefix, found by pkg-config, and run with nothing of the build tree on its path.

    suite_test.py WORK SUPPORT, the archive of what tests share
"""
import os
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

SUPPORT, WORK = sys.argv.pop(), sys.argv.pop()
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
# The others are about threads and waiting, or about the library's own build.
PROGRAMS = ("values", "null", "bucket", "fold", "callbacks", "pull", "metrics", "artifact",
            "manners")


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)


def pkg_config(*arguments):
    return subprocess.run(["pkg-config", *arguments], check=True,
                          stdout=subprocess.PIPE).stdout.decode().split()


def build_and_run(name):
    """(what happened, what was said)"""
    program = os.path.join(WORK, name)
    built = run(os.environ.get("SLIP_CC", "cc"), "-std=c99", "-D_GNU_SOURCE", "-Wall", "-Wextra",
                "-Werror", *pkg_config("--cflags", "slipstream"), "-I", TESTS, "-o", program,
                os.path.join(TESTS, "capi", name + "_test.c"), SUPPORT,
                *pkg_config("--libs", "slipstream", "cmocka"), "-lstdc++", "-lpthread")
    if built.returncode != 0:
        return "was not built", built.stdout.decode()
    loaded = [line for line in run("ldd", program).stdout.decode().splitlines()
              if "libslipstream" in line]
    if len(loaded) != 1 or os.path.realpath(os.environ["SLIP_PREFIX"]) not in loaded[0]:
        return "does not load the library of the prefix", "\n".join(loaded)
    done = run(program)
    return "ended %d" % done.returncode, done.stdout.decode()


class Suite(unittest.TestCase):
    def test_from_the_prefix(self):
        os.makedirs(WORK, exist_ok=True)
        with ThreadPoolExecutor(2) as pool:
            for name, (what, said) in zip(PROGRAMS, pool.map(build_and_run, PROGRAMS)):
                with self.subTest(name):
                    self.assertEqual(what, "ended 0", said)
                    self.assertNotIn("[  SKIPPED ]", said)
                    self.assertIn("[  PASSED  ]", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
