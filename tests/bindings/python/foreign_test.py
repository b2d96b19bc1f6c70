"""A bucket of one's own, in Python, behind the library's watch."""
import gc
import threading
import warnings

import support
from support import TIMEOUT, slipstream
from slipstream import ForeignBucket, Operation, Update, foreign


class Table(ForeignBucket):
    """A history in a list, delivered by a thread for each source."""

    def __init__(self, history):
        self.history = list(history)
        self.changed = threading.Condition()
        self.requests, self.stopped, self.credits = [], [], []
        self.fail = {}

    def put(self, *updates):
        with self.changed:
            self.history += updates
            self.changed.notify_all()

    def raise_if_asked(self, name):
        if name in self.fail:
            raise self.fail[name]

    def info(self):
        self.raise_if_asked("info")
        return {"epoch": 5, "last_revision": self.history[-1].revision if self.history else 0}

    def get(self, key):
        found = [update for update in self.history if update.key == key]
        return found[-1] if found else {}[key]

    def at_revision(self, revision):
        return {update.revision: update for update in self.history}[revision]

    def list(self, prefix, with_values):
        self.raise_if_asked("list")
        last = {update.key: update for update in self.history}
        for update in last.values():
            if update.operation == Operation.PUT and update.key.startswith(prefix):
                yield update if with_values else update._replace(value=b"")

    def watch(self, request, feed):
        self.raise_if_asked("watch")
        self.requests.append(request)
        source = {"stop": False, "feed": feed}
        source["thread"] = threading.Thread(target=self.deliver, args=(request, feed, source))
        source["thread"].start()
        return source

    def deliver(self, request, feed, source):
        next_revision = request.from_revision
        with feed:
            try:
                while not source["stop"]:
                    with self.changed:
                        part = [u for u in self.history if u.revision >= next_revision]
                        if not part:
                            self.changed.wait(0.05)
                            continue
                    for start in range(0, len(part), 100):
                        feed.append(part[start:start + 100])
                    next_revision = part[-1].revision + 1
                    feed.progress(part[-1].revision)
            except slipstream.Closed:
                pass

    def credit(self, source, updates, size_bytes):
        self.credits.append((updates, size_bytes))

    def stop(self, source):
        source["stop"] = True
        self.stopped.append(source)


def puts(*keys, start=1):
    return [Update(key.encode(), b"%d" % i, i, 10**18 + i) for i, key in enumerate(keys, start)]


class Foreign(support.Case):
    def open(self, table):
        bucket = slipstream.open_foreign_bucket("table", table)
        self.addCleanup(bucket.close)
        return bucket

    def test_the_whole_path(self):
        table, fold = Table(puts(*("k%04d" % i for i in range(2500)))), self.fold()
        bucket = self.open(table)
        self.assertEqual(len(self.follow_to_end(bucket, fold)), 2500)
        table.put(Update(b"k0000", b"", 2501, 10**18, operation=Operation.DELETE))
        seen = self.follow_to_end(bucket, fold)
        self.assertEqual([(u.key, u.operation.name, u.revision) for u in seen],
                         [(b"k0000", "DELETE", 2501)])
        self.assertEqual((table.requests[1].from_revision, table.requests[1].prefixes), (2501, [b""]))
        self.assertEqual(fold.stats().entries, 2499)
        for source in table.stopped:
            source["thread"].join(TIMEOUT)
        self.assertEqual(len(table.stopped), len(table.requests))
        self.assertEqual(sum(updates for updates, _ in table.credits), 2501)

    def test_reads(self):
        table = Table(puts("a.1", "a.2", "b.1") + [
            Update(b"a.1", b"", 4, operation=Operation.DELETE)])
        bucket = self.open(table)
        self.assertEqual(bucket.get("a.2").value, b"2")
        self.raises(slipstream.NotFound, 10, "", bucket.get, "a.1")
        self.raises(slipstream.NotFound, 10, "", bucket.get, "c")
        self.assertEqual(sorted(bucket.keys("a.")), [b"a.2"])
        self.assertEqual({u.key: u.value for u in bucket.scan()}, {b"a.2": b"2", b"b.1": b"3"})
        self.raises(slipstream.errors.Unsupported, 34, "", bucket.put, "a", b"1")
        self.assertEqual((bucket.info().epoch, bucket.info().last_revision), (5, 4))

    def test_what_it_raises_is_handed_through(self):
        table = Table(puts("a"))
        bucket = self.open(table)
        table.fail["info"] = slipstream.errors.UserError(1005, "MINE", "the table is on fire")
        with self.assertRaises(slipstream.errors.UserError) as caught:
            bucket.info()
        self.assertEqual(caught.exception.code, 1005)
        self.assertIn("the table is on fire", caught.exception.message)
        table.fail = {"watch": ZeroDivisionError("no source")}
        with self.assertRaises(slipstream.CallbackFailed) as failed:
            with bucket.watch() as watch:
                watch.next(TIMEOUT)
        self.assertIn("ZeroDivisionError: no source", failed.exception.message)
        table.fail = {"list": ZeroDivisionError("no listing")}
        self.raises(slipstream.CallbackFailed, 130, "no listing", lambda: list(bucket.keys()))

    def test_a_state_first(self):
        class State(Table):
            from_state = True

            def deliver(self, request, feed, source):
                with feed:
                    if request.from_state:
                        feed.append([self.history[1], self.history[0]])
                        feed.state_end(2)
                    feed.append(puts("later", start=3))
                    feed.progress(3)
                    feed.end(slipstream.errors.UserError(1009, "", "that was all"))
        table, fold = State(puts("a", "b")), self.fold()
        seen = []
        with self.assertRaises(slipstream.errors.UserError) as ended:
            with self.open(table).watch(fold) as watch:
                for batch in watch:
                    seen += batch.updates
                    batch.ack()
        self.assertEqual((ended.exception.code, "that was all" in ended.exception.message), (1009, True))
        self.assertEqual([u.key for u in seen], [b"b", b"a", b"later"])
        self.assertTrue(table.requests[0].from_state)
        self.assertEqual(fold.cursor()[0], slipstream.Cursor(5, 3))

    def test_a_breach_is_refused(self):
        errors = []

        class Backwards(Table):
            def deliver(self, request, feed, source):
                with feed:
                    feed.append(puts("b", start=2))
                    try:
                        feed.append(puts("a", start=1))
                    except slipstream.SlipstreamError as error:
                        errors.append(error)
        with self.assertRaises(slipstream.CallbackFailed):
            with self.open(Backwards(puts("a", "b"))).watch() as watch:
                for batch in watch:
                    batch.ack()
        self.assertEqual([error.code for error in errors], [30])

    def test_it_is_given_back(self):
        before = len(foreign._held)
        table = Table(puts("a"))
        bucket = slipstream.open_foreign_bucket("table", table)
        with bucket.watch(stop_at="caught_up") as watch:
            for batch in watch:
                batch.ack()
        bucket.close()
        for source in table.stopped:
            source["thread"].join(TIMEOUT)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
        self.assertEqual(len(foreign._held), before)
        self.raises(slipstream.Invalid, 30, "name", slipstream.open_foreign_bucket, "a b", table)
        self.assertEqual(len(foreign._held), before)


if __name__ == "__main__":
    support.run()
