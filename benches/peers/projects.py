"""Makes the projects that are measured: many small models, or few models over many rows.

This module runs no tool under test.
"""

import re
import shutil
import subprocess
import sys

from install import ROOT

GENERATOR = ROOT / "tests" / "differential" / "generate_project.py"
LEFT_BEHIND = ("target", "logs", ".meshbuild", ".user.yml", "*.duckdb", "*.duckdb.wal")

HEAVY_PROJECT = """name: heavy
version: '1.0.0'
config-version: 2
profile: heavy

vars:
  events: {rows}

models:
  heavy:
    +materialized: table
"""

HEAVY_PROFILES = """heavy:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: heavy.duckdb
      threads: {threads}
"""

# All arithmetic is of integers, so that the content does not depend on the order of additions.
EVENTS = """select
    range as event_id,
    (range * 7919 % 1000003) % 200000 as customer_id,
    (range * 104729 % 1000033) % 5000 as product_id,
    cast(date '2020-01-01' + cast(range % 1461 as integer) as date) as day,
    (range * 31 % 9973) as amount,
    1 + range % 7 as quantity
from range({{ var('events') }})
"""

BY_KEY = """select
    {key},
    count(*) as events,
    sum(amount * quantity) as revenue,
    max(amount) as largest,
    min({other}) as first
from {{{{ ref('events') }}}}
where {condition}
group by {key}
"""

RANKED = """select {key}, revenue, events, rank() over (order by revenue desc, {key}) as place
from {{{{ ref('{source}') }}}}
"""

JOINED = """select
    base.{key},
    count(*) as events,
    sum(base.amount * base.quantity) as revenue,
    sum(case when base.amount > other.largest / 2 then 1 else 0 end) as above
from {{{{ ref('events') }}}} as base
join {{{{ ref('{source}') }}}} as other on other.{join} = base.{join}
group by base.{key}
"""


def heavy_models():
    """Name and SQL of 20 models: one makes the rows, 16 read all of them, three read results."""
    models = {"events": EVENTS}
    keys = {"customer": ("customer_id", "product_id"), "product": ("product_id", "customer_id"), "day": ("day", "product_id")}
    for name, (key, other) in keys.items():
        for part, condition in {"all": "true", "large": "amount > 5000", "many": "quantity >= 4"}.items():
            models[f"{name}_{part}"] = BY_KEY.format(key=key, other=other, condition=condition)
        models[f"{name}_ranked"] = RANKED.format(key=key, source=f"{name}_all")
    for name, (key, _) in keys.items():
        for source, (join, _) in keys.items():
            if source != name:
                models[f"{name}_by_{source}"] = JOINED.format(key=key, source=f"{source}_all", join=join)
    models["monthly"] = BY_KEY.format(key="date_trunc('month', day)", other="customer_id", condition="true").replace(
        "    date_trunc('month', day),", "    date_trunc('month', day) as month,",
    )
    return models


def heavy(folder, rows, threads):
    """20 models over `rows` rows, so that nearly all the time is DuckDB's."""
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(HEAVY_PROJECT.format(rows=rows))
    (folder / "profiles.yml").write_text(HEAVY_PROFILES.format(threads=threads or 4))
    for name, sql in heavy_models().items():
        (folder / "models" / f"{name}.sql").write_text(sql)


def many(folder, generator, models, tests, threads):
    """A project of the generator; `threads` replaces the number in its profile."""
    command = [sys.executable, generator, folder, "--models", models, "--tests", tests]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    profiles = folder / "profiles.yml"
    if threads:
        profiles.write_text(re.sub(r"threads: *\d+", f"threads: {threads}", profiles.read_text()))


def copy(source, folder):
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))


def threads_of(folder):
    """How many workers the profile asks for."""
    return int(re.search(r"threads: *(\d+)", (folder / "profiles.yml").read_text()).group(1))
