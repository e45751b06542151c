#!/usr/bin/env python3
"""Compare the artifacts of dbt and meshbuild field by field.

    fields.py DIR [DIR ...] --bin meshbuild --dbt ~/venv/bin/dbt

Each project is copied twice; both tools run the same commands in it (those of a file
compare.json, else `build` twice; then `docs generate` and, where it has sources,
`source freshness`). After each command every artifact that dbt wrote is compared: every
key and every scalar of it is one field. A difference that artifacts_explained.json does
not explain fails. Prints how many fields were compared, and the differences by kind.

Exit code: 0 all the same or explained, 1 not, 3 not run (no dbt).
"""

import argparse
import json
import re
import shlex
import shutil
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import outcome
from outcome import Workspace, existing

HERE = Path(__file__).parent
ARTIFACTS = ("manifest", "run_results", "catalog", "sources", "semantic_manifest", "graph_summary")
BUILTIN_TESTS = {"not_null", "unique", "accepted_values", "relationships"}
INTERNAL = re.compile(r"^(macro|doc)\.(dbt|dbt_duckdb)\.")
ABSENT = object()
SHOWN = 3


@dataclass
class Found:
    """What a comparison has come to."""

    compared: int = 0
    explained: Counter = field(default_factory=Counter)
    unexplained: dict = field(default_factory=lambda: defaultdict(list))

    def add(self, other):
        self.compared += other.compared
        self.explained.update(other.explained)
        for kind, rows in other.unexplained.items():
            self.unexplained[kind] += rows


class Explanations:
    """Kinds of differences that are known, each with its reason."""

    def __init__(self, path):
        self.entries = [(entry["why"], re.compile(entry["path"]), entry.get("when")) for entry in json.loads(path.read_text())]
        self.builtin_tests = set()

    def of(self, path, first, second):
        for why, pattern, when in self.entries:
            if pattern.fullmatch(path) and self.holds(when, path, first, second):
                return why
        return None

    def holds(self, when, path, first, second):
        """Whether a difference is of the kind that an explanation is about."""
        if when is None:
            return True
        if when == "order":
            return isinstance(first, list) and isinstance(second, list) and canonical(first) == canonical(second)
        if when == "number":
            return all(isinstance(value, (int, float)) for value in (first, second))
        if when == "text":
            return all(isinstance(value, str) for value in (first, second))
        if when == "builtin test":
            return path.split("/")[2] in self.builtin_tests
        if when == "statement":
            # The line that the database names, the macros on the way and how a column prints are each tool's own.
            return all(isinstance(value, str) for value in (first, second)) and without_place(first) == without_place(second)
        raise SystemExit(f"unknown condition {when}")


def without_place(message):
    """A message without the lines that a tool's own macros and statements make."""
    message = re.sub(r"\n *\n *> in macro .*", "", message, flags=re.DOTALL)
    message = re.sub(r"<DuckDBColumn (\w+) [^>]*>|DuckDBColumn\(column='(\w+)'[^)]*\)", r"\1\2", message)
    return re.sub(r"LINE \d+:.*|^ *\^ *$", "", message, flags=re.MULTILINE).rstrip()


def canonical(items):
    return sorted(json.dumps(item, sort_keys=True) for item in items)


def compare(path, first, second, explanations, found):
    """Walk two values side by side. A path ends in the keys that lead to it, joined by slashes."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in {**first, **second}:
            compare(f"{path}/{key}", first.get(key, ABSENT), second.get(key, ABSENT), explanations, found)
        return
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second) and first != second:
        if canonical(first) != canonical(second):
            for number, (one, other) in enumerate(zip(first, second)):
                compare(f"{path}/{number}", one, other, explanations, found)
            return
    found.compared += leaves(first)
    if first == second and type(first) is type(second):
        return
    why = explanations.of(path, first, second)
    if why:
        found.explained[why] += 1
    else:
        found.unexplained[kind_of(path)].append((path, shown(first), shown(second)))


def leaves(value):
    if isinstance(value, dict):
        return sum(map(leaves, value.values())) or 1
    if isinstance(value, list):
        return sum(map(leaves, value)) or 1
    return 1


def kind_of(path):
    """The path without what names one node: `manifest/nodes/model.*/config/alias`."""
    parts = [re.sub(r"^(\w+)\.[\w-]+\..*$", r"\1.*", part) for part in path.split("/")]
    return "/".join("#" if part.isdigit() else part for part in parts)


def shown(value):
    if value is ABSENT:
        return "(absent)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:299]}…"


def prepare(name, artifact, folder):
    """What cannot be equal is taken out or named alike: places of the copies, the tools' own macros, order of results."""
    text = json.dumps(artifact).replace(json.dumps(str(folder))[1:-1], "PROJECT")
    artifact = json.loads(text)
    if name == "manifest":
        for section in ("macros", "docs"):
            artifact[section] = {key: value for key, value in artifact[section].items() if not INTERNAL.match(key)}
        for section in ("nodes", "macros", "unit_tests", "exposures", "metrics", "saved_queries", "semantic_models", "functions"):
            for entry in artifact[section].values():
                without_internal(entry)
        for entries in artifact["disabled"].values():
            for entry in entries:
                without_internal(entry)
    if name == "graph_summary":
        return {"linked": linked(artifact["linked"])}
    if name in ("run_results", "sources"):
        artifact["results"] = {result["unique_id"]: result for result in artifact["results"]}
    return artifact


