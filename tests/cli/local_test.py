#!/usr/bin/env python3
"""The command without a server: help, usage, exit codes, secrets, folds and artifacts of the demo."""
import re

from harness import *

COMMANDS = [
    "demo", "doctor", "options", "version", "bucket create", "bucket info", "bucket delete", "kv get",
    "kv put", "kv create", "kv update", "kv delete", "kv purge", "kv keys", "kv watch", "kv load",
    "kv dump", "watch", "fold get", "fold range", "fold stat", "fold check", "fold dump", "fold diff",
    "fold compact", "fold hide", "fold unhide", "fold hidden", "fold position", "fold conformance",
    "artifact export", "artifact verify", "artifact info", "artifact import", "publish", "pointer",
    "bootstrap", "object list", "object get",
]
NOBODY = "nats://127.0.0.1:1"


class Help(TestCase):
    def test_every_command_shows_an_example_of_itself(self):
        for command in COMMANDS:
            done = self.succeeds(*command.split(), "--help")
            self.assertRegex(done.out, r"Example:\n  slipstream %s" % command, command)
            self.assertEqual(done.err, "", command)

    def test_the_list_of_commands_is_complete(self):
        done = self.succeeds("--help")
        families = set(re.findall(r"^  ([a-z]+) {2,}[A-Z]", done.out, re.M))
        self.assertEqual(families, {command.split()[0] for command in COMMANDS})
        for family in ("bucket", "kv", "fold", "artifact", "object"):
            shown = set(re.findall(r"^  ([a-z]+) {2,}[A-Z]", self.succeeds(family, "--help").out, re.M))
            self.assertEqual(shown, {c.split()[1] for c in COMMANDS if c.startswith(family + " ")})

    def test_the_exit_codes_are_in_help_and_man_page(self):
        done = self.succeeds("--help")
        codes = set(re.findall(r"^ +(\d+)  \w", done.out, re.M))
        self.assertEqual(codes, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "130", "143"})
        with open(os.path.join(os.environ["SLIP_SOURCE_DIR"], "docs", "slipstream.1")) as page:
            man = page.read()
        for code in codes:
            self.assertRegex(man, r"\n\.B %s\n" % code)
        for command in COMMANDS:
            self.assertIn("slipstream " + command, man)


class Usage(TestCase):
    def test_usage_errors_end_2(self):
        self.fails(2, says="subcommand")
        self.fails(2, "kv", "get", says="bucket")
        self.fails(2, "nonsense")
        self.fails(2, "version", "--nonsense", says="--nonsense")
        self.fails(2, "watch", "routes", self.path("f"), "--until", "soon", says="caught-up")
        self.fails(2, "kv", "get", "b", "k", "-s", "http://x", says=("scheme", "nats://"))

    def test_unknown_options_name_the_nearest(self):
        self.fails(2, "watch", "routes", self.path("f"), "-o", "batch_update_max=5",
                   says=("batch_update_max", "batch_updates_max"))
        self.fails(2, "watch", "routes", self.path("f"), "-o", "batch_updates_max=0",
                   says=("batch_updates_max", "1 to 1000000"))
        self.fails(2, "watch", "routes", self.path("f"), "-o", "nothing", says="NAME=VALUE")

    def test_an_unreachable_server_ends_5_and_is_named(self):
        self.fails(5, "kv", "get", "b", "k", "-s", NOBODY, says="127.0.0.1:1")
        done = self.fails(5, "kv", "get", "b", "k", "-s", NOBODY, "--json")
        error = json.loads(done.err)["error"]
        self.assertEqual(error["status"], "SLIP_UNREACHABLE")
        self.assertEqual(error["exit"], 5)
        self.assertIs(error["retriable"], True)
        self.assertIn("127.0.0.1:1", error["message"])

    def test_a_failed_watch_leaves_no_empty_fold(self):
        self.fails(5, "watch", "b", self.path("fold"), "-s", NOBODY)
        self.assertFalse(os.path.exists(self.path("fold")))


