"""What a command of the binary left behind, as the objects that dbtRunner.invoke returns.

Reads exit codes, output and artifacts. Never starts a command but through the function it is handed.
"""

import contextlib
import copy
import json
import os
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import yaml

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LOG_LINE = re.compile(r"^\d\d:\d\d:\d\d(?:\.\d+)?  ")
SECONDS = 120
SECTIONS = (
    "nodes", "sources", "unit_tests", "exposures", "functions", "metrics", "saved_queries", "semantic_models", "macros",
    "docs", "groups",
)
COMMANDS = {
    "build", "clean", "clone", "compile", "debug", "deps", "docs", "init", "list", "ls", "parse", "retry", "run",
    "run-operation", "seed", "show", "snapshot", "source", "test",
}


class CommandFailed(Exception):
    """A command that ended with exit code 2."""

    def __init__(self, text):
        super().__init__(text)
        head, _, rest = text.partition("\n")
        is_headed = re.match(r"^[\w ]+ Error\b", head) and rest
        self.msg = self.message = re.sub(r"^  ", "", rest, flags=re.MULTILINE) if is_headed else text
        self.node = None
        self.stack = []

    def __str__(self):
        return str(self.args[0])


@dataclass
class Process:
    """A command that has ended."""

    code: int
    output: str
    errors: str

    @staticmethod
    def run(words, environment):
        try:
            done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return Process(124, "", f"no end after {SECONDS} s")
        return Process(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def exception_of(process):
    """The exception that dbt would have raised, by the first word of the text where dbt has a class for it."""
    from dbt import exceptions as of_dbt
    from dbt.cli.exceptions import DbtUsageException
    from dbt_common import exceptions as common

    text, is_usage = error_text(process)
    if is_usage:
        return DbtUsageException(text)
    classes = {
        "Compilation": common.CompilationError, "Parsing": of_dbt.ParsingError, "Database": common.DbtDatabaseError,
        "Dependency": of_dbt.DependencyError, "Internal": common.DbtInternalError, "Validation": common.DbtValidationError,
        "Runtime": common.DbtRuntimeError,
    }
    kind = re.match(r"^(\w+) Error\b", text)
    base = classes.get(kind.group(1)) if kind else None
    return type(base.__name__, (CommandFailed, base), {})(text) if base else CommandFailed(text)


def error_text(process):
    """What the command ended with, and whether its command line was at fault."""
    output, errors = COLOURS.sub("", process.output), COLOURS.sub("", process.errors)
    for line in output.splitlines():
        if line.startswith("{") and '"MainEncounteredError"' in line:
            with contextlib.suppress(ValueError, KeyError):
                return json.loads(line)["data"]["exc"], False
    found = re.search(r"Encountered an error:\n?", output)
    if found:
        lines = []
        for line in output[found.end():].split("\n"):
            if LOG_LINE.match(line):
                break
            lines.append(line)
        return "\n".join(lines).rstrip("\n"), False
    usage = re.search(r"^Error: (.*)", errors, re.MULTILINE | re.DOTALL)
    if usage and "Usage:" in errors:
        return usage.group(1).strip(), True
    return (errors.strip() or output.strip() or f"exit code {process.code}")[-8000:], False


def frozen_now():
    """The time that a test has stopped the clock at."""
    now = datetime.now()
    return now.strftime("%Y-%m-%dT%H:%M:%SZ") if type(now).__name__ == "FakeDatetime" else None


def signature(path):
    with contextlib.suppress(OSError):
        status = os.stat(path)
        return status.st_mtime_ns, status.st_size, status.st_ino
    return None


class CommandLine:
    """A command line of dbt, and where its artifacts will stand."""

    def __init__(self, words):
        self.words = words
        self.command, self.rest = self.parts()
        self.project = os.path.abspath(self.option("--project-dir") or os.environ.get("DBT_PROJECT_DIR") or os.getcwd())
        self.target = Path(self.project) / self.target_name()
        output = self.option("-o", "--output") if self.command == "source" else None
        self.freshness = Path(self.project) / output if output else self.target / "sources.json"

    def parts(self):
        from dbt.cli.main import cli

        with contextlib.suppress(BaseException):
            context = cli.make_context("dbt", list(self.words), resilient_parsing=False)
            rest = [*getattr(context, "_protected_args", getattr(context, "protected_args", [])), *context.args]
            if rest:
                return rest[0], rest[1:]
        place = next((index for index, word in enumerate(self.words) if word in COMMANDS), None)
        return (None, []) if place is None else (self.words[place], self.words[place + 1:])

    def option(self, *names):
        value = None
        for word, following in zip(self.words, [*self.words[1:], None]):
            for name in names:
                if word == name and following is not None:
                    value = following
                elif name.startswith("--") and word.startswith(f"{name}="):
                    value = word[len(name) + 1:]
        return value

    def target_name(self):
        named = self.option("--target-path") or os.environ.get("DBT_TARGET_PATH") or os.environ.get("DBT_ENGINE_TARGET_PATH")
        if named:
            return named
        with contextlib.suppress(Exception):
            return yaml.safe_load((Path(self.project) / "dbt_project.yml").read_text())["target-path"]
        return "target"

    def lists_alone(self, capture):
        """Whether the lines of a listing are all that is wanted."""
        return self.command in ("list", "ls") and capture is None and not {"--quiet", "-q", "--no-quiet", "--debug", "-d"} & set(self.words)

    def signatures(self):
        return {path: signature(path) for path in (self.target / "run_results.json", self.freshness)}

    def has_changed(self, path, before):
        return signature(path) not in (None, before[path])

    def result(self, process, before, run):
        """What dbtRunner.invoke would have returned. `run` starts a command: the rows of `show` are asked for once more."""
        match self.command:
            case "list" | "ls":
                return listing(process.output)
            case "parse":
                return read_manifest(self.target / "manifest.json")
            case "debug":
                return process.code == 0
            case "docs":
                return self.catalog(before) if "generate" in self.rest else None
            case "source":
                return freshness(self.freshness, self.target) if self.has_changed(self.freshness, before) else no_freshness()
            case "deps" | "clean" | "init" | None:
                return None
        return self.run_results(before, run)

    def run_results(self, before, run):
        from dbt.artifacts.schemas.run import RunExecutionResult, RunResultsArtifact

        path = self.target / "run_results.json"
        if not self.has_changed(path, before):
            return None if self.command == "run-operation" else RunExecutionResult(results=[], elapsed_time=0.0)
        artifact = json.loads(path.read_text())
        operations = all(result["unique_id"].startswith("macro.") for result in artifact["results"])
        if self.command == "run-operation" or (self.command == "retry" and artifact["results"] and operations):
            return RunResultsArtifact.from_dict(artifact)
        results = execution_result(artifact, self.target)
        if self.command == "show" and results.results and "--output" not in self.words:
            results.results[0].agate_table = self.shown_table(run)
        return results

    def shown_table(self, run):
        import agate

        process = run([*self.words, "--output", "json", "--log-format", "text", "--quiet"], {})
        found = re.search(r"\{.*\}", COLOURS.sub("", process.output), re.DOTALL)
        rows = json.loads(found.group(0)).get("show", []) if found else []
        names = list(rows[0]) if rows else []
        return agate.Table([[row.get(name) for name in names] for row in rows], names) if rows else agate.Table([])

    def catalog(self, before):
        from dbt.artifacts.schemas.catalog import CatalogArtifact

        path = self.target / "catalog.json"
        if not path.exists():
            return None
        catalog = CatalogArtifact.from_dict(json.loads(path.read_text()))
        results = self.target / "run_results.json"
        if self.has_changed(results, before):
            catalog._compile_results = execution_result(json.loads(results.read_text()), self.target)
        return catalog


def listing(output):
    """The lines of `list` without those of the log: what stands behind `Found ...`, if there is a log at all."""
    text = COLOURS.sub("", output)
    lines, runs, run, behind, is_logged = [], [], [], False, False
    for line in text.splitlines():
        if line.startswith("{") and '"info"' in line and '"data"' in line:
            event = json.loads(line)
            if event["info"]["name"] in ("PrintEvent", "ListCmdOut"):
                lines.append(event["data"]["msg"])
        elif LOG_LINE.match(line):
            runs += [(behind, run)] if run else []
            run, is_logged = [], True
            behind = "  Found " in line or (behind and not line[10:].strip())
        elif line.strip():
            run.append(line)
    runs += [(behind, run)] if run else []
    if not is_logged:
        return lines + [line for _, found in runs for line in found]
    after = [found for is_behind, found in runs if is_behind]
    return after[-1] if after else max((found for _, found in runs), key=len, default=[])


class Loose(SimpleNamespace):
    """An entry that dbt's own classes refuse."""

    def to_dict(self, *_, **__):
        return self.raw

    def __getitem__(self, key):
        return self.raw[key]


def loose(value):
    if isinstance(value, dict):
        found = Loose(**{str(key): loose(item) for key, item in value.items() if str(key).isidentifier()})
        found.raw = value
        return found
    return [loose(item) for item in value] if isinstance(value, list) else value


MACROS = {}


def to_node(section, entry):
    """An entry of manifest.json as an object of dbt's class for it."""
    from dbt.artifacts import resources
    from dbt.contracts.graph.nodes import RESOURCE_CLASS_TO_NODE_CLASS

    classes = {
        "model": resources.Model, "seed": resources.Seed, "snapshot": resources.Snapshot, "analysis": resources.Analysis,
        "operation": resources.HookNode, "sql_operation": resources.SqlOperation, "source": resources.SourceDefinition,
        "unit_test": resources.UnitTestDefinition, "exposure": resources.Exposure, "metric": resources.Metric,
        "saved_query": resources.SavedQuery, "semantic_model": resources.SemanticModel, "macro": resources.Macro,
        "doc": resources.Documentation, "group": resources.Group, "function": resources.Function,
        "test": resources.GenericTest if entry.get("test_metadata") else resources.SingularTest,
    }
    found = classes[entry["resource_type"]]
    make = lambda: RESOURCE_CLASS_TO_NODE_CLASS[found].from_resource(found.from_dict(entry))  # noqa: E731
    if section != "macros":
        return make()
    key = json.dumps({name: value for name, value in entry.items() if name != "created_at"}, sort_keys=True)
    if key not in MACROS:
        MACROS[key] = make()
    return copy.copy(MACROS[key])


def load_manifest(path):
    from dbt.artifacts.schemas.manifest import WritableManifest

    manifest = json.loads(Path(path).read_text())
    version = manifest.get("metadata", {}).get("dbt_schema_version")
    if version != str(WritableManifest.dbt_schema_version):
        raise ValueError(f"manifest.json has the version {version!r}")
    return manifest


def read_manifest(path):
    from dbt.artifacts.schemas.manifest import ManifestMetadata
    from dbt.contracts.graph.manifest import Manifest

    content = load_manifest(path)
    parts = {section: {key: to_node(section, entry) for key, entry in (content.get(section) or {}).items()} for section in SECTIONS}
    disabled = {key: [to_node("nodes", entry) for entry in entries] for key, entries in (content.get("disabled") or {}).items()}
    metadata = ManifestMetadata.from_dict(content["metadata"])
    manifest = Manifest(**parts, disabled=disabled, selectors=content.get("selectors") or {}, metadata=metadata)
    manifest.build_parent_and_child_maps()
    with contextlib.suppress(Exception):
        manifest.build_group_map()
    return manifest


def get_manifest(project_root):
    """In the place of dbt.tests.util.get_manifest, which reads a file that only dbt writes."""
    path = Path(str(project_root)) / "target" / "manifest.json"
    return read_manifest(path) if path.exists() else None


class Nodes:
    """Entries of manifest.json by id."""

    def __init__(self, target):
        path = target / "manifest.json"
        self.content = load_manifest(path) if path.exists() else {}

    def of_result(self, result):
        """The node of a result, as it was compiled."""
        unique_id = result["unique_id"]
        known = self.entry(unique_id)
        kind, *rest = unique_id.split(".")
        unknown = {
            "unique_id": unique_id, "name": rest[-1] if rest else kind, "resource_type": kind, "fqn": rest,
            "package_name": rest[0] if rest else "", "relation_name": result.get("relation_name"), "compiled": None,
        }
        node = known or loose(unknown)
        if result.get("compiled_code") is not None:
            with contextlib.suppress(Exception):
                node.compiled_code = result["compiled_code"]
                node.compiled = True
        return node

    def entry(self, unique_id):
        for section in SECTIONS:
            entry = (self.content.get(section) or {}).get(unique_id)
            if entry:
                return self.read(section, entry)
        disabled = (self.content.get("disabled") or {}).get(unique_id)
        return self.read("nodes", disabled[0]) if disabled else None

    @staticmethod
    def read(section, entry):
        try:
            return to_node(section, entry)
        except Exception as error:
            print(f"manifest.json: dbt's own classes refuse {entry.get('unique_id')}: {error!r}"[:600])
            return loose(entry)


def status_of(unique_id, text):
    from dbt.artifacts.schemas.results import NodeStatus, RunStatus, TestStatus

    first, second = (TestStatus, RunStatus) if unique_id.split(".")[0] in ("test", "unit_test") else (RunStatus, TestStatus)
    for statuses in (first, second, NodeStatus):
        with contextlib.suppress(ValueError):
            return statuses(text)
    return text


def timing_of(entries):
    from dbt.artifacts.schemas.results import TimingInfo

    return [TimingInfo.from_dict(entry) for entry in entries or []]


def common_fields(result, nodes):
    return {
        "node": nodes.of_result(result), "timing": timing_of(result.get("timing")), "thread_id": result.get("thread_id", ""),
        "execution_time": result.get("execution_time", 0), "adapter_response": result.get("adapter_response") or {},
    }


def execution_result(artifact, target):
    from dbt.artifacts.schemas.batch_results import BatchResults
    from dbt.artifacts.schemas.run import RunExecutionResult, RunResult

    nodes = Nodes(target)
    results = []
    for result in artifact.get("results", []):
        batches = result.get("batch_results")
        if batches:
            batches = BatchResults(**{name: [tuple(map(time_of, batch)) for batch in batches[name]] for name in ("successful", "failed")})
        results.append(RunResult(
            status=status_of(result["unique_id"], result["status"]), message=result.get("message"),
            failures=result.get("failures"), batch_results=batches or None, **common_fields(result, nodes),
        ))
    return RunExecutionResult(results=results, elapsed_time=artifact.get("elapsed_time", 0.0), args=artifact.get("args", {}))


def time_of(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def no_freshness():
    from dbt.artifacts.schemas.freshness import FreshnessResult

    return FreshnessResult.from_node_results([], 0.0, datetime.utcnow())


def freshness(path, target):
    from dbt.artifacts.schemas.freshness import (
        FreshnessMetadata, FreshnessResult, PartialSourceFreshnessResult, SourceFreshnessResult,
    )
    from dbt.artifacts.schemas.results import FreshnessStatus

    artifact, nodes, results = json.loads(Path(path).read_text()), Nodes(target), []
    for result in artifact.get("results", []):
        common = {
            **common_fields(result, nodes), "message": result.get("error"), "failures": None,
            "status": FreshnessStatus(result["status"]),
        }
        if "max_loaded_at" in result:
            common |= {name: time_of(result[name]) for name in ("max_loaded_at", "snapshotted_at")}
            results.append(SourceFreshnessResult(age=result["max_loaded_at_time_ago_in_s"], **common))
        else:
            results.append(PartialSourceFreshnessResult(**common))
    return FreshnessResult(metadata=FreshnessMetadata(), results=results, elapsed_time=artifact.get("elapsed_time", 0.0))


def replay_events(path, callbacks):
    """Hands the events of a JSON log to the callbacks of a test."""
    from dbt.adapters.events import base_types as of_adapters
    from dbt.events import base_types as of_core
    from dbt_common.events import base_types as common
    from google.protobuf.json_format import ParseDict

    modules = (of_core.core_types_pb2, of_adapters.adapter_types_pb2, common.types_pb2)
    for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
        try:
            event = json.loads(line)
            name = event["info"]["name"]
        except (ValueError, KeyError, TypeError):
            continue
        message = None
        for module in modules:
            found = getattr(module, f"{name}Msg", None)
            if found is not None and message is None:
                with contextlib.suppress(Exception):
                    message = ParseDict(event, found(), ignore_unknown_fields=True)
        for callback in callbacks:
            callback(message or loose({"data": {}, **event}))
