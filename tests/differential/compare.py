#!/usr/bin/env python3
"""Run dbt, the reference, and meshbuild on the same projects and compare what came of it.

    compare.py project DIR [DIR ...] --bin meshbuild --dbt ~/venv/bin/dbt
    compare.py packages --projects FOLDER --bin ... --dbt ...
    compare.py mesh [--projects projects] --bin ... --dbt ...

`project` copies each dbt-duckdb project twice, runs the same commands with both tools and
compares exit codes, results of nodes, manifest, and the schemas and tables in every DuckDB
file. Without --commands it runs `build` twice: the second one shows what incremental
models do. A project may say otherwise in a file compare.json:

    commands         command lines, run in this order, once
    exit_codes       what dbt must exit with, one for each command
    exclude_columns  `table.column` patterns of columns that hold the time of a run

`packages` runs the integration tests of the packages in a folder of public checkouts, named
OWNER+NAME@REVISION or being git repositories, with the commands of packages.py, and does as
`project` does with every other project there; it exits 3, "not run", without the folder.
`mesh` builds the example mesh twice, with dbt and dbt-loom domain by domain and with one
`build` of the other tool.

Exit code: 0 same, 1 different, 2 wrong usage, 3 not run. Python's standard library, and
the python beside dbt, which must have duckdb.
"""

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from itertools import zip_longest
from pathlib import Path

import outcome
import packages
import retail_oracle
from outcome import Step, Workspace, existing

ASPECTS = ("exit code", "results", "manifest", "compiled", "relations", "schemas")
SHOWN = 40
WIDTH = 58
LAST_LINES = 4
NOT_RUN = 3


class Tally:
    """Prints a line for each step, a table of what differs in it, and counts checks."""

    def __init__(self, shown=SHOWN):
        self.passed = self.failed = 0
        self.shown = shown

    def check(self, title, counts, found):
        """One step: how much was compared in each aspect, and {aspect: rows of a table}."""
        self.failed += sum(1 for rows in found.values() if rows)
        self.passed += sum(1 for rows in found.values() if not rows)
        state = "DIFF" if any(found.values()) else "same"
        numbers = ", ".join(f"{count} {aspect}" for aspect, count in counts.items() if count)
        print(f"  {state}  {title}: {numbers}", flush=True)
        self.table([(aspect, *row) for aspect, rows in found.items() for row in rows])

    def table(self, rows):
        if not rows:
            return
        rows = [("", "", "", "dbt", "meshbuild"), *rows]
        shown = [[cut(cell) for cell in row] for row in rows[:self.shown + 1]]
        widths = [max(len(row[column]) for row in shown) for column in range(4)]
        for row in shown:
            print("        " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, [*widths, 0])).rstrip())
        if len(rows) > len(shown):
            print(f"        ... and {len(rows) - len(shown)} more")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def cut(text):
    text = " ".join(str(text).split())
    return text if len(text) <= WIDTH else f"{text[:WIDTH - 1]}…"


def run_step(workspace, command, arguments):
    """Run one command line and gather every fact about it."""
    started = time.monotonic()
    exit_code, output = workspace.run(shlex.split(command))
    seconds = time.monotonic() - started
    manifest = workspace.artifact("manifest.json")
    databases = workspace.databases()
    relations, schemas = outcome.content_facts(arguments.dbt, databases, workspace.project, arguments.exclude_columns)
    facts = {
        "exit code": {"exit code": exit_code},
        "results": outcome.result_facts(workspace.artifact("run_results.json")),
        "manifest": outcome.manifest_facts(manifest),
        "compiled": outcome.compiled_facts(manifest) if arguments.compiled else {},
        "relations": relations,
        "schemas": schemas,
    }
    return Step(command, exit_code, output, seconds, facts)


def recorded_step(workspace, command, arguments, name):
    """As `run_step`, but what came of it is kept in the folder --recorded and taken from there."""
    if not arguments.recorded:
        return run_step(workspace, command, arguments)
    path = arguments.recorded / f"{name}.json"
    if path.exists():
        known = Step(**json.loads(path.read_text(encoding="utf-8")))
        if known.command == command:
            return known
    step = run_step(workspace, command, arguments)
    arguments.recorded.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(vars(step)), encoding="utf-8")
    return step


def compare_steps(first, second, without=()):
    """(counts, differences) of the same command run by both tools."""
    aspects = [aspect for aspect in ASPECTS if aspect not in without]
    counts = {aspect: len(first.facts[aspect]) for aspect in aspects if aspect not in ("exit code", "results")}
    counts["schemas"] = sum(map(len, first.facts["schemas"].values()))
    counts = {**Counter(facts["status"] for facts in first.facts["results"].values()), **counts}
    found = {
        aspect: outcome.differences(first.facts[aspect], second.facts[aspect])
        for aspect in aspects if first.facts[aspect] or second.facts[aspect]
    }
    if first.exit_code != second.exit_code:
        found["exit code"] += [("last lines", "", *last) for last in last_lines(first.output, second.output)]
    return counts, found


