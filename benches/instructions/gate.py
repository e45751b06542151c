#!/usr/bin/env python3
"""Hold the instructions that the binary needs against those it needed before.

    gate.py --bin target/release/meshbuild [--write]

Seconds differ from run to run and from machine to machine; instructions, counted by valgrind's cachegrind with one thread,
differ by a few in ten thousand. Commands that start DuckDB's threads are left out: threads that wait spin.

`baseline.json` holds the counts by compiler and processor, because both decide what is counted. A count that is more than
3 % above its baseline fails. --write puts the counts of this run there: after an improvement, or when there is a reason to need
more, which belongs into the commit. Without a baseline for this compiler the counts are shown and nothing is held.

Exit code: 0 all is well, 1 something needs more, 2 could not run, 3 not run: valgrind is not installed.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "baseline.json"
GENERATOR = HERE.parents[1] / "tests" / "differential" / "generate_project.py"
TOLERANCE = 0.03
MODELS, TESTS = 300, 2

# In this order on one project: what comes first leaves the cache behind for what follows.
MEASURES = {
    "cold parse": ["parse", "--no-partial-parse"],
    "warm parse": ["parse"],
    "warm list": ["list"],
    "warm list, JSON": ["list", "--output", "json"],
    "lineage": ["lineage", "--format", "json"],
}


def compiler():
    version = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    return f"rustc {version}, {platform.machine()}-{platform.system().lower()}"


def count(binary, words, folder):
    """Instructions of one run of the binary."""
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", str(binary), *words]
    environment = {
        "HOME": str(folder), "TZ": "UTC", "RAYON_NUM_THREADS": "1", "PATH": os.environ["PATH"],
        **{name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
    }
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    found = re.search(r"I +refs: +([\d,]+)", ran.stderr)
    if ran.returncode or not found:
        print(f"{' '.join(command)} exited with {ran.returncode}:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}", file=sys.stderr)
        sys.exit(2)
    return int(found[1].replace(",", ""))


def measure(binary):
    with tempfile.TemporaryDirectory(prefix="instructions-") as scratch:
        folder = Path(scratch) / "project"
        generate = [sys.executable, str(GENERATOR), str(folder), "--models", str(MODELS), "--tests", str(TESTS)]
        subprocess.run(generate, check=True, capture_output=True)
        # Once without counting: the first run of a binary reads it from the disk, the first parse fills the cache.
        subprocess.run([str(binary), "parse"], cwd=folder, check=True, capture_output=True)
        return {name: count(binary, words, folder) for name, words in MEASURES.items()}


def report(counts, known):
    """One line for each measure; the names of those that need too much."""
    worse = []
    for name, number in counts.items():
        before = known.get(name)
        change = number / before - 1 if before else None
        mark = ""
        if change is not None and change > TOLERANCE:
            worse.append(name)
            mark = "  TOO MANY"
        elif change is not None and change < -TOLERANCE:
            mark = "  fewer: record it with --write"
        shown = f"{change:+8.2%}" if change is not None else "     new"
        print(f"{name:18}{number / 1e6:12,.1f} million{shown}{mark}")
    return worse


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=Path, help="the binary, built for release")
    parser.add_argument("--write", action="store_true", help="record the counts as the baseline of this compiler")
    arguments = parser.parse_args()
    if not shutil.which("valgrind"):
        print("not run: valgrind is not installed (apt-get install valgrind)", file=sys.stderr)
        return 3
    counts = measure(arguments.bin.resolve())
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    key = compiler()
    known = baseline.get(key, {})
    print(f"{key}: {MODELS} models, {TESTS} tests each")
    worse = report(counts, known)
    if arguments.write:
        baseline[key] = counts
        BASELINE.write_text(json.dumps(baseline, indent=2, sort_keys=True) + "\n")
    elif not known:
        print("nothing to compare with: this compiler has no baseline (--write records one)")
    elif worse:
        print(f"more than {TOLERANCE:.0%} above the baseline: {', '.join(worse)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
