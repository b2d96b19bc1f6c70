"""The Go package as its users meet it: sources, the loader, and the program of the README."""
import os
import subprocess
import sys
import unittest

ROOT = os.environ["SLIP_SOURCE_DIR"]
PREFIX = os.environ["SLIP_PREFIX"]
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))
from harness import NatsServer, TestCase, main  # noqa: E402

PACKAGE = os.path.join(ROOT, "bindings", "go")
INSTALLED = os.path.join(PREFIX, "share", "gocode", "src", "slipstream")
MODULE = "module follow\n\ngo 1.25\n\nrequire slipstream v0.0.0\n\nreplace slipstream => %s\n"
SHOW = """package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"slipstream"
)

func main() {
	for _, open := range []func() error{
		func() error { _, err := slipstream.Connect(context.Background(), "mem://", nil); return err },
		func() error { _, err := slipstream.OpenFold("lmdb:fold", nil); return err },
		func() error { _, err := slipstream.OpenObjectStore("local:store", nil); return err },
		func() error { _, err := slipstream.VerifyArtifact("artifact"); return err },
		func() error { _, err := slipstream.OpenForeignBucket("b", nil, nil); return err },
		func() error { _, err := slipstream.Metrics(); return err },
	} {
		var failure *slipstream.Error
		if err := open(); !errors.As(err, &failure) || !errors.Is(err, slipstream.ErrUnsupported) {
			fmt.Println("opened", err)
			os.Exit(1)
		}
		fmt.Println(int(failure.Code), failure.Message)
	}
}
"""
FAKE = """
#include <stdint.h>
%s
const char *slip_version(void) { return "%s"; }
uint32_t slip_abi_epoch(void) { return %d; }
"""


def go(*arguments, cwd, environment=None):
    done = subprocess.run(["go", *arguments], cwd=cwd, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


class Sources(unittest.TestCase):
    def test_vet_finds_nothing(self):
        self.assertEqual(go("vet", "./...", cwd=PACKAGE), (0, ""))

    def test_they_are_formatted(self):
        bin_folder = os.path.join(go("env", "GOROOT", cwd=PACKAGE)[1].strip(), "bin", "gofmt")
        gofmt = bin_folder if os.path.exists(bin_folder) else "gofmt"
        for folder in (PACKAGE, os.path.join(ROOT, "bench")):
            done = subprocess.run([gofmt, "-l", folder], stdout=subprocess.PIPE, check=True)
            self.assertEqual(done.stdout, b"")

    def test_no_test_is_installed(self):
        names = os.listdir(INSTALLED)
        self.assertIn("watch.go", names)
        self.assertIn("go.mod", names)
        self.assertEqual([name for name in names if name.endswith("_test.go") or name == "internal"], [])


class Built(TestCase):
    """A program of its own module, from the installed package."""

    def build(self, program, package=INSTALLED, **environment):
        self.write("go.mod", MODULE % package)
        self.write("main.go", program)
        code, said = go("build", "-o", "follow", ".", cwd=self.directory,
                        environment=dict(os.environ, **environment))
        self.assertEqual(code, 0, said)
        return self.path("follow")

    def readme(self, program, environment):
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as page:
            text = page.read().split("```go\n")[1].split("```")[0]
        self.assertIn("nats://127.0.0.1:4222", text)
        server = NatsServer(self.path("nats"))
        self.addCleanup(server.stop)
        for words in (["bucket", "create", "routes"], ["kv", "put", "routes", "edge.eu", "10.0.0.1"],
                      ["kv", "put", "routes", "edge.us", "10.0.0.2"]):
            self.succeeds(*words, "-s", server.url)
        path = program(text.replace("nats://127.0.0.1:4222", server.url))

        def run():
            return subprocess.run([path], cwd=self.directory, env=environment, check=True,
                                  stdout=subprocess.PIPE).stdout.decode()
        self.assertEqual(run(), "put edge.eu 10.0.0.1\nput edge.us 10.0.0.2\n")
        self.assertEqual(run(), "")


class Readme(Built):
    def test_from_the_prefix(self):
        self.readme(self.build, os.environ)

    def test_from_the_build_tree(self):
        folder = os.path.join(os.environ["SLIP_BUILD_DIR"], "pkgconfig")
        environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
        self.readme(lambda text: self.build(text, PACKAGE, PKG_CONFIG_PATH=folder), environment)


class Loading(Built):
    def setUp(self):
        super().setUp()
        self.program = self.build(SHOW)

    def run_with(self, folder, **environment):
        return subprocess.run([self.program], cwd=self.directory, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE,
                              env=dict(os.environ, LD_LIBRARY_PATH=folder, **environment))

    def fake(self, version, epoch, without=(), **environment):
        with open(os.path.join(ROOT, "tests", "abi", "symbols.txt")) as file:
            names = set(file.read().split()) - {"slip_version", "slip_abi_epoch"} - set(without)
        stubs = "\n".join("int %s(void) { return 0; }" % name for name in sorted(names))
        source = self.write("fake.c", FAKE % (stubs, version, epoch))
        script = self.write("fake.map", "SLIPSTREAM_0 { slip_*; };")
        os.makedirs(self.path("fake"), exist_ok=True)
        subprocess.run([os.environ["SLIP_CC"], "-shared", "-fPIC", "-Wl,-soname,libslipstream.so.0",
                        "-Wl,--version-script," + script, "-o",
                        self.path("fake", "libslipstream.so.0"), source], check=True)
        return self.run_with(self.path("fake"), **environment)

    def test_what_may_be_wrong_with_the_library(self):
        with self.subTest("it is missing"):
            os.makedirs(self.path("empty"))
            done = self.run_with(self.path("empty"))
            self.assertEqual(done.returncode, 127)
            self.assertIn(b"libslipstream.so.0: cannot open shared object file", done.stderr)
        needs = "this package needs libslipstream 0.1.0 or later of ABI epoch 0"
        with self.subTest("it is too old"):
            done = self.fake("0.0.9", 0)
            self.assertEqual(done.stdout.decode().splitlines(), 6 * [
                "34 cannot use the loaded libslipstream: it is version 0.0.9, which is too old; " + needs])
        with self.subTest("it is of another epoch"):
            done = self.fake("7.0.0", 7)
            self.assertEqual(done.stdout.decode().splitlines(), 6 * [
                "34 cannot use the loaded libslipstream: it has the ABI epoch 7; " + needs])
        with self.subTest("it lacks a function"):
            # Bound when the program starts; otherwise the loader says it at the first call.
            done = self.fake("0.1.0", 0, without=["slip_snapshot_get"], LD_BIND_NOW="1")
            self.assertEqual(done.returncode, 127)
            self.assertIn(b"undefined symbol: slip_snapshot_get", done.stderr)


if __name__ == "__main__":
    main()
