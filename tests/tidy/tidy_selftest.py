#!/usr/bin/env python3
"""Does tidy see what it is there to see? Each test makes a small tree with one defect."""

import os
import subprocess
import sys
import tempfile
import unittest

import source_text
import tidy

GOOD_HEADER = "// What it owns.\n#ifndef A\n#define A\nint answer();\n#endif\n"
GUARDED = '// guard: %s\nbool f() { return guard_on("%s"); }\n'


class TreeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("src/base/good.h", GOOD_HEADER)

    def write(self, path, text):
        full = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def found(self):
        return ["%s:%d: %s: %s" % breach for breach in tidy.breaches(self.folder.name)]

    def expect(self, *expected):
        self.assertEqual(self.found(), list(expected))

    def test_a_good_tree_is_clean(self):
        self.write("src/fs/good.cc", '#include "base/good.h"\n#include "fs/good.h"\n')
        self.expect()

    def test_a_tree_without_sources_is_no_success(self):
        os.remove(os.path.join(self.folder.name, "src/base/good.h"))
        self.assertEqual(len(self.found()), 1)

    def test_an_include_of_a_higher_rank(self):
        self.write("src/base/bad.cc", '\n#include "fs/file_system.h"\n')
        self.expect("src/base/bad.cc:2: rank: base (rank 0) includes fs (rank 1)")

    def test_an_include_of_a_neighbour(self):
        self.write("src/fold/bad.cc", '#include "kv/bucket.h"\n')
        self.expect("src/fold/bad.cc:1: rank: fold (rank 2) includes kv (rank 2)")

    def test_an_include_that_is_not_written_from_src(self):
        self.write("src/fold/bad.cc", '#include "fold.h"\n#include "../base/good.h"\n')
        self.expect('src/fold/bad.cc:1: rank: "fold.h" is not written from src/',
                    'src/fold/bad.cc:2: rank: "../base/good.h" is not written from src/')

    def test_a_folder_without_a_rank(self):
        self.write("src/extra/bad.cc", "int x;\n")
        self.expect('src/extra/bad.cc:1: rank: the folder "extra" has no rank')

    def test_the_command_looks_into_the_library(self):
        self.write("cli/main.cc", '#include "slipstream.h"\n#include "context.h"\n'
                                  '#include "fs/file_system.h"\n')
        self.expect('cli/main.cc:3: rank: the command uses slipstream.h only, not "fs/file_system.h"')

    def test_a_long_function(self):
        body = "  step();\n" * 69
        self.write("src/base/bad.cc", "namespace slip {\nint bad(\n    int x) {\n%s}\n}\n" % body)
        self.expect("src/base/bad.cc:2: function-length: bad has 72 lines, 70 at most")

    def test_a_function_of_seventy_lines(self):
        self.write("src/base/good.cc", "int good() {\n%s}\n" % ("  step();\n" * 68))
        self.expect()

    def test_a_long_member_function_and_a_long_test(self):
        body = "    step();\n" * 80
        self.write("src/base/bad.cc", "class C {\n public:\n  int bad() const {\n%s  }\n};\n" % body)
        self.write("tests/base/bad.c", "static void bad(void **state) {\n%s}\n" % body)
        self.expect("src/base/bad.cc:3: function-length: bad has 82 lines, 70 at most",
                    "tests/base/bad.c:1: function-length: bad has 82 lines, 70 at most")

    def test_a_long_table_or_class_is_no_function(self):
        rows = "    {1, 2},\n" * 100
        self.write("src/base/good.cc", "constexpr Row kTable[] = {\n%s};\n" % rows)
        self.write("src/base/wide.h", "// Wide.\nstruct Wide {\n%s};\n" % ("  int a();\n" * 100))
        self.expect()

    def test_a_long_file(self):
        self.write("src/base/bad.cc", "int x;\n" * 401)
        self.write("src/base/full.cc", "int x;\n" * 400)
        self.write("tests/base/long.c", "int x;\n" * 900)
        self.expect("src/base/bad.cc:401: file-length: 401 lines, 400 at most")

    def test_raw_calls(self):
        self.write("src/objects/bad.cc", "void f() {\n  ::open(path, 0);\n  if (mkdir(path, 0)) return;\n"
                                         "  std::filesystem::remove(p);\n  return fsync(3);\n}\n")
        self.expect("src/objects/bad.cc:2: raw-call: open: use fs/file_system.h",
                    "src/objects/bad.cc:3: raw-call: mkdir: use fs/file_system.h",
                    "src/objects/bad.cc:4: raw-call: std::filesystem: use fs/file_system.h",
                    "src/objects/bad.cc:5: raw-call: fsync: use fs/file_system.h")

    def test_shared_names_with_their_header(self):
        self.write("src/objects/bad.cc", "#include <unistd.h>\nvoid f() { write(1, \"\", 0); }\n")
        self.expect("src/objects/bad.cc:2: raw-call: write: use fs/file_system.h")

    def test_what_only_looks_like_a_raw_call(self):
        self.write("src/objects/good.cc",
                   "// open(path) and mkdir(path)\nvoid f() {\n  fs.open(p);\n  file->read(p);\n"
                   "  remove(name);\n  say(\"rename(a, b)\");\n  Store::open(p);\n}\n"
                   "Status remove(int name);\nResult<File> open(int p);\nFile* opendir(int p);\n")
        self.expect()

    def test_raw_calls_where_they_belong(self):
        for path in ("src/fs/good.cc", "src/fold/lmdb/good.cc", "src/base/boot_id.cc"):
            self.write(path, "void f() { ::open(path, 0); }\n")
        self.expect()

    def test_a_guard_without_a_test(self):
        self.write("src/base/bad.cc", GUARDED % ("lonely", "lonely"))
        self.expect('src/base/bad.cc:1: guard: no test below tests/ names "lonely"')

    def test_a_guard_without_a_tag_and_a_tag_without_a_guard(self):
        self.write("src/base/bad.cc", GUARDED % ("tagged", "used"))
        self.write("tests/base/guards.c", 'guard_switch("tagged", 0); guard_switch("used", 0);\n')
        self.expect('src/base/bad.cc:1: guard: the tag "tagged" has no guard_on',
                    'src/base/bad.cc:2: guard: guard_on("used") has no tag')

    def test_a_guard_as_it_should_be(self):
        self.write("src/base/good.cc", GUARDED % ("sound", "sound"))
        self.write("tests/base/guards.c", 'guard_switch("sound", 0);\n')
        self.expect()

    def test_the_name_of_another_guard_is_no_test(self):
        self.write("src/base/bad.cc", GUARDED % ("sound", "sound"))
        self.write("tests/base/guards.c", 'guard_switch("unsound", 0);\n')
        self.expect('src/base/bad.cc:1: guard: no test below tests/ names "sound"')

    def test_a_machine_path(self):
        home = "/" + "root/"
        self.write("docs/page.md", "fine\nsee %sthing\n" % home)
        self.write("docs/other.md", "https://example.org%sthing is fine\n" % home)
        self.expect("docs/page.md:2: machine-path: %s" % home)

    def test_a_header_without_a_comment(self):
        self.write("src/base/bad.h", "#ifndef B\n// late\n#endif\n")
        self.expect("src/base/bad.h:1: header-comment: a header begins with what it owns and promises")

    def test_the_program_tells_by_its_exit_code(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tidy.py")
        run = [sys.executable, script, self.folder.name]
        good = subprocess.run(run, stdout=subprocess.PIPE, check=False)
        self.assertEqual((good.returncode, good.stdout), (0, b"tidy: 0 breaches\n"))
        self.write("src/base/bad.h", "int x;\n")
        bad = subprocess.run(run, stdout=subprocess.PIPE, check=False)
        self.assertEqual(bad.returncode, 1)
        self.assertIn(b"src/base/bad.h:1: header-comment", bad.stdout)

    def test_only_files_of_the_project_count(self):
        subprocess.run(["git", "init", "-q", self.folder.name], check=True)
        self.write(".gitignore", "ignored/\n")
        self.write("src/base/ignored/bad.h", "int x;\n")
        self.write("src/base/bad.h", "int x;\n")
        self.expect("src/base/bad.h:1: header-comment: a header begins with what it owns and promises")


class SourceTextTest(unittest.TestCase):
    def test_comments_and_strings_vanish_and_lines_stay(self):
        code = source_text.strip('a; // x {\n/* y {\n */ b("z{\\"");\nc(\'{\'); d(1\'000);\n'
                                 'e(R"(f{)");\n')
        self.assertEqual(code.count("\n"), 5)
        self.assertNotIn("{", code)
        for word in ("a;", "b(", "c(", "d(1'000)", "e("):
            self.assertIn(word, code)

    def test_functions_are_found_whatever_their_form(self):
        text = ("namespace a {\nC::C(int x)\n    : x_(x), y_{1} {\n  go();\n}\n"
                "bool operator==(const C& a, const C& b) {\n  return true;\n}\n"
                "struct S { int f() const { return 1; } };\n"
                "auto g() -> int {\n  auto h = [] { return 2; };\n  return h();\n}\n}\n")
        names = [name for name, _, _ in source_text.functions(text)]
        for name in ("f", "g"):
            self.assertIn(name, names)
        lengths = {name: count for name, _, count in source_text.functions(text)}
        self.assertEqual(lengths["g"], 4)
        self.assertEqual(lengths["f"], 1)


if __name__ == "__main__":
    unittest.main()
