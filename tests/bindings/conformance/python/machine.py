#!/usr/bin/env python3
"""machine.py SCRIPT LOG URL DIRECTORY FOLDS: run the script, write each step with its result. README.md."""
import itertools
import os
import re
import sys
import threading

import slipstream
from slipstream import Cursor, Operation, Update, Write

WAIT_S = 60
OPERATIONS = {"put": Operation.PUT, "delete": Operation.DELETE, "purge": Operation.PURGE}


def encoded(data):
    return re.sub(rb"[^!-~]|[%:]", lambda match: b"%%%02X" % match.group()[0], data).decode() or "%"


def decoded(text):
    return b"" if text == "%" else re.sub(
        rb"%(..)", lambda match: bytes([int(match.group(1), 16)]), text.encode())


class Follower:
    """What a watch that calls has seen; filled by its own thread."""

    def __init__(self, rejected, show):
        self.rejected, self.show, self.lock = rejected, show, threading.Lock()
        self.seen, self.revision, self.end = [], 0, None

    def parse(self, update):
        if self.rejected and update.key.startswith(self.rejected):
            return None
        return update

    def apply(self, updates):
        with self.lock:
            self.seen += map(self.show, updates)
        if any(b"poison" in update.value for update in updates):
            raise slipstream.errors.UserError(1007, "SLIP_?", "the poison was found")

    def on_applied(self, cursor, _):
        with self.lock:
            self.revision = cursor.revision

    def on_end(self, error, _):
        with self.lock:
            self.end = 0 if error is None else error.code


