#!/usr/bin/env python3
"""The examples, built and run from an installed prefix alone: nothing of the build is on any path.

    examples_test.py PREFIX SOURCE [NAME...]
"""
import glob
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
PREFIX, SOURCE = sys.argv[1], sys.argv[2]
os.environ["SLIP_COMMAND"] = os.path.join(PREFIX, "bin", "slipstream")
from harness import NatsServer, TestCase, which_server  # noqa: E402


def one(pattern):
    found = glob.glob(os.path.join(PREFIX, pattern))
    if len(found) != 1:
        raise AssertionError("%s: %r" % (pattern, found))
    return found[0]


def library_folder():
    return os.path.dirname(one("lib/libslipstream.so.0") if os.path.exists(
        os.path.join(PREFIX, "lib", "libslipstream.so.0")) else one("lib/*/libslipstream.so.0"))


class Installed(TestCase):
    def environment(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SLIP")}
        environment["PKG_CONFIG_PATH"] = os.path.join(library_folder(), "pkgconfig")
        environment["LD_LIBRARY_PATH"] = library_folder()
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        return environment

    def run_in(self, directory, *command, **more):
        environment = self.environment()
        environment.update(more)
        done = subprocess.run(command, cwd=directory, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300)
        self.assertEqual(done.returncode, 0, "%s\n%s%s" % (
            " ".join(command), done.stdout.decode(), done.stderr.decode()))
        return done.stdout.decode()

    def copy(self, name):
        return shutil.copytree(os.path.join(SOURCE, "examples", name), self.path(name))

    def server(self):
        server = NatsServer(self.path("nats"))
        self.addCleanup(server.stop)
        return server


class Prefix(Installed):
    def test_what_is_installed(self):
        for name in ("include/slipstream.h", "bin/slipstream", "share/man/man1/slipstream.1"):
            self.assertTrue(os.path.exists(os.path.join(PREFIX, name)), name)
        folder = library_folder()
        self.assertEqual(os.path.realpath(os.path.join(folder, "libslipstream.so.0")),
                         os.path.realpath(os.path.join(folder, "libslipstream.so.0.1.0")))
        headers = os.listdir(os.path.join(PREFIX, "include"))
        self.assertEqual(headers, ["slipstream.h"])

    def test_the_command_finds_its_library(self):
        done = subprocess.run([os.path.join(PREFIX, "bin", "slipstream"), "version"], env={},
                              stdout=subprocess.PIPE, check=True)
        self.assertIn(b"slipstream 0.1.0", done.stdout)

    def test_pkg_config_asks_for_nothing_else(self):
        shown = self.run_in("/", "pkg-config", "--cflags", "--libs", "slipstream")
        for other in ("nats", "lmdb", "zstd"):
            self.assertNotIn(other, shown)
        static = self.run_in("/", "pkg-config", "--static", "--libs", "slipstream")
        self.assertIn("-lnats", static)
        self.assertEqual(self.run_in("/", "pkg-config", "--modversion", "slipstream"), "0.1.0\n")

    def test_a_cmake_project_finds_it(self):
        shutil.copytree(os.path.join(SOURCE, "tests", "examples", "consumer"), self.path("consumer"))
        self.run_in(self.path("consumer"), "cmake", "-B", "build", "-DCMAKE_PREFIX_PATH=" + PREFIX)
        self.run_in(self.path("consumer"), "cmake", "--build", "build")
        self.run_in(self.path("consumer"), "build/consumer")


class CByPkgConfig(Installed):
    def test_embedded(self):
        folder = self.copy("c-pkgconfig")
        self.run_in(folder, "make")
        out = self.run_in(folder, "./follow", "mem://", "routes", self.path("fold"))
        self.assertEqual(out.splitlines(), [
            "edge.eu = 10.0.0.1", "edge.us = 10.0.0.1", "edge.asia = 10.0.0.1",
            "0 replayed, 3 puts, 0 deletes; the fold stands at revision 3"])


class CByDlopen(Installed):
    def test_it(self):
        folder = self.copy("c-dlopen")
        self.run_in(folder, "make")
        needed = self.run_in(folder, "readelf", "--dynamic", "tour")
        self.assertNotIn("slipstream", needed)
        out = self.run_in(folder, "./tour", os.path.join(library_folder(), "libslipstream.so.0"),
                          self.path("fold"))
        self.assertEqual(out.splitlines()[0], "loaded slipstream 0.1.0")
        # History 1: the put of b is gone by the time it is read, its delete is not.
        self.assertEqual(out.splitlines()[1:], [
            "revision 1: put a", "revision 3: put c", "revision 4: delete b",
            "3 updates; the fold has c = three"])


class OwnFold(Installed):
    def test_it_follows_a_bucket_and_conforms(self):
        folder = self.copy("c-own-fold")
        self.run_in(folder, "make")
        out = self.run_in(folder, "./follow", "mem://", "routes", self.path("routes.one"))
        self.assertEqual(out.splitlines(), ["edge.asia = 10.0.0.1", "edge.eu = 10.0.0.1",
                                            "edge.us = 10.0.0.1"])
        needed = self.run_in(folder, "readelf", "--dynamic", "libonefile.so")
        self.assertNotIn("slipstream", needed)
        out = self.run_in(folder, os.path.join(PREFIX, "bin", "slipstream"), "fold", "conformance",
                          "--library", "libonefile.so")
        self.assertRegex(out.splitlines()[-1], r"^\d+ cases: \d+ held, 0 failed, 0 not offered$")


class PythonByCtypes(Installed):
    def follow(self, *arguments):
        folder = os.path.join(SOURCE, "examples", "python-ctypes")
        return self.run_in(folder, sys.executable, "follow.py",
                           os.path.join(library_folder(), "libslipstream.so.0"), *arguments)

    def test_embedded(self):
        self.assertEqual(self.follow(self.path("fold")).splitlines(), [
            "slipstream 0.1.0", "1 put edge.eu 10.0.0.1", "3 put edge.asia 10.0.0.3",
            "4 delete edge.us ", "3 updates; the fold stands at revision 4", "edge.asia = 10.0.0.3"])


class OnAServer(Installed):
    def test_c_and_python_follow_the_same_bucket(self):
        server = self.server()
        command = os.path.join(PREFIX, "bin", "slipstream")
        self.run_in("/", command, "bucket", "create", "routes", "-s", server.url)
        self.run_in("/", command, "kv", "put", "routes", "edge.eu", "10.9.9.9", "-s", server.url)
        folder = self.copy("c-pkgconfig")
        self.run_in(folder, "make")
        first = self.run_in(folder, "./follow", server.url, "routes", self.path("c"))
        self.assertIn("edge.eu = 10.9.9.9\n0 replayed, 1 puts", first)
        self.run_in("/", command, "kv", "put", "routes", "edge.us", "10.8.8.8", "-s", server.url)
        second = self.run_in(folder, "./follow", server.url, "routes", self.path("c"))
        self.assertEqual(second, "edge.us = 10.8.8.8\n"
                         "1 replayed, 1 puts, 0 deletes; the fold stands at revision 2\n")
        python = PythonByCtypes("test_embedded")
        out = python.follow(self.path("py"), server.url, "routes")
        self.assertIn("2 updates; the fold stands at revision 2", out)


class Readme(Installed):
    def test_the_first_program_is_as_it_is_shown(self):
        with open(os.path.join(SOURCE, "README.md")) as page:
            program = page.read().split("```c\n")[1].split("```")[0]
        server = self.server()
        command = os.path.join(PREFIX, "bin", "slipstream")
        self.run_in("/", command, "bucket", "create", "routes", "-s", server.url)
        for key in ("edge.eu", "edge.us"):
            self.run_in("/", command, "kv", "put", "routes", key, "10.9.9.9", "-s", server.url)
        self.assertIn("nats://127.0.0.1:4222", program)
        self.write("follow.c", program.replace("nats://127.0.0.1:4222", server.url))
        flags = self.run_in("/", "pkg-config", "--cflags", "--libs", "slipstream").split()
        self.run_in(self.directory, "cc", "-Wall", "-Werror", "-o", "follow", "follow.c", *flags)
        self.assertEqual(self.run_in(self.directory, "./follow"), "2 updates applied\n")


class DebianCatalogue(Installed):
    def test_the_whole_catalogue(self):
        script = os.path.join(SOURCE, "examples", "debian-catalogue", "run.sh")
        out = self.run_in("/", script, self.path("work"), SLIP_NATS_SERVER=which_server(),
                          SLIPSTREAM=os.path.join(PREFIX, "bin", "slipstream"))
        with open(self.path("work", "packages.jsonl")) as lines:
            names = sum(1 for _ in lines)
        self.assertGreater(names, 1000)
        self.assertIn("%d packages in the catalogue, %d entries in the fold" % (names, names), out)
        self.assertIn('"summary": "GNU C++ compiler"', out)
        self.assertIn("\nlibstdc++-12-dev\n", out)
        self.assertIn(" same, 0 different\n", out)
        fold = self.path("work", "fold")
        command = os.path.join(PREFIX, "bin", "slipstream")
        shown = self.run_in("/", command, "fold", "range", fold, "--prefix", "g++", "--encode-keys",
                            "--decode-keys", "--keys", "--limit", "1")
        self.assertEqual(shown, "g++\n")
        print("figure: packages of the Debian catalogue folded = %d" % names)


unittest.main(verbosity=2, argv=[sys.argv[0]] + sys.argv[3:])
