"""The life of handles: the end of the process, forks, the collector, threads, signals, and no leaks."""
import ctypes
import gc
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings

import support
from support import TIMEOUT, slipstream
from slipstream import _load

# This is about threads and what is left in the process: a disk's waits would only make it slow.
if os.access("/dev/shm", os.W_OK):
    os.environ.setdefault("TMPDIR", "/dev/shm")

OPEN = """
import gc, os, sys, threading, slipstream
nats = slipstream.connect("mem://")
bucket = nats.create_bucket("b")
bucket.put_many([("k%d" % i, b"v") for i in range(2000)])
fold = slipstream.open_fold("lmdb:" + sys.argv[1])
slipstream.set_log(print, "debug")
"""
ENDS = {
    "callbacks are running": """
started = threading.Event()
watch = bucket.follow(fold, parse=lambda u: u.key, apply=lambda items: started.set(),
                      on_applied=print, on_end=print, batch_updates_max=10)
started.wait(60)
threading.Thread(target=lambda: [bucket.put("more", b"") for _ in iter(int, 1)], daemon=True).start()
""",
    "an exception with callbacks running": """
watch = bucket.follow(fold, apply=lambda items: None)
raise SystemExit(0)
""",
    "a thread is waiting": """
watch = bucket.watch(fold, cursor=None)
for batch in iter(lambda: watch.next(60), None):
    batch.ack()
    if watch.status().applied == 2000: break
def wait():
    try:
        watch.next()
    except slipstream.Cancelled:
        pass
threading.Thread(target=wait, daemon=True).start()
""",
    "a batch, an iterator and a snapshot are open": """
watch = bucket.watch(fold)
batch = watch.next(60)
keys, snapshot = bucket.keys(), fold.snapshot()
next(keys)
""",
    "all in one cycle": """
class Node: pass
node = Node()
node.self, node.all = node, (nats, bucket, fold, bucket.follow(fold, apply=lambda items: node))
del nats, bucket, fold, node
gc.collect()
""",
    "a collection inside a callback": """
import time
collected = threading.Event()
def run():
    holder = []
    watch = bucket.follow(fold, apply=lambda items: (holder.clear(), gc.collect(), collected.set()),
                          batch_updates_max=1)
    holder.append(watch)
run()
collected.wait(60)
""",
}
FORK = """
import warnings; warnings.simplefilter("ignore")
watch, keys, snapshot = bucket.watch(fold), bucket.keys(), fold.snapshot()
store = slipstream.open_object_store("local:" + sys.argv[1] + ".store")
child = os.fork()
if child:
    _, status = os.waitpid(child, 0)
    assert status == 0, status
    assert len(watch.next(60)) > 0
    sys.exit(0)
for name, call in (("connection", nats.status), ("bucket", bucket.info), ("watch", watch.status),
                   ("next", lambda: watch.next(0)), ("keys", lambda: next(keys)),
                   ("fold", lambda: fold.get("k1")), ("snapshot", lambda: snapshot.get("k1")),
                   ("store", lambda: store.get("a"))):
    try:
        call()
    except slipstream.Forked as error:
        assert (error.code, error.name) == (37, "SLIP_FORKED"), error
    else:
        os._exit(3)
for handle in (keys, snapshot, store, bucket):
    handle.close()
with slipstream.connect("mem://") as own, own.create_bucket("c") as made:
    made.put("a", b"1")
    with made.watch(stop_at="caught_up") as again:
        assert [len(batch.ack() or batch) for batch in again] == [1]
sys.exit(0)
"""


def figures():
    ctypes.CDLL(None).malloc_trim(0)  # what is free and kept by the allocator is no growth
    with open("/proc/self/status") as file:
        status = dict(line.split(":", 1) for line in file)
    return (int(status["VmRSS"].split()[0]), int(status["Threads"]), len(os.listdir("/proc/self/fd")))


class Ends(support.Case):
    def end_of(self, text):
        path = os.path.join(tempfile.mkdtemp(dir=self.directory), "fold")
        done = subprocess.run([sys.executable, "-c", OPEN + text, path], timeout=TIMEOUT,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertNotIn(b"Traceback", done.stderr)
        # The path is free again, and what it holds is whole.
        with slipstream.open_fold("lmdb:" + path) as fold:
            fold.check()

    def test_the_process_may_end_at_any_time(self):
        for name, text in ENDS.items():
            with self.subTest(name):
                self.end_of(text)

    def test_in_a_forked_child_handles_are_forked(self):
        self.end_of(FORK)

    def test_ctrl_c_ends_a_waiting_call(self):
        text = OPEN + "print('waiting', flush=True)\nfor batch in bucket.watch(fold): batch.ack()"
        process = subprocess.Popen([sys.executable, "-c", text, self.path("fold")],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"waiting\n")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT)
        self.assertIn(b"KeyboardInterrupt", err)
        self.assertEqual(process.returncode, -signal.SIGINT)