class Secrets(TestCase):
    SECRET = "geheim42"

    def assert_hidden(self, done):
        self.assertNotIn(self.SECRET, done.out + done.err)

    def test_no_secret_is_printed(self):
        secret_file = self.write("secret", self.SECRET + "\n")
        at = "nats://tom:%s@127.0.0.1:1" % self.SECRET
        for done in (
                run("kv", "get", "b", "k", "-s", at),
                run("kv", "get", "b", "k", "-s", at, "--json"),
                run("doctor", "-s", at),
                run("kv", "get", "b", "k", SLIPSTREAM_SERVER=at),
                run("kv", "get", "b", "k", "-s", NOBODY, SLIPSTREAM_PASSWORD=self.SECRET),
                run("kv", "get", "b", "k", "-s", NOBODY, "--token-file", secret_file),
                run("kv", "get", "b", "k", "-s", "mem//" + self.SECRET + "@x"),
        ):
            self.assertNotEqual(done.code, 0)
            self.assertNotEqual(done.err + done.out, "")
            self.assert_hidden(done)

    def test_secrets_on_the_command_line_are_refused_unseen(self):
        for arguments in (["-o", "password=" + self.SECRET], ["-o", "token=" + self.SECRET],
                          ["-o", self.SECRET], ["--password=" + self.SECRET],
                          ["--password", self.SECRET]):
            self.assert_hidden(self.fails(2, "kv", "get", "b", "k", "-s", NOBODY, *arguments))

    def test_a_secret_file_that_is_not_there_is_named(self):
        self.fails(8, "kv", "get", "b", "k", "--password-file", self.path("none"),
                   says=self.path("none"))


class General(TestCase):
    def test_version(self):
        shape = self.succeeds("version", "--json").json()
        self.assertEqual(set(shape), {"version", "abi_epoch", "features"})
        self.assertIn("lmdb", shape["features"])
        self.assertIn(shape["version"], self.succeeds("version").out)

    def test_options(self):
        shape = self.succeeds("options", "--json").json()
        self.assertEqual(list(shape), ["connection", "bucket", "watch", "fold", "export",
                                       "object-store", "publish", "import"])
        rows = {row["name"]: row for row in shape["watch"]}
        self.assertEqual(rows["batch_close"]["default"], "idle")
        self.assertIn("batch_close", self.succeeds("options", "watch").out)
        self.fails(2, "options", "sausages", says="sausages")

    def test_doctor(self):
        done = self.succeeds("doctor", "--json")
        self.assertEqual([row["check"] for row in done.json()],
                         ["library", "machine", "embedded", "server"])
        self.assertTrue(all(row["ok"] for row in done.json()))
        sick = run("doctor", "--json", "--fold", self.path("none"))
        self.assertEqual(sick.code, 3)
        self.assertEqual([row["check"] for row in sick.json() if not row["ok"]], ["fold"])

    def test_a_full_output_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([COMMAND, "options"], stdout=full, stderr=subprocess.PIPE,
                                  env=clean_environment())
        self.assertEqual(done.returncode, 8)
        self.assertIn(b"standard output", done.stderr)


BROKEN = """
#include "one_file_fold.c"
static slip_status ascending(void* user, void* snapshot, const void* from, size_t size, int reverse,
                             void** out, char* text, size_t text_size) {
  (void)reverse;
  return scan_open(user, snapshot, from, size, 0, out, text, text_size);
}
slip_status broken_open(const char* directory, slip_fold_functions* out, char* text, size_t size);
slip_status broken_open(const char* directory, slip_fold_functions* out, char* text, size_t size) {
  const slip_status status = slip_fold_conformance_open(directory, out, text, size);
  out->scan_open = ascending;
  return status;
}
slip_status refused_open(const char* directory, slip_fold_functions* out, char* text, size_t size);
slip_status refused_open(const char* directory, slip_fold_functions* out, char* text, size_t size) {
  (void)directory, (void)out;
  snprintf(text, size, "the licence has run out");
  return 1044;
}
"""


