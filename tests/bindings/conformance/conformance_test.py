#!/usr/bin/env python3
"""Runs the conformance script on the machine of each language, and compares what they say byte by byte.

    conformance_test.py WORK CLASS...   Build, Embedded, Server, Exchange, Comparer
    conformance_test.py WORK write      put what the machine in C says into the scripts (then read the diff)

WORK is where the machines are built, from the installed prefix (SLIP_PREFIX). With SLIP_MACHINE, a command,
there is only that one machine. README.md has the language of the script.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
os.environ.setdefault("SLIP_COMMAND", "")
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))
from harness import NatsServer  # noqa: E402

# The order of steps counts here, not the disk.
if os.access("/dev/shm", os.W_OK):
    os.environ.setdefault("TMPDIR", "/dev/shm")
WORK = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
PREFIX = os.environ.get("SLIP_PREFIX", "")
SCRIPT, EXPORT, IMPORT = (os.path.join(HERE, name + ".txt") for name in (
    "conformance", "exchange_export", "exchange_import"))
TIMEOUT_S = 300


def lines_of(path):
    with open(path, "rb") as file:
        return file.read().splitlines(keepends=True)


def names_of(path):
    """The first word of each line that is no comment."""
    return [line.split()[0].decode() for line in lines_of(path) if not line.startswith(b"#")]


# --- the languages -------------------------------------------------------------------------------

class C:
    name = "c"
    command = [os.path.join(WORK, "machine-c")]

    @staticmethod
    def build():
        covered = os.path.join(WORK, "covered.h")
        with open(covered, "w", encoding="ascii") as header:
            header.write(covered_h(names_of(os.path.join(ROOT, "tests", "abi", "symbols.txt"))))
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "slipstream"], check=True,
                               stdout=subprocess.PIPE).stdout.decode().split()
        subprocess.run([os.environ.get("SLIP_CC", "cc"), "-std=c11", "-Wall", "-Wextra", "-Werror",
                        '-DCONFORMANCE_COVERED="%s"' % covered, "-o", C.command[0],
                        *sorted(glob.glob(os.path.join(HERE, "c", "*.c"))), *flags, "-pthread"],
                       check=True)


class Python:
    name = "python"
    command = [sys.executable, "-B", "-W", "error", os.path.join(HERE, "python", "machine.py")]

    @staticmethod
    def build():
        """Nothing: it is the proof that no compiler is needed."""


class Go:
    name = "go"
    command = [os.path.join(WORK, "machine-go")]

    @staticmethod
    def build():
        # The package is that of the prefix: what Go keeps of the one in the source tree was built for
        # another library, and Go does not see the difference.
        installed = os.path.join(PREFIX, "share", "gocode", "src", "slipstream")
        with open(os.path.join(HERE, "go", "go.mod"), encoding="ascii") as file:
            module = re.sub("=> .*", lambda _: "=> " + installed, file.read())
        modules = os.path.join(WORK, "go.mod")
        with open(modules, "w", encoding="ascii") as file:
            file.write(module)
        own = {"GOFLAGS": "-buildvcs=false", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOWORK": "off",
               "CC": os.environ.get("SLIP_CC", "cc")}
        for command in (["vet"], ["build", "-o", Go.command[0]]):
            subprocess.run(["go", *command, "-modfile=" + modules, "."], check=True,
                           cwd=os.path.join(HERE, "go"), env=dict(os.environ, **own))


class Rust:
    name = "rust"
    command = [os.path.join(WORK, "cargo", "debug", "conformance")]

    @staticmethod
    def build():
        # A copy that takes the crate from the prefix.
        copy = os.path.join(WORK, "rust")
        shutil.copytree(os.path.join(HERE, "rust"), copy, dirs_exist_ok=True)
        with open(os.path.join(HERE, "rust", "Cargo.toml"), encoding="ascii") as file:
            manifest = re.sub('path = ".*/slipstream"', lambda _: 'path = "%s"' % os.path.join(
                PREFIX, "share", "slipstream", "rust", "slipstream"), file.read())
        with open(os.path.join(copy, "Cargo.toml"), "w", encoding="ascii") as file:
            file.write(manifest)
        own = {name: value for name, value in os.environ.items() if name != "SLIPSTREAM_LIB_DIR"}
        own["CARGO_TARGET_DIR"] = os.path.join(WORK, "cargo")
        for command in (["fmt", "--check"], ["build", "--locked", "--quiet"]):
            subprocess.run(["cargo", *command], check=True, cwd=copy, env=own)


def languages():
    if "SLIP_MACHINE" in os.environ:
        class Given:
            name, command = "given", [os.environ["SLIP_MACHINE"]]
        return [Given]
    return [C, Python, Go, Rust]


def covered_h(symbols):
    """A header that notes each call of a function: its macro of the same name expands only once."""
    rows = ["#include <stdio.h>", "static char covered_here[%d];" % len(symbols),
            "static inline void cover(int i) { covered_here[i] = 1; }"]
    rows += ["#define %s(...) (cover(%d), %s(__VA_ARGS__))" % (name, i, name)
             for i, name in enumerate(symbols)]
    rows += ["static const char* const covered_names[] = {%s};"
             % ", ".join('"%s"' % name for name in symbols),
             "__attribute__((destructor)) static void print_covered(void) {",
             "  for (int i = 0; i < %d; ++i)" % len(symbols),
             '    if (covered_here[i]) printf("covered %s\\n", covered_names[i]);', "}"]
    return "\n".join(rows) + "\n"


# --- running and comparing -----------------------------------------------------------------------

def environment():
    """As a user's: nothing of the build tree on any path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLIPSTREAM")}
    if PREFIX:
        kept["PYTHONPATH"] = os.path.join(PREFIX, "lib", "python3", "dist-packages")
    return kept


