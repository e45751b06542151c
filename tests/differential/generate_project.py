#!/usr/bin/env python3
"""Write a synthetic dbt project of any size, the same one for the same arguments.

    generate_project.py OUT [--models 2000] [--tests 2] [--domains 5] [--rows 20]

One plain dbt-duckdb project: a folder of models and a seed for each domain, each model
reading one to three earlier ones, with up to four generic tests each. Most models are
tables or views, some incremental, some ephemeral; all use a macro and a variable. It
builds on DuckDB, so that tools can be compared on more than parsing.
"""

import argparse
import random
from pathlib import Path

PROJECT = """name: synthetic
version: '1.0.0'
config-version: 2
profile: synthetic

vars:
  from_day: '2024-01-01'
  factor: 3

models:
  synthetic:
    +materialized: table
    +tags: [generated]
{folders}"""

PROFILES = """synthetic:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: synthetic.duckdb
      threads: 4
"""

MACROS = """{% macro scaled(column, by=none) -%}
    cast({{ column }} * {{ by or var('factor') }} as bigint)
{%- endmacro %}

{% macro since(column) -%}
    {{ column }} >= cast('{{ var("from_day") }}' as date)
{%- endmacro %}
"""

HEAD = {
    "table": "",
    "view": "{{ config(materialized='view') }}\n\n",
    "ephemeral": "{{ config(materialized='ephemeral') }}\n\n",
    "incremental": "{{ config(materialized='incremental', unique_key='id') }}\n\n",
}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def materialization(number):
    if number % 17 == 0:
        return "ephemeral"
    if number % 11 == 0:
        return "incremental"
    return "view" if number % 4 == 0 else "table"


def model_name(number, domains):
    return f"d{number % domains:02}_model_{number:05}"


def model_sql(number, parents, kind):
    """A model that joins its parents by id, or reads the seed of its domain."""
    first, *others = parents
    lines = [f"{HEAD[kind]}with base as (", "", f"    select id, day, amount from {{{{ ref('{first}') }}}}"]
    lines += ["    where {{ since('day') }}", "", ")"]
    for index, other in enumerate(others, start=1):
        lines += [f", other_{index} as (", "", f"    select id, amount as amount_{index} from {{{{ ref('{other}') }}}}", "", ")"]
    amounts = " + ".join(["base.amount", *(f"coalesce(other_{index}.amount_{index}, 0)" for index in range(1, len(others) + 1))])
    lines += ["", "select", "    base.id,", "    base.day,"]
    scale = "{{ scaled('base.amount', by=1) }}" if number % 5 == 0 else f"cast(({amounts}) % 1000 as bigint)"
    lines += [f"    {scale} as amount", "from base"]
    lines += [f"left join other_{index} on other_{index}.id = base.id" for index in range(1, len(others) + 1)]
    if kind == "incremental":
        lines += ["{% if is_incremental() %}", "where base.day > (select max(day) from {{ this }})", "{% endif %}"]
    return "\n".join(lines) + "\n"


def test_lines(tests, first_parent):
    """YAML of both columns with the first `tests` of the generic tests."""
    chosen = [
        ("id", ["- unique"]),
        ("amount", ["- not_null"]),
        ("id", ["- relationships:", f"    arguments: {{to: ref('{first_parent}'), field: id}}"]),
        ("amount", ["- accepted_values:", "    arguments: {values: [-1], quote: false}", "    config: {severity: warn}"]),
    ][:tests]
    lines = []
    for column in ("id", "amount"):
        own = [line for name, test in chosen if name == column for line in test]
        lines += [f"      - name: {column}", f"        description: The {column}"]
        lines += ["        data_tests:", *(f"          {line}" for line in own)] if own else []
    return lines


def properties(entries):
    lines = ["version: 2", "", "models:"]
    for name, parents, tests in entries:
        lines += [f"  - name: {name}", f"    description: Made from {', '.join(parents)}", "    columns:", *test_lines(tests, parents[0])]
    return "\n".join(lines) + "\n"


def seed_csv(rows, generator):
    lines = ["id,day,amount"]
    lines += [f"{row},2024-{1 + row % 12:02}-{1 + row % 28:02},{generator.randrange(1000)}" for row in range(1, rows + 1)]
    return "\n".join(lines) + "\n"


def generate(out, models, tests, domains, rows):
    generator = random.Random(models * 31 + domains)
    entries = {domain: [] for domain in range(domains)}
    for number in range(models):
        domain = number % domains
        name = model_name(number, domains)
        # The first models read seeds; later ones mostly what was made shortly before.
        earlier = range(max(0, number - 200), number)
        chosen = sorted(generator.sample(earlier, min(len(earlier), generator.randint(1, 3)))) if number >= domains * 2 else []
        parents = [model_name(parent, domains) for parent in chosen] or [f"raw_{domain:02}"]
        write(out / f"models/domain_{domain:02}/{name}.sql", model_sql(number, parents, materialization(number)))
        entries[domain].append((name, parents, tests))
    for domain, of_domain in entries.items():
        write(out / f"seeds/raw_{domain:02}.csv", seed_csv(rows, generator))
        write(out / f"models/domain_{domain:02}/models.yml", properties(of_domain))
    folders = "".join(f"    domain_{domain:02}:\n      +meta: {{domain: {domain}}}\n" for domain in range(domains))
    write(out / "dbt_project.yml", PROJECT.format(folders=folders))
    write(out / "profiles.yml", PROFILES)
    write(out / "macros/synthetic.sql", MACROS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--models", type=int, default=2000)
    parser.add_argument("--tests", type=int, default=2, choices=range(5), help="generic tests of each model (2)")
    parser.add_argument("--domains", type=int, default=5)
    parser.add_argument("--rows", type=int, default=20, help="rows of each seed (20)")
    arguments = parser.parse_args()
    generate(arguments.out, arguments.models, arguments.tests, arguments.domains, arguments.rows)


if __name__ == "__main__":
    main()
