"""Everything that the package offers, on the embedded server; server_test.py does it on a real one."""
import doctest
import importlib
import os
import pkgutil
import threading
import unittest

import support
from support import TIMEOUT, slipstream
from slipstream import Cursor, Operation, Update, Write


class Buckets(support.Case):
    def test_bytes_in_bytes_out(self):
        bucket = self.bucket()
        value = bytes(range(256))
        self.assertEqual(bucket.put("a.b", value), 1)
        self.assertEqual(bucket.put(b"a.c", bytearray(value)), 2)
        update = bucket.get(b"a.b")
        self.assertEqual((update.key, update.value, update.revision), (b"a.b", value, 1))
        self.assertIs(update.operation, Operation.PUT)
        self.assertGreater(update.timestamp_ns, 10**18)
        self.assertEqual(bucket.get("a.c").value, value)
        with self.assertRaises(TypeError):
            bucket.put("a", "text")

    def test_conditions(self):
        bucket = self.bucket()
        self.assertEqual(bucket.put_if_absent("k", b"1"), 1)
        self.raises(slipstream.Exists, 11, "k", bucket.put_if_absent, "k", b"2")
        self.assertEqual(bucket.put_if("k", b"2", 1), 2)
        self.raises(slipstream.Conflict, 12, "k", bucket.put_if, "k", b"3", 1)
        self.raises(slipstream.Conflict, 12, "k", bucket.remove_if, "k", 1)
        self.assertEqual(bucket.remove_if("k", 2), 3)
        error = self.raises(slipstream.NotFound, 10, "k", bucket.get, "k")
        self.assertIsInstance(error, KeyError)
        self.raises(slipstream.NotFound, 10, "k", bucket.remove, "k")
        self.assertNotIn("k", bucket)
        self.assertEqual(bucket.purge("k"), 4)

    def test_keys_and_scan(self):
        bucket = self.bucket()
        for i in range(600):
            bucket.put("k.%03d" % i, b"%d" % i)
        bucket.put("other", b"")
        bucket.remove("k.000")
        with bucket.keys("k.") as keys:
            self.assertEqual(list(keys), [b"k.%03d" % i for i in range(1, 600)])
        self.assertEqual({u.key: u.value for u in bucket.scan("k.01")},
                         {b"k.%03d" % i: b"%d" % i for i in range(10, 20)})
        keys = bucket.keys()
        next(keys)
        keys.close()
        self.assertEqual(list(keys), [])

    def test_put_many(self):
        bucket = self.bucket()
        results = bucket.put_many([Write("a", b"1"), ("b", b"2"), Write("a", b"3", 7),
                                   Write("b", operation=Operation.DELETE)])
        self.assertEqual([r.revision for r in results], [1, 2, 0, 3])
        self.assertEqual(results[2].error.code, 12)
        self.assertIsInstance(results[2].error, slipstream.Conflict)
        self.assertEqual([r.error for r in results[:2]], [None, None])
        self.assertEqual(list(bucket.keys()), [b"a"])
        self.assertEqual(bucket.put_many([]), [])

    def test_info_and_options(self):
        bucket = self.bucket(history=3, max_age_ms=3600000, storage="memory")
        bucket.put("a", b"1")
        info = bucket.info()
        self.assertEqual((info.history, info.max_age_ns, info.storage, info.last_revision),
                         (3, 3600 * 10**9, 2, 1))
        connection = self.connect()
        self.assertEqual(slipstream.ConnectionPhase(connection.status().state).name, "CONNECTED")
        connection.create_bucket("gone").close()
        connection.delete_bucket("gone")
        self.raises(slipstream.BucketNotFound, 73, "gone", connection.bucket, "gone")


