"""Dagster builds every domain of the retail mesh: models, seeds and snapshots as assets, data tests as asset checks.

The coffee shop then shows what the mesh does not: part of a project, failing tests, the tables' columns and their lineage,
and that what Dagster tells of our run is what it tells of dbt's.
"""

import contextlib
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from dagster import AssetSelection, DagsterInstance, materialize
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets
from support import DOMAINS, Check, counted

ASSET_TYPES = ("model", "seed", "snapshot")


class Dagster:
    """Projects of Dagster's, run with one executable; what Dagster prints goes to a file."""

    def __init__(self, check, executable):
        self.check, self.executable = check, executable

    def resource(self, project):
        return DbtCliResource(project_dir=project, profiles_dir=project.profiles_dir, dbt_executable=str(self.executable))

    def project(self, folder, profiles):
        """A project with the manifest that the executable's `parse` writes."""
        project = DbtProject(project_dir=folder, profiles_dir=profiles)
        with self.quiet():
            self.resource(project).cli(["parse", "--quiet"], target_path=folder / "target").wait()
        return project

    def materialize(self, project, assets, selection=None):
        with self.quiet():
            return materialize(
                [assets], selection=selection, resources={"dbt": self.resource(project)},
                instance=DagsterInstance.ephemeral(), raise_on_error=False,
            )

    @contextlib.contextmanager
    def quiet(self):
        with (self.check.scratch / "dagster.log").open("a") as log, contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            yield


def assets_of(project, fetch=False):
    """The assets of one project, without the public models of other domains that it reads."""

    @dbt_assets(
        manifest=project.manifest_path, project=project, name=f"{project.name}_assets", select=f"package:{project.name}",
    )
    def assets(context, dbt: DbtCliResource):
        events = dbt.cli(["build"], context=context).stream()
        yield from events.fetch_column_metadata().fetch_row_counts() if fetch else events

    return assets


def manifest_of(project):
    return json.loads(project.manifest_path.read_text())


def expected_assets(manifest, package):
    return counted(
        node["resource_type"] for node in manifest["nodes"].values()
        if node["resource_type"] in ASSET_TYPES and node["package_name"] == package and node["config"]["materialized"] != "ephemeral"
    )


def materializations(result):
    """{unique id: metadata} of what Dagster says was materialized."""
    found = [event.step_materialization_data.materialization.metadata for event in result.get_asset_materialization_events()]
    return {metadata["unique_id"].value: metadata for metadata in found}


def check_domain(check, dagster, mesh, domain):
    print(domain, flush=True)
    project = dagster.project(mesh / domain, mesh)
    manifest = manifest_of(project)
    assets = assets_of(project)
    result = dagster.materialize(project, assets)
    check.that("run succeeded", result.success, True)
    built = materializations(result)
    check.that("materializations", counted(manifest["nodes"][unique_id]["resource_type"] for unique_id in built), expected_assets(manifest, domain))
    check.that("with a duration", sum("Execution Duration" in metadata for metadata in built.values()), len(built))

    evaluations = result.get_asset_check_evaluations()
    check.that("asset checks passed", counted(evaluation.passed for evaluation in evaluations), {True: len(list(assets.check_keys))})
    # A singular test that reads several models belongs to no asset: Dagster observes those models.
    observed = {
        event.event_specific_data.asset_observation.metadata["unique_id"].value
        for event in result.all_events if event.event_type_value == "ASSET_OBSERVATION"
    }
    tests = [unique_id for unique_id, node in manifest["nodes"].items() if node["resource_type"] == "test"]
    check.that("tests told as check or observation", len(evaluations) + len(observed), len(tests))


def told(result):
    """What Dagster knows of a run, without times and ids."""
    volatile = {"Execution Duration", "invocation_id"}

    def entries(metadata):
        return {name: str(entry.value) for name, entry in metadata.items() if name not in volatile}

    checks = {
        f"{evaluation.asset_key.to_user_string()}:{evaluation.check_name}": (evaluation.passed, evaluation.severity.value, entries(evaluation.metadata))
        for evaluation in result.get_asset_check_evaluations()
    }
    return {"success": result.success, "assets": {unique_id: entries(metadata) for unique_id, metadata in materializations(result).items()}, "checks": checks}


def coffee_shop_story(check, executable, name):
    """Build a copy of the coffee shop with one executable; what Dagster tells of each step."""
    dagster = Dagster(check, executable)
    folder = check.coffee_shop(name)
    project = dagster.project(folder, folder)
    assets = assets_of(project)
    story = {"whole": told(dagster.materialize(project, assets))}
    part = AssetSelection.assets("customers") | AssetSelection.checks_for_assets("customers")
    story["part"] = told(dagster.materialize(project, assets, part))
    with dagster.quiet():
        stream = dagster.resource(project).cli(["build"], manifest=project.manifest_path, raise_on_error=False).stream()
        story["without assets"] = counted(type(event).__name__ for event in stream)

    orders = folder / "seeds" / "raw_orders.csv"
    lines = orders.read_text().splitlines()
    orders.write_text("\n".join([*lines, lines[-1]]) + "\n")
    story["failing"] = told(dagster.materialize(project, assets))
    orders.write_text("\n".join(lines) + "\n")
    # Last: Dagster keeps the database open from here on.
    story["columns"] = told(dagster.materialize(project, assets_of(project, fetch=True)))
    return story


def check_coffee_shop(check):
    print("coffee_shop", flush=True)
    ours = coffee_shop_story(check, check.binary, "coffee_shop")
    check.that("whole project", (ours["whole"]["success"], len(ours["whole"]["assets"])), (True, 8))
    check.that("one asset", list(ours["part"]["assets"]), ["model.coffee_shop.customers"])
    check.that("its checks and no others", {name.split(":")[0] for name in ours["part"]["checks"]}, {"customers"})
    failed = {name: entry for name, entry in ours["failing"]["checks"].items() if not entry[0]}
    check.that("a repeated row fails the run", ours["failing"]["success"], False)
    check.that("and a check", len(failed) > 0, True)
    columns = sum("dagster/column_schema" in entry for entry in ours["columns"]["assets"].values())
    check.that("assets with the columns of their table", columns, 8)
    lineage = sum("dagster/column_lineage" in entry for entry in ours["columns"]["assets"].values())
    check.that("models with column lineage", lineage, 5)
    if check.dbt:
        dbts = coffee_shop_story(check, check.dbt, "coffee_shop_dbt")
        for step in ours:
            check.that(f"{step}: what it tells of dbt's run", ours[step], dbts[step])


def main():
    check = Check(["dagster", "dagster-dbt", "dbt-core"])
    dagster = Dagster(check, check.binary)
    mesh = check.retail()
    for domain in DOMAINS:
        check_domain(check, dagster, mesh, domain)
    check_coffee_shop(check)
    check.finish()


if __name__ == "__main__":
    main()
