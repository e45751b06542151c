#!/usr/bin/env python3
"""Time `check` and `contract diff` on a large mesh beside what DuckDB alone needs to bind it.

    bench.py --bin meshbuild MESH [--runs 5]

MESH is a folder with a mesh (its files are copied, made a git repository, and one public model is
changed). DuckDB alone: Python's duckdb in this environment, one connection, an empty table for each
seed and source, then `create table ... as (...) with no data` for the SQL of every model in the order
of the DAG; the SQL is the one that `meshbuild lineage --format json` gives. Prints medians and ratios
of one run, in which the programs take turns. Exit code: 0 good, 3 not run.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import duckdb
except ImportError:
    print("not run: duckdb is not installed (pip install duckdb)")
    sys.exit(3)


def git(folder, *words):
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def timed(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def relations(folder, binary):
    subprocess.run([binary, "--quiet", "parse"], cwd=folder, check=True, capture_output=True)
    manifest = json.loads((folder / "target" / "manifest.json").read_text())
    nodes = {**manifest["sources"], **manifest["nodes"]}
    parents = manifest["parent_map"]
    return nodes, parents


def order(ids, parents):
    done, result = set(), []
    for start in sorted(ids):
        stack = [(start, iter(parents.get(start, [])))]
        while stack:
            node, rest = stack[-1]
            following = next((parent for parent in rest if parent in ids and parent not in done), None)
            if following is None:
                stack.pop()
                if node not in done:
                    done.add(node)
                    result.append(node)
            else:
                stack.append((following, iter(parents.get(following, []))))
    return result


class Alone:
    """The statements that DuckDB itself is given."""

    def __init__(self, folder, binary):
        told = subprocess.run([binary, "--quiet", "lineage", "--format", "json"], cwd=folder, check=True, capture_output=True)
        traced = {node["id"]: node for node in json.loads(told.stdout)["nodes"]}
        nodes, parents = relations(folder, binary)
        self.databases, self.schemas, self.statements = set(), set(), []
        for id in order(set(traced), parents):
            node, found = nodes[id], traced[id]
            if node.get("config", {}).get("materialized") == "ephemeral":
                continue
            name = '"%s"."%s"."%s"' % (node["database"], node["schema"], node.get("alias") or node.get("identifier"))
            self.databases.add(node["database"])
            self.schemas.add('"%s"."%s"' % (node["database"], node["schema"]))
            if found["query"]:
                self.statements.append(f"create table {name} as (\n{found['query']}\n) with no data")
            else:
                columns = ", ".join('"%s" %s' % (column["name"], column["type"]) for column in found["columns"])
                self.statements.append(f"create or replace table {name} ({columns})")

    def run(self):
        connection = duckdb.connect(":memory:")
        for database in self.databases:
            connection.execute(f"attach ':memory:' as \"{database}\"")
        for schema in self.schemas:
            connection.execute(f"create schema if not exists {schema}")
        for statement in self.statements:
            connection.execute(statement)
        connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("mesh", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    binary = str(Path(arguments.bin).resolve())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "mesh"
        shutil.copytree(arguments.mesh, folder, ignore=shutil.ignore_patterns(".git", "target", "logs"))
        (folder / ".gitignore").write_text("target/\nlogs/\n")
        git(folder, "init", "--quiet", "--initial-branch", "main", ".")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", "base")
        git(folder, "checkout", "--quiet", "-b", "change")
        alone = Alone(folder, binary)
        changed = next(path for path in sorted(folder.glob("*/models/marts/*.sql")) if "c0.status,\n" in path.read_text())
        changed.write_text(changed.read_text().replace("c0.status,\n", "upper(c0.status) as status,\n"))

        def run(*words):
            done = subprocess.run([binary, "--quiet", *words], cwd=folder, capture_output=True)
            if done.returncode > 1:
                sys.exit(done.stdout.decode() + done.stderr.decode())

        works = {
            "DuckDB binding the head": alone.run,
            "meshbuild check --no-tests": lambda: run("check", "--no-tests"),
            "meshbuild check": lambda: run("check"),
            "meshbuild contract diff": lambda: run("contract", "diff", "--against", "main"),
            "meshbuild parse": lambda: run("parse"),
        }
        times = {name: [] for name in works}
        for _ in range(arguments.runs):
            for name, work in works.items():
                times[name].append(timed(work))
        base = statistics.median(times["DuckDB binding the head"])
        print(f"{len(alone.statements)} relations, one changed model ({changed.name}), median of {arguments.runs}")
        for name, seconds in times.items():
            median = statistics.median(seconds)
            print(f"  {name:<28} {median:6.2f} s   {median / base:5.2f}")


if __name__ == "__main__":
    main()
