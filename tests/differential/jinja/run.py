"""Compares meshbuild's Jinja with dbt's. See README.md beside this file."""

import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
NOT_RUN = 3
MINIMUM = {"snippets": 200, "macro_calls": 4000}
MOST_DIFFERENT = 0.005


def installed_packages():
    import dbt.adapters.duckdb
    import dbt.include.duckdb
    import dbt.include.global_project
    import macro_calls

    duckdb = os.path.join(os.path.dirname(dbt.include.duckdb.__file__), "macros")
    global_project = os.path.dirname(dbt.include.global_project.__file__)
    return [
        macro_calls.package("dbt_duckdb", duckdb, True),
        macro_calls.package("dbt", os.path.join(global_project, "macros"), True)
        | {"files": list(macro_calls.files_below(global_project))},
    ]


def project_packages(folder):
    import macro_calls

    found = []
    for root, folders, names in sorted(os.walk(folder)):
        folders.sort()
        if "dbt_project.yml" not in names or not os.path.isdir(os.path.join(root, "macros")):
            continue
        with open(os.path.join(root, "dbt_project.yml"), encoding="utf-8") as file:
            name = re.search(r"^name:\s*['\"]?(\w+)", file.read(), re.MULTILINE)
        revision = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
        print(f"project {name.group(1) if name else root} at {revision.stdout.strip() or 'no revision'}")
        if name:
            found.append(macro_calls.package(name.group(1), os.path.join(root, "macros"), False))
    return found


def render(cases, profile):
    """The results of both sides, and what meshbuild says about macros that do not compile."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: os.path.join(folder, name + ".json") for name in ("cases", "python", "rust")}
        with open(paths["cases"], "w", encoding="utf-8") as file:
            json.dump(cases, file)
        python = [sys.executable, os.path.join(HERE, "python_side.py"), paths["cases"], paths["python"]]
        environment = dict(os.environ, PYTHONHASHSEED="0")
        subprocess.run(python, check=True, env=environment)
        cargo = ["cargo", "run", "--quiet", "--example", "jinja_cases", *profile, "--", paths["cases"], paths["rust"]]
        subprocess.run(cargo, check=True, cwd=ROOT)
        with open(paths["python"], encoding="utf-8") as file:
            python = json.load(file)
        with open(paths["rust"], encoding="utf-8") as file:
            rust = json.load(file)
    return python, rust["results"], rust["problems"]


def normalized(text):
    """Without what differs from run to run: addresses of objects."""
    return re.sub(r"<generator object [^>]*>", "<generator>", re.sub(r" at 0x[0-9a-f]+", "", text))


def first_line(error):
    return normalized(error).split("\n")[0].split(". This can happen")[0].strip()


def compare(name, cases, python, rust, verbose):
    groups = collections.defaultdict(list)
    for case, expected, found in zip(cases, python, rust):
        if "output" in expected and "output" in found:
            group = "same" if normalized(expected["output"]) == normalized(found["output"]) else "different"
        elif "output" in expected:
            group = "only meshbuild fails"
        elif "output" in found:
            group = "only dbt fails"
        else:
            same = first_line(expected["error"]) == first_line(found["error"])
            group = "both fail, same text" if same else "both fail, other text"
        groups[group].append((case, expected, found))
    print(f"\n{name}: {len(cases)} cases")
    for group in ("same", "different", "only meshbuild fails", "only dbt fails", "both fail, same text", "both fail, other text"):
        print(f"  {group:<24}{len(groups[group]):>6}")
    listed = ["different", "only meshbuild fails", "only dbt fails"] + (["both fail, other text"] if verbose else [])
    for group in listed:
        for case, expected, found in groups[group]:
            print(f"\n  {group}: {case['text']!r}{' (parse)' if case.get('parse') else ''}")
            print(f"    dbt        {expected.get('output', expected.get('error'))!r:.400}")
            print(f"    meshbuild  {found.get('output', found.get('error'))!r:.400}")
    succeeded = len(groups["same"]) + len(groups["different"]) + len(groups["only meshbuild fails"])
    wrong = succeeded - len(groups["same"]) + len(groups["only dbt fails"])
    enough = succeeded >= MINIMUM[name]
    good = wrong <= succeeded * MOST_DIFFERENT
    print(f"\n  {succeeded} succeed in dbt (at least {MINIMUM[name]}), {wrong} differ ({wrong / max(succeeded, 1):.2%})")
    return enough and good


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--projects", metavar="DIR", help="compare the macros of the projects below DIR as well")
    arguments.add_argument("--only", choices=sorted(MINIMUM))
    arguments.add_argument("--verbose", action="store_true", help="list what fails on both sides with other texts")
    arguments.add_argument("--release", action="store_true")
    options = arguments.parse_args()
    try:
        packages = installed_packages()
    except ImportError as missing:
        print(f"not run: {missing}", file=sys.stderr)
        return NOT_RUN
    import macro_calls
    import snippets

    if options.projects:
        packages = project_packages(options.projects) + packages
    with open(os.path.join(HERE, "mock_context.json"), encoding="utf-8") as file:
        mocks = json.load(file)
    profile = ["--release"] if options.release else []
    good = True
    kinds = {"snippets": ([], snippets.cases), "macro_calls": (packages, lambda: macro_calls.cases(packages))}
    for name, (used, make) in kinds.items():
        if options.only in (None, name):
            cases = make()
            python, rust, problems = render({"mocks": mocks, "packages": used, "cases": cases}, profile)
            for problem in problems:
                print(f"does not compile: {problem}")
            good = compare(name, cases, python, rust, options.verbose) and not problems and good
    print("\ngood" if good else "\nNOT good")
    return 0 if good else 1


if __name__ == "__main__":
    sys.path.insert(0, HERE)
    sys.exit(main())