def last_lines(first, second):
    return in_pairs([telling_lines(output) for output in (first, second)])


def telling_lines(output):
    """The lines that say what went wrong, or else the last ones."""
    lines = [re.sub(r"^\d\d:\d\d:\d\d\s*", "", line).strip() for line in output.splitlines()]
    lines = [line for line in lines if line]
    start = next((index for index, line in enumerate(lines) if re.search(r"\berror\b(?!=)", line, re.IGNORECASE)), -LAST_LINES)
    return lines[start:][:LAST_LINES]


def with_samples(rows, locate, arguments):
    """The rows of a table of relations, below each of other content some rows of one side only.

    `locate` gives both database files and the name of the relation for an item.
    """
    found = []
    for row in rows:
        found.append(row)
        if row[1] == "hash" and "unreadable" not in row[2] + row[3]:
            *databases, relation = locate(row[0])
            found += [("", "row", *pair) for pair in in_pairs(
                outcome.call_contents(arguments.dbt, ["sample", *databases, relation, *arguments.exclude_columns], databases[0].parent)
            )]
    return found


def in_pairs(columns):
    """Two lists side by side, the shorter one filled up."""
    return list(zip_longest(*columns, fillvalue=""))


class Script:
    """What to run in a project: command lines, and the exit codes that dbt must give."""

    def __init__(self, project, arguments):
        path = project / "compare.json"
        given = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        unknown = given.keys() - {"commands", "exit_codes", "exclude_columns"}
        if unknown:
            raise SystemExit(f"{path}: unknown keys {', '.join(sorted(unknown))}")
        if arguments.commands or "commands" not in given:
            self.commands = (arguments.commands or ["build"]) * arguments.repeat
            self.exit_codes = None
        else:
            self.commands = given["commands"]
            self.exit_codes = given.get("exit_codes")
        self.exclude_columns = given.get("exclude_columns", [])

    def reference_problems(self, number, step):
        """Why the reference itself is not as it should be: then a comparison says nothing."""
        if self.exit_codes and step.exit_code != self.exit_codes[number]:
            problem = f"exit code {step.exit_code}, not {self.exit_codes[number]}"
        elif not self.exit_codes and step.exit_code not in (0, 1):
            problem = f"exit code {step.exit_code}"
        else:
            return []
        return [("dbt", "", problem, "")] + [("last lines", "", line, "") for line, _ in last_lines(step.output, "")]


def compare_project(project, arguments, folder, tally):
    """All commands of one project, with both tools."""
    script = Script(project, arguments)
    arguments = argparse.Namespace(**{**vars(arguments), "exclude_columns": arguments.exclude_columns + script.exclude_columns})
    workspaces = []
    for name, binary in (("dbt", arguments.dbt), ("meshbuild", arguments.bin)):
        workspace = Workspace(binary, project, folder / name)
        outcome.provide_profile(workspace.project)
        workspaces.append(workspace)
    for number, command in enumerate(script.commands):
        first, second = (run_step(workspace, command, arguments) for workspace in workspaces)
        counts, found = compare_steps(first, second, arguments.without)
        locate = partial(locate_in_copies, [workspace.databases() for workspace in workspaces])
        found["relations"] = with_samples(found.get("relations", []), locate, arguments)
        found["reference"] = script.reference_problems(number, first)
        tally.check(f"{number + 1}. {command} ({first.seconds:.1f} s and {second.seconds:.1f} s)", counts, found)


def locate_in_copies(databases, item):
    file, _, relation = item.partition(":")
    return [*(found[file] for found in databases), relation]


def run_projects(projects, arguments, tally):
    folder = outcome.temporary_folder(arguments.keep)
    try:
        for number, project in enumerate(projects, start=1):
            print(f"{project.name}{revision_of(project)}")
            compare_project(project, arguments, folder / f"{number}", tally)
    finally:
        leave(folder, arguments)


