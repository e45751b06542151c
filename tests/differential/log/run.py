"""Compares the JSON logs of dbt and meshbuild: the same commands on the same project, event by event.

    run.py --dbt PATH --meshbuild PATH

Of every event that both write: number, code, level and the keys of `data`. What only one of them writes has to stand in
the lists below, each with its reason; anything else is a difference, and the exit code is 1.
"""

import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).with_name("project")
COMMANDS = {
    "build": ["build"],
    "build_again": ["build"],
    "run_nothing": ["run", "--select", "nosuch"],
    "ls": ["ls"],
    "operation": ["run-operation", "nosuch"],
}
# Events about what dbt has and this program has not: its cache of parsed files, connections that are opened and closed,
# adapters as plug-ins, usage statistics, Python's stack traces.
ONLY_DBT = {
    "AdapterEventDebug", "AdapterRegistered", "CatchableExceptionOnRun", "ConnectionClosed", "ConnectionClosedInCleanup",
    "ConnectionReused", "ConnectionUsed", "FlushEvents", "LogDebugStackTrace", "MainReportArgs", "MarkSkippedChildren",
    "NewConnection", "NewConnectionOpening", "NodeCompiling", "NodeExecuting", "PartialParsingEnabled",
    "PartialParsingSkipParsing", "ResourceReport", "Rollback", "RunningOperationCaughtError", "SQLCommit", "SchemaCreation",
    "StateCheckVarsHash", "UnableToPartialParse", "WritingInjectedSQLForNode",
}
# `Diagnostic` is the place and the remedy of an error, beside dbt's own event with its words.
ONLY_MESHBUILD = {"Diagnostic"}
# How often: every run parses here, so that what templates say while they are parsed is said again; artifacts are written once;
# statements are fewer; dbt-loom, where the oracle has it, speaks through notes; runs that read no template open no database.
OTHER_COUNTS = {"ArtifactWritten", "Formatting", "JinjaLogDebug", "JinjaLogInfo", "JinjaLogWarning", "Note", "PrintEvent",
                "SQLQuery", "SQLQueryStatus"}
# Keys that warnings have beside dbt's: code, place, hints, node.
MORE_KEYS = {"code", "hints", "msg", "node_info", "primary", "secondary", "unique_id"}


def events(program, arguments, folder):
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "0", "DBT_PROFILES_DIR": str(folder)}
    command = [program, "--log-format", "json", "--log-level", "debug", "--no-use-colors", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    found = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        event = json.loads(line)
        found[event["info"]["name"]].append(event)
    return done.returncode, found


def compare(theirs, ours):
    for name in sorted(theirs.keys() | ours.keys()):
        mine, other = ours.get(name, []), theirs.get(name, [])
        if not mine or not other:
            if name not in (ONLY_MESHBUILD if mine else ONLY_DBT) | OTHER_COUNTS:
                yield f"{name}: only {'meshbuild' if mine else 'dbt'} has it"
            continue
        if len(mine) != len(other) and name not in OTHER_COUNTS:
            yield f"{name}: {len(other)} of dbt, {len(mine)} of meshbuild"
        for what in ("code", "level"):
            values = [{event["info"][what] for event in side} for side in (other, mine)]
            if values[0] != values[1]:
                yield f"{name}: {what} {values[0]} of dbt, {values[1]} of meshbuild"
        keys = [{key for event in side for key in event["data"]} for side in (other, mine)]
        if keys[0] - keys[1] or keys[1] - keys[0] - MORE_KEYS:
            yield f"{name}: keys without match, dbt {keys[0] - keys[1]}, meshbuild {keys[1] - keys[0] - MORE_KEYS}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dbt", default="dbt")
    parser.add_argument("--meshbuild", required=True)
    arguments = parser.parse_args()
    programs = {"dbt": arguments.dbt, "meshbuild": str(pathlib.Path(arguments.meshbuild).resolve())}
    differences, compared = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in programs:
            shutil.copytree(PROJECT, pathlib.Path(scratch) / name)
        for label, command in COMMANDS.items():
            (code, theirs), (own, ours) = (
                events(program, command, pathlib.Path(scratch) / name) for name, program in programs.items()
            )
            compared += len(theirs.keys() & ours.keys())
            if code != own:
                differences.append(f"{label}: exit code {code} of dbt, {own} of meshbuild")
            differences += [f"{label}: {difference}" for difference in compare(theirs, ours)]
    print("\n".join([*differences, f"{compared} kinds of events compared, {len(differences)} differences"]))
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
