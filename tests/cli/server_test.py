#!/usr/bin/env python3
"""The command against a real server: reading, writing, bulk, watching, signals."""
import base64
import pty
import re

from harness import *

ODD_NAMES = ["g++", "a=b", "a..b", ".hidden", "trailing.", "..", "with space", "ü", "tab\there", "=41",
             "==", "a/b_c-d.e", "*", "a.>", "x" * 300]


class Keys(ServerTestCase):
    def test_buckets(self):
        shape = self.create("--history", "5", "--json").json()
        self.assertEqual(set(shape), {
            "bucket", "epoch", "history", "first_revision", "last_revision", "messages", "keys",
            "size_bytes", "max_age_ms", "max_bytes", "max_value_size", "marker_ttl_ms", "replicas",
            "storage", "discard", "per_message_ttl"})
        self.assertEqual((shape["history"], shape["bucket"]), (5, self.bucket))
        self.create("--history", "5")
        self.fails_on_server(4, "bucket", "create", self.bucket, "--history", "6", says="history")
        self.fails_on_server(2, "bucket", "create", self.bucket, "--history", "65", says="1 to 64")
        self.on_server("bucket", "info", self.bucket)
        self.on_server("bucket", "delete", self.bucket)
        self.fails_on_server(3, "bucket", "delete", self.bucket, says=self.bucket)
        self.fails_on_server(3, "bucket", "info", self.bucket, says=self.bucket)

    def test_reading_and_writing(self):
        self.create()
        self.assertEqual(self.kv("put", self.bucket, "a.b", "one").out, "1\n")
        blob = bytes(range(256))
        self.assertEqual(self.kv("put", self.bucket, "blob", "--json", stdin=blob).json(),
                         {"key": "blob", "revision": 2})
        self.assertEqual(self.kv("get", self.bucket, "blob").raw, blob)
        entry = self.kv("get", self.bucket, "blob", "--json").json()
        self.assertEqual(base64.b64decode(entry["value_base64"]), blob)
        self.assertNotIn("value", entry)
        entry = self.kv("get", self.bucket, "a.b", "--json").json()
        self.assertEqual(set(entry), {"key", "value", "operation", "revision", "time"})
        self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
        self.fails_on_server(3, "kv", "get", self.bucket, "nothing", says="nothing")
        self.fails_on_server(2, "kv", "put", self.bucket, "a b", "x", says="a b")

    def test_conditions(self):
        self.create()
        self.kv("create", self.bucket, "leader", "n1")
        self.fails_on_server(4, "kv", "create", self.bucket, "leader", "n2", says="leader")
        self.assertEqual(self.kv("update", self.bucket, "leader", "-r", "1", "n2").out, "2\n")
        self.fails_on_server(4, "kv", "update", self.bucket, "leader", "-r", "1", "n3", says="leader")
        self.fails_on_server(4, "kv", "delete", self.bucket, "leader", "-r", "1", says="leader")
        self.assertEqual(self.kv("delete", self.bucket, "leader", "-r", "2").out, "3\n")
        self.fails_on_server(3, "kv", "delete", self.bucket, "leader", says="leader")
        self.kv("purge", self.bucket, "leader")
        self.assertEqual(self.kv("keys", self.bucket).out, "")

    def test_names_of_any_kind(self):
        self.create()
        for number, name in enumerate(ODD_NAMES):
            self.kv("put", self.bucket, name, str(number), "--encode-keys")
        for number, name in enumerate(ODD_NAMES):
            self.assertEqual(self.kv("get", self.bucket, name, "--encode-keys").out, str(number), name)
        decoded = [row["key"] for row in self.kv("keys", self.bucket, "--decode-keys", "--json").lines()]
        self.assertEqual(decoded, ODD_NAMES)
        self.assertIn("g=2B=2B", self.kv("keys", self.bucket).out.splitlines())
        self.kv("put", self.bucket, "=41", "not an encoded name")
        raw = [row for row in self.kv("keys", self.bucket, "--decode-keys", "--json").lines()
               if "raw_key" in row]
        self.assertEqual([row["raw_key"] for row in raw], ["=41"])
        some = self.kv("keys", self.bucket, "--prefix", "a.", "--encode-keys", "--decode-keys").out
        self.assertEqual(some.splitlines(), ["a..b", "a.>"])


