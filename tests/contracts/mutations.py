#!/usr/bin/env python3
"""Change the example mesh in many ways and see what `contract diff` calls each of them.

    mutations.py --bin meshbuild [--projects projects] [--count 200] [--seed 1] [--verbose]

A copy of the mesh becomes a git repository. Then one mutation after the other is made in the
work tree, compared with the commit, and taken back. Every mutation comes with the class that it
must have for the readers of the public model that it is about: `breaking`, `harmless` (additive,
behaviour or nothing), or exactly `none`. Prints a table of kinds; fails when a breaking one is
missed, or more than 2 % of the harmless ones are called breaking. Which models, columns and
places are taken is decided by the seed alone.
"""

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

# A string in a config may hold Jinja of its own.
CONFIG = re.compile(r"""\A\s*(?:\{#.*?#\}\s*)?\{\{\s*config\((?:"[^"]*"|'[^']*'|[^"'}]|\}(?!\}))*\}\}""", re.S)
BOUNDARY = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/)", re.S)
KEYWORDS = re.compile(r"\b(select|from|where|join|left|inner|group|by|order|as|on|and|or|case|when|then|else|end|cast|sum|count)\b")


class Mesh:
    """The repository, and what the unchanged mesh is made of."""

    def __init__(self, binary, projects, folder):
        self.binary, self.folder = binary, folder
        shutil.copytree(projects, folder, dirs_exist_ok=True)
        (folder / ".gitignore").write_text("target/\nlogs/\n*.duckdb\n")
        self.git("init", "--quiet", "--initial-branch", "main", ".")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "base")
        self.run("--quiet", "parse")
        manifest = json.loads((folder / "target" / "manifest.json").read_text())
        lineage = json.loads(self.run("--quiet", "lineage", "--format", "json").stdout)
        types = {node["id"]: {column["name"]: column["type"] for column in node["columns"]} for node in lineage["nodes"]}
        # dbt's paths are relative to the package, whose folder here has its name.
        self.models = [
            Model(node, folder / node["package_name"], types[node["unique_id"]])
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model" and node["access"] == "public" and node["language"] == "sql"
        ]
        self.models = sorted((model for model in self.models if model.file.exists()), key=lambda model: model.id)

    def git(self, *words):
        identity = ["-c", "user.name=mutations", "-c", "user.email=mutations@example.com"]
        subprocess.run(["git", *identity, *words], cwd=self.folder, check=True, capture_output=True)

    def run(self, *words):
        return subprocess.run([self.binary, *words], cwd=self.folder, capture_output=True, text=True)

    def classes(self):
        """{id: class} of the public models that changed."""
        done = self.run("--quiet", "contract", "diff", "--against", "main", "--format", "json")
        try:
            return {product["id"]: product["class"] for product in json.loads(done.stdout)["products"]}
        except json.JSONDecodeError:
            return {"error": done.stdout[-600:] + done.stderr[-300:]}

    def restore(self):
        self.git("checkout", "--quiet", "--", ".")
        self.git("clean", "-fdq")


class Model:
    """A public model: its files and columns."""

    def __init__(self, node, project, types):
        self.id, self.name, self.types = node["unique_id"], node["name"], types
        self.is_version = node["version"] is not None
        self.file = project / node["original_file_path"]
        self.properties = project / node["patch_path"].split("://")[1] if node["patch_path"] else None

    def sql(self):
        return self.file.read_text()

    def wrap(self, select):
        """The same query with another select around it."""
        text = self.sql()
        config = CONFIG.match(text)
        head, body = (text[: config.end()], text[config.end():]) if config else ("", text)
        self.file.write_text(f"{head}\nwith mutated as (\n{body}\n)\n{select}\n")
        return True

    def entry(self):
        """Start and end of the model's entry in its properties file, and the text."""
        text = self.properties.read_text()
        start = re.search(rf"^  - name: {re.escape(self.name)}\s*$", text, re.M)
        if not start:
            return None
        end = re.search(r"^(  - name: |\S)", text[start.end():], re.M)
        return start.start(), start.end() + end.start() if end else len(text), text

    def edit_entry(self, change):
        """Replaces the entry by what `change` makes of it; False when that is nothing."""
        # What an entry says of its columns holds for those versions that have them.
        found = self.properties and not self.is_version and self.entry()
        if not found:
            return False
        start, end, text = found
        changed = change(text[start:end])
        if changed is None or changed == text[start:end]:
            return False
        self.properties.write_text(text[:start] + changed + text[end:])
        return True