def run(language, script, url, directory, folds="lmdb"):
    """(the log, what it printed) of one machine on one script."""
    log = os.path.join(directory, "..", os.path.basename(directory) + ".log")
    done = subprocess.run([*language.command, script, log, url, directory, folds], env=environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT_S)
    if done.returncode != 0:
        last = (lines_of(log) or [b"nothing"])[-1] if os.path.exists(log) else b"nothing"
        raise AssertionError("the machine of %s ended %d: %safter %s" % (
            language.name, done.returncode, done.stderr.decode(), last.decode()))
    with open(log, "rb") as file:
        return file.read(), done.stdout.decode()


def expected(script):
    return b"".join(line for line in lines_of(script) if line.strip() and not line.startswith(b"#"))


def compare(wanted, said, who):
    """Byte by byte; AssertionError names the first step that differs."""
    if wanted == said:
        return
    wanted_lines, said_lines = wanted.splitlines(), said.splitlines()
    for number, line in enumerate(wanted_lines):
        other = said_lines[number] if number < len(said_lines) else b"nothing"
        if line != other:
            raise AssertionError("%s differs in step %d\n wanted: %s\n   said: %s" % (
                who, number + 1, line.decode("ascii", "replace"), other.decode("ascii", "replace")))
    raise AssertionError("%s says more than was wanted, or ends its lines in another way" % who)