class OwnFolds(TestCase):
    """The example of a fold of one's own, and two of its kind that are wrong."""

    def build(self):
        root = os.environ["SLIP_SOURCE_DIR"]
        source, library = self.write("broken.c", BROKEN), self.path("libfolds.so")
        subprocess.run([os.environ.get("SLIP_CC", "cc"), "-std=c99", "-D_DEFAULT_SOURCE", "-O1", "-shared", "-fPIC",
                        "-I", os.path.join(root, "include"),
                        "-I", os.path.join(root, "examples", "c-own-fold"),
                        "-o", library, source, "-lpthread"], check=True)
        return library

    def test_the_example_conforms_and_a_broken_one_does_not(self):
        library = self.build()
        done = self.succeeds("fold", "conformance", "--library", library, "--json")
        shown = done.json()
        self.assertTrue(shown["conforms"])
        self.assertEqual((shown["held"], shown["failed"], shown["not_offered"]),
                         (len(shown["cases"]), 0, 0))
        self.assertGreater(shown["held"], 30)
        self.assertIn({"name": "data-without-a-cursor", "result": "held"}, shown["cases"])
        broken = run("fold", "conformance", "--library", library, "--entry", "broken_open",
                     "--case", "range-reverse")
        self.assertEqual(broken.code, 1)
        self.assertEqual(broken.out.splitlines()[0], "FAILED       range-reverse")
        self.assertIn("expected reading the descending range", broken.out)
        self.assertIn("a descending scan gave key", broken.out)
        self.assertEqual(broken.out.splitlines()[-1], "1 cases: 0 held, 1 failed, 0 not offered")
        done = run("fold", "conformance", "--library", library, "--entry", "refused_open", "--json")
        self.assertEqual(done.code, 1)
        refused = done.json()
        self.assertEqual([case["name"] for case in refused["cases"]], ["open"])
        self.assertIn("the licence has run out", refused["cases"][0]["seen"])

    def test_what_is_not_there_is_named(self):
        library = self.build()
        self.fails(3, "fold", "conformance", "--library", library, "--entry", "nothing",
                   says=("nothing", "--entry"))
        self.fails(3, "fold", "conformance", "--library", self.path("none.so"), says="none.so")
        self.fails(2, "fold", "conformance", "--library", library, "--case", "nonsense",
                   says=("nonsense", "round-trip"))


