#!/usr/bin/env python
"""Differential tests of macros/: the real dbt, once with the macros it comes with and once with ours.

    run.py signatures             names and argument lists of both packages
    run.py projects [NAME...]     every project of projects/ (or those named): statuses, texts, contents of the database
    run.py functional SUITE ...   pytest in SUITE, a source distribution of dbt-duckdb of the installed version (it holds
                                  tests/; dbt-tests-adapter and pytest must be installed); what follows goes to pytest

Run it with the Python of an environment that has dbt-core and dbt-duckdb. Exit code 0: no difference."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import projects
import signatures
from overlay import Overlay

HERE = pathlib.Path(__file__).resolve().parent
LIBRARY = HERE.parents[2] / "macros"


def check_signatures():
    problems, additions = signatures.differences(LIBRARY)
    print(f"{len(additions)} macros that dbt does not have: {', '.join(additions)}")
    return problems


def check_projects(names):
    problems = []
    with Overlay(LIBRARY) as overlay:
        for project in sorted((HERE / "projects").iterdir()):
            if names and project.name not in names:
                continue
            found, statements = projects.compare(project, overlay.environment())
            problems += found
            for step, (theirs, ours) in statements.items():
                print(f"{step}: {theirs} statements with dbt's macros, {ours} with ours")
    return problems


def check_functional(suite, arguments):
    """Tests that pass with dbt's macros and do not with ours."""
    with Overlay(LIBRARY) as overlay, tempfile.TemporaryDirectory() as folder:
        theirs = run_pytest(suite, arguments, dict(os.environ), pathlib.Path(folder) / "theirs.xml")
        ours = run_pytest(suite, arguments, overlay.environment(), pathlib.Path(folder) / "ours.xml")
    print(f"{len(theirs)} tests pass with dbt's macros, {len(ours)} with ours")
    return sorted(f"{test}: fails with our macros only" for test in theirs - ours)


def run_pytest(suite, arguments, environment, report):
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *arguments],
        cwd=suite, env=environment, check=False)
    cases = ElementTree.parse(report).iter("testcase")
    outcomes = [(f"{case.get('classname')}::{case.get('name')}", [child.tag for child in case]) for case in cases]
    failed = {name for name, tags in outcomes if {"failure", "error", "skipped"} & set(tags)}
    return {name for name, _ in outcomes} - failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("signatures")
    commands.add_parser("projects").add_argument("names", nargs="*")
    commands.add_parser("functional").add_argument("suite", type=pathlib.Path)
    options, rest = parser.parse_known_args()
    if options.command == "signatures":
        problems = check_signatures()
    elif options.command == "projects":
        problems = check_projects(options.names)
    else:
        problems = check_functional(options.suite, rest)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} differences")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