class Bulk(ServerTestCase):
    def test_a_dump_loads_back(self):
        self.create()
        source = [{"key": "g++", "value": "text ü \u0000 \"quoted\""}, {"key": "json", "value": {"a": 1.0}},
                  {"key": "number", "value": 12345678901234567890}, {"key": "nothing", "value": None},
                  {"key": "bytes", "value_base64": base64.b64encode(bytes(range(256))).decode()}]
        lines = "\n".join(json.dumps(row) for row in source) + "\n\n"
        done = self.kv("load", self.bucket, "-", "--encode-keys", "--json", stdin=lines.encode())
        self.assertEqual(done.json(), {"loaded": 5, "failed": 0, "last_revision": 5})
        self.assertEqual(done.err, "")
        self.assertEqual(self.kv("get", self.bucket, "json").out, '{"a": 1.0}')
        self.assertEqual(self.kv("get", self.bucket, "number").out, "12345678901234567890")
        self.assertEqual(self.kv("get", self.bucket, "nothing").out, "null")
        dumped = self.kv("dump", self.bucket, "--decode-keys").raw
        copy = self.bucket + "-copy"
        self.on_server("bucket", "create", copy)
        self.kv("load", copy, self.write("dump.jsonl", dumped.decode()), "--encode-keys")
        strip = lambda row: {k: v for k, v in row.items() if k not in ("revision", "time")}
        self.assertEqual([strip(json.loads(line)) for line in self.kv("dump", copy).raw.splitlines()],
                         [strip(json.loads(line)) for line in
                          self.kv("dump", self.bucket).raw.splitlines()])

    def test_a_bad_line_is_named_and_what_stood_before_it_is_loaded(self):
        self.create()
        for bad, why in (("nonsense", "not a JSON object"), ('{"key":"k"}', "value"),
                         ('{"value":"v"}', "key"), ('{"key":1,"value":2}', "not a string"),
                         ('{"key":"k","key":"l","value":1}', "twice"),
                         ('{"key":"k","value_base64":"x"}', "base64")):
            lines = '{"key":"good","value":"1"}\n%s\n{"key":"after","value":"1"}\n' % bad
            done = run("kv", "load", self.bucket, "-", "--json", stdin=lines.encode(),
                       SLIPSTREAM_SERVER=self.server.url)
            self.assertEqual((done.code, done.json()["loaded"]), (2, 1), bad)
            self.assertIn("line 2", done.err)
            self.assertIn(why, done.err)
        self.fails_on_server(3, "kv", "get", self.bucket, "after")
        self.fails_on_server(3, "kv", "load", self.bucket, self.path("none"), says=self.path("none"))

    def test_many_lines(self):
        self.create()
        lines = "".join('{"key":"key.%05d","value":"%d"}\n' % (i, i) for i in range(25000))
        done = self.kv("load", self.bucket, "-", "--json", stdin=lines.encode())
        self.assertEqual(done.json(), {"loaded": 25000, "failed": 0, "last_revision": 25000})
        watched = self.on_server("watch", self.bucket, self.path("fold"), "--until", "caught-up", "--json")
        self.assertEqual(watched.lines()[-1]["applied"], 25000)
        done = self.on_server("fold", "diff", self.path("fold"), "bucket:" + self.bucket, "--revisions")
        self.assertEqual(done.out, "25,000 same, 0 different\n")


class ProgressBar(ServerTestCase):
    """Shown on a terminal, and nowhere else."""

    def load_on_a_terminal(self, *flags):
        self.create()
        lines = "".join('{"key":"key.%05d","value":"%d"}\n' % (i, i) for i in range(20000))
        terminal, other_end = pty.openpty()
        process = subprocess.Popen([COMMAND, "kv", "load", self.bucket, "-", *flags],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=other_end,
                                   env=clean_environment(SLIPSTREAM_SERVER=self.server.url))
        os.close(other_end)
        out, _ = process.communicate(lines.encode(), timeout=60)
        self.assertEqual((process.returncode, out), (0, b""))
        shown = b""
        try:
            while True:
                shown += os.read(terminal, 4096)
        except OSError:
            os.close(terminal)
        return shown.decode()

    def test_on_a_terminal(self):
        shown = self.load_on_a_terminal()
        self.assertIn("\rloading ", shown)
        self.assertRegex(shown, r"\r\x1b\[Kloaded 20,000 in ")

    def test_quiet_on_a_terminal(self):
        self.assertEqual(self.load_on_a_terminal("--quiet"), "")

    def test_not_in_a_file(self):
        self.create()
        done = self.kv("load", self.bucket, "-", stdin=b'{"key":"k","value":1}')
        self.assertRegex(done.err, r"^loaded 1 in \d+ ms\n$")


