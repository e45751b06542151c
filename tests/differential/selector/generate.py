"""Writes what real dbt does with the project beside this file, for the Rust tests of selection and plans.

Run with a Python that has dbt-core and dbt-duckdb:  python generate.py

golden_*.jsonl   what `dbt ls` selects, one expression a line
skipped.json     what `dbt build` skips when a node fails
*.json           manifests and earlier artifacts that the tests read, cut down to what they need
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb
import networkx
import yaml
from dbt.cli.main import dbtRunner
from dbt.compilation import Linker

HERE = Path(__file__).resolve().parent

BASE = """
stg_orders
stg_order*
stg_orders stg_customers
stg_orders,tag:staging
stg_orders,tag:nightly
shop
shop.staging
shop.staging.*
shop.staging.stg_orders
staging
staging.stg_orders
marts.*.revenue
marts.core
shop.marts.*
*.marts
*customers*
dim_customers
dim_customers.v1
dim_customers_v2
dim_customers.v*
shop.marts.core.dim_customers
shop.marts.core.dim_customers.v1
anything.dim_customers.v1
core.dim_customers_v1
v1
*v1
[rs]*
s[!t]*
stg_?ustomers
revenue
revenue.daily
revenue.*
helpers
helpers.extra
extra
extra.holidays
nothing_here
fqn:*
fqn:shop.*
fqn:paid_only
board
raw
+revenue
1+revenue
2+revenue
0+revenue
revenue+
stg_orders+
stg_orders+1
stg_orders+0
1+fct_orders+1
+fct_orders+
@stg_payments
@int_paid_orders
@revenue
+int_paid_orders
int_paid_orders
int_paid_orders+1
1+int_paid_orders
tag:staging
tag:nightly
tag:team*
tag:daily
tag:gate
tag:pii
tag:landing
tag:weekly
tag:unitary
tag:seeded
tag:STAGING
+tag:nightly
tag:staging,tag:nightly
tag:staging tag:nightly
path:models/staging
path:models/staging/
path:models/staging/stg_orders.sql
path:models/marts
path:models/marts/*
path:models/**/*.sql
path:models/staging/staging.yml
path:models/schema.yml
path:seeds
path:snapshots/
path:tests
path:analyses
path:models
path:packages
models/staging
models/staging/stg_customers.sql+
./models/staging
*/marts
stg_orders.sql
payments.csv
file:stg_orders.sql
file:stg_orders
file:stg_*
file:dim_customers_v1.sql
file:staging.yml
file:staging
file:revenue.daily
file:revenue
file:schema.yml
package:shop
package:this
package:helpers
package:h*
package:nope
@package:helpers
config.materialized:table
config.materialized:view
config.materialized:ephemeral
config.materialized:incremental
config.materialized:seed
config.materialized:test
config.enabled:true
config.severity:warn
config.severity:WARN
config.severity:error
config.meta.layer:staging
config.meta.owners:ann
config.meta.audited:true
config.meta.audited:True
config.meta.nested.level:2
config.meta.nested:2
config.custom_flag:false
config.tags:nightly
config.group:finance
config.contract.enforced:true
config.nothing:1
config.meta.layer.deep:1
resource_type:model
resource_type:seed
resource_type:snapshot
resource_type:source
resource_type:test
resource_type:unit_test
resource_type:exposure
resource_type:analysis
resource_type:operation
resource_type:macro
resource_type:model,tag:nightly
resource_type:models
test_type:generic
test_type:singular
test_type:unit
test_type:data
test_type:schema
test_type:nope
test_name:unique
test_name:not_*
test_name:relationships
test_name:helpers_rows
test_name:paid_only
test_name:always_fails
source:raw
source:raw.orders
source:shop.raw.orders
source:*
source:raw.*s
source:raw+
+source:raw
source:raw.events+
source:a.b.c.d
exposure:board
exposure:*
+exposure:board
exposure:shop.board
exposure:a.b.c
group:finance
group:fin*
group:nope
access:public
access:private
access:protected
access:nope
version:latest
version:prerelease
version:old
version:none
version:newest
metric:*
semantic_model:*
saved_query:*
metric:a.b.c
unit_test:*
unit_test:paid_only
unit_test:shop.paid_only
unit_test:customer_names
+unit_test:paid_only
stg_customers,+revenue
+revenue,source:*
+revenue,stg_orders+ helpers
tag:staging,resource_type:test
stg_orders,stg_customers
unknown:x
@stg_orders+
state:modified
result:success
source_status:fresher
+
1+
@
,
stg_orders,
++stg_orders
stg_orders++
:stg_orders
tag:
a:b:c
orders_snapshot
orders_snapshot+
country_codes
relationships_stg_orders_customer_id__customer_id__ref_stg_customers_
revenue_matches_orders
always_fails
calendar_days
+calendar_days
blank
old_revenue
look
board notebook
+notebook
"""

# Whole command lines.
LINES = [
    [],
    ["--exclude", "tag:staging"],
    ["--exclude", "stg_orders+"],
    ["--exclude", "tag:staging,stg_orders"],
    ["--exclude", "tag:staging", "tag:nightly"],
    ["--exclude", "nothing_here"],
    ["--select", "+revenue", "--exclude", "stg_payments"],
    ["--select", "+revenue", "--exclude", "resource_type:test"],
    ["--select", "stg_orders", "--exclude", "test_name:unique"],
    ["--select", "stg_orders", "--select", "stg_customers"],
    ["--select", "stg_orders", "stg_customers"],
    ["--select", "", "--exclude", "tag:staging"],
    ["--resource-type", "model"],
    ["--resource-type", "analysis"],
    ["--resource-type", "all"],
    ["--resource-type", "test", "--select", "stg_orders"],
    ["--resource-type", "default", "--select", "look"],
    ["--resource-type", "unit_test", "--resource-type", "seed"],
    ["--exclude-resource-type", "test"],
    ["--exclude-resource-type", "test", "--exclude-resource-type", "source", "--select", "+fct_orders"],
    ["--resource-type", "model", "--exclude-resource-type", "model"],
]
for mode in ["eager", "cautious", "buildable", "empty"]:
    for words in [
        ["stg_orders"],
        ["stg_orders stg_customers"],
        ["stg_orders,tag:staging"],
        ["+fct_orders"],
        ["fct_orders"],
        ["revenue"],
        ["fct_orders revenue"],
        ["+revenue,fct_orders+"],
        ["source:raw.orders"],
        ["stg_customers"],
        ["int_paid_orders"],
        ["tag:staging,stg_orders tag:staging,stg_customers"],
        ["test_type:singular"],
        ["board"],
    ]:
        LINES.append(["--select", *words, "--indirect-selection", mode])
    LINES.append(["--select", "tag:staging", "--exclude", "stg_customers", "--indirect-selection", mode])
for name in [
    "nightly", "everything_but_finance", "core_and_parents", "both", "at", "configs", "inner_exclude", "cautious_pair",
    "words",
]:
    LINES.append(["--selector", name])
LINES.append(["--selector", "missing"])
LINES.append(["--selector", "cautious_pair", "--indirect-selection", "cautious"])

STATE = """
state:new
state:old
state:modified
state:unmodified
state:modified.body
state:modified.configs
state:modified.persisted_descriptions
state:modified.relation
state:modified.macros
state:modified.contract
state:modified+
+state:modified,tag:staging
state:modifid
result:success
result:error
result:fail
result:pass
result:skipped
result:fail+
result:nope
source_status:fresher
source_status:fresher+
source_status:stale
"""

KEPT = """resource_type package_name name path original_file_path patch_path fqn alias database schema identifier checksum
config unrendered_config tags description columns raw_code contract access version latest_version deprecation_date
constraints test_metadata attached_node column_name file_key_name depends_on refs sources source_name
source_description loader quoting freshness loaded_at_field external unrendered_database unrendered_schema type owner
maturity url label model given expect overrides versions relation_name meta""".split()


def trimmed(manifest):
    cut = lambda entry: {key: entry[key] for key in KEPT if key in entry}
    result = {"metadata": {"project_name": manifest["metadata"]["project_name"]}}
    for kind in ["nodes", "sources", "exposures", "unit_tests"]:
        result[kind] = {}
        for name, entry in manifest[kind].items():
            result[kind][name] = cut(entry)
            if kind == "unit_tests":
                result[kind][name]["checksum"] = entry["checksum"]
    result["disabled"] = {name: [cut(entry) for entry in entries] for name, entries in manifest["disabled"].items()}
    result["macros"] = {
        name: {"macro_sql": entry["macro_sql"], "depends_on": entry["depends_on"]}
        for name, entry in manifest["macros"].items()
        if entry["package_name"] in ("shop", "helpers")
    }
    return result


def dbt(*arguments):
    messages = []

    def listen(event):
        if event.info.level in ("warn", "error"):
            messages.append(event.info.msg)

    result = dbtRunner(callbacks=[listen]).invoke([*arguments, "--quiet", "--no-use-colors"])
    return result, messages


def listed(arguments):
    result, messages = dbt("ls", *arguments, "--output", "json", "--output-keys", "unique_id")
    entry = {"arguments": arguments}
    if result.success:
        entry["ids"] = sorted(json.loads(line)["unique_id"] for line in result.result)
        warnings = [message for message in messages if "selection criterion" in message]
        entry["unmatched"] = [message.split("'")[1] for message in warnings]
    else:
        entry["error"] = str(result.exception or messages)
    return entry


def skipped_by_failure():
    """For each node of the graph of `dbt build`, what dbt skips when it fails."""
    manifest = dbt("parse")[0].result
    linker = Linker()
    linker.link_graph(manifest)
    linker.add_test_edges(manifest)
    built = ("model", "test", "seed", "snapshot", "exposure")
    nodes = sorted(name for name in linker.graph if name.split(".")[0] in built)
    return {name: sorted(set(networkx.descendants(linker.graph, name)) & set(nodes)) for name in nodes}


def words(text):
    return [["--select", line] for line in text.strip("\n").split("\n")]


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=1, sort_keys=False) + "\n")


def main():
    folder = Path(tempfile.mkdtemp())
    shutil.copytree(HERE / "project", folder, dirs_exist_ok=True)
    os.chdir(folder)
    os.environ["SELECTOR_DATABASE"] = str(folder / "shop.duckdb")
    os.environ["DBT_PROFILES_DIR"] = str(folder)
    with duckdb.connect(os.environ["SELECTOR_DATABASE"]) as connection:
        connection.execute("create schema raw")
        columns = "1 as order_id, 1 as customer_id, 2 as amount, timestamp '2024-01-01' as loaded_at"
        connection.execute(f"create table raw.orders as select {columns}")
        connection.execute("create table raw.customers as select 1 as customer_id, 'a' as name, timestamp '2024-01-01' as loaded_at")
        connection.execute("create table raw.raw_events as select 1 as id, timestamp '2024-01-01' as loaded_at")
    dbt("deps")
    dbt("build")
    state = folder / "state"
    state.mkdir()
    for name in ["manifest.json", "run_results.json"]:
        shutil.copy(folder / "target" / name, state / name)
    results = json.loads((state / "run_results.json").read_text())["results"]
    write("run_results.json", {"results": [{key: each[key] for key in ("unique_id", "status")} for each in results]})
    dbt("source", "freshness")
    shutil.copy(folder / "target" / "sources.json", state / "sources.json")
    with duckdb.connect(os.environ["SELECTOR_DATABASE"]) as connection:
        connection.execute("insert into raw.orders values (2, 1, 3, timestamp '2024-02-01')")
    dbt("source", "freshness")
    for where, name in [(state, "sources.json"), (folder / "target", "sources_current.json")]:
        sources = json.loads((where / "sources.json").read_text())["results"]
        cut = [{key: each.get(key) for key in ("unique_id", "max_loaded_at")} for each in sources]
        write(name, {"results": cut})

    write("selectors.json", yaml.safe_load((HERE / "project" / "selectors.yml").read_text()))
    base = [listed(arguments) for arguments in words(BASE) + LINES]
    write("manifest.json", trimmed(json.loads((folder / "target" / "manifest.json").read_text())))
    write("skipped.json", skipped_by_failure())
    shutil.copytree(HERE / "changes", folder, dirs_exist_ok=True)
    (folder / "models/marts/core/dim_customers_v3.sql").touch()
    (folder / "models/marts/finance/revenue.daily.sql").unlink()
    changed = [listed([*arguments, "--state", "state"]) for arguments in words(STATE)]
    for entry in changed:
        entry["arguments"] = entry["arguments"][:-2]
    write("manifest_changed.json", trimmed(json.loads((folder / "target" / "manifest.json").read_text())))
    for name, entries in [("golden_base.jsonl", base), ("golden_changed.jsonl", changed)]:
        (HERE / name).write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    shutil.rmtree(folder)
    print(len(base) + len(changed), "expressions", file=sys.stderr)


if __name__ == "__main__":
    main()
