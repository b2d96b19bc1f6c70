"""scripts/bench: runs the arms of each workload interleaved and reports them."""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import threading
import time

import local
from languages import build_all
from report import Report
from server import CLIENT_CORE, SERVER_CORE, Server

VALUE_BYTES = "128"


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.binaries = os.path.join(arguments.build, "bench")
        self.scratch = tempfile.mkdtemp(prefix="slip-bench-folds-")
        self._server = None
        run = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.report = Report(run, arguments.out)

    @property
    def server(self):
        """Started by the first workload that needs one."""
        if self._server is None:
            self._server = Server()
            print(f"server: {self._server.version} on core {SERVER_CORE}")
        return self._server

    def stop(self):
        if self._server is not None:
            self._server.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def arm(self, name, *words, core=CLIENT_CORE):
        """Runs one arm; its one line of JSON. A failed arm raises with what it said."""
        return self.program(os.path.join(self.binaries, "bench_" + name), *words, core=core)

    def program(self, path, *words, core=CLIENT_CORE):
        command = ["taskset", "-c", core, path]
        environment = dict(os.environ, BENCH_START_NS=str(time.monotonic_ns()))
        result = subprocess.run(command + [str(word) for word in words], capture_output=True,
                                text=True, timeout=900, check=False, env=environment)
        if result.returncode != 0:
            name = os.path.basename(path)
            raise RuntimeError(f"{name}: {result.stderr.strip() or result.returncode}")
        return json.loads(result.stdout.strip().splitlines()[-1])

    def fill(self, bucket, seed, count=None, group=1000):
        self.server.create_bucket(bucket)
        self.arm("load", self.server.url, bucket, count or self.arguments.count, VALUE_BYTES,
                 seed or 0, group)

    def fold(self, name="fold", kind="lmdb"):
        path = os.path.join(self.scratch, name)
        shutil.rmtree(path, ignore_errors=True)
        return f"{kind}:{path}"

    def local(self, workload, program, keys):
        """Runs one program that interleaves its own arms; (arm, metric) -> values."""
        scratch = os.path.join(self.scratch, program)
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        try:
            row = self.arm(program, keys, self.arguments.rounds, scratch, core="0,1")
            return {(f["arm"], f["metric"]): f["values"] for f in row["figures"]}
        except (RuntimeError, FileNotFoundError, subprocess.TimeoutExpired) as error:
            self.report.missing(workload, program, str(error))
            return {}
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def rounds(self, arms, before=lambda index: None):
        """Interleaved: every arm once a round, in turning order. name -> list of results."""
        results = {name: [] for name, _ in arms}
        for index in range(self.arguments.rounds):
            before(index)
            turn = index % len(arms)
            for name, run in arms[turn:] + arms[:turn]:
                try:
                    results[name].append(run())
                except (RuntimeError, subprocess.TimeoutExpired) as error:
                    results[name].append({"error": str(error)})
        return results


def pick(results, name, field):
    return [r[field] for r in results[name] if field in r]


def report_arm(bench, workload, results, name, metrics, reference, goals, **shape):
    errors = [r["error"] for r in results[name] if "error" in r]
    if errors:
        bench.report.missing(workload, name, errors[0])
        if len(errors) == len(results[name]):
            return
    for field, unit in metrics:
        base = (reference, pick(results, reference, field)) if reference and name != reference else None
        bench.report.add(workload, name, field, unit, pick(results, name, field), base,
                         goals.get((name, field)), **{"size": bench.arguments.count, **shape})


def load(bench):
    def run(name):
        def once():
            bench.server.create_bucket("load")
            try:
                return bench.arm(name, bench.server.url, "load", bench.arguments.count, VALUE_BYTES)
            finally:
                bench.server.delete_bucket("load")
        return once
    results = bench.rounds([("nats.c publish async", run("ref_publish")),
                            ("put_many", run("load"))])
    for rows in results.values():
        for row in rows:
            if "seconds" in row:
                row["rate"] = row["updates"] / row["seconds"]
    for name in results:
        report_arm(bench, "load", results, name, [("rate", "puts/s")], "nats.c publish async",
                   {("put_many", "rate"): -0.7})


def cold_sync(bench):
    for order, seed in (("shuffled", 7), ("in order", None)):
        bucket = "cold" + ("1" if seed else "2")
        bench.fill(bucket, seed)
        url = bench.server.url

        def ours(kind, durability, bucket=bucket):
            return lambda: bench.arm("cold_sync", url, bucket,
                                     bench.fold(kind=kind) if kind else "none", durability)
        arms = [("consume and discard", lambda b=bucket: bench.arm("ref_consume", url, b, 1)),
                ("no fold", ours(None, "process")),
                ("append-log process", ours("append-log", "process")),
                ("append-log full", ours("append-log", "full")),
                ("lmdb process", ours("lmdb", "process")),
                ("lmdb meta", ours("lmdb", "meta"))]
        results = bench.rounds(arms)
        for row in [row for rows in results.values() for row in rows if "cpu" in row]:
            row["cpu"] = row["cpu"] * 1e6 / row["updates"]
        workload = f"cold-sync {order}"
        goals = {("lmdb process", "seconds"): 2.0 if seed else 1.25,
                 ("append-log process", "seconds"): 1.25}
        for name, _ in arms:
            metrics = [("seconds", "s"), ("cpu", "us/update")]
            report_arm(bench, workload, results, name, metrics, "consume and discard", goals,
                       durability=name.split()[-1] if "-" in name or "lmdb" in name else None,
                       batch=10000)
            memory = pick(results, name, "anonymous_mib")
            if memory:  # an append log holds everything in memory
                bound = None if "append" in name else ("64 MiB", [64.0])
                bench.report.add(workload, name, "anonymous memory", "MiB", memory, bound,
                                 1.0 if bound else None, size=bench.arguments.count)
        bench.server.delete_bucket(bucket)


