#!/usr/bin/env python3
"""Build the example mesh with dbt, the reference: every domain, twice.

Each domain is built with `dbt build` and dbt-loom on one DuckDB file, in the order
of `dependencies.yml`, with the domain's name as target schema. It passes when both
runs are green and free of warnings, and the second one changes no table.

With `--batches` the first run gets only the source rows up to a day, the second one
all of them, and a third one builds everything anew: incremental models must end as a
full build makes them.

    retail_oracle.py --dbt ~/venv/bin/dbt [--keep DIR] [--projects projects] [--batches]

The `dbt` given must stand beside a `python` that can import duckdb. To compare with
another tool, import `build_and_hash`, or its parts: `copy_mesh`, `build_mesh`,
`content_hashes`.
"""

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from outcome import call_contents

GREEN = {"success", "pass", "no-op"}
# Tables that record the runs themselves differ from run to run.
VOLATILE = {"run_log"}
WARNING = re.compile(r"\[WARNING\]|\bWARN\b(?!=)|[Dd]eprecat")

# With --batches: the day from which source rows are held back at first, and the column
# that says when a row arrived. Rows of an order wait for their order.
BATCH_DAY = "2025-05-01"
ARRIVAL = {
    "customer/seeds/raw/raw_loyalty_events.csv": "received_at",
    "orders/seeds/raw/raw_orders.csv": "ordered_at",
    "orders/seeds/raw/raw_order_lines.csv": None,
    "orders/seeds/raw/raw_payments.csv": "processed_at",
    "orders/seeds/raw/raw_order_events.csv": "received_at",
    "orders/seeds/raw/raw_returns.csv": "returned_at",
    "store/seeds/raw/raw_footfall.csv": "received_at",
    "marketing/seeds/raw/raw_ad_spend.csv": "spend_date",
    "marketing/seeds/raw/raw_email_events.csv": "received_at",
}


