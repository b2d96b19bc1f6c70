#!/usr/bin/env python3
"""This build against what abi/ keeps of the last release; and that a breach would be seen.

    baseline_test.py BUILD
"""
import importlib.machinery
import importlib.util
import os
import re
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BUILD = sys.argv.pop()
path = os.path.join(ROOT, "scripts", "abi-baseline")
loader = importlib.machinery.SourceFileLoader("abi_baseline", path)
baseline = importlib.util.module_from_spec(importlib.util.spec_from_loader("abi_baseline", loader))
loader.exec_module(baseline)


def version(text):
    return tuple(int(part) for part in text.split("."))


class Baseline(unittest.TestCase):
    def test_no_program_notices_this_build(self):
        baseline.check(BUILD)

    def test_every_function_has_its_release(self):
        since = baseline.since_of(baseline.read(os.path.join(baseline.ABI, "since.txt")))
        golden = baseline.read(os.path.join(ROOT, "tests", "abi", "symbols.txt")).split()
        self.assertEqual(sorted(since), sorted(golden), "renew it with scripts/abi-baseline")
        header = baseline.read(baseline.HEADER)
        now = version(baseline.version_of(header))
        for name, release in since.items():
            self.assertRegex(release, r"^\d+\.\d+\.\d+$")
            self.assertLessEqual(version(release), now, name)
            if version(release) > (0, 1, 0):
                prose = header[:header.index(" %s(" % name)].rpartition("/*")[2]
                self.assertIn("Since " + release, prose, name)

    def test_the_header_kept_is_of_this_epoch(self):
        kept = baseline.read(os.path.join(baseline.ABI, "slipstream.h"))
        epoch = re.search(r"#define SLIP_ABI_EPOCH (\d+)", kept).group(0)
        self.assertIn(epoch, baseline.read(baseline.HEADER))
        self.assertLessEqual(set(baseline.functions_of(kept)),
                             set(baseline.functions_of(baseline.read(baseline.HEADER))))


class Breaches(unittest.TestCase):
    """The comparison sees what it is for: each time one thing differs from what was published."""

    def compared(self, pattern, replacement, turned=False):
        text = baseline.read(os.path.join(baseline.ABI, "slipstream.abi"))
        other, count = re.subn(pattern, replacement, text, count=1, flags=re.S)
        self.assertEqual(count, 1, pattern)
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, content in (("published.abi", text), ("now.abi", other)):
                paths.append(os.path.join(folder, name))
                with open(paths[-1], "w", encoding="utf-8") as file:
                    file.write(content)
            return baseline.compare(*(reversed(paths) if turned else paths))

    def test_a_function_that_is_gone(self):
        symbol = r"<elf-symbol name='slip_version'[^>]*/>\s*"
        self.assertIn("slip_version", self.compared(symbol, ""))
        self.assertEqual(self.compared(symbol, "", turned=True), "")

    def test_a_parameter_of_another_type(self):
        found = self.compared(r"(<function-decl name='slip_watch_wait_revision'.*?<parameter .*?"
                              r"<parameter type-id=')(\w+)('.*?<parameter type-id=')(\w+)",
                              r"\g<1>\g<4>\g<3>\g<2>")
        self.assertIn("slip_watch_wait_revision", found)

    def test_a_member_that_moved(self):
        found = self.compared(r"(<class-decl name='slip_update'.*?layout-offset-in-bits=')256'",
                              r"\g<1>320'")
        self.assertIn("slip_update", found)

    def test_an_array_element_that_grew(self):
        found = self.compared(r"(<class-decl name='slip_update' size-in-bits=')640'", r"\g<1>704'")
        self.assertIn("slip_update", found)

    # What comes last in slip_fold_state, in the published text as the one without it.
    LAST = (r"(<class-decl name='slip_fold_state' size-in-bits=')704('.*?)"
            r"<data-member access='public' layout-offset-in-bits='640'>.*?</data-member>\s*"
            r"<data-member access='public' layout-offset-in-bits='672'>.*?</data-member>\s*")

    def test_a_structure_may_grow_at_its_end_and_not_shrink(self):
        self.assertEqual(self.compared(self.LAST, r"\g<1>640\g<2>", turned=True), "")
        self.assertIn("slip_fold_state", self.compared(self.LAST, r"\g<1>640\g<2>"))

    def test_options(self):
        published = {"fold": {"a": {"type": "u64", "min": 1, "max": 9},
                              "b": {"type": "choice", "values": ["x", "y"]}}}

        def broken(**rows):
            return list(baseline.options_broken(published, {"fold": dict(published["fold"], **rows)}))
        self.assertEqual(broken(a={"type": "u64", "min": 0, "max": 10}, c={"type": "bool"}), [])
        self.assertEqual(broken(b={"type": "choice", "values": ["y", "x", "z"]}), [])
        self.assertEqual(broken(a={"type": "u64", "min": 2, "max": 9}),
                         ["option a of fold has narrower bounds"])
        self.assertEqual(broken(b={"type": "choice", "values": ["x"]}),
                         ["option b of fold takes fewer values"])
        self.assertEqual(broken(a={"type": "bool"}), ["option a of fold was u64 and is bool"])
        self.assertEqual(list(baseline.options_broken(published, {})),
                         ["option a of fold is gone", "option b of fold is gone"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