def latency(bench):
    warm_up, timed = 1, bench.arguments.seconds
    bench.fill("live", 7)
    url = bench.server.url
    for rate in (1000, 10000):
        def timed_arm(run, rate=rate):
            words = [url, "live", rate, warm_up + timed, bench.arguments.count, VALUE_BYTES]
            publisher = subprocess.Popen(
                ["taskset", "-c", SERVER_CORE, os.path.join(bench.binaries, "bench_publisher")] +
                [str(word) for word in words], stdout=subprocess.PIPE, text=True)
            try:
                publisher.stdout.readline()
                return run()
            finally:
                publisher.terminate()
                publisher.wait()

        def ours(fold, durability):
            def run():
                fold_url = "none"
                if fold:
                    fold_url = "lmdb:" + os.path.join(bench.scratch, "live-" + durability)
                return timed_arm(lambda: bench.arm("latency", url, "live", fold_url, durability,
                                                   warm_up, timed))
            return run
        arms = [("raw receive", lambda: timed_arm(
                    lambda: bench.arm("ref_receive", url, "live", warm_up, timed))),
                ("no fold", ours(False, "process"))]
        arms += [("lmdb " + d, ours(True, d)) for d in ("process", "meta", "full")]
        results = bench.rounds(arms)
        goals = {("lmdb process", "p50"): 1.5 if rate == 1000 else 1.8}
        for name, _ in arms:
            metrics = [("p50", "us"), ("p99", "us"), ("max", "us"), ("cpu", "us/update")]
            metrics += [("commit", "us")] if "lmdb" in name else []
            report_arm(bench, f"latency {rate}/s", results, name, metrics, "raw receive", goals,
                       durability=name.split()[-1] if "lmdb" in name else None)
    bench.server.delete_bucket("live")


