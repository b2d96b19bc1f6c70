#!/usr/bin/env python3
"""The pages say what is there: links lead somewhere, every status has its advice, and the tests that
docs/promises.md names exist.

    docs_test.py SOURCE BUILD
"""
import glob
import json
import os
import re
import subprocess
import sys
import unittest

SOURCE, BUILD = sys.argv[1], sys.argv[2]


def read(*names):
    with open(os.path.join(SOURCE, *names), encoding="utf-8") as file:
        return file.read()


class Pages(unittest.TestCase):
    def test_links_lead_somewhere(self):
        pages = glob.glob(os.path.join(SOURCE, "*.md")) + glob.glob(os.path.join(SOURCE, "docs", "*.md"))
        self.assertGreater(len(pages), 5)
        for page in pages:
            with open(page, encoding="utf-8") as file:
                prose = re.sub(r"^```.*?^```", "", file.read(), flags=re.S | re.M)
            links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", prose)
            for link in links:
                if "://" not in link:
                    target = os.path.join(os.path.dirname(page), link)
                    self.assertTrue(os.path.exists(target), "%s: %s" % (page, link))

    def test_every_status_has_its_advice(self):
        header = read("include", "slipstream.h")
        statuses = set(re.findall(r"^ +(SLIP_[A-Z_]+) = \d+, ", header, re.M)) & set(
            re.findall(r"SLIP_STATUS_ROW\((SLIP_[A-Z_]+),", read("src", "base", "status_table.cc")))
        self.assertGreater(len(statuses), 35)
        page = read("docs", "operations.md")
        missing = sorted(s for s in statuses if "`%s`" % s not in page and s != "SLIP_OK")
        self.assertEqual(missing, [])

    def test_the_tests_that_promises_name_exist(self):
        shown = subprocess.run(["ctest", "--test-dir", BUILD, "--show-only=json-v1"], check=True,
                               stdout=subprocess.PIPE).stdout
        known = {test["name"] for test in json.loads(shown)["tests"]}
        page = read("docs", "promises.md")
        rows = re.findall(r"^\| (P\d+) \|.*\| ([^|]*) \|$", page, re.M)
        self.assertEqual([row[0] for row in rows], ["P%d" % i for i in range(1, 13)])
        for promise, cell in rows:
            names = re.findall(r"`([a-z0-9_]+)`", cell)
            self.assertTrue(names or "not yet" in cell, promise)
            self.assertEqual([name for name in names if name not in known], [], promise)


unittest.main(verbosity=2, argv=[sys.argv[0]])
