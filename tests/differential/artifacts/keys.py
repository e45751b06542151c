"""Writes dbt_keys.json: the keys, in order, that dbt gives to each kind of thing in its artifacts.

Runs dbt on the project beside this file. With --check, compares instead and fails when the committed file differs.
Needs dbt-core and dbt-duckdb in the Python that runs it.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE / "dbt_keys.json"


def build() -> dict[str, dict]:
    with tempfile.TemporaryDirectory() as folder:
        project = pathlib.Path(folder) / "project"
        shutil.copytree(HERE / "project", project)
        dbt = pathlib.Path(sys.executable).with_name("dbt")
        for command in (["build"], ["docs", "generate"]):
            arguments = ["--quiet", *command, "--profiles-dir", ".", "--no-partial-parse"]
            done = subprocess.run([dbt, *arguments], cwd=project, stdout=subprocess.PIPE, text=True)
            if done.returncode > 1:
                sys.exit(f"dbt {' '.join(arguments)} failed:\n{done.stdout}")
        names = ("manifest", "run_results", "catalog", "semantic_manifest", "graph_summary")
        return {name: json.loads((project / "target" / f"{name}.json").read_text()) for name in names}


def keys_of(artifacts: dict[str, dict]) -> dict[str, list[str]]:
    manifest = artifacts["manifest"]
    found = {"manifest": list(manifest), "manifest.metadata": list(manifest["metadata"])}
    nodes = manifest["nodes"]
    node = {
        "model": "model.shop.inc",
        "contracted model": "model.shop.customers",
        "seed": "seed.shop.raw_customers",
        "snapshot": "snapshot.shop.snap",
        "singular test": "test.shop.singular",
        "analysis": "analysis.shop.an",
        "operation": "operation.shop.shop-on-run-start-0",
    }
    for kind, unique_id in node.items():
        found[kind] = list(nodes[unique_id])
    found["generic test"] = list(next(v for k, v in nodes.items() if k.startswith("test.shop.not_null")))
    found["uncompiled model"] = list(manifest["disabled"]["model.shop.off"][0])
    customers = nodes["model.shop.customers"]
    found["column"] = list(customers["columns"]["id"])
    found["column constraint"] = list(customers["columns"]["id"]["constraints"][0])
    found["model constraint"] = list(customers["constraints"][0])
    for section in ("sources", "macros", "docs", "exposures", "groups", "unit_tests"):
        found[section] = list(next(iter(manifest[section].values())))
    results = artifacts["run_results"]
    found["run_results"] = list(results)
    found["run_results.metadata"] = list(results["metadata"])
    found["result"] = list(results["results"][0])
    found["timing"] = list(results["results"][0]["timing"][0])
    catalog = artifacts["catalog"]
    found["catalog"] = list(catalog)
    found["catalog.metadata"] = list(catalog["metadata"])
    table = catalog["nodes"]["model.shop.customers"]
    found["table"] = list(table)
    found["table.metadata"] = list(table["metadata"])
    found["table.column"] = list(table["columns"]["id"])
    found["semantic_manifest"] = list(artifacts["semantic_manifest"])
    found["graph_summary"] = list(artifacts["graph_summary"])
    return found


def main() -> None:
    keys = json.dumps(keys_of(build()), indent=1) + "\n"
    if "--check" not in sys.argv:
        GOLDEN.write_text(keys)
    elif GOLDEN.read_text() != keys:
        sys.exit("dbt_keys.json differs from what dbt writes: run keys.py without --check and read the difference")


if __name__ == "__main__":
    main()
