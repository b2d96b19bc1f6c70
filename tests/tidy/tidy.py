#!/usr/bin/env python3
"""The rules of the house that a compiler does not know.

    tidy.py [ROOT]      prints each breach as FILE:LINE: RULE: WHAT and ends 1 where there is one

Rules: ranks of includes, length of functions and files, raw file system calls, guards with their
tags and tests, machine paths, a comment at the top of every header. Standard library only.
"""

import os
import re
import subprocess
import sys

import source_text

RANKS = {
    "base": 0,
    "protocol": 1, "fs": 1,
    "kv": 2, "fold": 2, "objects": 2,
    "artifact": 3, "checkpoint": 3,
    "watch": 4,
    "publish": 5,
    "replica": 6,
    "capi": 7,
}
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
SHORT_FILE_FOLDERS = ("src/", "cli/", "bindings/")
CODE_SUFFIXES = (".h", ".c", ".cc", ".cpp")
SOURCE_SUFFIXES = CODE_SUFFIXES + (".go", ".rs", ".py")

# Where raw file system calls belong, and the files that read without writing anything or map memory.
RAW_CALL_FOLDERS = ("src/fs/", "src/fold/lmdb/")
RAW_CALL_FILES = ("src/base/boot_id.cc", "src/fold/append_log/large_memory.cc")
RAW_CALLS = (
    "fopen", "freopen", "fdopen", "tmpfile", "openat", "openat2", "creat", "pread", "pwrite",
    "preadv", "pwritev", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "renameat",
    "renameat2", "linkat", "symlink", "symlinkat", "readlink", "mkstemp", "mkostemp", "mkdtemp",
    "mkfifo", "mknod", "opendir", "fdopendir", "readdir", "scandir", "nftw", "ftw", "glob",
    "realpath", "lstat", "fstat", "fstatat", "statx", "statvfs", "fstatvfs", "fsync", "fdatasync",
    "syncfs", "sync_file_range", "ftruncate", "fallocate", "posix_fallocate", "chmod", "fchmod",
    "fchmodat", "chown", "fchown", "lchown", "utimensat", "futimens", "flock", "lockf", "mmap",
    "msync", "copy_file_range", "sendfile", "umask", "chdir", "faccessat",
)
# Names that our own functions bear too: a breach after `::`, or with the header that declares them.
SHARED_CALLS = {
    "open": ("fcntl.h",),
    "read": ("unistd.h",), "write": ("unistd.h",), "link": ("unistd.h",), "sync": ("unistd.h",),
    "truncate": ("unistd.h",), "access": ("unistd.h",), "lseek": ("unistd.h",),
    "rename": ("stdio.h", "cstdio"), "remove": ("stdio.h", "cstdio"),
    "stat": ("sys/stat.h",),
}
RAW_NAMES = re.compile(
    r"\bstd::(?:filesystem\b|experimental::filesystem\b|[io]?fstream\b|w[io]?fstream\b|"
    r"basic_[io]?fstream\b|f(?:re)?open\b|rename\b|tmpfile\b)"
)

# Put together here, so that this file does not name them itself.
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:%s)/" % "|".join(("work", "root", "tmp/bash" + "_jobs")))
GUARD_TAG = re.compile(r"//\s*guard:\s*(\S+)")
GUARD_USE = re.compile(r"\bguard_on\(\s*\"([^\"]*)\"\s*\)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


class Tree:
    """The files of the project, read once."""

    def __init__(self, root):
        self.root = root
        self.paths = sorted(set(self._list()))
        self._texts = {}

    def _list(self):
        command = ["git", "-C", self.root, "ls-files", "-z", "-co", "--exclude-standard"]
        if os.path.exists(os.path.join(self.root, ".git")):
            listed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            for name in listed.decode().split("\0"):
                if name and os.path.isfile(os.path.join(self.root, name)):
                    yield name
            return
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in ("build", "__pycache__")]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.root)

    def text(self, path):
        """The file as text; empty where it is binary."""
        if path not in self._texts:
            with open(os.path.join(self.root, path), "rb") as file:
                data = file.read()
            self._texts[path] = "" if b"\0" in data else data.decode("utf-8", "replace")
        return self._texts[path]

    def below(self, folder, suffixes):
        return [p for p in self.paths if p.startswith(folder) and p.endswith(suffixes)]


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def check_ranks(tree):
    for path in tree.below("src/", CODE_SUFFIXES):
        own = path.split("/")[1]
        if own not in RANKS:
            yield path, 1, "rank", 'the folder "%s" has no rank' % own
            continue
        text = tree.text(path)
        for match in INCLUDE.finditer(text):
            if match.group(1) == "<" or match.group(2) == "slipstream.h":
                continue
            line = line_of(text, match.start(1))
            folder, slash, _ = match.group(2).partition("/")
            if not slash or folder not in RANKS:
                yield path, line, "rank", '"%s" is not written from src/' % match.group(2)
            elif folder != own and RANKS[folder] >= RANKS[own]:
                yield path, line, "rank", "%s (rank %d) includes %s (rank %d)" % (
                    own, RANKS[own], folder, RANKS[folder])


