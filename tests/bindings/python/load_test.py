"""Bad libraries and bad input: each the language's own error, with code and sentence."""
import logging
import os
import pickle
import subprocess
import sys
import threading

import support
from support import slipstream
from slipstream import _load

FAKE = """
#include <stdint.h>
%s
const char *slip_version(void) { return "%s"; }
uint32_t slip_abi_epoch(void) { return %d; }
"""


class Loading(support.Case):
    def fake(self, name, version="0.1.0", epoch=0, more=""):
        source = self.write(name + ".c", FAKE % (more, version, epoch))
        subprocess.run([os.environ.get("SLIP_CC", "cc"), "-shared", "-fPIC", "-o", self.path(name),
                        source], check=True)
        return self.path(name)

    def refused(self, code, path, *says):
        with self.assertRaises(slipstream.LibraryError) as caught:
            _load.Library([path])
        error = caught.exception
        self.assertIsInstance(error, ImportError)
        self.assertEqual((error.code, error.name), (code, slipstream.status_name(code)))
        for part in (path,) + says:
            self.assertIn(part, error.message)
            self.assertIn(part, str(error))
        return error

    def test_a_missing_library(self):
        error = self.refused(10, self.path("nowhere", "libslipstream.so.0"), "no such file",
                             "SLIPSTREAM_LIBRARY")
        self.assertFalse(error.retriable)
        self.refused(10, self.write("text.so", "this is no library\n" * 99), "invalid ELF header")
        with self.assertRaises(slipstream.LibraryError) as caught:
            _load.Library([self.path("one"), self.path("two")])
        self.assertIn(self.path("one"), caught.exception.message)
        self.assertIn(self.path("two"), caught.exception.message)

    def test_the_message_of_a_program(self):
        done = subprocess.run([sys.executable, "-c", "import slipstream; slipstream.connect('mem://')"],
                              env=dict(os.environ, SLIPSTREAM_LIBRARY=self.path("nowhere.so")),
                              stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"SLIP_NOT_FOUND: cannot load libslipstream; looked for "
                      + self.path("nowhere.so").encode(), done.stderr)

    def test_too_old_a_library(self):
        self.refused(34, self.fake("old.so", version="0.0.9"), "0.0.9", "too old", "0.1.0 or later")
        self.refused(34, self.fake("lacking.so"), "has no slip_feature")

    def test_another_epoch(self):
        self.refused(34, self.fake("later.so", epoch=7), "ABI epoch 7", "ABI epoch 0")

    def test_something_else(self):
        source = self.write("else.c", "int x;")
        subprocess.run([os.environ.get("SLIP_CC", "cc"), "-shared", "-fPIC", "-o",
                        self.path("else.so"), source], check=True)
        self.refused(34, self.path("else.so"), "is no libslipstream")

    def test_it_is_loaded_once(self):
        self.assertIs(slipstream.load(), slipstream.load(slipstream.load().path))
        self.raises(slipstream.LibraryError, 31, "is loaded already", slipstream.load,
                    self.path("other.so"))


