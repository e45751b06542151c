#!/usr/bin/env python3
"""Compare the column lineage of a project with that of sqlglot (PyPI) on the same SQL.

    run.py --bin meshbuild PROJECT [PROJECT...] [-- OPTION...]

`meshbuild lineage --format json` gives the SQL of every node, the columns and types of all
relations, and the columns that each column comes from. sqlglot is told the same columns and
traces the same SQL. Compared are, for each output column, the columns that flow into its
value (DIRECT in OpenLineage's words, and what decides in a `case` or a window, which sqlglot
does not tell apart). Prints how many columns agree, and every one that does not with both
answers; what is known to be sqlglot's mistake stands in `explained.json` with its reason.
Options behind `--` are handed to meshbuild. Exit code: 0 good, 1 unexplained, 3 not run.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

try:
    import sqlglot
    from sqlglot import exp
    from sqlglot.lineage import lineage
except ImportError:
    print("not run: sqlglot is not installed (pip install sqlglot)")
    sys.exit(3)

EXPLAINED = json.loads((Path(__file__).parent / "explained.json").read_text())


def ours(binary, project, options):
    command = [binary, "--quiet", "lineage", "--format", "json", *options]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command} in {project}:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def schema_of(by_name):
    """sqlglot's nested schema: database, schema, table, column."""
    schema = {}
    for name, node in by_name.items():
        database, owner, table = name
        columns = {column["name"]: column["type"] or "VARCHAR" for column in node["columns"]}
        if not columns:
            continue
        schema.setdefault(database, {}).setdefault(owner, {})[table] = columns
    return schema


def names_of(project, binary, options):
    """{(database, schema, table): id} of everything that is built or declared."""
    command = [binary, "--quiet", "parse", *options]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    manifest = json.loads((Path(project) / "target" / "manifest.json").read_text())
    named = {}
    for section in ("sources", "nodes"):
        for node in manifest[section].values():
            if node["resource_type"] in ("model", "seed", "snapshot", "source"):
                key = (node["database"], node["schema"], node.get("alias") or node.get("identifier"))
                named[tuple(str(part).lower() for part in key)] = node["unique_id"]
    return named


def theirs(query, column, schema, named):
    """The columns that sqlglot finds, as (node, column); or the error."""
    try:
        root = lineage(column, query, schema=schema, dialect="duckdb")
    except Exception as error:  # sqlglot raises many kinds
        return f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"
    found = set()
    for node in root.walk():
        if node.downstream or not isinstance(node.source, exp.Table):
            continue
        table = tuple(part.lower() for part in (node.source.catalog, node.source.db, node.source.name))
        name = node.name.split(".")[-1].strip('"').lower()
        found.add((named.get(table, ".".join(table)), name))
    return found


def flows(column):
    """What flows into a value, or decides on it alone."""
    return {(edge["of"], edge["column"]) for edge in column["inputs"]}


def is_explained(node, column, our, their):
    for entry in EXPLAINED:
        if re.fullmatch(entry["node"], node) and re.fullmatch(entry.get("column", ".*"), column):
            wanted = entry.get("error")
            if wanted is None or (isinstance(their, str) and re.search(wanted, their)):
                return entry["reason"]
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--verbose", action="store_true", help="show explained disagreements too")
    parser.add_argument("projects", nargs="+")
    arguments, options = sys.argv[1:], []
    if "--" in arguments:
        place = arguments.index("--")
        arguments, options = arguments[:place], arguments[place + 1:]
    arguments = parser.parse_args(arguments)
    binary = str(Path(arguments.bin).resolve())
    print(f"sqlglot {sqlglot.__version__}")
    unexplained = 0
    for project in arguments.projects:
        found = ours(binary, project, options)
        named = names_of(project, binary, options)
        by_id = {node["id"]: node for node in found["nodes"]}
        schema = schema_of({key: by_id[id] for key, id in named.items() if id in by_id})
        same, reasons, different = 0, {}, []
        for node in found["nodes"]:
            if not node["query"]:
                continue
            for column in node["columns"]:
                our, their = flows(column), theirs(node["query"], column["name"], schema, named)
                if our == their:
                    same += 1
                    continue
                reason = is_explained(node["id"], column["name"], our, their)
                if reason is None or arguments.verbose:
                    different.append((node["id"], column["name"], our, their))
                if reason:
                    reasons[reason] = reasons.get(reason, 0) + 1
                else:
                    unexplained += 1
        total = found["columns"]
        print(f"{project}: {total} columns, {found['unknown_columns']} unknown, "
              f"{len(found['unknown_nodes'])} nodes without known columns; {same} of {total} agree with sqlglot "
              f"({100 * same / max(total, 1):.1f} %)")
        for reason, count in sorted(reasons.items()):
            print(f"  {count} explained: {reason}")
        for node, column, our, their in different:
            print(f"  {node}.{column}")
            print(f"    ours:   {sorted(map('.'.join, our))}")
            print(f"    theirs: {their if isinstance(their, str) else sorted(map('.'.join, their))}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