def parts(text):
    """The text cut so that every second part is Jinja, a string or a comment."""
    return BOUNDARY.split(text)


def outside(text, change):
    return "".join(part if place % 2 else change(part) for place, part in enumerate(parts(text)))


def drop_column(model, random):
    return model.wrap(f"select * exclude ({random.choice(sorted(model.types))}) from mutated")


def rename_column(model, random):
    column = random.choice(sorted(model.types))
    return model.wrap(f"select * rename ({column} as {column}_renamed) from mutated")


def change_type(model, random):
    column = random.choice(sorted(model.types))
    other = "varchar" if model.types[column] != "VARCHAR" else "blob"
    return model.wrap(f"select * replace (cast({column} as {other}) as {column}) from mutated")


def loosen_join(model, random):
    text = model.sql()
    found = []
    offset = 0
    for place, part in enumerate(parts(text)):
        if place % 2 == 0:
            found += [offset + match.start(1) for match in re.finditer(r"(?<!left )(?<!full )(?<!right )(?<!outer )\b((?:inner )?join)\b", part)]
        offset += len(part)
    if not found:
        return False
    at = random.choice(found)
    model.file.write_text(text[:at] + re.sub(r"^(inner )?join", "left join", text[at:], count=1))
    return True


def remove_test(model, random):
    def change(entry):
        lines = entry.split("\n")
        tests = [at for at, line in enumerate(lines) if re.fullmatch(r"\s+- (not_null|unique)", line)]
        constraints = re.search(r"constraints:", entry)
        if not tests or constraints:
            return None
        at = random.choice(tests)
        indent = lines[at][: lines[at].index("-")]
        del lines[at]
        is_item = [line.startswith(f"{indent}- ") for line in lines]
        if not is_item[at - 1] and not any(is_item[at : at + 1]):
            # A list without entries is none.
            del lines[at - 1]
        return "\n".join(lines)

    return model.edit_entry(change)


def accepted_values(more):
    def mutate(model, random):
        def change(entry):
            found = re.search(r"accepted_values:(?:\n\s+arguments:)?\n?\s*(?:\{)?\s*values: \[(.*?)\]", entry, re.S)
            if not found:
                return None
            values = [value.strip() for value in found.group(1).split(",")]
            values = values + ["'one more'"] if more else values[:-1]
            if not values:
                return None
            return entry[: found.start(1)] + ", ".join(values) + entry[found.end(1):]

        return model.edit_entry(change)

    return mutate


def change_filter(model, random):
    column = random.choice(sorted(model.types))
    return model.wrap(f"select * from mutated where {column} is not null")


def change_expression(model, random):
    texts = [name for name, kind in model.types.items() if kind == "VARCHAR"]
    if not texts:
        return False
    column = random.choice(sorted(texts))
    return model.wrap(f"select * replace (upper({column}) as {column}) from mutated")


def reformat(model, random):
    def looks(part):
        part = re.sub(r" +", lambda match: match.group(0) + " " * random.choice([0, 0, 1, 3]), part)
        return KEYWORDS.sub(lambda match: match.group(0).upper() if random.random() < 0.5 else match.group(0), part)

    text = model.sql()
    config = CONFIG.match(text)
    at = config.end() if config else 0
    model.file.write_text(text[:at] + "\n-- looks only\n" + outside(text[at:], looks) + "\n\n/* the end */\n")
    return True


def rename_cte(model, random):
    text = model.sql()
    names = re.findall(r"(?:with|,)\s+(\w+) as \(", text)
    names = [name for name in names if "{" not in name]
    if not names:
        return False
    name = random.choice(names)
    # Inside of Jinja it may be a part of a string.
    if any(re.search(rf"\b{name}\b", part) for part in parts(text)[1::2]):
        return False
    changed = outside(text, lambda part: re.sub(rf"\b{name}\b(?!\s*\()", f"{name}_renamed", part))
    # A column or alias of the same name would change as well.
    if re.search(rf"(\.|as ){name}\b", text.replace(f"{name} as (", "")) or name in model.types:
        return False
    model.file.write_text(changed)
    return True


def reorder(model, random):
    text = model.sql()
    at = [match.end() for match in re.finditer(r"\bselect\n", text)]
    if not at or "{" in text[at[-1]: text.find("\nfrom", at[-1])]:
        return False
    start, end = at[-1], text.find("\nfrom", at[-1])
    if end < 0:
        return False
    items, depth, current = [], 0, ""
    for character in text[start:end]:
        depth += character in "(["
        depth -= character in ")]"
        if character == "," and depth == 0:
            items.append(current)
            current = ""
        else:
            current += character
    items.append(current)
    if len(items) < 2 or any("--" in item or "*" in item for item in items):
        return False
    shuffled = items[1:] + items[:1]
    model.file.write_text(text[:start] + ",".join(shuffled) + text[end:])
    return True


