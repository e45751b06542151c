"""Cosmos makes Airflow DAGs of projects, from our manifest and from our `ls`, and Airflow runs their tasks without a server."""

import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path += [str(FOLDER.parent), str(FOLDER / "dags")]

from support import Check, counted

check = Check(["apache-airflow", "astronomer-cosmos"])
# Both read their settings when they are imported.
os.environ.update({
    "AIRFLOW_HOME": str(check.scratch / "airflow"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(FOLDER / "dags"),
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    "AIRFLOW__COSMOS__ENABLE_CACHE": "False",
    "CLIENTS_SCRATCH": str(check.scratch),
    "CLIENTS_BINARY": str(check.binary),
})

EXPECTED = {
    "coffee_shop": {"Run": 5, "Seed": 3, "Test": 6},
    "staging": {"Run": 4, "Seed": 5},
    "orders": {"Build": 21, "EmptyOperator": 4, "Test": 17},
}


def kinds(dag):
    return counted(type(task).__name__.removeprefix("Dbt").removesuffix("LocalOperator") for task in dag.tasks)


def edges(dag):
    return {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}


def run(dag):
    """Run a DAG as `airflow dags test` does: its state, and how many of its tasks ended how."""
    ended = dag.test()
    return str(ended.state), counted(str(instance.state) for instance in ended.get_task_instances())


def main():
    coffee, retail = check.coffee_shop(), check.retail()
    check.run(check.binary, coffee, "parse")
    check.run(check.binary, retail / "orders", "parse")
    # Cosmos runs a domain in a folder of links to its files; what it reads of others stands in the database.
    check.run(check.binary, retail, "build", "--domain", "product")
    check.run(check.binary, retail, "build", "--domain", "customer")

    from airflow.utils.db import initdb
    initdb()
    from projects import DAGS, WARNED

    for name, tasks in EXPECTED.items():
        print(name, flush=True)
        from_manifest, from_ls = DAGS[f"{name}_from_manifest"], DAGS[f"{name}_from_ls"]
        check.that("tasks of the manifest", kinds(from_manifest), tasks)
        check.that("the same from ls", edges(from_ls), edges(from_manifest))
        if name != "staging":
            check.that("run", run(from_ls), ("success", {"success": len(from_ls.tasks)}))
    warned = [line.split(":")[0] for line in WARNED.read_text().splitlines()]
    check.that("warnings handed to the callback", warned, ["not_null_customers_last_name"])
    check.finish()


main()