class Case(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="slip-test-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def folder(self, name):
        os.makedirs(os.path.join(self.directory, name))
        return os.path.join(self.directory, name)

    def all_say_the_same(self, url, folds):
        """Every machine says what the script says; and, compared directly, what the others say."""
        logs = {}
        for language in languages():
            logs[language.name], printed = run(
                language, SCRIPT, url(language), self.folder(language.name), folds)
            compare(expected(SCRIPT), logs[language.name], language.name)
            if language is C:
                self.everything_is_covered(printed)
        self.assertEqual(len(set(logs.values())), 1)
        print("figure: conformance steps = %d, in %s" % (
            len(expected(SCRIPT).splitlines()), ", ".join(sorted(logs))))

    def everything_is_covered(self, printed):
        covered = set(re.findall("^covered (.*)$", printed, re.M))
        symbols = set(names_of(os.path.join(ROOT, "tests", "abi", "symbols.txt")))
        left_out = set(names_of(os.path.join(HERE, "not_covered.txt")))
        self.assertEqual(symbols - covered - left_out, set(),
                         "functions that no step calls: add steps, or a reason to not_covered.txt")
        self.assertEqual(left_out & covered, set(), "not_covered.txt: these are covered")
        self.assertEqual(left_out - symbols, set(), "not_covered.txt: these do not exist")


# --- the tests -----------------------------------------------------------------------------------

class Build(unittest.TestCase):
    def test_the_machines_are_built(self):
        os.makedirs(WORK, exist_ok=True)
        for language in languages():
            with self.subTest(language.name):
                language.build()


class Embedded(Case):
    def test_all_languages_say_the_same(self):
        self.all_say_the_same(lambda language: "mem://" + language.name, "lmdb")

    def test_with_folds_in_memory_too(self):
        self.all_say_the_same(lambda language: "mem://log-" + language.name, "append-log")


class Server(Case):
    def test_all_languages_say_the_same(self):
        # One server for each: a bucket that is made again would begin with another revision.
        def url(language):
            server = NatsServer(self.folder("nats-" + language.name))
            self.addCleanup(server.stop)
            return server.url
        self.all_say_the_same(url, "lmdb")


class Exchange(Case):
    def test_each_imports_what_the_others_exported(self):
        for theirs in languages():
            made = self.folder("by-" + theirs.name)
            compare(expected(EXPORT), run(theirs, EXPORT, "mem://", made)[0], theirs.name)
            for mine in languages():
                pair = "%s-from-%s" % (mine.name, theirs.name)
                shutil.copytree(os.path.join(made, "mine"),
                                os.path.join(self.folder(pair), "theirs"))
                compare(expected(IMPORT), run(mine, IMPORT, "mem://", os.path.join(
                    self.directory, pair))[0], pair)
        print("figure: artifacts exchanged = %d pairs of languages" % len(languages()) ** 2)


class Comparer(Case):
    """That the run can fail: a comparer that passes everything would be worth nothing."""

    def test_every_step_counts(self):
        steps = expected(SCRIPT).splitlines(keepends=True)
        for number, step in enumerate(steps):
            for wrong in (step[:-1] + b"x\n", step[:-2] + b"\n", step.replace(b" -> ", b" ->  "), b""):
                said = b"".join(steps[:number] + [wrong] + steps[number + 1:])
                # A step that is left out shows where its neighbours differ.
                place = "step %d\n" % (number + 1) if wrong else "in step"
                with self.assertRaisesRegex(AssertionError, place):
                    compare(b"".join(steps), said, "a mutant")

    def test_what_comes_after_the_end_counts(self):
        for more in (b"version -> ok 0.1.0\n", b"\n", b" "):
            with self.assertRaisesRegex(AssertionError, "more than was wanted|step"):
                compare(b"version -> ok\n", b"version -> ok\n" + more, "a mutant")

    def mutated(self, old, new):
        text = b"".join(lines_of(EXPORT))
        self.assertEqual(text.count(old), 1, old)
        path = os.path.join(self.directory, "mutated.txt")
        with open(path, "wb") as script:
            script.write(text.replace(old, new))
        return path

    def test_a_wrong_expectation_is_found_in_every_language(self):
        script = self.mutated(b"fold_export mine -> ok 12 5", b"fold_export mine -> ok 12 6")
        for language in languages():
            said, _ = run(language, script, "mem://", self.folder(language.name))
            with self.assertRaisesRegex(AssertionError, "said: fold_export mine -> ok 12 5"):
                compare(expected(script), said, language.name)

    def test_a_machine_that_does_not_know_a_step_fails(self):
        script = self.mutated(b"fold_close", b"fold_clothe")
        for language in languages():
            with self.assertRaisesRegex(AssertionError, "no step fold_clothe\n*after text_drop"):
                run(language, script, "mem://", self.folder(language.name))

    def test_a_machine_that_leaves_something_behind_fails(self):
        script = self.mutated(b"fold_free -> ok\n", b"")
        for language in languages():
            with self.assertRaisesRegex(AssertionError, "leaves 1 things"):
                run(language, script, "mem://", self.folder(language.name))


def write():
    with tempfile.TemporaryDirectory(prefix="slip-test-") as folder:
        for script in (SCRIPT, EXPORT, IMPORT):
            directory = os.path.join(folder, os.path.basename(script))
            os.makedirs(directory)
            if script == IMPORT:
                shutil.copytree(os.path.join(folder, os.path.basename(EXPORT), "mine"),
                                os.path.join(directory, "theirs"))
            rewrite(script, iter(run(C, script, "mem://write", directory)[0]
                                 .splitlines(keepends=True)))


def rewrite(path, said):
    lines = [line if line.startswith(b"#") or not line.strip() else next(said)
             for line in lines_of(path)]
    with open(path, "wb") as script:
        script.write(b"".join(lines))


if __name__ == "__main__":
    if sys.argv[2:] == ["write"]:
        write()
    else:
        unittest.main(verbosity=2, argv=[sys.argv[0]] + sys.argv[2:])