class BadInput(support.Case):
    def test_nul_bytes(self):
        bucket = self.bucket()
        for call in (lambda: slipstream.connect("mem://a\0b"), lambda: self.connect().bucket("a\0b"),
                     lambda: slipstream.open_fold("lmdb:" + self.path("a\0b")),
                     lambda: slipstream.verify_artifact("a\0b"),
                     lambda: bucket.watch(cursor="slip1:\0"),
                     lambda: slipstream.Cursor(1, 1).format("a\0b")):
            error = self.raises(slipstream.Invalid, 30, "NUL byte", call)
            self.assertIsInstance(error, ValueError)
        # A key is bytes; the rules for keys of a bucket refuse this one.
        self.raises(slipstream.Invalid, 30, "key", bucket.put, b"a\0b", b"")

    def test_invalid_utf8(self):
        self.raises(slipstream.Invalid, 30, "not valid UTF-8", self.connect().bucket, "a\udcff")
        self.raises(slipstream.Invalid, 30, "not valid UTF-8", self.bucket().put, "a\udcff", b"")
        self.raises(slipstream.Invalid, 30, "", self.connect().bucket, b"a\xff")

    def test_options(self):
        connection = self.connect()
        error = self.raises(slipstream.UnknownOption, 35, "history", connection.create_bucket, "b",
                            histori=1)
        self.assertIsInstance(error, TypeError)
        self.raises(slipstream.OutOfBounds, 36, "history", connection.create_bucket, "b", history=65)
        self.raises(slipstream.OutOfBounds, 36, "storage", connection.create_bucket, "b",
                    storage="tape")
        for value in (-1, 1.5, "many"):
            with self.assertRaises((slipstream.OutOfBounds, slipstream.Invalid)) as caught:
                connection.create_bucket("b", history=value)
            self.assertIn("history", caught.exception.message)

    def test_closed_handles(self):
        bucket, fold = self.bucket(), self.fold()
        snapshot, watch, connection = fold.snapshot(), bucket.watch(), self.connect()
        store = slipstream.open_object_store("local:" + self.path("store"))
        for handle, call in ((snapshot, lambda: snapshot.get("a")), (watch, watch.next),
                             (watch, watch.status), (fold, lambda: fold.get("a")),
                             (bucket, lambda: bucket.get("a")), (bucket, bucket.watch),
                             (connection, lambda: connection.bucket("a")),
                             (store, lambda: store.get("a"))):
            handle.close()
            handle.close()
            self.assertTrue(handle.closed)
            error = self.raises(slipstream.Closed, 32, type(handle).__name__, call)
            self.assertIsInstance(error, ValueError)

    def test_closing_a_connection_closes_what_is_on_it(self):
        connection = self.connect()
        bucket = connection.create_bucket("b")
        connection.close()
        self.raises(slipstream.Closed, 32, "", bucket.put, "a", b"1")
        bucket.close()

    def test_a_fold_is_not_taken_from_a_watch(self):
        bucket, fold = self.bucket(), self.fold()
        with bucket.watch(fold):
            self.raises(slipstream.Busy, 51, "", fold.close)
            self.assertFalse(fold.closed)
            self.raises(slipstream.Busy, 51, "", bucket.watch, fold)
        fold.close()

    def test_errors_can_be_sent_elsewhere(self):
        error = self.raises(slipstream.NotFound, 10, "a", self.bucket().get, "a")
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), again.code, again.name, again.message, again.retriable),
                         (type(error), error.code, error.name, error.message, error.retriable))


class Log(support.Case):
    def test_lines_come_until_they_are_switched_off(self):
        lines, came = [], threading.Event()
        nowhere = slipstream.connect("nats://127.0.0.1:1", connect="lazy", reconnect_wait_ms=10)
        self.addCleanup(nowhere.close)
        slipstream.set_log(lambda *line: (lines.append(line), came.set()), "debug")
        self.addCleanup(slipstream.set_log, None)
        with nowhere.bucket("routes") as routes:
            watch = routes.watch()
            self.assertTrue(came.wait(support.TIMEOUT))
            slipstream.set_log(None)
            logger, handler = logging.getLogger("slipstream-test"), logging.StreamHandler()
            handler.emit = lambda record: (lines.append(record.getMessage()), came.set())
            logger.addHandler(handler)
            logger.setLevel(logging.DEBUG)
            logger.propagate = False
            came.clear()
            slipstream.log_to(logger, "debug")
            with routes.watch() as second:
                self.assertTrue(came.wait(support.TIMEOUT))
                second.cancel()
            watch.cancel()
            self.raises(slipstream.Cancelled, 16, "", watch.close)
        level, room, text = lines[0]
        self.assertIn(level, slipstream.log.LEVELS)
        self.assertIn(room, ("watch", "kv"))
        self.assertTrue(text)
        self.assertRegex(lines[-1], "^(watch|kv): .")
        self.raises(slipstream.Invalid, 30, "loud", slipstream.set_log, print, "loud")


if __name__ == "__main__":
    support.run()
