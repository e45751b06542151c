"""The integration tests of public dbt packages, laid out so that they need no network.

A folder of checkouts (OWNER+NAME@REVISION, or git repositories) becomes one work folder for
each tool: every package below its project's name, with `packages.yml` that lists `local:`
packages only, and its integration tests with a DuckDB profile. This module knows which
commands each package is run with; it never says which of two outcomes is right.
"""

import json
import re
import shutil
from pathlib import Path

import outcome

# dbt_utils, codegen and audit_helper are written for other databases: what dbt itself
# makes of them on DuckDB, errors included, is what is compared with.
USUAL = ["deps", "seed --full-refresh", "run", "test", "snapshot", "build"]
COMMANDS = {
    "codegen": ["deps", "run-operation create_source_table", *USUAL[1:]],
    "elementary": ["deps", "seed", "run", "test", "run", "build"],
}
# Python models need pandas beside dbt.
LEFT_OUT = ("metrics_python_table.py",)
# Columns that hold times, ids or durations of a run, or random numbers.
VOLATILE = {
    "audit_helper": ["unit_test_model_?.*"],
    "dbt_expectations": ["timeseries_*data*.*"],
    "dbt_utils": ["recency_time_included.*"],
    "elementary": [
        "*_at", "*_time", "*invocation_id*", "*_id", "metadata_hash", "*_timestamp", "generated_at", "execution_time",
        "path", "full_path", "*_hash", "*duration*", "*version*", "artifact_*", "thread_id", "adapter_*",
        # Both hold the text of dbt's own macros; the database counts its lines.
        "dbt_run_results.compiled_code", "dbt_run_results.message", "model_run_results.compiled_code", "model_run_results.message",
    ],
    "dbt_project_evaluator": ["*.measured_at"],
}


class Package:
    """One checkout: the package at its top, and the projects that test it."""

    def __init__(self, folder):
        self.folder = folder
        self.name = outcome.project_setting(folder, "name")
        tests = [path.parent for path in folder.glob("integration_tests*/dbt_project.yml")]
        tests += [path.parent for path in folder.glob("integration_tests/dbt_project/dbt_project.yml")]
        self.tests = sorted(path.relative_to(folder) for path in tests)
        self.commands = COMMANDS.get(self.name, USUAL)
        self.volatile = VOLATILE.get(self.name, [])


def packages_in(folder):
    """{name: package} of the checkouts in a folder that have integration tests."""
    found = [Package(path) for path in sorted(folder.iterdir()) if (path / "dbt_project.yml").exists()]
    return {package.name: package for package in found if package.tests}


def lay_out(packages, folder):
    """Copies every package below `folder`, each listing the others as local folders."""
    for package in packages.values():
        target = folder / package.name
        ignored = shutil.ignore_patterns(*outcome.NOT_COPIED, "package-lock.yml", "dbt_packages", *LEFT_OUT)
        shutil.copytree(package.folder, target, symlinks=True, ignore=ignored)
        for file in target.rglob("packages.yml"):
            file.write_text(localized(file.read_text(encoding="utf-8"), packages, folder))
        for tests in package.tests:
            provide_profile(target / tests)


def localized(text, packages, folder):
    """`packages.yml` with the folders of the packages that are there in the place of addresses."""
    found = []
    for entry in re.split(r"^\s*-\s+", text, flags=re.MULTILINE)[1:]:
        kind, _, place = entry.splitlines()[0].partition(":")
        place = place.strip().strip("'\"")
        name = place.removesuffix(".git").rsplit("/", 1)[-1].replace("-", "_")
        if kind != "local":
            name = next((known for known in packages if name in (known, f"dbt_{known}")), None)
            if name is None:
                raise SystemExit(f"no checkout of the package {place}")
            place = str(folder / name)
        found.append({"local": place})
    return json.dumps({"packages": found}) + "\n"


def provide_profile(project):
    """A profile for DuckDB in the place of those for other databases."""
    profile = outcome.project_setting(project, "profile")
    output = {"type": "duckdb", "path": "packages.duckdb", "threads": 4}
    (project / "profiles.yml").write_text(json.dumps({profile: {"target": "duckdb", "outputs": {"duckdb": output}}}))


class Workspace(outcome.Workspace):
    """A project within a work folder that was laid out before."""

    def __init__(self, binary, project, home):
        self.binary = Path(binary)
        self.project = project
        self.home = home
        self.variables = {}
        self.home.mkdir(parents=True, exist_ok=True)
