#!/usr/bin/env python3
"""`apt-cache dumpavail` as JSON lines for `slipstream kv load`: one line a package.

    apt-cache dumpavail | catalogue.py > packages.jsonl

A line is {"key": NAME, "value": {"version": ..., "section": ..., "size": ..., "summary": ...}}. Where a
name comes more than once, the last one counts. The number of packages goes to standard error.
"""
import json
import sys

FIELDS = {"Version": "version", "Section": "section", "Size": "size", "Description": "summary",
          "Homepage": "homepage", "Depends": "depends"}


def stanzas(lines):
    """The fields of each package; continuation lines are left out."""
    fields = {}
    for line in lines:
        if line == "\n":
            if fields:
                yield fields
            fields = {}
        elif not line.startswith((" ", "\t")):
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    if fields:
        yield fields


def main():
    packages = {}
    for fields in stanzas(sys.stdin):
        name = fields.get("Package")
        if name:
            packages[name] = {to: fields[field] for field, to in FIELDS.items() if field in fields}
    for name, value in packages.items():
        print(json.dumps({"key": name, "value": value}, ensure_ascii=False))
    print("%d packages" % len(packages), file=sys.stderr)


sys.stdin.reconfigure(encoding="utf-8", errors="replace")
sys.stdout.reconfigure(encoding="utf-8")
main()