class Watching(ServerTestCase):
    def watch(self, *arguments):
        return self.on_server("watch", self.bucket, self.path("fold"), *arguments)

    def test_to_the_end_and_on_from_there(self):
        self.create()
        self.kv("put", self.bucket, "a", "1")
        self.kv("put", self.bucket, "b", "2")
        first = self.watch("--until", "caught-up", "--json", "--updates").lines()
        self.assertEqual([line["event"] for line in first if line["event"] != "applied"],
                         ["update", "update", "end"])
        self.assertEqual(sum(line["updates"] for line in first if line["event"] == "applied"), 2)
        end = first[-1]
        self.assertEqual(set(end), {"event", "reason", "applied", "batches", "elapsed_ms", "cursor"})
        self.assertEqual((end["reason"], end["applied"], end["cursor"]["revision"]), ("caught_up", 2, 2))
        self.kv("delete", self.bucket, "a")
        second = self.watch("--until", "caught-up", "--json", "--updates").lines()
        updates = [(line["key"], line["operation"], line["revision"])
                   for line in second if line["event"] == "update"]
        self.assertEqual(updates, [("a", "delete", 3)])
        self.assertEqual(self.on_server("fold", "get", self.path("fold"), "b").out, "2")
        text = self.watch("--until", "caught-up")
        self.assertRegex(text.out, r"^0 updates .* cursor slip1:%s:\d+:3\n$" % self.bucket)
        self.assertEqual(text.err, "")

    def test_until_a_revision(self):
        self.create()
        for value in "123456":
            self.kv("put", self.bucket, "k" + value, value)
        done = self.watch("--until", "revision=4", "-o", "batch_updates_max=1", "--json").lines()[-1]
        self.assertEqual((done["cursor"]["revision"], done["reason"]), (4, "revision"))
        self.fails_on_server(2, "watch", self.bucket, self.path("f2"), "--until", "revision=x",
                             says="stop_revision")

    def test_a_fold_of_another_bucket_is_refused(self):
        self.create()
        self.kv("put", self.bucket, "a", "1")
        self.watch("--until", "caught-up")
        other = self.bucket + "-other"
        self.on_server("bucket", "create", other)
        done = run("watch", other, self.path("fold"), "--until", "caught-up",
                   SLIPSTREAM_SERVER=self.server.url)
        self.assertEqual(done.code, 6, done.err)
        self.assertIn(other, done.err)

    def test_a_recreated_bucket_ends_7(self):
        self.create()
        self.kv("put", self.bucket, "a", "1")
        self.watch("--until", "caught-up")
        self.on_server("bucket", "delete", self.bucket)
        self.create()
        done = run("watch", self.bucket, self.path("fold"), "--until", "caught-up",
                   SLIPSTREAM_SERVER=self.server.url)
        self.assertEqual(done.code, 7, done.err)

    def test_signals_end_it_in_order(self):
        self.create()
        self.kv("put", self.bucket, "a", "1")
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = start("watch", self.bucket, self.path("fold"), "--json",
                            SLIPSTREAM_SERVER=self.server.url)
            self.read_until(process, "caught_up")
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
            self.assertEqual((process.returncode, err), (code, b""))
            end = json.loads(out.splitlines()[-1])
            self.assertEqual((end["event"], end["reason"]), ("end", "interrupted"))
            self.assertEqual(end["cursor"]["revision"], 1)
            stat = self.succeeds("fold", "stat", self.path("fold"), "--json").json()
            self.assertEqual(stat["cursor"]["revision"], 1)

    def test_a_fold_is_read_beside_its_writer(self):
        self.create()
        self.kv("put", self.bucket, "a", "1")
        process = start("watch", self.bucket, self.path("fold"), "--json",
                        SLIPSTREAM_SERVER=self.server.url)
        try:
            self.read_until(process, "caught_up")
            self.kv("put", self.bucket, "a", "2")
            await_condition(
                lambda: run("fold", "get", self.path("fold"), "a").out == "2", "the second value")
            self.fails_on_server(8, "watch", self.bucket, self.path("fold"), "--until", "caught-up",
                                 says=str(process.pid))
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)

    def test_lines_of_status(self):
        self.create()
        self.kv("put", self.bucket, "a", "1")
        self.kv("put", self.bucket, "empty", "")
        process = start("watch", self.bucket, self.path("fold"), "--json", "--status-ms", "100",
                        SLIPSTREAM_SERVER=self.server.url)
        try:
            self.read_until(process, "caught_up")
            status = self.read_until(process, "status")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        self.assertEqual((status["state"], status["ready"], status["applied"]), ("live", True, 2))
        self.assertEqual((status["lag_revisions"], status["lag_ns"]), (0, 0))
        self.assertEqual(status["cursor"]["revision"], 2)
        self.assertEqual(status["events"], {"empty_value": 1})
        self.assertGreaterEqual(status["contact_age_ns"], 0)

    def test_a_file_of_metrics(self):
        self.create()
        self.kv("put", self.bucket, "a", "1")
        metrics = self.path("metrics.prom")
        process = start("watch", self.bucket, self.path("fold"), "--json", "--metrics-file", metrics,
                        SLIPSTREAM_SERVER=self.server.url)
        labels = '{bucket="%s",fold="%s"' % (self.bucket, self.path("fold"))
        try:
            self.read_until(process, "caught_up")
            await_condition(lambda: os.path.exists(metrics), "the file")
            first = os.stat(metrics).st_ino
            await_condition(lambda: os.stat(metrics).st_ino != first, "a new file in its place")
            with open(metrics) as file:
                text = file.read()
            self.assertIn("slipstream_watch_applied_updates_total%s} 1\n" % labels, text)
            self.assertIn('slipstream_watch_state%s,state="live"} 1\n' % labels, text)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        with open(metrics) as file:  # the last word
            self.assertIn('slipstream_watch_state%s,state="ended"} 1\n' % labels, file.read())
        self.assertEqual(sorted(os.listdir(self.directory)), ["fold", "metrics.prom"])

    def test_a_file_of_metrics_that_cannot_be_made(self):
        self.create()
        done = run("watch", self.bucket, self.path("fold"), "--metrics-file", self.path("no", "file"),
                   SLIPSTREAM_SERVER=self.server.url)
        self.assertEqual(done.code, 8, done.err)
        self.assertIn("cannot make metrics file", done.err)

    def test_a_scope(self):
        self.create()
        for key in ("a.1", "b.1", "b-2", "c.1"):
            self.kv("put", self.bucket, key, "x")
        self.watch("--scope", "a.", "--scope", "b", "--until", "caught-up")
        done = self.succeeds("fold", "range", self.path("fold"), "--keys")
        self.assertEqual(done.out, "a.1\nb-2\nb.1\n")

    def test_a_start_without_a_server(self):
        elsewhere = NatsServer(self.path("nats"))
        arguments = (self.bucket, self.path("fold"), "-s", elsewhere.url)
        self.succeeds("bucket", "create", self.bucket, "-s", elsewhere.url)
        self.succeeds("kv", "put", self.bucket, "a", "1", "-s", elsewhere.url)
        self.succeeds("watch", *arguments, "--until", "caught-up")
        elsewhere.stop()
        process = start("watch", *arguments, "-o", "connect=lazy", "-o", "reconnect_wait_ms=50",
                        "--json", "--status-ms", "50")
        try:
            status = self.read_until(process, "status")
            self.assertEqual((status["state"], status["ready"]), ("stale", True))
            self.assertEqual((status["cursor"]["revision"], status["contact_age_ns"]), (1, -1))
            elsewhere = NatsServer(self.path("nats"), "--port", elsewhere.address.split(":")[1])
            self.read_until(process, "caught_up")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            elsewhere.stop()

    def test_a_line_on_a_terminal(self):
        self.create()
        self.kv("put", self.bucket, "a", "1")
        terminal, other_end = pty.openpty()
        process = subprocess.Popen([COMMAND, "watch", self.bucket, self.path("fold")],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=other_end,
                                   env=clean_environment(SLIPSTREAM_SERVER=self.server.url))
        os.close(other_end)
        shown = b""
        while not re.search(rb"\rlive  revision 1  lag 0  0/s  contact .* ago  ready\x1b\[K", shown):
            shown += os.read(terminal, 4096)
        self.assertIn(b"caught up at revision 1", shown)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        os.close(terminal)

    def read_until(self, process, event):
        for line in process.stdout:
            row = json.loads(line)
            if row["event"] == event:
                return row
        self.fail("the watch ended: %s" % process.stderr.read())

    def test_updates_as_they_come(self):
        self.create("--history", "5")
        self.kv("put", self.bucket, "a", "1")
        self.kv("put", self.bucket, "b", "2")
        self.kv("delete", self.bucket, "a")
        done = self.kv("watch", self.bucket, "--until", "caught-up")
        self.assertEqual(done.out, "1\tput\ta\t1\n2\tput\tb\t2\n3\tdelete\ta\n")
        self.assertRegex(done.err, r"^cursor slip1:.*:3\n$")
        rows = self.kv("watch", self.bucket, "--until", "caught-up", "--json").lines()
        self.assertEqual([row["event"] for row in rows], ["update"] * 3 + ["end"])
        self.kv("put", self.bucket, "c", "3")
        onwards = self.kv("watch", self.bucket, "--until", "caught-up", "--json", "--from",
                          rows[-1]["cursor"]["token"]).lines()
        self.assertEqual([row.get("key") for row in onwards], ["c", None])
        only_b = self.kv("watch", self.bucket, "--until", "caught-up", "--prefix", "b")
        self.assertEqual(only_b.out, "2\tput\tb\t2\n")
        nothing = self.kv("watch", self.bucket, "--until", "caught-up", "--new")
        self.assertEqual(nothing.out, "")


