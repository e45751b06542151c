"""Tools that read artifacts say of ours what they say of dbt's: coverage, lineage, conventions, scores."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from dbt_artifacts_parser.parser import parse_catalog, parse_manifest, parse_run_results
from support import Check, counted, read

TOOLS = Path(sys.executable).parent
BOUNCER = """
manifest_checks:
  - {name: check_model_description_populated}
  - {name: check_model_has_unique_test}
  - {name: check_model_names, include: ^models/staging, model_name_pattern: ^stg_}
  - {name: check_model_max_chained_views}
  - {name: check_model_columns_have_types}
  - {name: check_model_contract_enforced_for_public_model}
  - {name: check_exposure_based_on_view}
  - {name: check_macro_arguments_description_populated}
  - {name: check_seed_columns_have_types}
  - {name: check_snapshot_has_unique_key}
  - {name: check_test_has_meta_keys, keys: [owner]}
catalog_checks:
  - {name: check_columns_are_all_documented}
  - {name: check_column_description_populated}
run_results_checks:
  - {name: check_run_results_max_execution_time, max_execution_time_seconds: 600}
"""


def tool(project, name, *arguments, codes=(0,)):
    environment = {**os.environ, "DO_NOT_TRACK": "1"}
    done = subprocess.run([str(TOOLS / name), *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        raise SystemExit(f"{name} {' '.join(arguments)} exited with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def coverage(project, kind):
    """What dbt-coverage counts, by table."""
    tool(project, "dbt-coverage", "compute", kind, "--cov-report", f"coverage-{kind}.json")
    return json.loads((project / f"coverage-{kind}.json").read_text())


def lineage(project):
    """The column lineage that dbt-colibri finds in compiled code and the catalog, as `column -> column`."""
    tool(project, "colibri", "generate", "--output-dir", "lineage", "--disable-telemetry")
    edges = json.loads((project / "lineage" / "colibri-manifest.json").read_text())["lineage"]["edges"]
    return sorted(f"{edge['source']}.{edge['sourceColumn']} -> {edge['target']}.{edge['targetColumn']}" for edge in edges)


def conventions(project):
    """What dbt-bouncer decides, check by check."""
    (project / "dbt-bouncer.yml").write_text(BOUNCER)
    tool(project, "dbt-bouncer", "run", "--output-file", "bouncer.json", codes=(0, 1))
    return sorted((entry["check_run_id"].split(":")[0], entry["unique_id"] or "", entry["outcome"]) for entry in json.loads((project / "bouncer.json").read_text()))


def scores(project):
    """The score that dbt-score gives each model, and the rules that it breaks."""
    text = tool(project, "dbt-score", "lint", "--manifest", "target/manifest.json", "--format", "json", codes=(0, 1))
    found = json.loads(text)
    return {
        name: (entry["score"], counted(result["result"] for result in entry["results"].values()))
        for name, entry in sorted({**found["evaluables"], "project": {**found["project"], "results": {}}}.items())
    }


def parsed(project):
    """How much dbt-artifacts-parser reads."""
    manifest = parse_manifest(read(project, "manifest.json"))
    catalog = parse_catalog(read(project, "catalog.json"))
    results = parse_run_results(read(project, "run_results.json"))
    return {
        "nodes": counted(str(node.resource_type) for node in manifest.nodes.values()),
        "catalog": len(catalog.nodes),
        "results": len(results.results),
    }


READERS = {
    "dbt-artifacts-parser": parsed,
    "dbt-coverage doc": lambda project: coverage(project, "doc"),
    "dbt-coverage test": lambda project: coverage(project, "test"),
    "dbt-coverage unit-test": lambda project: coverage(project, "unit-test"),
    "dbt-colibri": lineage,
    "dbt-bouncer": conventions,
    "dbt-score": scores,
}


def summary(reader, said):
    """A few numbers of what a tool said, to see that it said something."""
    if reader.startswith("dbt-coverage"):
        return {"columns or models": said["total"], "covered": said["covered"]}
    if reader == "dbt-bouncer":
        return counted(outcome for _, _, outcome in said)
    return said if reader == "dbt-artifacts-parser" else {"entries": len(said)}


def compare(check, name, ours, dbts, expected):
    """`dbts` is `None` where there is no dbt to compare with."""
    print(name, flush=True)
    for reader, read_project in READERS.items():
        said = read_project(ours)
        counts = summary(reader, said)
        check.that(reader, counts, expected.get(reader, counts))
        check.that(f"{reader}: says something", bool(said), True)
        if dbts:
            check.that(f"{reader}: the same as of dbt's artifacts", normal(said, ours), normal(read_project(dbts), dbts))


def normal(said, project):
    """What a tool said, in an order that does not depend on the artifacts', without the folder."""
    def ordered(value):
        if isinstance(value, dict):
            return {key: ordered(entry) for key, entry in sorted(value.items())}
        if isinstance(value, list):
            return sorted((ordered(entry) for entry in value), key=lambda entry: json.dumps(entry, sort_keys=True))
        return value
    return json.loads(json.dumps(ordered(said)).replace(str(project), "<project>"))


def main():
    check = Check(["dbt-artifacts-parser", "dbt-bouncer", "dbt-colibri", "dbt-coverage", "dbt-score"])
    ours, dbts = check.coffee_shop("coffee_shop"), check.coffee_shop("dbt/coffee_shop") if check.dbt else None
    for executable, project in ((check.binary, ours), (check.dbt, dbts)):
        if project:
            check.run(executable, project, "build")
            check.run(executable, project, "docs", "generate", "--no-compile")
    compare(check, "coffee_shop", ours, dbts, COFFEE_SHOP)

    mesh = check.retail()
    for domain in ("product", "customer"):
        check.run(check.binary, mesh / domain, "build")
        check.run(check.binary, mesh / domain, "docs", "generate", "--no-compile")
        dbts = dbt_domain(check, mesh / domain) if check.dbt else None
        compare(check, domain, mesh / domain, dbts, {})
    check.finish()


def dbt_domain(check, source):
    """A domain that reads no other, built by dbt on its own, with the names of tables that it has in the mesh."""
    project = check.scratch / "dbt" / source.name
    shutil.copytree(source, project, ignore=shutil.ignore_patterns("target", "logs"))
    output = {"type": "duckdb", "path": str(check.scratch / "dbt" / "retail.duckdb"), "schema": source.name, "threads": 2}
    (project / "profiles.yml").write_text(json.dumps({"retail": {"target": "dev", "outputs": {"dev": output}}}))
    check.run(check.dbt, project, "build")
    check.run(check.dbt, project, "docs", "generate", "--no-compile")
    return project


# The domains of the mesh grow; for them it is enough that dbt's artifacts say the same.
COFFEE_SHOP = {
    "dbt-artifacts-parser": {"nodes": {"analysis": 1, "model": 5, "seed": 3, "test": 17}, "catalog": 8, "results": 26},
    "dbt-coverage doc": {"columns or models": 41, "covered": 4},
    "dbt-coverage test": {"columns or models": 41, "covered": 10},
    "dbt-coverage unit-test": {"columns or models": 5, "covered": 0},
    "dbt-colibri": {"entries": 47},
    "dbt-bouncer": {"failed": 35, "success": 57},
    "dbt-score": {"entries": 11},
}


if __name__ == "__main__":
    main()