def check_command_includes(tree):
    for path in tree.below("cli/", CODE_SUFFIXES):
        text = tree.text(path)
        for match in INCLUDE.finditer(text):
            if match.group(1) == '"' and match.group(2).split("/")[0] in RANKS:
                yield (path, line_of(text, match.start(1)), "rank",
                       'the command uses slipstream.h only, not "%s"' % match.group(2))


def check_function_lengths(tree):
    for path in tree.below("", CODE_SUFFIXES):
        for name, line, count in source_text.functions(tree.text(path)):
            if count > FUNCTION_LINES_MAX:
                yield path, line, "function-length", "%s has %d lines, %d at most" % (
                    name, count, FUNCTION_LINES_MAX)


def check_file_lengths(tree):
    for path in tree.below(SHORT_FILE_FOLDERS, SOURCE_SUFFIXES):
        text = tree.text(path)
        count = text.count("\n") + (0 if text.endswith("\n") or not text else 1)
        if count > FILE_LINES_MAX:
            yield path, count, "file-length", "%d lines, %d at most" % (count, FILE_LINES_MAX)


def check_raw_calls(tree):
    for path in tree.below("src/", CODE_SUFFIXES):
        if path.startswith(RAW_CALL_FOLDERS) or path in RAW_CALL_FILES:
            continue
        text = tree.text(path)
        included = {match.group(2) for match in INCLUDE.finditer(text)}
        code = source_text.strip(text)
        found = list(source_text.calls(code, RAW_CALLS))
        for name, headers in SHARED_CALLS.items():
            found += source_text.calls(code, (name,), anywhere=bool(included.intersection(headers)))
        found += [(line_of(code, m.start()), m.group(0)) for m in RAW_NAMES.finditer(code)]
        for line, name in sorted(found):
            yield path, line, "raw-call", "%s: use fs/file_system.h" % name


def check_guards(tree):
    tests = "\n".join(tree.text(path) for path in tree.below("tests/", SOURCE_SUFFIXES)
                      if not path.startswith("tests/tidy/"))
    # The list of the test that switches each of them off.
    tests += "\n".join(tree.text(path) for path in tree.below("tests/mutation/", (".txt",)))
    for path in tree.below("src/", CODE_SUFFIXES):
        if path in ("src/base/guard.h", "src/base/guard.cc"):
            continue
        text = tree.text(path)
        tags = {m.group(1): line_of(text, m.start()) for m in GUARD_TAG.finditer(text)}
        uses = {m.group(1): line_of(text, m.start()) for m in GUARD_USE.finditer(text)}
        for name in sorted(tags.keys() - uses.keys()):
            yield path, tags[name], "guard", 'the tag "%s" has no guard_on' % name
        for name in sorted(uses.keys() - tags.keys()):
            yield path, uses[name], "guard", 'guard_on("%s") has no tag' % name
        for name in sorted(tags.keys() | uses.keys()):
            if not re.search(r"\b%s\b" % re.escape(name), tests):
                yield (path, tags.get(name, uses.get(name)), "guard",
                       'no test below tests/ names "%s"' % name)


def check_machine_paths(tree):
    for path in tree.paths:
        text = tree.text(path)
        for match in MACHINE_PATH.finditer(text):
            yield path, line_of(text, match.start()), "machine-path", match.group(0)


def check_header_comments(tree):
    for path in tree.below("src/", (".h",)):
        if not tree.text(path).lstrip().startswith(("//", "/*")):
            yield path, 1, "header-comment", "a header begins with what it owns and promises"


CHECKS = (
    check_ranks,
    check_command_includes,
    check_function_lengths,
    check_file_lengths,
    check_raw_calls,
    check_guards,
    check_machine_paths,
    check_header_comments,
)


def breaches(root):
    tree = Tree(root)
    if not tree.below("src/", CODE_SUFFIXES):
        return [("src", 1, "empty", "no sources below %s" % root)]
    return [breach for check in CHECKS for breach in check(tree)]


def main(arguments):
    root = arguments[1] if len(arguments) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    found = breaches(os.path.abspath(root))
    for path, line, rule, what in found:
        print("%s:%d: %s: %s" % (path, line, rule, what))
    print("tidy: %d breaches" % len(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
