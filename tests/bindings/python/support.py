"""What the tests of the Python package share."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.environ.get("SLIP_SOURCE_DIR") or os.path.join(HERE, "..", "..", "..")
os.environ.setdefault("SLIP_COMMAND", "")
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))
from harness import NatsServer, TestCase, await_condition, main  # noqa: E402,F401

import slipstream  # noqa: E402

PACKAGE = os.path.dirname(os.path.abspath(slipstream.__file__))
TIMEOUT = 60


class Case(TestCase):
    """On the embedded server, unless a subclass says another URL."""

    url = "mem://"

    def connect(self, **options):
        connection = slipstream.connect(self.url, **options)
        self.addCleanup(connection.close)
        return connection

    def bucket(self, **options):
        name = self.id().split(".")[-1][:100]
        bucket = self.connect().create_bucket(name, **options)
        self.addCleanup(bucket.close)
        return bucket

    def fold(self, name="fold", **options):
        fold = slipstream.open_fold("lmdb:" + self.path(name), **options)

        def close():
            if not fold.closed:
                fold.close()
        self.addCleanup(close)
        return fold

    def raises(self, kind, code, says, call, *arguments, **more):
        """The class, the status, its name in the library's table, and a part of the sentence."""
        with self.assertRaises(kind) as caught:
            call(*arguments, **more)
        error = caught.exception
        self.assertEqual(error.code, code, str(error))
        self.assertEqual(error.name, slipstream.status_name(code))
        self.assertIn(says, error.message)
        self.assertIn(error.message, str(error))
        return error

    def follow_to_end(self, bucket, fold, **options):
        """Every update up to the present, pulled."""
        seen = []
        with bucket.watch(fold, stop_at="caught_up", **options) as watch:
            for batch in watch:
                seen += batch.updates
                batch.ack()
        return seen


def run():
    unittest.installHandler()
    main()
