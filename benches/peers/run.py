#!/usr/bin/env python3
"""Time meshbuild beside dbt-core, dbt Core 2.0 and DuckDB alone, and hold the ratios against bars.

    run.py --bin target/release/meshbuild [--only MEASURE ...] [--runs 5] [--peer-runs 1]
           [--generator PATH] [--threads N] [--bar NAME=VALUE ...]

The programs are fetched into a cache when they are first needed (install.py). All of them get copies of
the same project, with the number of workers that its profile says, and take turns; a measure that
starts cold gets a new copy and a new home folder for each run. Times are medians. dbt-core is slow and
gets --peer-runs runs. What the tools made is compared: a measure fails when two manifests count
differently or two databases hold different tables.
Exit code: 0 all bars held, 1 not.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import measures
import projects
from measures import Bench

# At least so many times as fast as the other tool, or at most so many times (or seconds, or GiB).
BARS = {
    "cold parse, times dbt-core": (">=", 100),
    "cold parse, times dbt 2.0": (">=", 12),
    "cold parse, 20,000 to 2,000 models": ("<=", 11),
    "cold parse of 20,000 models, GiB": ("<=", 1),
    "warm ls, to walking the files": ("<=", 10),
    "compile, times dbt-core": (">=", 100),
    "compile, times dbt 2.0": (">=", 8),
    "build, to DuckDB alone": ("<=", 1.25),
    "build, times dbt-core": (">=", 20),
    "build, times dbt 2.0": (">=", 4),
    "heavy build, to DuckDB alone": ("<=", 1.05),
    "--version, seconds": ("<=", 0.025),
    "ls of the retail mesh, seconds": ("<=", 0.060),
}


def bars_of(arguments):
    bars = dict(BARS)
    for text in arguments.bar:
        name, _, value = text.rpartition("=")
        if name not in bars:
            raise SystemExit(f"there is no bar {name!r}; there are: {'; '.join(bars)}")
        bars[name] = (bars[name][0], float(value))
    return bars


def report(figures, bars):
    """Print each figure beside its bar; how many are not held."""
    print("\nfigure                                        measured      bar")
    missed = 0
    for name, value in figures.items():
        relation, bar = bars[name]
        held = value >= bar if relation == ">=" else value <= bar
        missed += not held
        print(f"{name:<42} {value:>11.3f}  {relation} {bar:<6g} {'' if held else 'MISSED'}".rstrip())
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=lambda text: Path(text).resolve(strict=True), help="the tool under test")
    parser.add_argument("--only", nargs="+", choices=list(measures.ALL), default=list(measures.ALL), metavar="MEASURE",
                        help=f"of {', '.join(measures.ALL)}")
    parser.add_argument("--runs", type=int, default=5, help="runs of each tool (5)")
    parser.add_argument("--peer-runs", type=int, default=1, help="runs of dbt-core (1)")
    parser.add_argument("--generator", type=lambda text: Path(text).resolve(strict=True), default=projects.GENERATOR,
                        help="script that writes a project, called as GENERATOR OUT --models N --tests T")
    parser.add_argument("--threads", type=int, help="workers of all tools (what the profile of the project says)")
    parser.add_argument("--rows", type=int, default=20_000_000, help="rows in the measure heavy-build (20,000,000)")
    parser.add_argument("--bar", action="append", default=[], metavar="NAME=VALUE", help="another value for a bar")
    arguments = parser.parse_args()
    bars = bars_of(arguments)
    folder = Path(tempfile.mkdtemp(prefix="meshbuild-peers-"))
    try:
        bench = Bench(arguments, folder)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; generator {arguments.generator.name}")
        for name in arguments.only:
            measures.ALL[name](bench)
        print(f"load {os.getloadavg()[0]:.1f} at the end")
        missed = report(bench.figures, bars)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for problem in bench.problems:
        print(f"FAIL  {problem}")
    return 1 if missed or bench.problems else 0


if __name__ == "__main__":
    sys.exit(main())