class Watches(support.Case):
    def test_pull_resumes_after_what_was_acknowledged(self):
        bucket, fold = self.bucket(), self.fold()
        bucket.put("a", b"1")
        bucket.put("b", b"2")
        bucket.remove("a")
        seen = self.follow_to_end(bucket, fold)
        self.assertEqual([(u.key, u.operation.name, u.revision) for u in seen],
                         [(b"b", "PUT", 2), (b"a", "DELETE", 3)])
        bucket.put("c", b"3")
        # A batch that nobody acknowledges comes again.
        with bucket.watch(fold, stop_at="caught_up") as watch:
            self.assertEqual([u.key for u in watch.next(TIMEOUT)], [b"c"])
        seen = self.follow_to_end(bucket, fold)
        self.assertEqual([u.key for u in seen], [b"c"])
        self.assertEqual(fold["c"], b"3")
        cursor, name = fold.cursor()
        self.assertEqual((cursor.revision, name), (4, bucket.name))

    def test_the_end_timeouts_and_interrupts(self):
        bucket = self.bucket()
        watch = bucket.watch()
        error = self.raises(slipstream.Timeout, 13, "", watch.next, 0)
        self.assertIsInstance(error, TimeoutError)
        watch.interrupt()
        self.raises(slipstream.Interrupted, 15, "", watch.next, TIMEOUT)
        waiter = threading.Thread(target=lambda: self.raises(
            slipstream.Cancelled, 16, "", watch.next))
        waiter.start()
        watch.cancel()
        waiter.join()
        self.raises(slipstream.Cancelled, 16, "", watch.close)
        self.raises(slipstream.Closed, 32, "closed", watch.next)
        self.assertIsNone(watch.close())
        with bucket.watch(stop_at="caught_up") as ended:
            self.raises(slipstream.End, 14, "", ended.next, TIMEOUT)
            self.assertEqual(list(ended), [])
        self.assertEqual(slipstream.WatchPhase(watch_state(bucket)).name, "LIVE")

    def test_batches(self):
        bucket = self.bucket()
        bucket.put_many([("k%d" % i, b"v%d" % i) for i in range(25)])
        # Full ones: with a server, the first update may well come alone.
        with bucket.watch(batch_updates_max=10, batch_close="window", window_ms=60000,
                          stop_at="caught_up") as watch:
            batch = watch.next(TIMEOUT)
            self.raises(slipstream.Misuse, 31, "", watch.next, 0)
            updates = batch.updates
            self.assertEqual(len(batch), len(updates))
            self.assertEqual(updates[-1], list(updates)[-1])
            self.assertEqual(updates[1:3], [updates[1], updates[2]])
            with self.assertRaises(IndexError):
                updates[len(updates)]
            batch.ack()
            self.raises(slipstream.Misuse, 31, "twice", batch.ack)
            # It is a copy, so it outlives the batch.
            self.assertEqual(updates[0].value, b"v0")
            with watch.next(TIMEOUT) as second:
                first = second.updates[0]
            self.assertEqual(first.revision, len(updates) + 1)
            try:
                with watch.next(TIMEOUT):
                    raise RuntimeError("not applied")
            except RuntimeError:
                pass
            self.raises(slipstream.Cancelled, 16, "", watch.next, TIMEOUT)

    def test_health(self):
        bucket, fold = self.bucket(), self.fold()
        bucket.put("a", b"")
        bucket.purge("b")
        with bucket.watch(fold) as watch:
            applied = 0
            while applied < 2:
                with watch.next(TIMEOUT) as batch:
                    applied += len(batch)
            watch.wait_caught_up(TIMEOUT)
            state = watch.status()
            self.assertEqual((state.ready, state.lag_revisions, state.applied), (1, 0, 2))
            self.assertEqual([(e.event, e.name, e.count, e.last_revision) for e in watch.events()], [
                (slipstream.Event.KEY_PURGED, "key_purged", 1, 2),
                (slipstream.Event.EMPTY_VALUE, "empty_value", 1, 1)])
            text = slipstream.metrics_text()
            self.assertIn('bucket="%s"' % bucket.name, text)
        self.assertEqual(slipstream.event_name(9999), "?")

    def test_a_position_of_ones_own(self):
        bucket = self.bucket()
        bucket.put("a", b"1")
        with bucket.watch() as watch, watch.next(TIMEOUT) as batch:
            token = batch.cursor.format(bucket.name)
        bucket.put("b", b"2")
        self.assertEqual(Cursor.parse(token), (batch.cursor, bucket.name))
        self.assertEqual([u.key for u in self.follow_to_end(bucket, None, cursor=token)], [b"b"])


def watch_state(bucket):
    with bucket.watch() as watch:
        watch.wait_caught_up(TIMEOUT)
        return watch.status().state


class Scopes(support.Case):
    def test_the_scope(self):
        bucket = self.bucket()
        bucket.put_many([(key, b"1") for key in ("a.1", "b.1", "c.1")])
        seen = self.follow_to_end(bucket, None, scope=["a.", "c."])
        self.assertEqual([u.key for u in seen], [b"a.1", b"c.1"])