class Collector(support.Case):
    def test_what_is_dropped_is_released_and_said(self):
        before = figures()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            bucket = slipstream.connect("mem://").create_bucket("b")
            fold = slipstream.open_fold("lmdb:" + self.path("fold"))
            bucket.put("a", b"1")
            watch = bucket.watch(fold)
            watch.next(TIMEOUT).ack()
            del watch
            watch = bucket.follow(fold, apply=lambda items: None)
            watch.wait_caught_up(TIMEOUT)
            del bucket, fold, watch
            gc.collect()
        kinds = {str(warning.message) for warning in said}
        self.assertTrue({"unclosed Connection", "unclosed Bucket", "unclosed Fold", "unclosed Watch"}
                        <= kinds, kinds)
        support.await_condition(lambda: figures()[1] <= before[1], "the threads to be gone")
        slipstream.open_fold("lmdb:" + self.path("fold")).close()


class Cycles(support.Case):
    def cycle(self, i):
        with slipstream.connect("mem://") as nats, nats.create_bucket("b") as bucket, \
                slipstream.open_fold("lmdb:" + self.path("fold"), durability="process",
                                     create="if_missing") as fold, fold.snapshot() as snapshot:
            revision = bucket.put("a", b"%d" % i)
            with bucket.watch(stop_at="caught_up") as watch:
                for batch in watch:
                    batch.ack()
            seen = []
            with bucket.follow(apply=seen.extend) as watch:
                watch.wait_revision(revision, TIMEOUT)
            self.assertEqual(seen[0].value, b"%d" % i)
            fold.apply("b", seen, slipstream.Cursor(1, i + 1))
            self.raises(slipstream.NotFound, 10, "", bucket.get, "b")
            self.assertIsNotNone(snapshot.cursor)

    def test_memory_threads_and_descriptors_stay_flat(self):
        cycles = 10000 if os.environ.get("SLIP_TEST_LANE") == "long" else 1000
        # A huge page under a thread's stack is 2 MiB at once, and no growth of ours.
        ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)  # PR_SET_THP_DISABLE
        for i in range(100):
            self.cycle(i)
        gc.collect()
        memory, threads, descriptors = figures()
        for i in range(100, 100 + cycles):
            self.cycle(i)
        gc.collect()
        more, threads_now, descriptors_now = figures()
        print("figure: python cycles = %d, resident memory grew by %d KiB" % (cycles, more - memory))
        self.assertEqual((threads_now, descriptors_now), (threads, descriptors))
        self.assertLess(more - memory, 4096)


class Storm(support.Case):
    def one_round(self, seed):
        dice = random.Random(seed)
        bucket = self.shared
        watch = bucket.watch(batch_updates_max=dice.choice((1, 3, 100)))
        calls = [watch.cancel, watch.interrupt, watch.status, watch.close, watch.interrupt,
                 lambda: watch.next(0.01), lambda: watch.next(0.01).ack(),
                 lambda: watch.wait_caught_up(0.01)]
        unexpected = []

        def strike(order):
            for call in order:
                try:
                    call()
                except slipstream.SlipstreamError as error:
                    if error.code not in (13, 14, 15, 16, 31, 32):
                        unexpected.append(error)
                except BaseException as error:
                    unexpected.append(error)
        threads = [threading.Thread(target=strike, args=(dice.sample(calls, len(calls)),))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT)
            self.assertFalse(thread.is_alive(), "seed %d hangs" % seed)
        self.assertEqual(unexpected, [], "seed %d" % seed)

    def test_calls_from_several_threads_in_any_order(self):
        self.shared = self.bucket()
        self.shared.put_many([("k%d" % i, b"v") for i in range(20)])
        with warnings.catch_warnings():
            # A batch that a thread let go without an ack: that is a part of the storm.
            warnings.simplefilter("ignore", ResourceWarning)
            for seed in range(1000):
                self.one_round(seed)
            gc.collect()


class Crossings(support.Case):
    def test_many_updates_cross_in_few_calls(self):
        bucket, updates = self.bucket(), 300000
        bucket.put_many([("k%06d" % i, b"v%06d" % i) for i in range(updates)])
        calls, original = [], _load.Library.call

        def counted(library, name, *arguments):
            calls.append(name)
            original(library, name, *arguments)
        _load.Library.call = counted
        self.addCleanup(setattr, _load.Library, "call", original)
        begin, seen = time.monotonic(), 0
        with bucket.watch(stop_at="caught_up") as watch:
            for batch in watch:
                for i, update in enumerate(batch.updates, seen):
                    if update.key != b"k%06d" % i or update.value != b"v%06d" % i:
                        self.fail("update %d is %r" % (i, update))
                seen += len(batch)
                batch.ack()
        crossed = sum(name in ("slip_watch_next", "slip_batch_ack") for name in calls)
        print("figure: python crossings of %d updates = %d, %.0f ns an update" % (
            seen, crossed, (time.monotonic() - begin) * 1e9 / updates))
        self.assertEqual(seen, updates)
        self.assertLessEqual(crossed, 600)


if __name__ == "__main__":
    unittest.installHandler()
    support.run()
