#!/usr/bin/env python3
"""Time a cold `parse` of a large synthetic project with meshbuild and with dbt.

    bench_parse.py --bin meshbuild --dbt ~/venv/bin/dbt [--models 2000] [--tests 2]
                   [--generator PATH] [--runs 3] [--dbt-runs 1] [--at-least RATIO]

Both parse the same project, on the same machine, one after the other; before each run
all that an earlier one left is removed. Prints the median of the times, their ratio and
peak memory, and fails when the manifests differ in what they count, or the ratio is
below --at-least. The generator is called as `GENERATOR OUT --models N --tests T`.
Exit code: 0 good, 1 not, 3 not run.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import outcome
from outcome import Workspace, existing

# ru_maxrss is in bytes on macOS and in KiB elsewhere.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def timed_parse(workspace):
    """(seconds, peak memory in bytes, counts) of one parse without anything to start from."""
    for name in ("target", "logs", ".meshbuild"):
        shutil.rmtree(workspace.project / name, ignore_errors=True)
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(workspace.binary), "--no-use-colors", "parse", "--no-partial-parse"],
            cwd=workspace.project, env=workspace.environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            text = output.read().decode(errors="replace")
            raise SystemExit(f"{workspace.binary} exited with {process.returncode}:\n{text[-3000:]}")
    return seconds, usage.ru_maxrss * RSS_UNIT, counts_of(workspace.artifact("manifest.json"))


def counts_of(manifest):
    """How many entries of each kind a manifest has, macros of the tools themselves aside."""
    kinds = Counter()
    for section in outcome.SECTIONS:
        for entry in (manifest.get(section) or {}).values():
            if outcome.keeps(entry, None):
                kinds[entry["resource_type"]] += 1
    kinds["disabled"] = len(manifest.get("disabled") or {})
    kinds["edge"] = sum(len(node["depends_on"].get("nodes", [])) for node in manifest.get("nodes", {}).values() if "depends_on" in node)
    return {kind: count for kind, count in sorted(kinds.items()) if count}


def measure(workspace, name, runs):
    """Parse several times: (median seconds, highest peak, counts), with a line printed."""
    found = [timed_parse(workspace) for _ in range(runs)]
    seconds = statistics.median(run[0] for run in found)
    peak = max(run[1] for run in found)
    all_times = ", ".join(f"{run[0]:.3f}" for run in found)
    print(f"{name:10} {seconds:8.3f} s  {peak / 2**20:8.1f} MiB peak  ({runs} run{'s' * (runs != 1)}: {all_times})", flush=True)
    return seconds, peak, found[-1][2]


def bench(arguments, folder):
    project = folder / "project"
    subprocess.run(
        [sys.executable, str(arguments.generator), str(project), "--models", str(arguments.models), "--tests", str(arguments.tests)],
        check=True, stdout=subprocess.DEVNULL,
    )
    print(f"cold parse of {arguments.models} models with {arguments.tests} tests each")
    sides = {}
    for name, binary, runs in (("meshbuild", arguments.bin, arguments.runs), ("dbt", arguments.dbt, arguments.dbt_runs)):
        workspace = Workspace(binary, project, folder / name)
        outcome.provide_profile(workspace.project)
        sides[name] = measure(workspace, name, runs)
    (own_seconds, own_peak, own_counts), (dbt_seconds, dbt_peak, dbt_counts) = sides["meshbuild"], sides["dbt"]
    ratio = dbt_seconds / own_seconds
    print(f"ratio      {ratio:8.1f} times as fast, {own_peak / dbt_peak:.2f} of the memory")
    problems = [
        f"{kind}: dbt {one}, meshbuild {other}"
        for kind, _, one, other in outcome.differences(dbt_counts, own_counts)
    ]
    if dbt_counts.get("model") != arguments.models:
        problems.append(f"dbt found {dbt_counts.get('model', 0)} models of {arguments.models}")
    if ratio < arguments.at_least:
        problems.append(f"not {arguments.at_least:g} times as fast as dbt")
    print("manifest   " + ", ".join(f"{count} {kind}" for kind, count in dbt_counts.items()))
    for problem in problems:
        print(f"FAIL       {problem}")
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=existing, help="the tool under test")
    parser.add_argument("--dbt", required=True, type=lambda text: Path(text).expanduser().absolute(), help="path of the dbt executable")
    parser.add_argument("--models", type=int, default=2000)
    parser.add_argument("--tests", type=int, default=2, help="tests of each model (2)")
    parser.add_argument("--generator", type=existing, default=outcome.HERE / "generate_project.py", help="script that writes the project")
    parser.add_argument("--runs", type=int, default=3, help="runs of the tool under test (3)")
    parser.add_argument("--dbt-runs", type=int, default=1, help="runs of dbt (1)")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="RATIO", help="fail when not this many times as fast")
    arguments = parser.parse_args()
    if not arguments.dbt.exists():
        print(f"not run: no dbt at {arguments.dbt}")
        return 3
    folder = outcome.temporary_folder()
    try:
        return bench(arguments, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
