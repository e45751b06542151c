#!/usr/bin/env python3
"""DuckDB alone: the SQL that dbt-core compiled, run without dbt.

    alone.py plan MANIFEST DATABASE THREADS > plan.json
    alone.py run PLAN DATABASE

`plan` reads the manifest.json that dbt-core's first `build` of a project wrote, and the database that
it made. A model is one `create or replace table|view ... as (its compiled_code)`, a test one select of
its fail_calc over its compiled_code, a seed one `create or replace table` with the types that dbt-core
chose and one COPY.

`run` executes that in a new file: THREADS threads with a cursor each, every statement in autocommit, a
statement as soon as what it reads is there (models do not wait for tests, as they do in `dbt build`),
DuckDB's own settings untouched, one checkpoint at the end. Prints the seconds from connecting to having
closed; starting Python and reading the plan are not counted.

Needs duckdb. Never reads an artifact of meshbuild.
"""

import json
import sys
import threading
import time
from collections import defaultdict, deque
from pathlib import Path

try:
    import duckdb
except ImportError:
    print("not run: duckdb is not installed (pip install duckdb)", file=sys.stderr)
    sys.exit(3)

KINDS = {"table": "table", "incremental": "table", "view": "view"}


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


def seed_statements(node, connection):
    described = connection.execute(f"describe {node['relation_name']}").fetchall()
    columns = ", ".join(f'"{name}" {kind}' for name, kind, *_ in described)
    path = Path(node["root_path"]) / node["original_file_path"]
    delimiter = node["config"].get("delimiter") or ","
    return [
        f"create or replace table {node['relation_name']} ({columns})",
        f"copy {node['relation_name']} from {quoted(path)} (format csv, header true, delimiter {quoted(delimiter)})",
    ]


def statements(node, connection):
    """What DuckDB is told for one node; nothing for an ephemeral model, which is in the SQL of its readers."""
    kind, materialized = node["resource_type"], node["config"]["materialized"]
    if kind == "seed":
        return seed_statements(node, connection)
    code = node.get("compiled_code")
    if materialized == "ephemeral":
        return []
    if kind == "model" and materialized in KINDS and code:
        return [f"create or replace {KINDS[materialized]} {node['relation_name']} as (\n{code}\n)"]
    if kind == "test" and code:
        return [f"select {node['config']['fail_calc']} as failures from (\n{code}\n) as dbt_internal_test"]
    raise SystemExit(f"{node['unique_id']}: no statement is known for a {kind} that is {materialized}")


def plan(manifest_path, database, threads):
    manifest = json.loads(Path(manifest_path).read_text(encoding="utf-8"))
    nodes = manifest["nodes"]
    with duckdb.connect(database, read_only=True) as connection:
        tasks = [
            {"id": id, "statements": statements(node, connection), "after": [one for one in node.get("depends_on", {}).get("nodes", []) if one in nodes]}
            for id, node in nodes.items()
        ]
    schemas = sorted({'"%s"."%s"' % (node["database"], node["schema"]) for node in nodes.values() if node["resource_type"] != "test"})
    json.dump({"threads": int(threads), "schemas": schemas, "tasks": tasks}, sys.stdout)


class Workers:
    """Threads that take what is ready, until nothing is left."""

    def __init__(self, tasks):
        self.changed = threading.Condition()
        self.left = len(tasks)
        self.failure = None
        self.waits_for = {task["id"]: len(set(task["after"])) for task in tasks}
        self.readers = defaultdict(list)
        for task in tasks:
            for parent in set(task["after"]):
                self.readers[parent].append(task)
        self.ready = deque(task for task in tasks if not task["after"])

    def next(self):
        with self.changed:
            while not self.ready and self.left and not self.failure:
                self.changed.wait()
            return self.ready.popleft() if self.ready and not self.failure else None

    def done(self, task):
        with self.changed:
            self.left -= 1
            freed = 0
            for reader in self.readers[task["id"]]:
                self.waits_for[reader["id"]] -= 1
                if not self.waits_for[reader["id"]]:
                    self.ready.append(reader)
                    freed += 1
            if self.left:
                self.changed.notify(freed)
            else:
                self.changed.notify_all()

    def work(self, cursor):
        while (task := self.next()) is not None:
            try:
                for statement in task["statements"]:
                    cursor.execute(statement)
                    if statement.startswith("select"):
                        cursor.fetchall()
            except duckdb.Error as error:
                with self.changed:
                    self.failure = f"{task['id']}: {error}"
                    self.changed.notify_all()
                return
            self.done(task)


def run(plan_path, database):
    plan = json.loads(Path(plan_path).read_text(encoding="utf-8"))
    workers = Workers(plan["tasks"])
    started = time.perf_counter()
    connection = duckdb.connect(database)
    for schema in plan["schemas"]:
        connection.execute(f"create schema if not exists {schema}")
    threads = [threading.Thread(target=workers.work, args=[connection.cursor()]) for _ in range(plan["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if workers.failure:
        raise SystemExit(workers.failure)
    connection.execute("checkpoint")
    connection.close()
    print(time.perf_counter() - started)


def main(arguments):
    match arguments:
        case ["plan", manifest, database, threads]:
            plan(manifest, database, threads)
        case ["run", path, database]:
            run(path, database)
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
