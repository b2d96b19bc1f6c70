"""Medians with min and max, the table, the picture, and one JSON object a figure."""
import json
import os
import statistics


class Report:
    def __init__(self, run, directory):
        self.run, self.directory, self.rows = run, directory, []
        os.makedirs(directory, exist_ok=True)

    def add(self, workload, arm, metric, unit, values, reference=None, goal=None, **shape):
        """values: of all rounds. reference: (name, values). goal: the ratio must not be above it
        (or, where it is negative, not below its absolute value). slack: so much of the unit is
        allowed beyond the goal."""
        row = {"run": self.run, "workload": workload, "arm": arm, "metric": metric,
               "size": shape.get("size"), "threads": shape.get("threads", 1),
               "durability": shape.get("durability"), "batch": shape.get("batch"), "unit": unit,
               "median": None, "min": None, "max": None, "reference": None, "ratio": None,
               "goal": goal, "slack": shape.get("slack", 0), "met": None}
        if values:
            row.update(median=statistics.median(values), min=min(values), max=max(values))
            base = statistics.median(reference[1]) if reference and reference[1] else 0
            if base > 0:
                row["reference"] = reference[0]
                row["ratio"] = row["median"] / base
                if goal is not None:
                    row["met"] = (row["median"] <= goal * base + row["slack"] if goal > 0 else
                                  row["ratio"] >= -goal)
        self.rows.append(row)
        with open(os.path.join(self.directory, "results.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def missing(self, workload, arm, reason):
        print(f"MISSING {workload} {arm}: {reason}")
        self.add(workload, arm, "missing: " + reason, "", [])

    def table(self):
        def number(value):
            return "-" if value is None else f"{value:.3f}" if value < 10 else f"{value:,.1f}"
        head = ["workload", "arm", "metric", "median", "min", "max", "unit", "ratio", "goal", "met"]
        lines = [[r["workload"], r["arm"], r["metric"], number(r["median"]), number(r["min"]),
                  number(r["max"]), r["unit"], number(r["ratio"]),
                  "-" if r["goal"] is None else ("<= " if r["goal"] > 0 else ">= ") +
                  f"{abs(r['goal']):g}" + (f" + {r['slack']:g} {r['unit']}" if r["slack"] else ""),
                  {None: "-", True: "yes", False: "NO"}[r["met"]]] for r in self.rows]
        widths = [max(len(line[i]) for line in [head] + lines) for i in range(len(head))]
        for line in [head] + lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())

    def draw(self):
        """One picture a workload and metric: a bar an arm, median with min and max."""
        groups = {}
        for row in self.rows:
            if row["median"] is not None:
                groups.setdefault((row["workload"], row["metric"], row["unit"]), []).append(row)
        for (workload, metric, unit), rows in groups.items():
            top = max(row["max"] for row in rows) or 1
            height = 34 * len(rows) + 60
            parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="820" height="{height}" '
                     'font-family="sans-serif" font-size="13">',
                     f'<rect width="820" height="{height}" fill="white"/>',
                     f'<text x="10" y="24" font-size="16">{workload}: {metric} ({unit})</text>']
            for index, row in enumerate(rows):
                y = 44 + 34 * index
                width, low, high = (500 * row[k] / top for k in ("median", "min", "max"))
                colour = "#8a8f98" if row["ratio"] is None else "#2b6cb0"
                parts.append(f'<text x="10" y="{y + 15}">{row["arm"]}</text>'
                             f'<rect x="230" y="{y}" width="{width:.1f}" height="20" fill="{colour}"/>'
                             f'<line x1="{230 + low:.1f}" x2="{230 + high:.1f}" y1="{y + 10}" '
                             f'y2="{y + 10}" stroke="black"/>'
                             f'<text x="{240 + high:.1f}" y="{y + 15}">{row["median"]:.4g}</text>')
            parts.append("</svg>")
            name = f"{workload}-{metric}".replace(" ", "-").replace("/", "-") + ".svg"
            with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
                file.write("\n".join(parts))
