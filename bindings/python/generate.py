#!/usr/bin/env python3
"""Writes what slipstream.h declares as Python: constants, structures, prototypes, result tuples.

    generate.py            rewrite slipstream/_constants.py, _structs.py, _functions.py, states.py,
                           enums.py
    generate.py --check    say which of them are not as they would be written; ends 1 if any

The header is in the project's own plain style, so a few regular expressions read all of it; what they
do not understand is an error, never left out.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
HEADER = os.path.join(HERE, "..", "..", "include", "slipstream.h")
PACKAGE = os.path.join(HERE, "slipstream")
NOTE = '"""%s\n\nMade from slipstream.h by bindings/python/generate.py: do not edit.\n"""\n'

SCALARS = {
    "int": "c.c_int", "int32_t": "c.c_int32", "uint32_t": "c.c_uint32", "int64_t": "c.c_int64",
    "uint64_t": "c.c_uint64", "size_t": "c.c_size_t", "slip_status": "c.c_int32",
}
# Structures that the library fills for a caller: each becomes a tuple of Python's own values.
STATES = ("_state", "_summary", "_published", "_compaction")
# Families of constants that become an enumeration: prefix, class, its base, what it is for.
ENUMS = (
    ("FLAG_", "Flag", "IntFlag", "Bits of Update.flags. Later releases may set further ones: ignore them."),
    ("CONNECTION_", "ConnectionPhase", "IntEnum", "ConnectionState.state"),
    ("STORAGE_", "Storage", "IntEnum", "BucketState.storage"),
    ("DISCARD_", "Discard", "IntEnum", "BucketState.discard"),
    ("WATCH_", "WatchPhase", "IntEnum", "WatchState.state"),
    ("COMPACTION_", "CompactionOutcome", "IntEnum", "Compaction.outcome"),
    ("EVENT_", "Event", "IntEnum", "What can happen under a watch: WatchEvent.event"),
)


def fail(what):
    sys.exit("generate.py: cannot read this of slipstream.h: " + what)


def camel(name):
    return "".join(part.capitalize() for part in name.split("_")[1:])


class Header:
    """What the header declares, in its order."""

    def __init__(self, text):
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        text = re.sub(r"\\\n", " ", text)
        self.constants = self._constants(text)
        text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
        self.structs = {name: self._members(body) for body, name in
                        re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, flags=re.S)}
        self.handles = set(re.findall(r"typedef struct (\w+) \1;", text))
        self.callbacks = {name: (result, self._types(arguments)) for result, name, arguments in
                          re.findall(r"typedef ([\w ]+?) \(\*(\w+)\)\((.*?)\);", text, flags=re.S)}
        self.functions = {name: (" ".join(result.split()), self._types(arguments))
                          for result, name, arguments in re.findall(
                              r"SLIP_API ([\w\s*]+?)\s*(\bslip_\w+)\((.*?)\);", text, flags=re.S)}
        if len(self.functions) != text.count("SLIP_API "):
            fail("%d functions for %d times SLIP_API" % (len(self.functions), text.count("SLIP_API ")))

    @staticmethod
    def _constants(text):
        found = {}
        for body in re.findall(r"enum \{(.*?)\}", text, flags=re.S):
            for row in filter(str.strip, body.split(",")):
                match = re.fullmatch(r"\s*(SLIP_\w+) = (-?\w+)\s*", row)
                if not match:
                    fail("enum row " + row.strip())
                found[match.group(1)] = int(match.group(2), 0)
        for name, value in re.findall(r"^#define (SLIP_\w+) (\S.*?)\s*$", text, flags=re.M):
            value = value.replace("UINT64_MAX", str(2**64 - 1)).replace("(int64_t)", "")
            if re.fullmatch(r"\(*-?\d+\)*", value):
                found[name] = int(value.strip("()"))
        return found

    def _members(self, body):
        members = []
        for row in filter(str.strip, body.split(";")):
            row = " ".join(row.split())
            pointer = re.fullmatch(r"(.*?)\(\*(\w+)\)\((.*)\)", row)
            if pointer:
                members.append((pointer.group(2), (pointer.group(1).strip(),
                                                   self._types(pointer.group(3))), None))
                continue
            match = re.fullmatch(r"([\w ]+(?:\*+ ?| ))(\w+)(?:\[(\d+)\])?", row)
            if not match:
                fail("member " + row)
            members.append((match.group(2), match.group(1).strip(), match.group(3)))
        return members

    @staticmethod
    def _types(arguments):
        arguments = " ".join(arguments.split())
        if arguments in ("", "void"):
            return []
        return [re.sub(r" ?\w+$", "", argument.strip()) if not argument.strip().endswith("*")
                else argument.strip() for argument in arguments.split(",")]

    def ctype(self, kind, in_callback=False):
        """The ctypes expression of one C type."""
        plain = kind.replace("const ", "").replace(" *", "*").strip()
        if plain in SCALARS:
            return SCALARS[plain]
        if plain in self.structs:
            return camel(plain)
        if plain in self.callbacks:
            return camel(plain)
        if plain == "char*":
            return "c.c_char_p" if kind.startswith("const") else "c.c_void_p"
        if plain in ("void*", "uint8_t*") or plain[:-1] in self.handles:
            return "c.c_void_p"
        if plain == "void":
            return "None"
        if plain.endswith("**") and (plain[:-2] in self.handles or plain == "void**"):
            return "c.POINTER(c.c_void_p)"
        if plain.endswith("*") and plain[:-1] in self.structs:
            return "c.POINTER(%s)" % camel(plain[:-1])
        if plain.endswith("*") and plain[:-1] in SCALARS:
            return "c.POINTER(%s)" % SCALARS[plain[:-1]]
        return fail("type " + kind)

    def prototype(self, result, arguments):
        return "c.CFUNCTYPE(%s)" % ", ".join(self.ctype(kind) for kind in [result] + arguments)


def wrapped(opening, items, closing, indent="    "):
    """Items after one another, 100 columns at most."""
    lines, line = [opening], indent
    for item in items:
        if len(line) + len(item) + 2 > 99:
            lines.append(line.rstrip())
            line = indent
        line += item + ", "
    return "\n".join(lines + [line.rstrip(), closing])


def constants_py(header):
    out = [NOTE % "The constants of the header, without their prefix SLIP_."]
    for name, value in header.constants.items():
        out.append("%s = %d" % (name[len("SLIP_"):], value))
    return "\n".join(out) + "\n"


def structs_py(header):
    out = [NOTE % "The structures of the header, for ctypes.", "import ctypes as c\n"]
    for name, (result, arguments) in header.callbacks.items():
        out.append("%s = %s\n" % (camel(name), header.prototype(result, arguments)))
    for name, members in header.structs.items():
        rows = []
        for member, kind, count in members:
            text = header.prototype(*kind) if isinstance(kind, tuple) else \
                "c.c_char" if kind == "char" else header.ctype(kind)
            # `from` is a word of Python's own.
            member = member + "_" if member == "from" else member
            rows.append('("%s", %s%s)' % (member, text, " * %s" % count if count else ""))
        out.append("\nclass %s(c.Structure):\n%s\n" % (
            camel(name), wrapped("    _fields_ = [", rows, "    ]", " " * 8)))
    return "\n".join(out)


def functions_py(header):
    names = sorted(camel(name) for name in list(header.structs) + list(header.callbacks))
    out = [NOTE % "The functions of the header: name, result, arguments.", "import ctypes as c",
           "from typing import Any, Dict, Tuple\n",
           wrapped("from ._structs import (", names, ")"), "",
           "PROTOTYPES: Dict[str, Tuple[Any, ...]] = {"]
    for name, (result, arguments) in header.functions.items():
        types = [header.ctype(kind) for kind in [result] + arguments]
        line = '    "%s": (%s,),' % (name, ", ".join(types))
        if len(line) > 99:
            line = wrapped('    "%s": (' % name, types, "    ),", " " * 8)
        out.append(line)
    body = "\n".join(out + ["}"]) + "\n"
    unused = [name for name in names if not re.search(r"\b%s\b" % name, body.split("PROTOTYPES", 1)[1])]
    return body.replace(wrapped("from ._structs import (", names, ")"), wrapped(
        "from ._structs import (", [name for name in names if name not in unused], ")"))


def states_py(header):
    out = [NOTE % "What the library reports, as named tuples: each field as the header says.",
           "from typing import NamedTuple\n", "from .cursor import Cursor\n"]
    for name, members in header.structs.items():
        if not name.endswith(STATES):
            continue
        out.append('\nclass %s(NamedTuple):\n    """%s of slipstream.h."""\n' % (camel(name), name))
        for member, kind, count in members:
            if member not in ("struct_size", "reserved"):
                kind = "str" if count else "Cursor" if kind == "slip_cursor" else "int"
                out.append("    %s: %s" % (member, kind))
        out.append("")
    return "\n".join(out)


def enums_py(header):
    out = [NOTE % "Families of constants, as enumerations.", "import enum\n"]
    for prefix, name, base, about in ENUMS:
        out.append('\nclass %s(enum.%s):\n    """%s"""\n' % (name, base, about))
        out += ["    %s = %d" % (constant[len("SLIP_" + prefix):], value)
                for constant, value in header.constants.items()
                if constant.startswith("SLIP_" + prefix)]
        out.append("")
    return "\n".join(out)


def main(arguments):
    with open(HEADER, encoding="utf-8") as file:
        header = Header(file.read())
    stale = []
    for name, make in (("_constants.py", constants_py), ("_structs.py", structs_py),
                       ("_functions.py", functions_py), ("states.py", states_py),
                       ("enums.py", enums_py)):
        path, wanted = os.path.join(PACKAGE, name), make(header)
        have = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        if have != wanted:
            stale.append(name)
            if arguments != ["--check"]:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(wanted)
    if arguments == ["--check"] and stale:
        sys.exit("generate.py: not up to date, run bindings/python/generate.py: " + ", ".join(stale))


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    main(sys.argv[1:])
