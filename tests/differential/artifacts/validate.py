"""Holds artifacts against dbt's JSON schemas, and reads them with dbt-artifacts-parser, which refuses unknown and missing fields.

    validate.py                      the golden files of the artifacts tests, with the parser only: their values are redacted
    validate.py FILE...              these artifacts
    validate.py --bin BIN FOLDER...  all artifacts of these projects and meshes, after `build`, `docs generate` and
                                     `source freshness` with the binary; of a mesh, those of each domain too

The schemas are those that dbt publishes: the classes of the installed dbt-core write them.
"""

import argparse
import collections
import json
import pathlib
import sys
import tempfile

import jsonschema
from dbt.artifacts.schemas.catalog import CatalogArtifact
from dbt.artifacts.schemas.freshness import FreshnessExecutionResultArtifact
from dbt.artifacts.schemas.manifest import WritableManifest
from dbt.artifacts.schemas.run import RunResultsArtifact
from dbt_artifacts_parser.parser import parse_catalog, parse_manifest, parse_run_results, parse_sources

ROOT = pathlib.Path(__file__).parents[3]
sys.path.append(str(ROOT / "tests" / "differential"))

from outcome import Workspace, project_setting, provide_profile

PARSERS = {"manifest": parse_manifest, "run-results": parse_run_results, "catalog": parse_catalog, "sources": parse_sources}
SCHEMAS = {
    "manifest": WritableManifest,
    "run-results": RunResultsArtifact,
    "catalog": CatalogArtifact,
    "sources": FreshnessExecutionResultArtifact,
}
COMMANDS = (["deps"], ["build"], ["docs", "generate"], ["source", "freshness"])
VALIDATORS = {}


def kind_of(artifact):
    """The kind of an artifact, `None` for what is none."""
    schema = artifact.get("metadata", {}).get("dbt_schema_version", "")
    kind = schema.rsplit("/", 2)[-2] if schema else None
    return kind if kind in PARSERS else None


def against_schema(kind, artifact):
    """What dbt's schema says against an artifact, as lines."""
    if kind not in VALIDATORS:
        VALIDATORS[kind] = jsonschema.Draft202012Validator(SCHEMAS[kind].json_schema())
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {reason(error)}" for error in VALIDATORS[kind].iter_errors(artifact)
    ]


def reason(error):
    """The message of an error; where there was a choice, that of the alternative which came furthest."""
    while error.context:
        error = max(error.context, key=lambda cause: len(cause.absolute_path))
    return f"{'.'.join(map(str, error.absolute_path))} {error.message}"[:300]


def against_parser(kind, artifact):
    """What the parser says against an artifact, as lines."""
    try:
        PARSERS[kind](artifact)
    except Exception as error:  # pydantic's and the parser's own errors
        return str(error).splitlines()[:20]
    return []


class Tally:
    """Prints each artifact with what is wrong, and counts."""

    def __init__(self):
        self.passed = self.failed = 0

    def take(self, name, artifact, problems):
        print(f"{name}: {f'valid {kind_of(artifact)}' if not problems else 'NOT VALID'}")
        for problem in problems[:20]:
            print(f"    {problem}")
        self.passed += not problems
        self.failed += bool(problems)


def check_files(paths, tally):
    for path in paths:
        text = path.read_text()
        golden = path.suffix == ".snap"
        artifact = json.loads(text.split("---\n", 2)[2] if golden else text)
        kind = kind_of(artifact)
        if kind:
            tally.take(path.name, artifact, against_parser(kind, artifact) + ([] if golden else against_schema(kind, artifact)))


def check_folder(binary, source, tally):
    """Run a project or a mesh in a copy and check what stands in its target folder after each command."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        workspace = Workspace(binary, source, place, {"RETAIL_DUCKDB_PATH": str(place / "retail.duckdb")})
        if (workspace.project / "dbt_project.yml").exists():
            provide_profile(workspace.project)
        parts = [("", [])]
        parts += [(f"/{path.parent.name}", ["--project-dir", path.parent.name]) for path in sorted(workspace.project.glob("*/dbt_project.yml"))]
        for part, arguments in parts:
            check_part(workspace, part, arguments, f"{source.name}{part}", tally)


def check_part(workspace, part, arguments, name, tally):
    project = pathlib.Path(f"{workspace.project}{part}")
    target = project / (project_setting(project, "target-path") or "target")
    found = collections.Counter()
    for command in COMMANDS:
        before = {path: path.stat().st_mtime_ns for path in target.glob("*.json")}
        code, output = workspace.run([*command, *arguments])
        if code == 2:
            raise SystemExit(f"{name}: {' '.join(command)} could not run\n{output}")
        for path in sorted(target.glob("*.json")):
            artifact = json.loads(path.read_text())
            kind = kind_of(artifact)
            if kind and before.get(path) != path.stat().st_mtime_ns:
                found[kind] += 1
                problems = against_parser(kind, artifact) + against_schema(kind, artifact)
                tally.take(f"{name} {' '.join(command)} {path.name}", artifact, problems)
    for kind in PARSERS:
        if not found[kind]:
            tally.take(f"{name} {kind}", {}, ["was never written"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, help="the meshbuild binary: the arguments are projects and meshes")
    parser.add_argument("paths", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    tally = Tally()
    if arguments.bin:
        for path in arguments.paths:
            check_folder(arguments.bin.resolve(), path.resolve(), tally)
    else:
        check_files(arguments.paths or sorted((ROOT / "snapshots").glob("meshbuild__artifacts__*.snap")), tally)
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main()