class Machine:
    """A step NAME is the method step_NAME: it takes the words and gives what stands behind "ok"."""

    def __init__(self, url, directory, folds):
        self.url, self.directory, self.kind, self.times = url, directory, folds, False
        self.sentence = ""
        self.connections, self.buckets, self.folds, self.watches = [], [], [], []
        self.snapshots, self.stores, self.texts, self.cursors = [], [], [], []

    def run(self, line):
        name, *words = line.split(" ")
        step = getattr(self, "step_" + name, None)
        if step is None:
            sys.exit("machine.py: no step " + name)
        try:
            given = step(*words)
        except slipstream.SlipstreamError as error:
            if not error.message:
                sys.exit("machine.py: an error without a sentence: " + line)
            self.sentence = error.message
            name = slipstream.status_name(error.code) if error.code < 1000 else "user"
            return "%s %d %s" % (name, error.code,
                                 "retriable" if error.retriable else "final")
        if given is None:
            return "ok"
        given = given if isinstance(given, (list, tuple)) else [given]
        return " ".join(["ok"] + [str(int(word) if isinstance(word, bool) else word) for word in given])

    def left(self):
        return sum(map(len, (self.connections, self.buckets, self.folds, self.watches,
                             self.snapshots, self.stores, self.texts, self.cursors)))

    def path(self, name):
        return os.path.join(self.directory, name)

    def fold_url(self, name):
        return "%s:%s" % (self.kind, self.path(name))

    def show(self, update):
        words = [Operation(update.operation).name.lower(), encoded(update.key),
                 encoded(update.value), str(update.revision), str(int(update.flags))]
        return ":".join(words + ([str(update.timestamp_ns), str(update.ttl_ns)] if self.times else []))

    def options(self, words):
        found = {}
        for word in words:
            name, value = word.split("=", 1)
            if value.startswith("u64:"):
                found[name] = int(value[4:])
            elif value.startswith("bool:"):
                found[name] = value == "bool:1"
            elif value.startswith("add:"):
                found.setdefault(name, []).append(value[4:])
            else:
                found[name] = self.texts.pop() if value == "text:" else value
        return found

    # --- the library

    def step_version(self):
        return slipstream.version()

    def step_abi_epoch(self):
        return slipstream.abi_epoch()

    def step_feature(self, name):
        return slipstream.feature(name)

    def step_status_name(self, code):
        return slipstream.status_name(int(code))

    def step_status(self, code):
        row = slipstream.status_table()[int(code)]
        return row.name, row.retriable, encoded(row.text.encode())

    def step_event_name(self, event):
        return slipstream.event_name(int(event))

    def step_option(self, kind, name):
        return [row.type for row in slipstream.describe_options(kind) if row.name == name]

    def step_metrics(self, text):
        return text in slipstream.metrics_text()

    def step_sentence(self, text):
        return decoded(text).decode() in self.sentence

    def step_cursor(self, epoch, revision):
        self.cursors.append(Cursor(int(epoch), int(revision)))

    def step_cursor_format(self, bucket):
        self.texts.append(self.cursors.pop().format(bucket))

    def step_cursor_parse(self):
        cursor, bucket = Cursor.parse(self.texts.pop())
        self.cursors.append(cursor)
        return bucket

    def step_cursor_drop(self):
        return self.cursors.pop().revision

    def step_text(self, text):
        self.texts.append(text)

    def step_text_show(self):
        return self.texts[-1]

    def step_text_drop(self):
        self.texts.pop()

    def step_text_same(self):
        return self.texts.pop() == self.texts.pop()

    def step_times(self, on):
        self.times = on == "1"

    def step_kind(self, scheme):
        self.kind = scheme

    def step_write_file(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(decoded(data))

    # --- connections and buckets

    def step_connect(self, *options):
        self.connections.append(slipstream.connect(self.url, **self.options(options)))

    def step_connect_to(self, url, *options):
        self.connections.append(slipstream.connect(url, **self.options(options)))

    def step_connection_status(self):
        state = self.connections[-1].status()
        return state.state, state.reconnects

    def step_connection_close(self):
        self.connections[-1].close()

    def step_connection_free(self):
        self.connections.pop().close()

    def step_bucket_create(self, name, *options):
        self.buckets.append(self.connections[-1].create_bucket(name, **self.options(options)))

    def step_bucket_open(self, name, *options):
        self.buckets.append(self.connections[-1].bucket(name, **self.options(options)))

    def step_bucket_delete(self, name):
        self.connections[-1].delete_bucket(name)

    def step_bucket_free(self):
        self.buckets.pop().close()

    def step_bucket_info(self):
        s = self.buckets[-1].info()
        return (s.history, s.first_revision, s.last_revision, s.messages, s.subjects, s.max_age_ns,
                s.max_bytes, s.max_value_size, s.replicas, s.storage)

    def step_put(self, key, value):
        return self.buckets[-1].put(decoded(key), decoded(value))

    def step_put_if_absent(self, key, value):
        return self.buckets[-1].put_if_absent(decoded(key), decoded(value))

    def step_put_if(self, key, value, revision):
        return self.buckets[-1].put_if(decoded(key), decoded(value), int(revision))

    def step_remove(self, key):
        return self.buckets[-1].remove(decoded(key))

    def step_remove_if(self, key, revision):
        return self.buckets[-1].remove_if(decoded(key), int(revision))

    def step_purge(self, key):
        return self.buckets[-1].purge(decoded(key))

    def step_get(self, key):
        return self.show(self.buckets[-1].get(decoded(key)))

    def step_keys(self, prefix, most):
        with self.buckets[-1].keys(decoded(prefix)) as keys:
            return [encoded(key) for key in itertools.islice(keys, int(most) or None)]

    def step_scan(self, prefix, most):
        with self.buckets[-1].scan(decoded(prefix)) as entries:
            return [self.show(update) for update in itertools.islice(entries, int(most) or None)]

    def step_put_many(self, *words):
        writes = []
        for word in words:
            operation, key, value, expected = word.split(":")
            writes.append(Write(decoded(key), decoded(value), slipstream.REVISION_ANY
                                if expected == "any" else int(expected),
                                operation=OPERATIONS[operation]))
        return [result.error.name if result.error else result.revision
                for result in self.buckets[-1].put_many(writes)]

    # --- watches

    def into(self, where):
        return self.folds[-1] if where == "fold" else None

    def step_watch_open(self, where, *options):
        watch = self.buckets[-1].watch(self.into(where), **self.options(options))
        self.watches.append((watch, None))

    def step_follow(self, where, rejected, *options):
        f = Follower(decoded(rejected), self.show)
        watch = self.buckets[-1].follow(self.into(where), parse=f.parse, apply=f.apply,
                                        on_applied=f.on_applied, on_end=f.on_end,
                                        **self.options(options))
        self.watches.append((watch, f))

    @property
    def watch(self):
        return self.watches[-1][0]

    def step_next(self, timeout_ms, then):
        batch = self.watch.next(int(timeout_ms) / 1000)
        given = [len(batch), batch.cursor.revision] + [self.show(update) for update in batch]
        if then == "ack":
            batch.ack()
        batch.close()
        return given

    def step_pull(self, want):
        seen = []
        while len(seen) < int(want):
            batch = self.watch.next(WAIT_S)
            seen += map(self.show, batch.updates)
            batch.ack()
        return seen

    def step_pull_to_end(self):
        seen = []
        for batch in self.watch:
            seen += map(self.show, batch.updates)
            batch.ack()
        return seen

    def step_applied(self):
        f = self.watches[-1][1]
        with f.lock:
            seen, f.seen = f.seen, []
            return [f.revision, self.watch.status().rejected] + seen

    def step_ended(self):
        return self.watches[-1][1].end

    def step_watch_status(self):
        s = self.watch.status()
        return (s.state, s.end_status, s.ready, s.cursor.revision, s.lag_revisions, s.applied,
                s.replayed)

    def step_watch_events(self):
        return ["%d:%s:%d:%d" % (e.event, e.name, e.count, e.last_revision)
                for e in self.watch.events()]

    def step_wait_caught_up(self, timeout_ms):
        self.watch.wait_caught_up(int(timeout_ms) / 1000)

    def step_wait_revision(self, revision, timeout_ms):
        self.watch.wait_revision(int(revision), int(timeout_ms) / 1000)

    def step_cancel(self):
        self.watch.cancel()

    def step_interrupt(self):
        self.watch.interrupt()

    def step_watch_close(self):
        return self.watch.close().revision

    def step_watch_free(self):
        try:
            self.watches.pop()[0].close()
        except slipstream.SlipstreamError:
            pass

    # --- folds, snapshots, artifacts

    def step_fold_open(self, name, *options):
        self.folds.append(slipstream.open_fold(self.fold_url(name), **self.options(options)))

    def step_fold_apply(self, bucket, *words):
        updates = []
        for word in words:
            operation, key, value, *numbers = word.split(":")
            revision, flags, timestamp_ns, ttl_ns = map(int, numbers)
            updates.append(Update(decoded(key), decoded(value), revision, timestamp_ns, ttl_ns,
                                  OPERATIONS[operation], flags))
        self.folds[-1].apply(bucket, updates, self.cursors.pop())

    def step_fold_get(self, key):
        return self.show(self.folds[-1].get(decoded(key)))

    def step_fold_cursor(self):
        cursor, bucket = self.folds[-1].cursor()
        self.cursors.append(cursor)
        return cursor.revision, encoded(bucket.encode())

    def step_fold_stats(self):
        s = self.folds[-1].stats()
        return (s.entries, s.tombstones, s.payload_bytes, s.cursor.revision, s.loading, s.read_only)

    def step_fold_check(self):
        return self.folds[-1].check()

    def step_fold_sync(self):
        self.folds[-1].sync()

    def step_fold_close(self):
        self.folds[-1].close()

    def step_fold_free(self):
        self.folds.pop().close()

    def step_fold_compact(self):
        done, reason = self.folds[-1].compact()
        if bool(reason) == (done.outcome == 1):
            sys.exit("machine.py: outcome %d with the reason %r" % (done.outcome, reason))
        return done.outcome, done.status

    def step_fold_hide(self, first, end):
        self.folds[-1].hide(range(int(first), int(end)))

    def step_fold_unhide(self, first, end):
        self.folds[-1].unhide(range(int(first), int(end)))

    def step_fold_hidden(self):
        return ["%d:%d" % (hidden.start, hidden.stop) for hidden in self.folds[-1].hidden()]

    def step_position_load(self, consumer):
        position = self.folds[-1].position(consumer)
        return 0 if position is None else position.revision

    def step_position_save(self, consumer):
        self.folds[-1].save_position(consumer, self.cursors.pop())

    def step_snapshot_open(self):
        self.snapshots.append(self.folds[-1].snapshot())

    def step_snapshot_refresh(self):
        self.snapshots[-1].refresh()

    def step_snapshot_cursor(self):
        return self.snapshots[-1].cursor.revision

    def step_snapshot_get(self, key):
        return self.show(self.snapshots[-1].get(decoded(key)))

    def step_range(self, prefix, start, reverse, limit, tombstones):
        return [self.show(update) for update in self.snapshots[-1].range(
            decoded(prefix), decoded(start), reverse=reverse == "1", limit=int(limit),
            tombstones=tombstones == "1")]

    def step_snapshot_free(self):
        self.snapshots.pop().close()

    def summary(self, s):
        self.texts.append(s.logical_digest)
        return s.cursor.revision, s.entries, s.tombstones, s.files, s.logical_bytes, s.bucket

    def step_fold_export(self, name, *options):
        return self.summary(self.folds[-1].export(self.path(name), **self.options(options)))

    def step_watch_export(self, name):
        return self.summary(self.watch.export(self.path(name)))

    def step_artifact_verify(self, name):
        return self.summary(slipstream.verify_artifact(self.path(name)))

    def step_artifact_info(self, name):
        manifest = slipstream.artifact_info(self.path(name))
        return manifest["bucket"], manifest["revision"]

    def step_fold_import(self, name, fold):
        return self.summary(slipstream.import_fold(self.path(name), self.fold_url(fold)))

    # --- object stores and publishing

    def step_store_open(self, name, *options):
        self.stores.append(slipstream.open_object_store("local:" + self.path(name),
                                                        **self.options(options)))

    def step_store_free(self):
        self.stores.pop().close()

    def step_object_get(self, name):
        found = self.stores[-1].get(name)
        self.texts.append(found.tag)
        return encoded(found.data)

    def step_object_put(self, name, data):
        self.texts.append(self.stores[-1].put(name, decoded(data)))

    def step_object_create(self, name, data):
        self.texts.append(self.stores[-1].put_if(name, decoded(data), None))

    def step_object_put_if(self, name, data):
        self.texts.append(self.stores[-1].put_if(name, decoded(data), self.texts.pop()))

    def step_object_list(self, prefix, after):
        return ["%s:%d" % (row.name, row.size) for row in self.stores[-1].list(
            decoded(prefix).decode(), decoded(after).decode() or None)]

    def step_object_remove(self, name):
        self.stores[-1].remove(name)

    def step_publish(self, key, name, *options):
        p = self.stores[-1].publish(key, self.path(name), **self.options(options))
        return p.attempts, p.generation, p.cursor.revision

    def step_pointer(self, key):
        pointer = self.stores[-1].pointer(key)["pointer"]
        return pointer["generation"], pointer["bucket"], pointer["revision"]

    def fetched(self, s):
        self.texts.append(s.logical_digest)
        return s.cursor.revision, s.entries, s.tombstones

    def step_download(self, key, name):
        return self.fetched(self.stores[-1].download(key, self.path(name)))

    def step_bootstrap(self, key, fold):
        return self.fetched(self.stores[-1].bootstrap(key, self.fold_url(fold)))


def main(script, log, url, directory, folds):
    machine = Machine(url, directory, folds)
    with open(script, encoding="ascii") as steps, open(log, "w", encoding="ascii") as written:
        for line in steps:
            step = line.rstrip("\n").split(" -> ")[0]
            if step and not step.startswith("#"):
                written.write("%s -> %s\n" % (step, machine.run(step)))
                written.flush()
    if machine.left():
        sys.exit("machine.py: the script leaves %d things on the stacks" % machine.left())


main(*sys.argv[1:])