def leave(folder, arguments):
    if arguments.keep:
        print(f"kept in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)


def revision_of(project):
    """The revision of a checkout: of its folder's name, or what git says; else nothing."""
    for folder in (project, *project.parents):
        if "@" in folder.name:
            return f" ({folder.name})" if folder != project else ""
        if (folder / ".git").exists():
            done = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
            return f" (git {done.stdout.strip()[:12]})"
    return ""


def command_project(arguments):
    projects = [path.resolve() for path in arguments.folders]
    for project in projects:
        if not (project / "dbt_project.yml").exists():
            raise SystemExit(f"{project}: no dbt_project.yml")
    tally = Tally(arguments.shown)
    run_projects(projects, arguments, tally)
    return tally.end()


def command_packages(arguments):
    """Public projects: packages by their own integration tests, then every other project."""
    if arguments.projects is None or not arguments.projects.is_dir():
        return not_run("no folder of public projects; give one with --projects")
    known = packages.packages_in(arguments.projects.resolve())
    projects = [] if arguments.only else other_projects(arguments.projects, known)
    if not projects and not known:
        return not_run(f"no dbt_project.yml in {arguments.projects}")
    tally = Tally(arguments.shown)
    if known:
        run_packages(known, arguments, tally)
    run_projects(projects, arguments, tally)
    return tally.end()


def other_projects(folder, known):
    """Every project under a folder that is no package, and not a package within one."""
    found = sorted(path.parent.resolve() for path in folder.rglob("dbt_project.yml") if "dbt_packages" not in path.parts)
    taken = [package.folder for package in known.values()]
    return [path for path in found if path not in taken and not any(other in path.parents for other in found)]


def run_packages(known, arguments, tally):
    folder = outcome.temporary_folder(arguments.keep)
    try:
        for tool in ("dbt", "meshbuild"):
            packages.lay_out(known, folder / tool)
        summaries = [
            compare_package(package, tests, arguments, folder, tally)
            for package in known.values() if not arguments.only or package.name in arguments.only
            for tests in package.tests
        ]
    finally:
        leave(folder, arguments)
    print("package, revision, steps, results: equal/different, tables: equal/different")
    for name, revision, counts in summaries:
        print(f"  {name}{revision}: {counts['steps']} steps, results {counts['results']}/{counts['other results']}, "
              f"tables {counts['tables']}/{counts['other tables']}")


def compare_package(package, tests, arguments, folder, tally):
    """All commands of the integration tests of one package: (name, revision, counts)."""
    name, revision = f"{package.name} {tests}", revision_of(package.folder / tests)
    print(f"{name}{revision}")
    arguments = argparse.Namespace(**{**vars(arguments), "exclude_columns": arguments.exclude_columns + package.volatile})
    counts = Counter()
    workspaces = [
        packages.Workspace(binary, folder / tool / package.name / tests, folder / tool / "home")
        for tool, binary in (("dbt", arguments.dbt), ("meshbuild", arguments.bin))
    ]
    for number, command in enumerate(arguments.commands or package.commands, start=1):
        first = recorded_step(workspaces[0], command, arguments, f"{package.folder.name}-{tests}-{number}".replace("/", "-"))
        second = run_step(workspaces[1], command, arguments)
        step, found = compare_steps(first, second, arguments.without)
        different = {aspect: {row[0] for row in found.get(aspect, [])} for aspect in ("results", "relations")}
        counts["steps"] += 1
        for aspect, title in (("results", "results"), ("relations", "tables")):
            counts[title] += len(first.facts[aspect].keys() - different[aspect])
            counts[f"other {title}"] += len(different[aspect])
        if not arguments.recorded:
            locate = partial(locate_in_copies, [workspace.databases() for workspace in workspaces])
            found["relations"] = with_samples(found.get("relations", []), locate, arguments)
        tally.check(f"{number}. {command} ({first.seconds:.1f} s and {second.seconds:.1f} s)", step, found)
    return name, revision, counts


class Mesh:
    """The example mesh, built by dbt domain by domain and by the other tool at once."""

    def __init__(self, arguments, folder):
        projects = arguments.projects.resolve()
        self.arguments = arguments
        self.reference = retail_oracle.copy_mesh(projects, folder / "dbt")
        self.databases = [retail_oracle.database(folder / name) for name in ("dbt", "meshbuild")]
        self.workspace = Workspace(arguments.bin, projects, folder / "meshbuild", {"RETAIL_DUCKDB_PATH": str(self.databases[1])})

    def contents(self, database):
        if not database.exists():
            return {"schemas": [], "relations": {}}
        return outcome.call_contents(self.arguments.dbt, ["read", database, *self.arguments.exclude_columns])

    def compare_run(self, run, tally):
        """Build with both tools and check the whole, then each domain."""
        built = retail_oracle.build_mesh(self.arguments.dbt, self.reference)
        started = time.monotonic()
        code, output = self.workspace.run(["build"])
        took = f"{sum(entry[3] for entry in built.values()):.1f} s and {time.monotonic() - started:.1f} s"
        first, second = max(entry[0] for entry in built.values()), code
        found = {"exit code": outcome.differences({"exit code": {"": first}}, {"exit code": {"": second}})}
        if found["exit code"]:
            found["exit code"] += [("last lines", "", *last) for last in last_lines("", output)]
        contents = [self.contents(database) for database in self.databases]
        schemas = [{name: "present" for name in content["schemas"]} for content in contents]
        found["schemas"] = outcome.differences(*schemas)
        tally.check(f"run {run}: whole mesh ({took})", {"schemas": len(schemas[0])}, found)
        artifacts = [self.workspace.artifact(name) for name in ("run_results.json", "manifest.json")]
        for domain in retail_oracle.domain_order(self.reference):
            self.compare_domain(f"run {run}: {domain}", domain, built.get(domain), artifacts, contents, tally)

    def compare_domain(self, title, domain, built, artifacts, contents, tally):
        if built is None:
            tally.check(title, {}, {"reference": [(domain, "", "not built, as an earlier domain failed", "")]})
            return
        code, run_results, output, _ = built
        manifest = json.loads((self.reference / domain / "target" / "manifest.json").read_text(encoding="utf-8"))
        counts, found = compare_steps(
            domain_step(domain, run_results, manifest, contents[0]),
            domain_step(domain, *artifacts, contents[1]),
            self.arguments.without,
        )
        found["relations"] = with_samples(found.get("relations", []), lambda item: [*self.databases, item], self.arguments)
        found["reference"] = [("exit code", "", str(code), "")] if code else []
        found["dbt warns"] = [("", "", line, "") for line in retail_oracle.warnings_in(output)]
        tally.check(title, counts, found)


def domain_step(domain, run_results, manifest, contents):
    """The facts of one domain, whether it was built alone or with others."""
    own = [result for result in run_results.get("results", []) if result["unique_id"].split(".")[1] == domain]
    relations = {}
    for name, relation in retail_oracle.relations_of(domain, contents["relations"], volatile=True).items():
        volatile = name.split(".")[1] in retail_oracle.VOLATILE
        relations[name] = {**relation, "hash": None, "rows": None} if volatile else relation
    facts = {
        "exit code": {},
        "results": outcome.result_facts({"results": own}),
        "manifest": outcome.manifest_facts(manifest, {domain}),
        "compiled": {},
        "relations": relations,
        "schemas": {"schemas": [name for name in contents["schemas"] if re.fullmatch(rf"{domain}(_\w+)?", name)]},
    }
    return Step("build", 0, "", 0.0, facts)


def command_mesh(arguments):
    if not (arguments.projects / "mesh.yml").exists():
        return not_run(f"no mesh.yml in {arguments.projects}")
    folder = outcome.temporary_folder(arguments.keep)
    tally = Tally(arguments.shown)
    try:
        mesh = Mesh(arguments, folder)
        for run in (1, 2):
            mesh.compare_run(run, tally)
    finally:
        leave(folder, arguments)
    return tally.end()


def not_run(reason):
    print(f"not run: {reason}")
    return NOT_RUN


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    project = commands.add_parser("project", help="compare on projects of one's own")
    project.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    public = commands.add_parser("packages", help="compare on checkouts of public projects")
    public.add_argument("--projects", type=Path, help="folder of checkouts")
    public.add_argument("--only", nargs="+", metavar="PACKAGE", help="packages by the names of their projects")
    public.add_argument("--recorded", type=Path, metavar="FOLDER", help="keep what dbt does in this folder, and do not run it again")
    mesh = commands.add_parser("mesh", help="compare on the example mesh")
    mesh.add_argument("--projects", default="projects", type=Path, help="folder of the mesh")
    for command in (project, public):
        command.add_argument("--commands", nargs="+", metavar="COMMAND", help='command lines to run, such as "seed" "run --full-refresh"')
        command.add_argument("--repeat", type=int, default=2, help="how often to run the command lines (2)")
        command.add_argument("--compiled", action="store_true", help="compare compiled SQL too, without regard to white space")
    for command in (project, public, mesh):
        command.add_argument("--bin", required=True, type=existing, help="the tool under test")
        command.add_argument("--dbt", required=True, type=lambda text: Path(text).expanduser().absolute(), help="path of the dbt executable")
        command.add_argument("--exclude-columns", nargs="+", default=[], metavar="PATTERN", help="columns of which only null or not is compared")
        command.add_argument("--without", nargs="+", default=[], metavar="ASPECT", help="aspects to leave out, such as manifest")
        command.add_argument("--shown", type=int, default=SHOWN, help=f"rows of a table to show ({SHOWN})")
        command.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this empty folder and leave all there")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if not arguments.dbt.exists():
        return not_run(f"no dbt at {arguments.dbt}")
    return {"project": command_project, "packages": command_packages, "mesh": command_mesh}[arguments.command](arguments)


if __name__ == "__main__":
    sys.exit(main())