def linked(nodes):
    """The graph by names: how dbt numbers the nodes follows from the order in which its threads end."""
    return {node["name"]: {"type": node["type"], "succ": sorted(nodes[str(number)]["name"] for number in node.get("succ", []))} for node in nodes.values()}


def is_builtin_test(entry):
    metadata = entry.get("test_metadata") or {}
    return metadata.get("namespace") is None and metadata.get("name") in BUILTIN_TESTS


def without_internal(entry):
    """How dbt's own macros call each other is the tool's own affair; that a node calls one of them is not."""
    depends = entry.get("depends_on")
    if isinstance(depends, dict) and "macros" in depends:
        depends["macros"] = [name for name in depends["macros"] if not INTERNAL.match(name)]


def commands_of(project):
    path = project / "compare.json"
    given = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    commands = list(given.get("commands", ["build", "build"]))
    sources = any("sources:" in file.read_text(encoding="utf-8") for file in project.rglob("*.y*ml") if "dbt_packages" not in file.parts)
    return commands + ["docs generate"] + (["source freshness"] if sources else [])


def compare_project(project, arguments, folder, explanations):
    workspaces = []
    for name, binary in (("dbt", arguments.dbt), ("meshbuild", arguments.bin)):
        workspace = Workspace(binary, project, folder / name)
        outcome.provide_profile(workspace.project)
        workspaces.append(workspace)
    total = Found()
    for command in commands_of(project):
        codes = []
        for workspace in workspaces:
            for name in ARTIFACTS:
                if name not in ("manifest", "graph_summary"):
                    (workspace.target() / f"{name}.json").unlink(missing_ok=True)
            codes.append(workspace.run(shlex.split(command)))
        found = Found()
        compare("exit code", codes[0][0], codes[1][0], explanations, found)
        for name in ARTIFACTS:
            artifacts = [
                prepare(name, artifact, workspace.project) if (artifact := workspace.artifact(f"{name}.json")) else ABSENT
                for workspace in workspaces
            ]
            if name == "manifest" and artifacts[0] is not ABSENT:
                explanations.builtin_tests = {key for key, entry in artifacts[0]["nodes"].items() if is_builtin_test(entry)}
            if artifacts[0] is not ABSENT or artifacts[1] is not ABSENT:
                compare(name, *artifacts, explanations, found)
        print(f"  {command}: {found.compared} fields, {sum(found.explained.values())} explained, {sum(map(len, found.unexplained.values()))} unexplained", flush=True)
        if codes[0][0] != codes[1][0]:
            print(codes[1][1][-800:])
        for rows in found.unexplained.values():
            rows[:] = [(f"{command}: {path}", *values) for path, *values in rows]
        total.add(found)
    return total


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--bin", required=True, type=existing, help="the tool under test")
    parser.add_argument("--dbt", required=True, type=lambda text: Path(text).expanduser().absolute(), help="path of the dbt executable")
    parser.add_argument("--explained", type=Path, default=HERE / "artifacts_explained.json", help="the known kinds of differences")
    parser.add_argument("--shown", type=int, default=SHOWN, help=f"examples of each kind to show ({SHOWN})")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this empty folder and leave all there")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if not arguments.dbt.exists():
        print(f"not run: no dbt at {arguments.dbt}")
        return 3
    explanations = Explanations(arguments.explained)
    folder = outcome.temporary_folder(arguments.keep)
    total = Found()
    for number, project in enumerate(arguments.folders, start=1):
        print(project.name)
        total.add(compare_project(project.resolve(), arguments, folder / str(number), explanations))
    if not arguments.keep:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{total.compared} fields compared")
    for why, count in total.explained.most_common():
        print(f"{count:8} explained: {why}")
    for kind, rows in sorted(total.unexplained.items(), key=lambda item: -len(item[1])):
        print(f"{len(rows):8} UNEXPLAINED {kind}")
        for path, first, second in rows[: arguments.shown]:
            print(f"           {path}\n             dbt:       {first}\n             meshbuild: {second}")
    failed = sum(map(len, total.unexplained.values()))
    print(f"{total.compared - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
