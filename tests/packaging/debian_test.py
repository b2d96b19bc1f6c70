#!/usr/bin/env python3
"""The Debian packages are whole: cpack makes them, dpkg itself installs them into an empty root, where
nothing else of ours is, and programs are built and run from there.

    debian_test.py BUILD
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv.pop()
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
OURS = ["libslipstream0", "libslipstream-dev", "slipstream-tools", "python3-slipstream"]
CLEAN = {name: value for name, value in os.environ.items()
         if not name.startswith(("SLIP", "LD_", "PKG_", "PYTHON", "CMAKE_PREFIX"))}


def run(*command, code=0, cwd=None, **environment):
    done = subprocess.run(command, cwd=cwd, env=dict(CLEAN, LC_ALL="C.UTF-8", **environment),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode()
    if (done.returncode == 0) != (code == 0):
        raise AssertionError("%s ended %d\n%s" % (" ".join(command), done.returncode, text))
    return text


def files_below(root):
    return {os.path.relpath(os.path.join(folder, name), root)
            for folder, folders, names in os.walk(root)
            for name in names + [f for f in folders if os.path.islink(os.path.join(folder, f))]}


class Root:
    """An empty root with a dpkg of its own. The only script of ours calls ldconfig, which is noted
    here instead of being done to this machine."""

    def __init__(self, folder, installed=()):
        self.path = folder
        self.admin = os.path.join(folder, "var", "lib", "dpkg")
        for name in ("info", "updates", "triggers"):
            os.makedirs(os.path.join(self.admin, name))
        self.tools = folder + ".tools"
        os.makedirs(self.tools)
        with open(os.path.join(self.tools, "ldconfig"), "w") as script:
            script.write('#!/bin/sh\necho called >> "$0.called"\n')
        os.chmod(script.name, 0o755)
        with open(os.path.join(self.admin, "status"), "w") as status:
            for package in installed:
                status.write(run("dpkg-query", "--status", package) + "\n")

    def dpkg(self, *arguments, code=0):
        own = [] if os.geteuid() == 0 else ["fakeroot"]
        return run(*own, "dpkg", "--root=" + self.path, "--log=" + os.path.join(self.path, "dpkg.log"),
                   "--force-not-root", "--force-script-chrootless", *arguments, code=code,
                   PATH=self.tools + ":" + CLEAN.get("PATH", "") + ":/usr/sbin:/sbin")

    def ldconfig_was_called(self):
        return os.path.exists(os.path.join(self.tools, "ldconfig.called"))

    def status(self, package):
        shown = run("dpkg-query", "--admindir=" + self.admin, "--show", "--showformat",
                    "${db:Status-Abbrev}", package)
        return shown.strip()


def depends_of(deb):
    """The names in Depends, with the whole field."""
    field = run("dpkg-deb", "--field", deb, "Depends").strip()
    return {re.split(r"[ (:]", part.strip())[0] for part in field.split(",")}, field


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="slip-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        run("cpack", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B",
            os.path.join(cls.folder, "made"), cwd=cls.folder)
        cls.debs = {run("dpkg-deb", "--field", deb, "Package").strip(): deb
                    for deb in glob.glob(os.path.join(cls.folder, "made", "*.deb"))}
        cls.foreign = sorted(set().union(*(depends_of(deb)[0] for deb in cls.debs.values()))
                             - set(cls.debs))
        cls.root = Root(os.path.join(cls.folder, "root"), cls.foreign)
        cls.root.dpkg("--install", *(cls.debs[name] for name in OURS))
        cls.usr = os.path.join(cls.root.path, "usr")
        cls.lib = next(folder for folder, _, names in os.walk(cls.usr) if "libslipstream.so.0" in names)

    def test_they_are_four_and_installed(self):
        self.assertEqual(sorted(self.debs), sorted(OURS))
        for name in OURS:
            self.assertEqual(self.root.status(name), "ii")
        wrong = [line for line in self.root.dpkg("--verify").splitlines() if "warning" not in line]
        self.assertEqual(wrong, [])
        self.assertTrue(self.root.ldconfig_was_called())
        self.assertEqual(run("dpkg-deb", "--info", self.debs["libslipstream0"], "shlibs"),
                         "libslipstream 0 libslipstream0 (>= 0.1.0)\n")

    def test_without_what_they_depend_on_they_are_refused(self):
        bare = Root(os.path.join(self.folder, "bare"))
        said = bare.dpkg("--install", self.debs["libslipstream0"], code=1)
        for name in ("libnats3.4", "liblmdb0", "libstdc++6", "libssl3"):
            self.assertIn("libslipstream0 depends on " + name, said)
        self.assertEqual(bare.status("libslipstream0"), "iU")
        alone = Root(os.path.join(self.folder, "alone"), self.foreign)
        for name in OURS[1:]:
            said = alone.dpkg("--install", self.debs[name], code=1)
            self.assertIn("%s depends on libslipstream0 (= " % name, said)

    def test_every_library_that_is_needed_is_in_depends(self):
        for name, file in (("libslipstream0", os.path.join(self.lib, "libslipstream.so.0")),
                           ("slipstream-tools", os.path.join(self.usr, "bin", "slipstream"))):
            depends, field = depends_of(self.debs[name])
            needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "--dynamic", file))
            self.assertGreater(len(needed), 3)
            for library in needed:
                if library.startswith("libslipstream"):
                    self.assertIn("libslipstream0 (= ", field)
                    continue
                owners = {line.split(":")[0] for line in run("dpkg", "--search", library).splitlines()}
                self.assertTrue(owners & depends, "%s needs %s of %s" % (name, library, owners))

    def test_together_they_are_what_cmake_installs(self):
        packed = {name for name in files_below(self.usr) if not name.startswith("share/doc/")}
        prefix = os.path.join(self.folder, "prefix")
        run("cmake", "--install", BUILD, "--prefix", prefix)
        self.assertEqual(packed, files_below(prefix))
        for name in OURS:
            with open(os.path.join(self.usr, "share", "doc", name, "copyright")) as file:
                self.assertIn("Apache License", file.read())

    def test_the_command_runs_and_has_its_manual(self):
        command = os.path.join(self.usr, "bin", "slipstream")
        self.assertIn("slipstream 0.1.0", run(command, "version"))
        loaded = [line for line in run("ldd", command).splitlines() if "libslipstream" in line]
        self.assertEqual(len(loaded), 1)
        self.assertIn(os.path.realpath(self.root.path), os.path.realpath(loaded[0].split()[2]))
        with open(os.path.join(self.usr, "share", "man", "man1", "slipstream.1")) as page:
            self.assertIn(".TH SLIPSTREAM 1", page.read())
        self.assertNotIn(".debug_info", run("readelf", "--section-headers", command))

    def test_a_c_program_by_pkg_config(self):
        work = os.path.join(self.folder, "c")
        shutil.copytree(os.path.join(SOURCE, "examples", "c-pkgconfig"), work)
        flags = {"PKG_CONFIG_SYSROOT_DIR": self.root.path,
                 "PKG_CONFIG_LIBDIR": os.path.join(self.lib, "pkgconfig")}
        self.assertIn(self.root.path + "/usr/include",
                      run("pkg-config", "--cflags", "slipstream", **flags))
        run("make", cwd=work, **flags)
        said = run("./follow", "mem://", "routes", os.path.join(work, "fold"), cwd=work,
                   LD_LIBRARY_PATH=self.lib)
        self.assertIn("the fold stands at revision 3", said)

    def test_a_cmake_project(self):
        work = os.path.join(self.folder, "consumer")
        shutil.copytree(os.path.join(SOURCE, "tests", "examples", "consumer"), work)
        run("cmake", "-B", "build", "-DCMAKE_PREFIX_PATH=" + self.usr, cwd=work)
        run("cmake", "--build", "build", cwd=work)
        run("build/consumer", cwd=work)
        self.assertIn(self.lib, run("ldd", "build/consumer", cwd=work))

    def test_a_python_program(self):
        program = ("import slipstream as s\n"
                   "with s.connect('mem://') as nats, nats.create_bucket('b') as b:\n"
                   "    print(b.put('a', b'1'), s.load().path, s.__file__)\n")
        said = run(sys.executable, "-B", "-c", program,
                   PYTHONPATH=os.path.join(self.usr, "lib", "python3", "dist-packages")).split()
        self.assertEqual(said[0], "1")
        self.assertEqual(said[1], os.path.join(self.lib, "libslipstream.so.0"))
        self.assertTrue(said[2].startswith(self.usr))

    def test_removed_they_leave_nothing(self):
        other = Root(os.path.join(self.folder, "other"), self.foreign)
        other.dpkg("--install", *(self.debs[name] for name in OURS))
        self.assertTrue(files_below(os.path.join(other.path, "usr")))
        said = other.dpkg("--remove", "libslipstream0", code=1)
        self.assertIn("depends on libslipstream0", said)
        other.dpkg("--remove", *OURS)
        self.assertEqual(files_below(os.path.join(other.path, "usr")), set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
