"""Calls of every macro of some packages, with arguments drawn by a fixed seed."""

import os
import random

from dbt_common.clients import jinja

BLOCKS = {"macro", "test", "data_test", "materialization"}
SEED = 20260101
CALLS_FOR_EACH_MACRO = 36

#: What an argument can be, by number of the argument.
KINDS = {
    "text": lambda index, draw: f"'a{index}'",
    "sql": lambda index, draw: "'select 1 as id'",
    "words": lambda index, draw: draw.choice(["'day'", "'append'", "'created_at'", "'id integer'", "' padded '", "''", "'A,B'"]),
    "number": lambda index, draw: str(draw.choice([0, 1, index + 1, -3, 1.5])),
    "boolean": lambda index, draw: draw.choice(["true", "false"]),
    "none": lambda index, draw: "none",
    "relation": lambda index, draw: f"ref('m{index}')",
    "list": lambda index, draw: draw.choice([f"['x{index}', 'y']", "[]", "['id']", "[1, 2]"]),
    "columns": lambda index, draw: "adapter.get_columns_in_relation(this)",
    "dict": lambda index, draw: draw.choice([f"{{'name': 'n{index}', 'type': 't'}}", "{}", "{'a': [1, none], 'b': {'c': 'd'}}"]),
    "model": lambda index, draw: "model",
    "config": lambda index, draw: "config",
}

#: Kinds that suit a parameter, by a part of its name; any other kind is drawn as well.
HINTS = {
    "relation": ["relation"], "model": ["model", "relation"], "columns": ["columns", "list", "dict"], "column": ["text", "words"],
    "sql": ["sql"], "config": ["dict", "config"], "dict": ["dict"], "list": ["list"], "name": ["text"], "date": ["words", "text"],
    "is_": ["boolean"], "values": ["list"], "args": ["dict"],
}


def files_below(folder):
    for root, folders, names in sorted(os.walk(folder)):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".sql"):
                with open(os.path.join(root, name), encoding="utf-8") as file:
                    yield file.read()


def package(name, folder, internal):
    return {"name": name, "internal": internal, "root": False, "files": list(files_below(folder))}


def macros_of(package):
    for text in package["files"]:
        for block in jinja.extract_toplevel_blocks(text, allowed_blocks=BLOCKS, collect_raw_data=False):
            for macro in jinja.parse(block.full_block).body:
                if getattr(macro, "name", "").startswith("dbt_macro__"):
                    yield macro.name[len("dbt_macro__"):], [argument.name for argument in macro.args]


def argument(draw, index, name):
    suiting = [kind for part, kinds in HINTS.items() if part in name for kind in kinds]
    kind = draw.choice(suiting) if suiting and draw.random() < 0.7 else draw.choice(sorted(KINDS))
    return KINDS[kind](index, draw)


def call(draw, name, parameters):
    count = len(parameters) if draw.random() < 0.7 else draw.randint(0, len(parameters) + 1)
    given = [(parameters[index] if index < len(parameters) else "extra") for index in range(count)]
    values = [argument(draw, index, parameter) for index, parameter in enumerate(given)]
    named_from = draw.randint(0, count) if draw.random() < 0.3 else count
    arguments = [
        value if index < named_from else f"{given[index]}={value}" for index, value in enumerate(values)
    ]
    return f"{name}({', '.join(arguments)})"


def cases(packages):
    draw = random.Random(SEED)
    found = []
    for package in packages:
        prefix = "dbt" if package["internal"] else package["name"]
        for name, parameters in macros_of(package):
            calls = [call(draw, f"{prefix}.{name}", parameters) for _ in range(CALLS_FOR_EACH_MACRO)]
            found += [f"{{{{ {text} }}}}" for text in dict.fromkeys(calls)]
            found.append(f"{{% call {calls[0]} %}}body{{% endcall %}}")
    return [{"text": text} for text in found]