class AfterTheDemo(TestCase):
    """The demo leaves folds, an artifact and a store behind: everything that reads them."""

    def setUp(self):
        super().setUp()
        self.story = self.succeeds("demo", "--directory", self.directory)

    def test_the_story(self):
        self.assertEqual(self.story.err, "")
        told = " ".join(self.story.out.split())
        for part in ("1. A bucket", "20,000 updates", "revision 20012", "7 updates, 1 of them a delete",
                     "the first at revision 20013", "equals the bucket, 19,999 entries"):
            self.assertIn(part, told)

    def test_folds(self):
        stat = self.succeeds("fold", "stat", self.path("node-b"), "--json").json()
        self.assertEqual(set(stat), {"fold", "bucket", "cursor", "entries", "tombstones",
                                     "payload_bytes", "file_bytes", "free_bytes", "format",
                                     "loading"})
        self.assertEqual((stat["entries"], stat["cursor"]["revision"]), (19999, 20019))
        self.assertRegex(stat["cursor"]["token"], r"^slip1:slipstream-demo-\d+:\d+:20019$")
        self.assertIn("19,999", self.succeeds("fold", "stat", self.path("node-b")).out)
        checked = self.succeeds("fold", "check", self.path("node-b"), "--json").json()
        self.assertGreaterEqual(checked["records"], 19999)

        got = self.succeeds("fold", "get", self.path("node-b"), "edge.3.route.00003")
        self.assertEqual(json.loads(got.raw)["next_hop"], "10.0.0.3")
        entry = self.succeeds("fold", "get", self.path("node-b"), "edge.3.route.00003", "--json").json()
        self.assertEqual((entry["key"], entry["operation"], entry["revision"]),
                         ("edge.3.route.00003", "put", 4))
        self.fails(3, "fold", "get", self.path("node-b"), "edge.2.route.00002",
                   says="edge.2.route.00002")
        self.fails(3, "fold", "get", self.path("nowhere"), "x", says=self.path("nowhere"))

    def test_upkeep(self):
        log = "append-log:" + self.path("log")
        self.succeeds("artifact", "import", self.path("artifact"), log)
        key = "edge.3.route.00003"
        self.assertEqual(self.succeeds("fold", "hidden", log).out, "")
        done = self.succeeds("fold", "hide", log, "--from", "3", "--to", "9", "--json").json()
        self.assertEqual((done["fold"], done["hidden"]), (log, [{"from": 3, "to": 9}]))
        self.fails(3, "fold", "get", log, key, says=key)
        self.assertEqual(self.succeeds("fold", "unhide", log, "--from", "4", "--to", "5").out,
                         "3 4\n5 9\n")
        self.succeeds("fold", "get", log, key)
        self.assertEqual(self.succeeds("fold", "hidden", log).out, "3 4\n5 9\n")
        done = self.succeeds("fold", "compact", log, "--json").json()
        self.assertEqual((done["fold"], done["outcome"]), (log, "skipped"))
        self.assertEqual((done["bytes_after"], done["segments_after"]),
                         (done["bytes_before"], done["segments_before"]))
        self.assertRegex(self.succeeds("fold", "compact", log).out, r"^skipped: .* segments before")
        self.fails(2, "fold", "hide", log, "--from", "9", "--to", "9", says="not below")
        self.fails(1, "fold", "hide", self.path("node-b"), "--from", "1", "--to", "2",
                   says="append-log")
        self.fails(1, "fold", "compact", self.path("node-b"), says="append-log")
        self.fails(3, "fold", "compact", "append-log:" + self.path("nowhere"), says="nowhere")

    def test_positions(self):
        self.assertEqual(self.succeeds("fold", "position", self.path("node-b"), "billing").out,
                         "fresh\n")
        fresh = self.succeeds("fold", "position", self.path("node-b"), "billing", "--json").json()
        self.assertEqual((fresh["consumer"], fresh["fresh"]), ("billing", True))
        self.fails(2, "fold", "position", self.path("node-b"), "../billing", says="../billing")

    def test_ranges(self):
        rows = self.succeeds("fold", "range", self.path("node-b"), "--prefix", "edge.7.", "--limit",
                             "3", "--json").lines()
        self.assertEqual([row["key"] for row in rows],
                         ["edge.7.route.00007", "edge.7.route.00027", "edge.7.route.00047"])
        backwards = self.succeeds("fold", "range", self.path("node-b"), "--prefix", "edge.7.",
                                  "--reverse", "--limit", "1", "--keys")
        self.assertEqual(backwards.out, "edge.7.route.19987\n")
        onwards = self.succeeds("fold", "range", self.path("node-b"), "--from", "edge.7.route.00040",
                                "--limit", "1", "--keys")
        self.assertEqual(onwards.out, "edge.7.route.00047\n")
        gone = self.succeeds("fold", "range", self.path("node-b"), "--prefix", "edge.2.route.00002",
                             "--tombstones", "--json").json()
        self.assertEqual((gone["operation"], gone["revision"]), ("delete", 20019))

    def test_differences(self):
        self.succeeds("artifact", "export", self.path("node-b"), self.path("newer"))
        self.succeeds("artifact", "import", self.path("newer"), self.path("same"))
        same = self.succeeds("fold", "diff", self.path("node-b"), self.path("same"), "--revisions")
        self.assertEqual(same.out, "19,999 same, 0 different\n")
        self.succeeds("bootstrap", self.path("old"), "--store", self.path("store"), "--key",
                      "edge/routes")
        done = run("fold", "diff", self.path("node-b"), self.path("old"), "--json")
        self.assertEqual((done.code, done.err), (9, ""))
        kinds = [line["kind"] for line in done.lines() if line["event"] == "difference"]
        self.assertEqual((kinds.count("value"), kinds.count("only_right"), len(kinds)), (6, 1, 7))
        self.assertEqual(done.lines()[-1], {"event": "end", "same": 19993, "different": 7})

    def test_artifacts(self):
        info = self.succeeds("artifact", "info", self.path("artifact"), "--json").json()
        self.assertEqual((info["schema"], info["revision"]), (1, 20012))
        verified = self.succeeds("artifact", "verify", self.path("artifact"), "--json").json()
        self.assertEqual(set(verified), {"bucket", "cursor", "entries", "tombstones", "files",
                                         "stored_bytes", "logical_bytes", "logical_digest", "schema"})
        self.assertEqual(verified["entries"], 20000)
        self.succeeds("artifact", "import", self.path("artifact"), self.path("copy"))
        self.fails(4, "artifact", "import", self.path("artifact"), self.path("copy"), says="empty")
        again = self.succeeds("artifact", "export", self.path("copy"), self.path("again"),
                              "-o", "compression=none", "--json").json()
        self.assertEqual(again["logical_digest"], verified["logical_digest"])
        data = self.path("artifact", "data", "000001.rec")
        with open(data, "r+b") as file:
            file.seek(1000)
            byte = file.read(1)
            file.seek(1000)
            file.write(bytes([byte[0] ^ 1]))
        self.fails(6, "artifact", "verify", self.path("artifact"), says="000001.rec")
        self.fails(6, "artifact", "import", self.path("artifact"), self.path("bad"), says="000001.rec")
        self.assertFalse(os.path.exists(self.path("bad")))

    def test_publishing(self):
        store = ["--store", self.path("store"), "--key", "edge/routes"]
        again = self.succeeds("publish", self.path("artifact"), *store, "--json").json()
        self.assertEqual((again["generation"], again["attempts"], again["uploaded_bytes"]), (1, 0, 0))
        pointer = self.succeeds("pointer", *store, "--json").json()
        self.assertIn("20012", json.dumps(pointer))
        self.succeeds("artifact", "export", self.path("node-b"), self.path("newer"))
        newer = self.succeeds("publish", self.path("newer"), *store, "--json").json()
        self.assertEqual(set(newer), {"key", "generation", "cursor", "uploaded_bytes", "attempts",
                                      "manifest_sha256"})
        self.assertEqual(newer["cursor"]["revision"], 20019)
        self.fails(4, "publish", self.path("artifact"), *store, says="20019")
        self.fails(3, "pointer", "--store", self.path("store"), "--key", "nothing", says="nothing")
        done = self.succeeds("bootstrap", self.path("node-c"), *store, "--json").json()
        self.assertEqual(done["cursor"]["revision"], 20019)

    def test_objects(self):
        rows = self.succeeds("object", "list", "--store", self.path("store"), "--json").lines()
        names = [row["name"] for row in rows]
        self.assertEqual(names, sorted(names))
        self.assertIn("edge/routes.pointer.json", names)
        pointer = self.succeeds("object", "get", "edge/routes.pointer.json",
                                SLIPSTREAM_STORE=self.path("store"))
        self.assertEqual(json.loads(pointer.raw)["revision"], 20012)
        self.fails(3, "object", "get", "nothing", "--store", self.path("store"), says="nothing")


main()
