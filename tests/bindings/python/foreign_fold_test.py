"""A fold of one's own, in Python, behind the library's watch, snapshots and artifacts."""
import bisect
import gc
import warnings

import support
from support import slipstream
from slipstream import Cursor, ForeignFold, ForeignSnapshot, Operation, Update, foreign_fold


class Snapshot(ForeignSnapshot):
    def __init__(self, table):
        self.table, self.rows, self.meta = table, table.rows, table.meta
        self.keys = sorted(self.rows)
        table.open += 1

    def get(self, key):
        return self.rows[key]

    def scan(self, start, reverse):
        self.table.raise_if_asked("scan")
        keys = self.keys
        if reverse:
            keys = keys[:bisect.bisect_right(keys, start)] if start else keys
            keys = reversed(keys)
        else:
            keys = keys[bisect.bisect_left(keys, start):]
        return (self.rows[key] for key in keys)

    def close(self):
        self.table.open -= 1


class Table(ForeignFold):
    """Dictionaries that are never changed once they are committed."""

    def __init__(self):
        self.rows, self.meta, self.open, self.closed, self.fail = {}, b"", 0, 0, {}

    def raise_if_asked(self, name):
        if name in self.fail:
            raise self.fail[name]

    def snapshot(self):
        self.raise_if_asked("snapshot")
        return Snapshot(self)

    def commit(self, puts, removals, meta):
        self.raise_if_asked("commit")
        rows = {key: row for key, row in self.rows.items() if key not in removals}
        rows.update((row.key, row) for row in puts)
        self.rows, self.meta = rows, meta

    def check(self):
        self.raise_if_asked("check")

    def close(self):
        self.closed += 1


class ForeignFolds(support.Case):
    def open(self, table):
        fold = slipstream.open_foreign_fold("table", table)
        self.addCleanup(lambda: fold.closed or fold.close())
        return fold

    def test_the_whole_path(self):
        table, bucket = Table(), self.bucket()
        for i in range(1200):
            bucket.put("key.%04d" % i, b"%d" % i)
        fold = self.open(table)
        self.assertEqual(len(self.follow_to_end(bucket, fold)), 1200)
        bucket.remove("key.0000")
        self.assertEqual([u.operation for u in self.follow_to_end(bucket, fold)], [Operation.DELETE])
        self.assertEqual(fold.check(), 1200)
        with fold.snapshot() as snapshot:
            self.assertEqual([u.key for u in snapshot.range("key.000", "key.0007", reverse=True)],
                             [b"key.%04d" % i for i in range(7, 0, -1)])
            self.assertEqual(snapshot["key.0042"], b"42")
        fold.close()
        self.assertEqual((table.open, table.closed), (0, 1))
        # What is in the table is a fold again, and goes on.
        bucket.put("later", b"1")
        self.assertEqual([u.key for u in self.follow_to_end(bucket, self.open(table))], [b"later"])

    def test_artifacts(self):
        fold = self.open(Table())
        fold.apply("routes", [Update(b"a", b"1", 1), Update(b"b", b"", 2, 10**18, -1)], Cursor(7, 2))
        made = fold.export(self.path("artifact"))
        copy = self.open(Table())
        self.assertEqual(copy.import_artifact(self.path("artifact")).logical_digest, made.logical_digest)
        self.assertEqual(copy.get("b"), Update(b"b", b"", 2, 10**18, -1))
        self.assertEqual(copy.export(self.path("again")).logical_digest, made.logical_digest)
        self.raises(slipstream.NotEmpty, 18, "not empty", copy.import_artifact, self.path("artifact"))

    def test_what_it_raises_is_handed_through(self):
        table = Table()
        fold = self.open(table)
        fold.apply("routes", [Update(b"a", b"1", 1)], Cursor(7, 1))
        self.raises(slipstream.NotFound, 10, "no key", fold.get, "b")
        table.fail["commit"] = slipstream.errors.UserError(1005, "MINE", "the table is on fire")
        with self.assertRaises(slipstream.errors.UserError) as caught:
            fold.apply("routes", [Update(b"a", b"2", 2)], Cursor(7, 2))
        self.assertEqual((caught.exception.code, "on fire" in caught.exception.message), (1005, True))
        self.assertEqual(fold["a"], b"1")
        table.fail = {"scan": ZeroDivisionError("no rows"), "check": ValueError("page 7")}
        with fold.snapshot() as snapshot:
            self.raises(slipstream.CallbackFailed, 130, "ZeroDivisionError: no rows", list, snapshot)
        table.fail.pop("scan")
        self.raises(slipstream.CallbackFailed, 130, "ValueError: page 7", fold.check)

    def test_a_loss_is_found(self):
        table = Table()
        fold = self.open(table)
        fold.apply("routes", [Update(b"a", b"1", 1), Update(b"b", b"2", 2)], Cursor(7, 2))
        table.rows = {b"a": table.rows[b"a"]}
        self.raises(slipstream.errors.Corrupt, 90, "holds 1 entries", fold.check)

    def test_it_is_given_back(self):
        before = len(foreign_fold._held)
        fold = slipstream.open_foreign_fold("table", Table())
        fold.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
        self.assertEqual(len(foreign_fold._held), before)
        table = Table()
        table.fail["snapshot"] = ZeroDivisionError("no table")
        self.raises(slipstream.CallbackFailed, 130, "no table", slipstream.open_foreign_fold, "t", table)
        self.assertEqual(len(foreign_fold._held), before)


if __name__ == "__main__":
    support.run()