class Whole(ServerTestCase):
    def test_the_demo_on_a_server(self):
        done = self.on_server("demo")
        told = " ".join(done.out.split())
        self.assertIn("on the server is filled with 20,000 routes", told)
        self.assertIn("7 updates, 1 of them a delete, the first at revision 20013", told)
        self.assertEqual(done.err, "")

    def test_the_doctor_on_a_server(self):
        self.create()
        done = self.on_server("doctor", "--bucket", self.bucket, "--json").json()
        self.assertTrue(all(row["ok"] for row in done))
        self.assertEqual([row["check"] for row in done],
                         ["library", "machine", "embedded", "server", "bucket"])

    def test_the_doctor_compares_fold_and_bucket(self):
        self.create()
        self.kv("put", self.bucket, "a", "1")
        self.on_server("watch", self.bucket, self.path("fold"), "--until", "caught-up")
        self.kv("put", self.bucket, "b", "2")

        def standing():
            done = run("doctor", "--bucket", self.bucket, "--fold", self.path("fold"), "--json",
                       SLIPSTREAM_SERVER=self.server.url)
            return done.code, done.json()[-1]
        code, row = standing()
        self.assertEqual((code, row["ok"], row["check"]), (0, True, "standing"))
        self.assertIn("1 revisions behind", row["detail"])
        self.on_server("bucket", "delete", self.bucket)
        self.create()
        code, row = standing()
        self.assertEqual((code, row["ok"]), (7, False))
        self.assertIn("made anew", row["detail"])


class Credentials(TestCase):
    SECRET = "geheim42"

    def test_password_and_token(self):
        server = NatsServer(self.path("nats"), "--user", "tom", "--pass", self.SECRET)
        self.addCleanup(server.stop)
        secret = self.write("secret", self.SECRET + "\n")
        self.succeeds("bucket", "create", "b", "-s", server.url, "--user", "tom", "--password-file",
                      secret)
        self.succeeds("bucket", "info", "b", "-s", server.url, SLIPSTREAM_USER="tom",
                      SLIPSTREAM_PASSWORD=self.SECRET)
        self.succeeds("bucket", "info", "b", "-s", "nats://tom:%s@%s" % (self.SECRET, server.address))
        done = self.fails(5, "bucket", "info", "b", "-s", server.url, "--user", "tom",
                          SLIPSTREAM_PASSWORD="wrong" + self.SECRET)
        self.assertNotIn(self.SECRET, done.err)


main()
