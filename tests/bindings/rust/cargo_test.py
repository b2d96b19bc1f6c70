"""The Rust crates, by cargo: each class is one run of it, registered by CMakeLists.txt."""
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.environ.get("SLIP_SOURCE_DIR") or os.path.join(HERE, "..", "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))
from harness import NatsServer, TestCase, main  # noqa: E402

RUST = os.path.join(ROOT, "bindings", "rust")
# What a Rust program has no use for, and why.
NOT_WRAPPED = {
    "slip_error_code": "the status of the call is the same",
    "slip_text_string": "slip_text_bytes gives its length too",
}


def read(*names):
    with open(os.path.join(ROOT, *names), encoding="utf-8") as file:
        return file.read()


def rust_environment(**more):
    """Cargo's environment: the library of the build tree, or what CMake says of the installed prefix."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("SLIPSTREAM_", "RUSTFLAGS", "RUSTDOCFLAGS"))}
    if "SLIP_PREFIX" not in environment:
        folder = environment["SLIP_RUST_LIBRARY"]
        environment["SLIPSTREAM_LIB_DIR"] = environment["LD_LIBRARY_PATH"] = folder
    # What panics on purpose need not tell where.
    environment["RUST_BACKTRACE"] = "0"
    environment.update(more)
    return environment


class Cargo(TestCase):
    """Runs cargo in the workspace, with every crate as Cargo.lock has it."""

    maxDiff = None

    def run_tool(self, *command, cwd=RUST, code=0, **more):
        if not shutil.which(command[0]):
            self.fail("%s is not there: the bindings need Rust 1.85 or later" % command[0])
        done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=rust_environment(**more))
        out = done.stdout.decode("utf-8", "replace")
        self.assertEqual(done.returncode, code, "%s\n%s" % (" ".join(command), out))
        return out

    def cargo_test(self, *arguments, package="slipstream-tests", **more):
        out = self.run_tool("cargo", "test", "--locked", "--package", package, "--features",
                            "futures", *arguments, **more)
        for line in out.splitlines():
            if "figure: " in line:
                print(line[line.index("figure: "):])
        done = re.findall(r"test result: (\w+)\. (\d+) passed; 0 failed; 0 ignored", out)
        passed = sum(int(count) for result, count in done if result == "ok")
        self.assertGreater(passed, 0, out)
        return passed


class Source(Cargo):
    def test_what_is_generated_is_up_to_date(self):
        self.run_tool(sys.executable, os.path.join(RUST, "generate.py"), "--check")

    def test_it_is_formatted(self):
        self.run_tool("cargo", "fmt", "--check")

    def test_it_has_no_lints(self):
        self.run_tool("cargo", "clippy", "--locked", "--all-targets", "--features",
                      "slipstream-tests/futures", "--", "-D", "warnings")

    def test_every_symbol_is_declared_and_offered(self):
        symbols = read("tests", "abi", "symbols.txt").split()
        declared = re.findall(r"pub fn (slip_\w+)\(", read(
            "bindings", "rust", "slipstream-sys", "src", "functions.rs"))
        self.assertEqual(sorted(declared), sorted(symbols))
        used = set()
        for folder, _, names in os.walk(os.path.join(RUST, "slipstream", "src")):
            for name in names:
                text = read(folder, name)
                used.update(re.findall(r"sys::(slip_\w+)", text))
                used.update(re.findall(r"native!\(\w+, (slip_\w+)\)", text))
        missing = [name for name in symbols if name not in used and name not in NOT_WRAPPED]
        self.assertEqual(missing, [], "the crate slipstream does not offer these yet")
        self.assertEqual([name for name in NOT_WRAPPED if name in used], [], "offered after all")

    def test_every_dependency_has_its_line(self):
        names = re.findall(r'^name = "(.*)"', read("bindings", "rust", "Cargo.lock"), re.M)
        page = read("docs", "dependencies.md")
        self.assertEqual([name for name in names if not name.startswith("slipstream")
                          and "`%s`" % name not in page], [])


class Docs(Cargo):
    def test_every_link_is_good(self):
        self.run_tool("cargo", "doc", "--locked", "--no-deps", "--features", "slipstream/futures",
                      RUSTDOCFLAGS="-D warnings")

    def test_the_examples_run_and_misuse_does_not_compile(self):
        # Only so does rustdoc compare the numbers of the errors too.
        passed = self.cargo_test("--doc", package="slipstream", RUSTC_BOOTSTRAP="1")
        self.assertGreater(passed, 25)


class Suite(Cargo):
    """On the embedded server, with the library of the build tree."""

    def suite(self, **more):
        passed = self.cargo_test("--test", "suite", SLIP_INCLUDE=os.path.join(ROOT, "include"), **more)
        self.assertGreater(passed, 40)

    def test_everything_on_the_embedded_server(self):
        self.suite()


class Life(Cargo):
    def test_handles_live_and_die(self):
        # One arena of malloc, so that memory which stays flat is seen to.
        passed = self.cargo_test("--test", "life", "--", "--test-threads=1", "--nocapture",
                                 MALLOC_ARENA_MAX="1")
        self.assertEqual(passed, 6)


class FromPrefix(Suite):
    """The same with an installed library, and on a server."""

    def test_everything_on_a_server(self):
        server = NatsServer(self.path("nats"))
        self.addCleanup(server.stop)
        self.suite(SLIP_TEST_URL=server.url)


def program(crates, main, features=()):
    """The files of a program beside the crates."""
    return {
        "Cargo.toml": """[package]
name = "program"
version = "0.1.0"
edition = "2024"
[dependencies]
slipstream = { path = "%s", features = [%s] }
[workspace]
""" % (os.path.join(crates, "slipstream"), ", ".join('"%s"' % name for name in features)),
        "src/main.rs": main,
    }


class Program(Cargo):
    """Programs of other people, that depend on the crate."""

    crates = RUST

    def make(self, main, features=()):
        for name, text in program(self.crates, main, features).items():
            os.makedirs(os.path.dirname(self.path("program", name)), exist_ok=True)
            self.write(os.path.join("program", name), text)
        # The versions of what else it needs are those of the workspace.
        shutil.copy(os.path.join(self.crates, "Cargo.lock"), self.path("program", "Cargo.lock"))

    def cargo(self, *arguments, code=0, **more):
        return self.run_tool("cargo", *arguments, cwd=self.path("program"), code=code, **more)

    def binary(self):
        return os.path.join(os.environ["CARGO_TARGET_DIR"], "debug", "program")


class Readme(Program):
    """With the library and the crates of the installed prefix, and nothing of the source tree."""

    crates = os.path.join(os.environ.get("SLIP_PREFIX", ""), "share", "slipstream", "rust")

    def test_the_program_is_as_it_is_shown(self):
        shown = read("README.md").split("```rust\n")[1].split("```")[0]
        self.assertIn("nats://127.0.0.1:4222", shown)
        self.assertLessEqual(len([line for line in shown.splitlines() if line.strip()]), 20)
        server = NatsServer(self.path("nats"))
        self.addCleanup(server.stop)
        for arguments in (("bucket", "create", "routes"), ("kv", "put", "routes", "edge.eu", "10.0.0.1"),
                          ("kv", "put", "routes", "edge.us", "10.0.0.2")):
            self.succeeds(*arguments, SLIPSTREAM_SERVER=server.url)
        self.make(shown.replace("nats://127.0.0.1:4222", server.url))
        self.cargo("build")
        run = lambda: self.run_tool(self.binary(), cwd=self.directory)  # noqa: E731
        self.assertEqual(run(), "Put edge.eu 10.0.0.1\nPut edge.us 10.0.0.2\nrevision 2\n")
        self.assertEqual(run(), "revision 2\n")


FIRST = """fn main() {
    match slipstream::Connection::connect("mem://") {
        Ok(_) => println!("connected"),
        Err(error) => {
            println!("{} {error}", error.code());
            std::process::exit(3);
        }
    }
}
"""


class Load(Program):
    """Libraries that are missing, too old, or of another epoch; and the build's own errors."""

    def setUp(self):
        super().setUp()
        self.make(FIRST)
        self.cargo("build")
        self.assertEqual(self.run_tool(self.binary()), "connected\n")

    def library(self, version="0.1.0", epoch=0, without=()):
        """A folder with a library that has every symbol but some, and says what it is told to."""
        symbols = [name for name in read("tests", "abi", "symbols.txt").split()
                   if name not in ("slip_version", "slip_abi_epoch") + tuple(without)]
        source = self.write("fake.c", "#include <stdint.h>\n%s\n" % "\n".join(
            ["void %s(void);\nvoid %s(void) {}" % (name, name) for name in symbols]
            + ['const char *slip_version(void) { return "%s"; }' % version,
               "uint32_t slip_abi_epoch(void) { return %d; }" % epoch]))
        folder = self.path("fake")
        os.makedirs(folder, exist_ok=True)
        subprocess.run([os.environ.get("SLIP_CC", "cc"), "-shared", "-fPIC", "-Wl,-soname,libslipstream.so.0",
                        "-Wl,--version-script=" + os.path.join(ROOT, "src", "capi", "slipstream.map"),
                        "-o", os.path.join(folder, "libslipstream.so.0"), source], check=True)
        return folder

    def refused(self, folder, *says, code=3):
        out = self.run_tool(self.binary(), code=code, LD_LIBRARY_PATH=folder)
        for part in says:
            self.assertIn(part, out)

    def test_a_missing_library_is_named_by_the_loader(self):
        empty = self.path("empty")
        os.makedirs(empty)
        self.refused(empty, "libslipstream.so.0", "cannot open shared object file", code=127)

    def test_too_old_a_library(self):
        self.refused(self.library(version="0.0.9"), "34 SLIP_", "version 0.0.9, which is too old",
                     "0.1.0 or later")
        self.refused(self.library(without=("slip_connect",)), "undefined symbol: slip_connect", code=127)

    def test_another_epoch(self):
        self.refused(self.library(epoch=7), "ABI epoch 7", "ABI epoch 0")

    def test_what_the_build_says(self):
        out = self.cargo("build", code=101, SLIPSTREAM_LIB_DIR=self.path("nowhere"))
        self.assertIn("there is no %s" % self.path("nowhere", "libslipstream.so"), out)
        out = self.cargo("build", code=101, SLIPSTREAM_LIB_DIR="", PKG_CONFIG_LIBDIR=self.path("none"),
                         PKG_CONFIG_PATH=self.path("here"))
        self.assertIn("PKG_CONFIG_PATH (%s)" % self.path("here"), out)
        self.assertIn("cannot find libslipstream 0.1.0 or later", out)


class Vendored(Program):
    def test_the_library_is_built_from_the_tree(self):
        self.make(FIRST, features=("vendored",))
        out = self.cargo("run", SLIPSTREAM_LIB_DIR="", LD_LIBRARY_PATH="", PKG_CONFIG_LIBDIR="",
                         PKG_CONFIG_PATH="/usr/lib/x86_64-linux-gnu/pkgconfig:/usr/share/pkgconfig")
        self.assertIn("connected", out)


if __name__ == "__main__":
    main()