def upstream_domains(projects, domain):
    """Names that a domain's dependencies.yml lists under `projects:`."""
    path = projects / domain / "dependencies.yml"
    if not path.exists():
        return []
    return re.findall(r"^\s*-\s*\{?\s*name:\s*(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)


def domain_order(projects):
    """Every domain, each after the ones that it depends on."""
    waiting = {path.parent.name: upstream_domains(projects, path.parent.name) for path in sorted(projects.glob("*/dbt_project.yml"))}
    order = []
    while waiting:
        ready = [domain for domain, upstream in waiting.items() if all(name in order for name in upstream)]
        if not ready:
            raise SystemExit(f"domains depend on each other in a circle: {', '.join(waiting)}")
        order += ready
        waiting = {domain: upstream for domain, upstream in waiting.items() if domain not in ready}
    return order


def ancestors(projects, domain):
    """The domains whose manifests dbt-loom needs: those listed, and theirs."""
    found = []
    for name in upstream_domains(projects, domain):
        for ancestor in [*ancestors(projects, name), name]:
            if ancestor not in found:
                found.append(ancestor)
    return found


def copy_mesh(projects, folder):
    """A copy of the mesh in which each domain can be built by dbt on its own."""
    mesh = folder / "mesh"
    shutil.copytree(projects, mesh, ignore=shutil.ignore_patterns("target", "logs", "*.duckdb", "dbt_packages", ".meshbuild"))
    for domain in domain_order(mesh):
        profile = {"retail": {"target": "dev", "outputs": {"dev": {
            "type": "duckdb", "path": str(database(folder)), "schema": domain, "threads": 4,
        }}}}
        (mesh / domain / "profiles.yml").write_text(json.dumps(profile))
        manifests = [
            {"name": name, "type": "file", "config": {"path": str(mesh / name / "target" / "manifest.json")}}
            for name in ancestors(mesh, domain)
        ]
        (mesh / domain / "dbt_loom.config.yml").write_text(json.dumps({"manifests": manifests}))
    return mesh


def database(folder):
    return folder / "retail.duckdb"


def dbt_build(dbt, project, arguments=()):
    """Run `dbt build` in a project; its exit code, run results and output."""
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_PROFILES_DIR": str(project)}
    results = project / "target" / "run_results.json"
    results.unlink(missing_ok=True)
    done = subprocess.run(
        [str(dbt), "--no-use-colors", "build", "--show-all-deprecations", *arguments],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )
    found = json.loads(results.read_text()) if results.exists() else {"results": []}
    return done.returncode, found, done.stdout + done.stderr


def warnings_in(output):
    """Lines of dbt's output that warn; the summary line `WARN=0` does not."""
    return [line.strip() for line in output.splitlines() if WARNING.search(line)]


def relation_contents(dbt, path):
    """{schema.table: {type, rows, hash, columns}} of a database file that no process holds open."""
    return call_contents(dbt, ["read", path])["relations"]


def relations_of(domain, contents, volatile=False):
    """The relations of one domain's schemas; those that record runs only when asked for."""
    return {
        name: content for name, content in contents.items()
        if re.match(rf"{domain}(_\w+)?\.", name) and (volatile or name.split(".")[1] not in VOLATILE)
    }


def build_mesh(dbt, mesh, report=None):
    """Build every domain once: {domain: (exit code, run results, output, seconds)}."""
    built = {}
    for domain in domain_order(mesh):
        started = time.monotonic()
        code, results, output = dbt_build(dbt, mesh / domain)
        built[domain] = (code, results, output, time.monotonic() - started)
        if report:
            report(domain, *built[domain])
        if not results["results"]:
            break
    return built


def content_hashes(dbt, folder, built):
    """{domain: (run results, {relation: content hash})} of a mesh that has been built."""
    contents = relation_contents(dbt, database(folder))
    return {
        domain: (results, {name: content["hash"] for name, content in relations_of(domain, contents).items()})
        for domain, (_, results, _, _) in built.items()
    }


def build_and_hash(dbt, projects, folder):
    """Copy and build the mesh once: {domain: (run results, {relation: content hash})}."""
    mesh = copy_mesh(Path(projects), Path(folder))
    return content_hashes(dbt, Path(folder), build_mesh(dbt, mesh))


def problems_of(domain, code, results, output):
    """What is wrong with one build of one domain, as lines."""
    found = []
    if code:
        found.append(f"dbt exited with {code}")
        if not results["results"]:
            found += output.splitlines()[-30:]
    for result in results["results"]:
        if result["status"] not in GREEN:
            found.append(f"{result['unique_id']}: {result['status']}: {result.get('message')}")
    return found + [f"warning: {line}" for line in warnings_in(output)]


def hold_back_rows(mesh):
    """Cut the seeds of a mesh at BATCH_DAY: {path: what it held before}."""
    whole, orders = {}, None
    for name, column in ARRIVAL.items():
        path = mesh / name
        whole[path] = path.read_bytes()
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = [
                row for row in reader
                if (not column or row[column] < BATCH_DAY) and (orders is None or row.get("order_id", "") in orders)
            ]
        if name.endswith("raw_orders.csv"):
            orders = {row["order_id"] for row in rows} | {""}
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, reader.fieldnames, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return whole


def seed_files(mesh):
    return {str(path.relative_to(mesh)): path.read_bytes() for path in mesh.glob("*/seeds/raw/*.csv")}


def generated_seeds_differ(mesh):
    """Seeds that are not what the mesh's generate_seeds.py writes, as lines."""
    with tempfile.TemporaryDirectory() as folder:
        script = shutil.copy(mesh / "generate_seeds.py", folder)
        subprocess.run([sys.executable, script], check=True)
        written = seed_files(Path(folder))
    committed = seed_files(mesh)
    return [
        f"{name}: not what generate_seeds.py writes"
        for name in sorted({*written, *committed}) if written.get(name) != committed.get(name)
    ]


def describe(domain, run, results, seconds, problems):
    kinds = Counter(f"{result['unique_id'].split('.')[0]} {result['status']}" for result in results["results"])
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    state = "FAIL" if problems else "ok"
    return f"{state:4} {domain:10} run {run} ({seconds:.0f} s): {counts or 'nothing ran'}"


def changed_relations(first, second, ignored=()):
    """Relations whose content is not what it was, as lines."""
    found = []
    for name in sorted({*first, *second}):
        schema, table = name.split(".")
        before, after = first.get(name), second.get(name)
        if table in VOLATILE or schema.endswith(tuple(ignored)) or before == after:
            continue
        counts = " and ".join(str(content["rows"]) if content else "no" for content in (before, after))
        found.append(f"{name}: other content ({counts} rows)")
    return found


class Tally:
    """Prints each check with what is wrong, and counts."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, line, problems):
        print(line, *(f"     {problem}" for problem in problems), sep="\n", flush=True)
        if problems:
            self.failed += 1
        else:
            self.passed += 1


def build_and_check(dbt, folder, mesh, run, tally):
    """Build the mesh, check each domain, and return the contents of every relation."""

    def report(domain, code, results, output, seconds):
        problems = problems_of(domain, code, results, output)
        tally.check(describe(domain, run, results, seconds, problems), problems)

    build_mesh(dbt, mesh, report)
    return relation_contents(dbt, database(folder))


def check_repeated(dbt, folder, mesh, tally):
    """Two runs on the same rows leave the same tables."""
    first = build_and_check(dbt, folder, mesh, 1, tally)
    second = build_and_check(dbt, folder, mesh, 2, tally)
    tally.check(f"{len(second)} relations have the content of the first run", changed_relations(first, second))


def check_batches(dbt, folder, mesh, tally):
    """Rows that arrive in two batches end in the tables of a full build; snapshots keep more."""
    whole = hold_back_rows(mesh)
    build_and_check(dbt, folder, mesh, 1, tally)
    for path, content in whole.items():
        path.write_bytes(content)
    batches = build_and_check(dbt, folder, mesh, 2, tally)
    database(folder).unlink()
    full = build_and_check(dbt, folder, mesh, 3, tally)
    tally.check(f"{len(full)} relations have the content of a full build", changed_relations(batches, full, ["_history"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dbt", required=True, type=lambda text: Path(text).expanduser(), help="path of the dbt executable")
    parser.add_argument("--projects", default="projects", type=Path, help="folder of the mesh")
    parser.add_argument("--keep", type=Path, help="build here and keep what was built")
    parser.add_argument("--batches", action="store_true", help="let the source rows arrive in two batches")
    arguments = parser.parse_args()
    folder = (arguments.keep or Path(tempfile.mkdtemp(prefix="retail-oracle-"))).resolve()
    if (folder / "mesh").exists():
        raise SystemExit(f"{folder} holds a mesh already")
    folder.mkdir(parents=True, exist_ok=True)

    tally = Tally()
    try:
        mesh = copy_mesh(arguments.projects.resolve(), folder)
        tally.check("the seeds are what generate_seeds.py writes", generated_seeds_differ(mesh))
        check = check_batches if arguments.batches else check_repeated
        check(arguments.dbt, folder, mesh, tally)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
