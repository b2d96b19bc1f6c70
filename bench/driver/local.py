"""The workloads without a server: each is one program that interleaves its own arms."""
import statistics


def sizes(bench):
    return bench.arguments.keys or (1000000, 10000000)


def report_local(bench, workload, figures, keys, rows):
    """rows: (arm, metric, unit, reference arm, goal)."""
    for arm, metric, unit, reference, goal in rows:
        if (arm, metric) in figures:
            base = (reference, figures.get((reference, metric), [])) if reference else None
            bench.report.add(workload, arm, metric, unit, figures[arm, metric], base, goal,
                             size=keys, threads=2 if "two" in metric else 1, durability="process")


def point_get(bench):
    for keys in sizes(bench):
        workload = f"point-get {keys}"
        figures = bench.local(workload, "point_get", keys)
        report_local(bench, workload, figures, keys,
                     [("hash map", "get", "ns", None, None), ("mdb_get", "get", "ns", None, None),
                      ("append-log", "get", "ns", "hash map", 1.5),
                      ("append-log", "get", "ns", "mdb_get", 0.5),
                      ("lmdb", "get", "ns", "mdb_get", None)])
        for arm in ("hash map", "append-log", "lmdb"):
            if (arm, "two threads") in figures:
                bench.report.add(workload, arm, "two threads", "times one", figures[arm, "two threads"],
                                 ("one thread", [1.0]), -1.8, size=keys, threads=2)


def prefix_scan(bench):
    first = None
    for keys in sizes(bench):
        workload = f"prefix-scan {keys}"
        figures = bench.local(workload, "prefix_scan", keys)
        report_local(bench, workload, figures, keys,
                     [("cursor loop", "scan", "us", None, None),
                      ("append-log", "scan", "us", "cursor loop", 1.5)])
        first = growth(bench, workload, figures.get(("append-log", "scan")), first, 1.5, keys)


def growth(bench, workload, values, first, goal, keys):
    """The same at the larger size over the smaller."""
    if first and values:
        bench.report.add(workload, "append-log", "to the smaller", "times",
                         [statistics.median(values)], ("smaller", [statistics.median(first)]), goal,
                         size=keys)
    return first or values


def update_cost(bench):
    first = None
    for keys in sizes(bench):
        workload = f"update-cost {keys}"
        figures = bench.local(workload, "update_cost", keys)
        report_local(bench, workload, figures, keys,
                     [("raw LMDB", "update", "us", None, None),
                      ("append-log", "update", "us", "raw LMDB", None)])
        first = growth(bench, workload, figures.get(("append-log", "update")), first, 2.5, keys)


def memory(bench):
    for keys in sizes(bench):
        figures = bench.local(f"memory {keys}", "open_fold", keys)
        for (arm, metric), values in figures.items():
            goals = {"snapshot": (100.0, "us"), "snapshot bytes": (1024.0, "bytes")}
            if metric.startswith("memory"):  # the peak is stated, and lasts for a moment
                bench.report.add(f"memory {keys}", arm, metric, "times keys and values", values,
                                 ("keys and values", [1.0]), None if "peak" in metric else 1.6,
                                 size=keys)
            elif metric in goals:
                bound, unit = goals[metric]
                bench.report.add(f"snapshot {keys}", arm, metric, unit, values, ("bound", [bound]),
                                 1.0, size=keys)
            else:
                bench.report.add(f"open {keys}", arm, metric, "s", values, size=keys)


def compaction(bench):
    """2.5 M keys are half a GiB of log; of 1 GiB where --keys 5000000 says so."""
    for keys in bench.arguments.keys or (2500000,):
        workload = f"compaction {keys}"
        figures = bench.local(workload, "compaction", keys)
        beside = "beside a compaction"
        rows = [(arm, f"{which} batch", "us", "alone" if arm == beside else None,
                 2.0 if (arm, which) == (beside, "p99") else None)
                for which in ("median", "p99", "slowest") for arm in ("alone", beside)]
        rows += [(arm, "batches", "count", None, None) for arm in ("alone", beside)]
        rows += [("compaction", metric, unit, None, None)
                 for metric, unit in (("seconds", "s"), ("MiB before", "MiB"), ("MiB after", "MiB"))]
        report_local(bench, workload, figures, keys, rows)


WORKLOADS = {"point-get": point_get, "prefix-scan": prefix_scan, "update-cost": update_cost,
             "memory": memory, "compaction": compaction}
