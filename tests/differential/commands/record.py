"""Records every command of dbt with every option that its --help shows or hides: names, opposites, variables, choices.

Run with the Python of the oracle (`./dev oracle`); the result stands beside this file as dbt.json, and the test
`every_option_of_dbt_is_known` of src/cli/arguments holds our table against it.
"""

import json
import pathlib

import click
from dbt.cli.main import cli


def option(parameter):
    if isinstance(parameter, click.Argument):
        return {"name": parameter.name, "argument": True}
    variables = parameter.envvar if isinstance(parameter.envvar, list) else [parameter.envvar]
    kind = parameter.type
    return {
        "name": parameter.name,
        "on": sorted(parameter.opts),
        "off": sorted(parameter.secondary_opts),
        "flag": parameter.is_flag,
        "multiple": parameter.multiple,
        "choices": sorted(kind.choices) if isinstance(kind, click.Choice) else [],
        "variables": sorted(str(getattr(name, "name", name)) for name in variables if name),
        "hidden": parameter.hidden,
    }


def walk(command, path, found):
    parameters = [option(parameter) for parameter in command.params]
    found[" ".join(path)] = sorted(parameters, key=lambda parameter: parameter["name"])
    for name, child in sorted(getattr(command, "commands", {}).items()):
        walk(child, [*path, name], found)


found = {}
walk(cli, [], found)
target = pathlib.Path(__file__).with_name("dbt.json")
target.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