def add_column(model, random):
    return model.wrap(f"select *, {random.randint(1, 99)} as mutated_column from mutated")


def describe(model, random):
    return model.edit_entry(lambda entry: re.sub(r"(\n\s+description: )", r"\1Changed. ", entry, count=1)
                            if re.search(r"\A  - name: \w+\n\s+description: [A-Za-z]", entry) else None)


def configured(setting):
    def mutate(model, random):
        text = model.sql()
        if re.search(rf"\b{setting.split('=')[0]}\s*=", text):
            return False
        config = CONFIG.match(text)
        line = "{{ config(" + setting + ") }}\n"
        if config:
            return model.file.write_text(re.sub(r"config\(", f"config({setting}, ", text, count=1)) > 0
        return model.file.write_text(line + text) > 0

    return mutate


def remove_model(model, random):
    model.file.unlink()
    return True


def distinct(model, random):
    return model.wrap("select distinct * from mutated")


KINDS = [
    ("drop a column", "breaking", drop_column),
    ("rename a column", "breaking", rename_column),
    ("change a type", "breaking", change_type),
    ("loosen a join", "breaking", loosen_join),
    ("remove a test", "breaking", remove_test),
    ("widen accepted values", "breaking", accepted_values(True)),
    ("rows by everything", "breaking", distinct),
    ("remove the model", "breaking", remove_model),
    ("switch it off", "breaking", configured("enabled=false")),
    ("build it elsewhere", "breaking", configured("alias='moved_by_mutation'")),
    ("narrow accepted values", "harmless", accepted_values(False)),
    ("change a filter", "harmless", change_filter),
    ("change an expression", "harmless", change_expression),
    ("add a column", "harmless", add_column),
    ("reformat", "none", reformat),
    ("rename a common table expression", "none", rename_cte),
    ("reorder the columns", "none", reorder),
    ("describe", "none", describe),
    ("a tag", "none", configured("tags=['mutated']")),
]


def verdict(expected, found):
    """Whether what was found is what was expected: True, False, or that a harmless one is called breaking."""
    if expected == "breaking":
        return found == "breaking"
    if expected == "none":
        return found == "none"
    return found != "breaking"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--projects", type=Path, default=Path(__file__).parents[2] / "projects")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    choices = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        mesh = Mesh(str(Path(arguments.bin).resolve()), arguments.projects, Path(folder) / "mesh")
        done, right, wrong = Counter(), Counter(), []
        order, attempts = [], 0
        while sum(done.values()) < arguments.count and attempts < arguments.count * 20:
            attempts += 1
            if not order:
                order = choices.sample(KINDS, len(KINDS))
            kind, expected, mutate = order.pop()
            model = choices.choice(mesh.models)
            if not mutate(model, choices):
                mesh.restore()
                continue
            classes = mesh.classes()
            found = classes.get(model.id, "error" if "error" in classes else "none")
            done[kind] += 1
            if verdict(expected, found):
                right[kind] += 1
            else:
                wrong.append((kind, expected, found, model.id, classes.get("error", "")))
            if arguments.verbose:
                print(kind, model.id, found)
            mesh.restore()
    total = sum(done.values())
    breaking = {kind for kind, expected, _ in KINDS if expected == "breaking"}
    print(f"{total} mutations of {len(mesh.models)} public models, seed {arguments.seed}")
    for kind, expected, _ in KINDS:
        print(f"  {kind:<34} {expected:<9} {right[kind]} of {done[kind]}")
    missed = [entry for entry in wrong if entry[0] in breaking]
    alarms = [entry for entry in wrong if entry[0] not in breaking and entry[2] == "breaking"]
    harmless = sum(count for kind, count in done.items() if kind not in breaking)
    print(f"breaking ones missed: {len(missed)} of {total - harmless}")
    print(f"harmless ones called breaking: {len(alarms)} of {harmless} ({100 * len(alarms) / max(harmless, 1):.1f} %)")
    for kind, expected, found, model, error in wrong:
        print(f"  {kind}: {model} was called {found}, expected {expected} {error}")
    sys.exit(1 if missed or len(alarms) * 50 > harmless else 0)


if __name__ == "__main__":
    main()
