"""What is measured: one function for each measure, which adds its figures to a `Bench`.

A figure is a ratio of medians of one run of this program, or an absolute number where the bar is one.
The bars themselves are in run.py.
"""

import functools
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

import install
import projects
from install import HERE, ROOT, Tool

# ru_maxrss is in bytes on macOS and in KiB elsewhere.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
PARSE = ("parse", "--no-partial-parse")


@dataclass
class Run:
    """One process that has ended."""

    seconds: float
    processor: float
    peak: int
    output: str


def timed(command, folder, environment):
    """Run a command to its end; one that fails ends the benchmark."""
    with (folder.parent / "output.txt").open("w+b") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode:
        raise SystemExit(f"{' '.join(str(word) for word in command)} exited with {process.returncode}:\n{text[-3000:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RSS_UNIT, text)


class Side:
    """A tool with copies of a project of its own, the last of which is `project`, and a home folder."""

    def __init__(self, tool, source, folder):
        self.name, self.tool, self.source, self.folder = tool.name, tool, source, folder
        self.copies = 0
        self.start()

    def start(self):
        """Start from nothing: in a new copy, because making files soon after many were deleted is slow on some file systems.
        What is still to be written to the disk is no burden of the next run."""
        for database in self.folder.glob("*/*/*.duckdb*"):
            database.unlink()
        self.copies += 1
        place = self.folder / str(self.copies)
        self.project, self.home = place / self.source.name, place / "home"
        self.home.mkdir(parents=True)
        projects.copy(self.source, self.project)
        os.sync()

    def run(self, *words):
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ", "TMPDIR") if name in os.environ}
        quiet = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
        return timed([self.tool.binary, *words], self.project, {**kept, **quiet, "HOME": str(self.home), **self.tool.variables})

    def cold(self, *words):
        self.start()
        return self.run(*words)

    def database(self):
        return install.only(self.project, "*.duckdb")


class Alone(Side):
    """DuckDB alone, with what dbt-core compiled; its time is that between connecting and having closed."""

    def __init__(self, python, source, folder, reference):
        super().__init__(Tool("DuckDB alone", python), source, folder)
        self.reference = reference
        self.plan = folder / "plan.json"

    def build(self):
        self.start()
        database = self.reference.database()
        if not self.plan.exists():
            words = ["plan", self.reference.project / "target" / "manifest.json", database, projects.threads_of(self.project)]
            self.plan.write_text(install.output_of(self.tool.binary, HERE / "alone.py", *words))
        run = self.run(HERE / "alone.py", "run", self.plan, database.name)
        return Run(float(run.output), run.processor, run.peak, "")


class Bench:
    """The tools, the projects, and what has been found so far."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.figures, self.problems = {}, []

    @functools.cached_property
    def environment(self):
        return install.oracle()

    @functools.cached_property
    def tools(self):
        """By short name; fetched when first asked for."""
        own = Tool("meshbuild", self.arguments.bin)
        return {"own": own, "core": install.dbt_core(self.environment), "next": install.dbt_2(self.environment)}

    @functools.cache
    def project(self, models, tests):
        folder = self.folder / f"models_{models}_{tests}"
        projects.many(folder, self.arguments.generator, models, tests, self.arguments.threads)
        return folder

    def side(self, measure, name, source):
        return Side(self.tools[name], source, self.folder / measure / name)

    def runs_of(self, name):
        return min(self.arguments.runs, self.arguments.peer_runs) if name == "dbt-core" else self.arguments.runs

    def compare(self, title, works):
        """Let the works, {name: function that returns a Run}, take turns: {name: (median seconds, highest peak)}."""
        print(f"\n{title}", flush=True)
        found = {name: [] for name in works}
        for turn in range(self.arguments.runs):
            for name, work in works.items():
                if turn < self.runs_of(name):
                    found[name].append(work())
        medians = {}
        for name, runs in found.items():
            seconds, peak = sorted(run.seconds for run in runs), max(run.peak for run in runs)
            medians[name] = (statistics.median(seconds), peak)
            processor = statistics.median(run.processor for run in runs)
            spread = f"({len(runs)} run{'s' * (len(runs) != 1)}: {seconds[0]:.3f} to {seconds[-1]:.3f})"
            print(f"  {name:<14} {medians[name][0]:9.3f} s {processor:9.3f} s of processors {peak / 2**20:6.0f} MiB   {spread}", flush=True)
        return medians

    def same(self, what, sides):
        """All sides have the same facts, or it is a problem."""
        facts = {}
        for side in sides:
            path = side.project / "target" / "manifest.json" if what == "nodes" else side.database()
            facts[side.name] = json.loads(install.output_of(self.environment / "bin" / "python", HERE / "facts.py", what, path))
        first_name, first = next(iter(facts.items()))
        for name, other in facts.items():
            keys = [key for key in sorted({*first, *other}) if first.get(key) != other.get(key)]
            self.problems += [f"{key}: {first_name} {first.get(key)}, {name} {other.get(key)}" for key in keys[:5]]
            if len(keys) > 5:
                self.problems.append(f"... and {len(keys) - 5} more of {name}")
        if what == "nodes":
            print("  " + ", ".join(f"{count} {kind}" for kind, count in first.items()))
        else:
            print(f"  {len(first)} relations, {sum(relation[2] for relation in first.values())} rows")


def times(medians, other):
    return medians[other][0] / medians["meshbuild"][0]


def against_dbt(bench, measure, title, command):
    """A command that ends in manifest.json, at 2,000 models, started cold."""
    sides = [bench.side(measure, name, bench.project(2000, 2)) for name in ("own", "core", "next")]
    medians = bench.compare(title, {side.name: functools.partial(side.cold, *command) for side in sides})
    bench.same("nodes", sides)
    bench.figures[f"{measure}, times dbt-core"] = times(medians, "dbt-core")
    bench.figures[f"{measure}, times dbt 2.0"] = times(medians, sides[2].name)


def cold_parse(bench):
    against_dbt(bench, "cold parse", "cold parse of 2,000 models", PARSE)


def cold_parse_large(bench):
    sides = {models: bench.side(f"large-{models}", "own", bench.project(models, 2)) for models in (2000, 20000)}
    works = {f"{models:,} models": functools.partial(side.cold, *PARSE) for models, side in sides.items()}
    medians = bench.compare("cold parse, meshbuild, growth", works)
    (small, _), (large, peak) = medians.values()
    bench.figures["cold parse, 20,000 to 2,000 models"] = large / small
    bench.figures["cold parse of 20,000 models, GiB"] = peak / 2**30


def warm_ls(bench):
    """`ls` of a project in which nothing has changed since the last one."""
    side = bench.side("warm-ls", "own", bench.project(10000, 2))
    walk, untouched = install.walk(), bench.project(10000, 2)
    for _ in range(2):
        side.run("ls")
    works = {"meshbuild": lambda: side.run("ls"), "walk and stat": lambda: timed([walk, untouched], untouched, {})}
    medians = bench.compare("ls of 10,000 models, nothing changed", works)
    bench.figures["warm ls, to walking the files"] = 1 / times(medians, "walk and stat")


def compile_models(bench):
    against_dbt(bench, "compile", "compile of 2,000 models, cold", ["compile"])


def build(bench):
    """500 models with two tests each."""
    source = bench.project(500, 2)
    sides = {name: bench.side("build", name, source) for name in ("core", "own", "next")}
    alone = Alone(bench.environment / "bin" / "python", source, bench.folder / "build" / "alone", sides["core"])
    works = {side.name: functools.partial(side.cold, "build") for side in sides.values()}
    medians = bench.compare(f"build of 500 models, cold, {projects.threads_of(source)} workers", {**works, alone.name: alone.build})
    bench.same("nodes", sides.values())
    bench.same("relations", [*sides.values(), alone])
    bench.figures["build, to DuckDB alone"] = 1 / times(medians, alone.name)
    bench.figures["build, times dbt-core"] = times(medians, "dbt-core")
    bench.figures["build, times dbt 2.0"] = times(medians, sides["next"].name)


def heavy_build(bench):
    """Few models over many rows. dbt-core runs because its SQL is what DuckDB alone is given."""
    source = bench.folder / "heavy"
    projects.heavy(source, bench.arguments.rows, bench.arguments.threads)
    sides = {name: bench.side("heavy-build", name, source) for name in ("core", "own")}
    alone = Alone(bench.environment / "bin" / "python", source, bench.folder / "heavy-build" / "alone", sides["core"])
    works = {side.name: functools.partial(side.cold, "build") for side in sides.values()}
    title = f"build of 20 models over {bench.arguments.rows:,} rows, cold, {projects.threads_of(source)} workers"
    medians = bench.compare(title, {**works, alone.name: alone.build})
    bench.same("relations", [*sides.values(), alone])
    bench.figures["heavy build, to DuckDB alone"] = 1 / times(medians, alone.name)


def start(bench):
    """What is felt at every call."""
    side = bench.side("start", "own", ROOT / "projects")
    works = {"--version": lambda: side.run("--version"), "ls, cold": lambda: side.cold("ls"), "ls, warm": lambda: side.run("ls")}
    medians = bench.compare("start, and ls of the retail mesh", works)
    bench.figures["--version, seconds"] = medians["--version"][0]
    bench.figures["ls of the retail mesh, seconds"] = max(medians["ls, cold"][0], medians["ls, warm"][0])


ALL = {
    "cold-parse": cold_parse,
    "cold-parse-large": cold_parse_large,
    "warm-ls": warm_ls,
    "compile": compile_models,
    "build": build,
    "heavy-build": heavy_build,
    "start": start,
}
