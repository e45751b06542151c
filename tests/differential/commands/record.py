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


def main():
    found = {}
    walk(cli, [], found)
    # The root's options come once: a command repeats most of them.
    root = found[""]
    lines = []
    for command, options in found.items():
        own = [option for option in options if command == "" or option not in root]
        rows = ",\n".join("  " + json.dumps(option, sort_keys=True) for option in own)
        lines.append(f" {json.dumps(command)}: [\n{rows}\n ]")
    target = pathlib.Path(__file__).with_name("dbt.json")
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