class Callbacks(support.Case):
    def test_the_whole_life(self):
        bucket, fold, calls = self.bucket(), self.fold(), []
        bucket.put("keep.1", b"1")
        bucket.put("drop.1", b"2")
        ended = threading.Event()
        with bucket.follow(
                fold, parse=lambda u: u.key.decode() if u.key.startswith(b"keep") else None,
                apply=lambda items: calls.append(items),
                on_applied=lambda cursor, updates: calls.append(cursor.revision),
                on_end=lambda error, cursor: (calls.append(error), ended.set())) as watch:
            watch.wait_caught_up(TIMEOUT)
            revision = bucket.put("keep.2", b"3")
            watch.wait_revision(revision, TIMEOUT)
            self.assertEqual(watch.status().applied, 3)
            self.assertEqual(watch.close().revision, 3)
        self.assertTrue(ended.is_set())
        applied = [item for call in calls if isinstance(call, list) for item in call]
        self.assertEqual(applied, ["keep.1", "keep.2"])
        self.assertEqual(calls[-2:], [3, None])
        # What was rejected is folded all the same, and a second run replays what there is.
        self.assertEqual(fold["drop.1"], b"2")
        replayed = []
        with bucket.follow(fold, apply=replayed.extend) as watch:
            watch.wait_caught_up(TIMEOUT)
        self.assertEqual([(u.key, u.flags) for u in replayed],
                         [(key, slipstream.Flag.REPLAY) for key in (b"drop.1", b"keep.1", b"keep.2")])

    def failing(self, **functions):
        bucket, fold = self.bucket(), self.fold()
        bucket.put("a", b"1")
        ended = []
        watch = bucket.follow(fold, on_end=lambda error, cursor: ended.append((error, cursor)),
                              **functions)
        with self.assertRaises(slipstream.SlipstreamError) as caught:
            watch.wait_caught_up(TIMEOUT)
        with self.assertRaises(slipstream.SlipstreamError) as closing:
            watch.close()
        self.assertIs(type(closing.exception), type(caught.exception))
        self.assertEqual(ended[0][0].message, caught.exception.message)
        # Nothing moved: the batch comes again.
        self.assertEqual(fold.cursor()[0], Cursor(0, 0))
        self.assertEqual([u.key for u in self.follow_to_end(bucket, fold)], [b"a"])
        return caught.exception

    def test_what_apply_raises_ends_the_watch(self):
        def apply(_):
            raise ZeroDivisionError("no such route é")
        error = self.failing(apply=apply)
        self.assertIsInstance(error, slipstream.CallbackFailed)
        self.assertIsInstance(error.__cause__, ZeroDivisionError)
        self.assertIn("ZeroDivisionError: no such route é", error.message)

    def test_what_parse_raises_ends_the_watch(self):
        def parse(_):
            raise ZeroDivisionError("not a route")
        error = self.failing(parse=parse)
        self.assertIsInstance(error.__cause__, ZeroDivisionError)

    def test_a_status_of_ones_own_goes_through(self):
        def apply(_):
            raise slipstream.errors.UserError(1007, "MINE", "the table is full")
        error = self.failing(apply=apply)
        self.assertEqual((type(error), error.code, error.message),
                         (slipstream.errors.UserError, 1007, "the table is full"))

    def test_what_never_reaches_apply_is_discarded(self):
        bucket, discarded = self.bucket(), []
        bucket.put("a", b"1")
        with bucket.follow(parse=lambda u: u.key, discard=discarded.append) as watch:
            watch.wait_caught_up(TIMEOUT)
        self.assertEqual(discarded, [b"a"])

        holder, started, parsed, applied = [], threading.Event(), [], []
        del discarded[:]
        bucket.put_many([(key, b"2") for key in ("b", "c", "d")])

        def apply(items):
            applied.extend(items)
            started.wait(TIMEOUT)
            holder[0].cancel()
        holder.append(bucket.follow(parse=lambda u: parsed.append(u.key) or u.key, apply=apply,
                                    discard=discarded.append, batch_updates_max=2))
        started.set()
        self.raises(slipstream.Cancelled, 16, "", holder[0].wait_revision, 99, TIMEOUT)
        self.raises(slipstream.Cancelled, 16, "", holder.pop().close)
        self.assertEqual(applied[0], b"a")
        self.assertEqual(sorted(applied + discarded), sorted(parsed))

    def test_waiting_for_oneself_is_a_deadlock(self):
        bucket, holder, started, errors = self.bucket(), [], threading.Event(), []
        bucket.put("a", b"1")

        def apply(_):
            started.wait(TIMEOUT)
            for call in (holder[0].wait_caught_up, holder[0].close):
                try:
                    call()
                except slipstream.SlipstreamError as error:
                    errors.append(error.code)
        with bucket.follow(apply=apply) as watch:
            holder.append(watch)
            started.set()
            watch.wait_caught_up(TIMEOUT)
            holder.clear()
        self.assertEqual(errors, [33, 33])


