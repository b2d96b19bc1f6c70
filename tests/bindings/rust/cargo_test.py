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
    """Cargo's environment: the library of the build tree, or of the installed prefix."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("SLIPSTREAM_", "RUSTFLAGS", "RUSTDOCFLAGS"))}
    prefix, folder = os.environ.get("SLIP_RUST_PREFIX"), os.environ.get("SLIP_RUST_LIBRARY")
    if prefix:
        library = subprocess.run(["pkg-config", "--variable=libdir", "slipstream"], check=True,
                                 stdout=subprocess.PIPE, env=dict(
                                     os.environ, PKG_CONFIG_PATH=pkg_config_path(prefix)))
        environment["PKG_CONFIG_PATH"] = pkg_config_path(prefix)
        environment["LD_LIBRARY_PATH"] = library.stdout.decode().strip()
    else:
        environment["SLIPSTREAM_LIB_DIR"] = environment["LD_LIBRARY_PATH"] = folder
    environment.update(more)
    return environment


def pkg_config_path(prefix):
    found = [folder for folder, _, files in os.walk(prefix) if "slipstream.pc" in files]
    return os.pathsep.join(found)


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

    def cargo_test(self, *arguments, **more):
        out = self.run_tool("cargo", "test", "--locked", "--package", "slipstream", "--features",
                            "futures", *arguments, **more)
        for line in out.splitlines():
            if line.startswith(("figure:", "test result:")):
                print(line)
        passed = sum(map(int, re.findall(r"test result: ok\. (\d+) passed; 0 failed; 0 ignored", out)))
        self.assertGreater(passed, 0, out)
        return passed


class Source(Cargo):
    def test_what_is_generated_is_up_to_date(self):
        self.run_tool(sys.executable, os.path.join(RUST, "generate.py"), "--check")

    def test_it_is_formatted(self):
        self.run_tool("cargo", "fmt", "--check")

    def test_it_has_no_lints(self):
        self.run_tool("cargo", "clippy", "--locked", "--all-targets", "--features",
                      "slipstream/futures", "--", "-D", "warnings")

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
        passed = self.cargo_test("--doc", RUSTC_BOOTSTRAP="1")
        self.assertGreater(passed, 25)


if __name__ == "__main__":
    main()
