"""The raw declarations against the header, the compiler and the loaded library."""
import ctypes
import os
import re
import subprocess
import sys
import unittest

import support
from support import PACKAGE, ROOT, slipstream
from slipstream import _constants, _functions, _structs

BINDING = os.path.join(ROOT, "bindings", "python")
HEADER = os.path.join(ROOT, "include", "slipstream.h")
# What a Python program has no use for, and why.
NOT_WRAPPED = {
    "slip_error_code": "the status of the call is the same",
    "slip_text_string": "slip_text_bytes gives its length too",
}


def structs():
    return {name: kind for name, kind in vars(_structs).items()
            if isinstance(kind, type) and issubclass(kind, ctypes.Structure)
            and kind is not ctypes.Structure}


def c_name(name):
    return "slip_" + re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Declarations(support.Case):
    def test_they_are_as_the_header_says_now(self):
        done = subprocess.run([sys.executable, os.path.join(BINDING, "generate.py"), "--check"],
                              stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr.decode())

    def test_layouts_are_those_of_c(self):
        lines, here = [], []
        for name, kind in structs().items():
            lines.append('printf("%%zu\\n", sizeof(%s));' % c_name(name))
            here.append((c_name(name), ctypes.sizeof(kind)))
            for field, _ in ((row[0], row[1]) for row in kind._fields_):
                lines.append('printf("%%zu\\n", offsetof(%s, %s));' % (c_name(name), field.rstrip("_")))
                here.append((c_name(name) + "." + field, getattr(kind, field).offset))
        source = self.write("layout.c", "#include <stdio.h>\n#include \"slipstream.h\"\n"
                            "int main(void) {\n%s\nreturn 0; }\n" % "\n".join(lines))
        program = self.path("layout")
        subprocess.run([os.environ.get("SLIP_CC", "cc"), "-I", os.path.dirname(HEADER), "-o", program,
                        source], check=True)
        in_c = subprocess.run([program], check=True, stdout=subprocess.PIPE).stdout.split()
        self.assertEqual([(name, value) for name, value in here],
                         [(name, int(value)) for (name, _), value in zip(here, in_c)])
        self.assertEqual(len(here), len(in_c))
        self.assertGreater(len(here), 100)

    def test_every_function_of_the_header_is_declared(self):
        with open(os.path.join(ROOT, "tests", "abi", "symbols.txt")) as file:
            self.assertEqual(sorted(_functions.PROTOTYPES), sorted(file.read().split()))

    def test_every_function_is_used_by_the_package(self):
        used, handled = set(), {name[len("slip_"):-len("_free")] for name in _functions.PROTOTYPES
                                if name.endswith("_free")}
        for name in os.listdir(PACKAGE):
            if not name.endswith(".py") or name == "_functions.py":
                continue
            with open(os.path.join(PACKAGE, name)) as file:
                text = file.read()
            used |= set(re.findall(r"\bslip_\w+", text))
            nouns = re.findall(r'_noun = "(\w+)"', text)
            verbs = re.findall(r'\b_(?:call|write|iterate|signal|wait)\("(\w+)"', text)
            used |= {"slip_%s_%s" % (noun, verb) for noun in nouns for verb in verbs + ["free"]}
        self.assertIn("bucket", handled)
        missing = set(_functions.PROTOTYPES) - used - set(NOT_WRAPPED)
        self.assertEqual(missing, set(), "the package does not offer these functions of the header")

    def test_statuses_are_those_of_the_library(self):
        table = slipstream.status_table()
        for code, row in table.items():
            self.assertEqual(getattr(_constants, row.name[len("SLIP_"):]), code)
            self.assertEqual(slipstream.status_name(code), row.name)
            if code != _constants.OK:
                self.assertTrue(issubclass(slipstream.errors.class_of(code),
                                           slipstream.SlipstreamError))
                self.assertIsNot(slipstream.errors.class_of(code), slipstream.SlipstreamError)
        self.assertEqual(max(table), _constants.USER_FIRST)
        self.assertEqual(slipstream.status_name(29), "SLIP_?")

    def test_a_binding_of_the_header_is_a_binding_of_the_library(self):
        self.assertEqual(slipstream.abi_epoch(), _constants.ABI_EPOCH)
        self.assertEqual(slipstream.version(), "%d.%d.%d" % (
            _constants.VERSION_MAJOR, _constants.VERSION_MINOR, _constants.VERSION_PATCH))
        self.assertTrue(slipstream.feature("mem"))
        self.assertFalse(slipstream.feature("objects.tape"))

    def test_every_kind_of_options_is_described(self):
        kinds = {name: slipstream.describe_options(name) for name in slipstream.options.KINDS}
        self.assertIn("durability", [option.name for option in kinds["fold"]])
        self.assertTrue(any(option.secret for option in kinds["connection"]))
        self.raises(slipstream.Invalid, 30, "no options of the kind", slipstream.describe_options, "x")


class Sources(unittest.TestCase):
    def test_it_is_python_and_typed(self):
        done = subprocess.run([sys.executable, "-m", "compileall", "-q", "-f", PACKAGE],
                              env=dict(os.environ, PYTHONPYCACHEPREFIX=os.environ.get("TMPDIR", "/tmp")
                                       + "/slip-pycache-%d" % os.getpid()))
        self.assertEqual(done.returncode, 0)
        self.assertTrue(os.path.exists(os.path.join(PACKAGE, "py.typed")))


if __name__ == "__main__":
    support.run()