class Folds(support.Case):
    def filled(self, name="fold"):
        fold = self.fold(name)
        fold.apply("b", [Update(b"a", b"1", 1), Update(b"b\0\xff", b"2", 2), Update(b"c", b"3", 3),
                         Update(b"c", b"", 4, operation=Operation.DELETE)], Cursor(7, 4))
        return fold

    def test_reading(self):
        fold = self.filled()
        self.assertEqual(fold[b"b\0\xff"], b"2")
        self.assertNotIn("c", fold)
        self.raises(slipstream.NotFound, 10, "c", fold.get, "c")
        stats = fold.stats()
        self.assertEqual((stats.entries, stats.tombstones, stats.cursor), (2, 1, Cursor(7, 4)))
        self.assertGreaterEqual(fold.check(), 3)
        fold.sync()
        self.raises(slipstream.errors.IdentityMismatch, 93, "other", fold.apply, "other", [],
                    Cursor(7, 5))

    def test_positions(self):
        fold = self.filled()
        self.assertIsNone(fold.position("billing"))
        fold.save_position("billing", Cursor(7, 4))
        fold.save_position("audit.v2", Cursor(7, 0))
        fold.close()
        fold = self.fold("fold")
        self.assertEqual(fold.position("billing"), Cursor(7, 4))
        self.assertEqual(fold.position("audit.v2"), Cursor(7, 0))
        self.assertIsNone(fold.position("nobody"))
        self.raises(slipstream.Invalid, 30, "../x", fold.position, "../x")
        self.raises(slipstream.errors.IdentityMismatch, 93, "epoch is 8", fold.save_position,
                    "billing", Cursor(8, 4))
        self.assertEqual(fold.position("billing"), Cursor(7, 4))

    def test_upkeep_is_for_append_logs(self):
        fold = self.filled()
        for call in (fold.compact, fold.hidden, lambda: fold.hide(range(1, 3)),
                     lambda: fold.unhide(range(1, 3))):
            self.raises(slipstream.errors.Unsupported, 34, "append-log", call)
        self.raises(slipstream.Invalid, 30, "not below", fold.hide, range(3, 3))
        self.assertRaises(ValueError, fold.hide, range(1, 9, 2))

    def test_hidden_revisions(self):
        fold = slipstream.open_fold("append-log:" + self.path("log"))
        self.addCleanup(fold.close)
        fold.apply("b", [Update(b"a", b"1", 1), Update(b"b", b"2", 2)], Cursor(7, 2))
        self.assertEqual(fold.hidden(), [])
        fold.hide(range(2, 3))
        fold.hide(range(8, 11))
        self.assertEqual(fold.hidden(), [range(2, 3), range(8, 11)])
        self.assertNotIn("b", fold)
        self.assertEqual((fold["a"], fold.stats().entries), (b"1", 2))
        done, why = fold.compact()
        self.assertEqual((done.outcome, done.status), (slipstream.CompactionOutcome.SKIPPED, 0))
        self.assertIn("segments", why)
        fold.unhide(range(0, 100))
        self.assertEqual((fold["b"], fold.hidden()), (b"2", []))

    def test_snapshots(self):
        fold = self.filled()
        with fold.snapshot() as snapshot:
            fold.apply("b", [Update(b"d", b"4", 5)], Cursor(7, 5))
            self.assertEqual((snapshot.cursor, len(snapshot)), (Cursor(7, 4), 2))
            self.assertNotIn("d", snapshot)
            snapshot.refresh()
            self.assertEqual((snapshot.cursor.revision, snapshot["d"]), (5, b"4"))
            keys = [u.key for u in snapshot]
            self.assertEqual(keys, [b"a", b"b\0\xff", b"d"])
            self.assertEqual([u.key for u in snapshot.range(reverse=True)], keys[::-1])
            self.assertEqual([u.key for u in snapshot.range(start="b", limit=1)], [b"b\0\xff"])
            self.assertEqual([u.operation.name for u in snapshot.range("c", tombstones=True)],
                             ["DELETE"])
            with snapshot.range() as entries:
                next(entries)
                self.raises(slipstream.Misuse, 31, "iterator", snapshot.refresh)
            snapshot.refresh()

    def test_artifacts_and_publishing(self):
        fold = self.filled()
        made = fold.export(self.path("artifact"), compression="none")
        self.assertEqual((made.entries, made.tombstones, made.cursor, made.bucket),
                         (2, 1, Cursor(7, 4), "b"))
        self.assertEqual(slipstream.verify_artifact(self.path("artifact")), made)
        self.assertEqual(slipstream.artifact_info(self.path("artifact"))["bucket"], "b")
        imported = slipstream.import_fold(self.path("artifact"), "lmdb:" + self.path("second"))
        self.assertEqual(imported.logical_digest, made.logical_digest)
        self.assertEqual(self.fold("second")["a"], b"1")
        self.raises(slipstream.NotEmpty, 18, "artifact", fold.export, self.path("artifact"))

        with slipstream.open_object_store("local:" + self.path("store")) as store:
            self.raises(slipstream.NotFound, 10, "edge", store.pointer, "edge")
            published = store.publish("edge", self.path("artifact"))
            self.assertEqual(published.cursor, Cursor(7, 4))
            self.assertEqual(store.pointer("edge")["manifest"]["bucket"], "b")
            fetched = store.download("edge", self.path("fetched"))
            self.assertEqual(fetched.logical_digest, made.logical_digest)
            store.bootstrap("edge", "lmdb:" + self.path("third"))
            self.assertEqual(self.fold("third").cursor(), (Cursor(7, 4), "b"))
            fold.apply("b", [], Cursor(7, 9))
            fold.export(self.path("later"))
            store.publish("edge", self.path("later"))
            self.raises(slipstream.Superseded, 17, "", store.publish, "edge", self.path("artifact"))

        data = self.path("artifact", "data")
        name = os.path.join(data, os.listdir(data)[0])
        with open(name, "r+b") as file:
            file.seek(-1, os.SEEK_END)
            last = file.read(1)
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last[0] ^ 1]))
        self.raises(slipstream.ArtifactInvalid, 94, os.path.basename(name),
                    slipstream.verify_artifact, self.path("artifact"))

    def test_a_watch_exports_what_was_acknowledged(self):
        bucket, fold = self.bucket(), self.fold()
        bucket.put("a", b"1")
        with bucket.watch(fold) as watch:
            with watch.next(TIMEOUT):
                pass
            made = watch.export(self.path("artifact"))
        self.assertEqual((made.cursor.revision, made.entries), (1, 1))

    def test_objects(self):
        with slipstream.open_object_store("local:" + self.path("store")) as store:
            tag = store.put_if("a/1", b"\0one", None)
            self.raises(slipstream.Conflict, 12, "a/1", store.put_if, "a/1", b"", None)
            self.raises(slipstream.Conflict, 12, "a/1", store.put_if, "a/1", b"", "another")
            self.assertEqual(store.get("a/1"), (b"\0one", tag))
            for i in range(2, 6):
                store.put("a/%d" % i, b"x" * i)
            self.assertEqual([(o.name, o.size) for o in store.list("a/", page=2)],
                             [("a/%d" % i, 4 if i == 1 else i) for i in range(1, 6)])
            self.assertEqual([o.name for o in store.list(after="a/4")], ["a/5"])
            store.remove("a/1")
            self.assertNotIn("a/1", store)
            self.raises(slipstream.NotFound, 10, "a/1", store.remove, "a/1")


class Documentation(unittest.TestCase):
    def test_the_examples_run(self):
        attempted = 0
        modules = [slipstream] + [importlib.import_module("slipstream." + module.name)
                                  for module in pkgutil.iter_modules(slipstream.__path__)]
        for module in modules:
            result = doctest.testmod(module)
            self.assertEqual(result.failed, 0, module.__name__)
            attempted += result.attempted
        self.assertGreater(attempted, 50)


if __name__ == "__main__":
    support.run()
