#!/usr/bin/env python3
"""What a tool has made, in a form in which two tools can be compared.

    facts.py nodes MANIFEST
    facts.py relations DATABASE

`nodes` prints how many entries of each kind a manifest.json has, and how many edges; macros are left
out, because a tool brings its own. `relations` prints columns, number of rows and a hash of the content
of every table and view of a DuckDB file, whatever the order of rows; it needs duckdb.

The benchmark calls this in a process of its own: a peak of memory that the kernel reports for a child
is never below the size of the process that started it, so that one reads no large file.
"""

import json
import sys
from collections import Counter
from pathlib import Path

SECTIONS = ("nodes", "sources", "exposures", "metrics", "groups", "semantic_models", "saved_queries", "unit_tests")
RELATIONS = """
select table_schema, table_name, table_type from information_schema.tables where table_catalog = current_database() order by all
"""


def nodes(path):
    manifest = json.loads(Path(path).read_text(encoding="utf-8"))
    kinds = Counter(entry["resource_type"] for section in SECTIONS for entry in (manifest.get(section) or {}).values())
    kinds["edge"] = sum(len(set(node.get("depends_on", {}).get("nodes", []))) for node in manifest["nodes"].values())
    return dict(sorted(kinds.items()))


def relations(path):
    import duckdb  # only here: counting nodes needs no package

    found = {}
    with duckdb.connect(path, read_only=True) as connection:
        for schema, table, kind in connection.execute(RELATIONS).fetchall():
            name = f'"{schema}"."{table}"'
            columns = [row[:2] for row in connection.execute(f"describe {name}").fetchall()]
            rows, content = connection.execute(f"select count(*), sum(hash(one)) from {name} as one").fetchone()
            found[f"{schema}.{table}"] = [kind, columns, rows, str(content)]
    return found


def main(arguments):
    match arguments:
        case ["nodes", path]:
            found = nodes(path)
        case ["relations", path]:
            found = relations(path)
        case _:
            raise SystemExit(__doc__)
    json.dump(found, sys.stdout, sort_keys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
