"""Compares the names and argument lists of the macro library with those of the two packages it stands in for.

Owns reading macro files with dbt's own Jinja and telling differences; runs no dbt command."""

import importlib.util
import pathlib

from jinja2 import nodes
from dbt_common.clients import jinja as dbt_jinja

PACKAGES = {"dbt": "global_project", "dbt_duckdb": "duckdb"}


def original_root(package):
    """The folder of the installed package, found without importing it (an import may be overlaid)."""
    spec = importlib.util.find_spec("dbt.adapters.duckdb")
    site_packages = pathlib.Path(spec.origin).parents[3]
    return site_packages / "dbt" / "include" / PACKAGES[package]


def signatures(folder):
    """{macro name as dbt mangles it: argument list with defaults} of every .sql file below `folder`."""
    found = {}
    for path in sorted(folder.rglob("*.sql")):
        tree = dbt_jinja.get_environment(None, capture_macros=False).parse(path.read_text())
        for macro in tree.find_all(nodes.Macro):
            name = macro.name.removeprefix("dbt_macro__")
            arguments = [argument.name for argument in macro.args]
            defaults = [repr(default) for default in macro.defaults]
            plain = len(arguments) - len(defaults)
            listed = arguments[:plain] + [f"{a}={d}" for a, d in zip(arguments[plain:], defaults)]
            if name in found:
                raise SystemExit(f"{path}: {name} is defined twice")
            found[name] = listed
    return found


def differences(library):
    """(lines for what is missing or differs, lines for what only the library has)."""
    problems, additions = [], []
    for package in PACKAGES:
        theirs = signatures(original_root(package))
        ours = signatures(library / package)
        for name in sorted(theirs.keys() - ours.keys()):
            problems.append(f"{package}.{name}: missing")
        for name in sorted(theirs.keys() & ours.keys()):
            if theirs[name] != ours[name]:
                problems.append(f"{package}.{name}: ({', '.join(theirs[name])}) is ({', '.join(ours[name])})")
        additions += [f"{package}.{name}" for name in sorted(ours.keys() - theirs.keys())]
    return problems, additions