class Tail:
    """A filled bucket whose updates past the arms' cursor are written anew for every round."""

    def __init__(self, bench, keys, distinct, repeat):
        self.bench, self.keys, self.distinct, self.repeat = bench, keys, distinct, repeat
        bench.fill("resume", 7, keys)
        self.folds = {d: bench.fold("resume-" + d) for d in ("process", "meta")}
        for durability, fold in self.folds.items():
            self.next = bench.arm("cold_sync", bench.server.url, "resume", fold, durability)

    def write(self, index):
        self.cursor = self.next["cursor"]
        self.bench.arm("load", self.bench.server.url, "resume", self.distinct * self.repeat,
                       VALUE_BYTES, index + 11, 1000, self.keys // self.distinct, self.repeat)

    def counted(self, row):
        """What came must be the tail, and no more."""
        if row.get("received", row["updates"]) != self.distinct:
            raise RuntimeError(f"{row} is not a tail of {self.distinct}")
        row["seconds"] = row.get("caught_up", row["seconds"])
        row["messages"] = self.distinct
        return row

    def raw(self):
        return self.counted(self.bench.arm("ref_consume", self.bench.server.url, "resume",
                                           int(self.cursor.split(":")[-1]) + 1))

    def ours(self, durability=None):
        fold = self.folds[durability] if durability else "none"
        self.next = self.bench.arm("cold_sync", self.bench.server.url, "resume", fold,
                                   durability or "process", "-" if durability else self.cursor)
        return self.counted(self.next)


def resume(bench):
    for keys in (bench.arguments.count, bench.arguments.large):
        for gaps, distinct, repeat in ("", 10000, 1), (" gaps", 20000, 2):
            tail = Tail(bench, keys, distinct, repeat)
            arms = [("raw replay", tail.raw), ("no fold", tail.ours),
                    ("lmdb process", lambda t=tail: t.ours("process")),
                    ("lmdb meta", lambda t=tail: t.ours("meta"))]
            results = bench.rounds(arms, tail.write)
            goals = {("no fold", "seconds"): 1.2, ("lmdb process", "seconds"): 1.5}
            for name, _ in arms:
                report_arm(bench, f"resume{gaps}", results, name, [("seconds", "s")], "raw replay",
                           goals, size=keys, batch=10000, slack=0.005 if name == "no fold" else 0,
                           durability=name.split()[-1] if "lmdb" in name else None)
                report_arm(bench, f"resume{gaps}", results, name,
                           [("messages", "count"), ("cpu", "s")], "raw replay", {}, size=keys)
            bench.server.delete_bucket("resume")


def most_consumers(bench, bucket, run):
    """How many consumers the bucket has at once during a run."""
    seen, over = [0], threading.Event()

    def watch():
        while not over.is_set():
            seen.append(bench.server.consumers(bucket))
            time.sleep(0.005)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        run()
    finally:
        over.set()
        watcher.join()
    return max(seen)


def scopes(bench):
    groups = 1000
    bench.fill("scopes", 7, group=bench.arguments.count // groups)
    url = bench.server.url

    def metered(*words):
        def run():
            before = bench.server.cpu_seconds()
            row = bench.arm(*words)
            row["server cpu"] = bench.server.cpu_seconds() - before
            return row
        return run
    for wanted in (100, 650):
        arms = [("multi-filter", metered("ref_scopes", url, "scopes", "filters", wanted)),
                ("local drop", metered("ref_scopes", url, "scopes", "local", wanted)),
                ("no fold", metered("cold_sync", url, "scopes", "none", "process", "-", wanted))]
        ours = arms[-1]
        workload = f"scopes {wanted} of {groups}"
        bench.report.add(workload, ours[0], "consumers", "count",
                         [most_consumers(bench, "scopes", ours[1])], ("one", [1]), 1.0)
        results = bench.rounds(arms)
        raw = [name for name, _ in arms[:2] if pick(results, name, "seconds")]
        better = min(raw, key=lambda name: statistics.median(pick(results, name, "seconds")))
        for name, _ in arms:
            metrics = [("seconds", "s"), ("server cpu", "s"), ("cpu", "s"), ("updates", "count")]
            report_arm(bench, workload, results, name, metrics, better,
                       {(ours[0], "seconds"): 1.1})
    bench.server.delete_bucket("scopes")


def bindings(bench):
    """The same work in each language, with the C figure of the same run."""
    programs, references, missing = build_all(bench.arguments.build, bench.arguments.out)
    for language, why in missing.items():
        bench.report.missing("bindings", language, why)
    count, url = bench.arguments.count, bench.server.url
    bench.fill("bindings", 7)

    def arms(*words, of=programs):
        return [(language, lambda path=path: bench.program(path, *(
            word() if callable(word) else word for word in words))) for language, path in of.items()]

    results = bench.rounds(arms("fold", url, "bindings", bench.fold))
    for name in results:
        report_arm(bench, "bindings watch to fold", results, name, [("seconds", "s")], "C",
                   {(name, "seconds"): 1 / 0.9} if name != "C" else {}, durability="process")
    results = bench.rounds(arms("consume", count, VALUE_BYTES))
    for name in results:
        report_arm(bench, "bindings consume", results, name, [("ns", "ns/update"), ("cpu_ns", "ns/update")], "C",
                   {(name, "ns"): 1.0} if name != "C" else {}, slack=ABOVE_C_NS.get(name, (0, 0))[0])
    fold = bench.fold("bindings")
    bench.program(programs["C"], "fold", url, "bindings", fold)
    results = bench.rounds(arms("get", fold, count))
    for name in results:
        report_arm(bench, "bindings point get", results, name, [("ns", "ns/get"), ("cpu_ns", "ns/get")], "C",
                   {(name, "ns"): 1.0} if name != "C" else {}, slack=ABOVE_C_NS.get(name, (0, 0))[1])
    maps = [(name, lambda path=path: bench.program(path, url, "bindings"))
            for name, path in references.items()]
    maps += arms("map", url, "bindings", of={k: v for k, v in programs.items() if k != "C"})
    results = bench.rounds(maps) if maps else {}
    for name in results:
        report_arm(bench, "bindings into a map", results, name, [("seconds", "s")],
                   next(iter(references), None), {})
    bench.server.delete_bucket("bindings")


# So much above C may an update, and a point get, cost in each language.
ABOVE_C_NS = {"Go": (150, 150), "Rust": (30, 10)}

WORKLOADS = {**local.WORKLOADS, "load": load, "cold-sync": cold_sync, "latency": latency,
             "resume": resume, "scopes": scopes, "bindings": bindings}


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--out", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=300000, help="keys in the bucket")
    parser.add_argument("--large", type=int, default=1000000, help="keys of the larger resume")
    parser.add_argument("--keys", type=int, action="append",
                        help="sizes of the workloads without a server (1 M and 10 M)")
    parser.add_argument("--seconds", type=int, default=4, help="timed span of latency")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=", ".join(WORKLOADS))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"no workload {unknown[0]}: choose from {', '.join(WORKLOADS)}")
    bench = Bench(arguments)
    try:
        print(f"machine: {platform.machine()}, {os.cpu_count()} cores; server core {SERVER_CORE}, "
              f"client core {CLIENT_CORE}; kernel {platform.release()}; "
              f"{arguments.count} keys x {VALUE_BYTES} bytes, {arguments.rounds} rounds")
        for name in arguments.workloads or WORKLOADS:
            WORKLOADS[name](bench)
        bench.report.table()
        bench.report.draw()
    finally:
        bench.stop()


if __name__ == "__main__":
    main()
