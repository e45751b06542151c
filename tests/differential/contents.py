#!/usr/bin/env python3
"""What a DuckDB file holds, in a form that can be compared whatever the order of rows.

    contents.py read FILE [PATTERN ...]
    contents.py sample FILE_A FILE_B SCHEMA.TABLE [PATTERN ...]

`read` prints {"schemas": [...], "relations": {"schema.table": {...}}} as JSON, `sample`
some rows that only one of two files has. A PATTERN (`table.column` or `column`, with
wildcards) names columns whose values differ from run to run; of those only whether a
value is null is looked at. Needs duckdb; writes nothing and opens files read-only.

Other scripts call it in a process of its own, because it needs the python that has
duckdb, and because a tool under test may not keep a file open afterwards.
"""

import json
import sys
from collections import Counter
from fnmatch import fnmatch

SAMPLE_ROWS = 3
# Sums of floating point numbers differ in their last digits with the order of rows.
FLOATING = {"FLOAT", "DOUBLE"}

RELATIONS = """
select table_schema, table_name, table_type
from information_schema.tables
where table_catalog = current_database()
order by all
"""
SCHEMAS = """
select distinct schema_name
from information_schema.schemata
where catalog_name = current_database() and schema_name not in ('information_schema', 'pg_catalog')
order by all
"""
CONSTRAINTS = """
select schema_name || '.' || table_name, list(constraint_text order by constraint_text)
from duckdb_constraints()
where database_name = current_database()
group by all
"""
COMMENTS = """
select schema_name || '.' || table_name, comment from duckdb_tables()
where database_name = current_database() and comment is not null
union all
select schema_name || '.' || view_name, comment from duckdb_views()
where database_name = current_database() and comment is not null
union all
select schema_name || '.' || table_name || '.' || column_name, comment from duckdb_columns()
where database_name = current_database() and comment is not null
"""


def connect(path):
    import duckdb  # only here: the module's constants are of use without it

    connection = duckdb.connect(path, read_only=True)
    connection.execute("set timezone = 'UTC'")
    return connection


def is_volatile(table, column, patterns):
    return any(fnmatch(column, pattern) or fnmatch(f"{table}.{column}", pattern) for pattern in patterns)


def as_text(table, column, kind, patterns):
    """SQL of a column's value as comparable text."""
    quoted = '"' + column.replace('"', '""') + '"'
    if is_volatile(table, column, patterns):
        value = f"case when {quoted} is not null then 'some' end"
    elif kind in FLOATING:
        value = f"format('{{:.12g}}', cast({quoted} as double))"
    else:
        value = f"cast({quoted} as varchar)"
    return f"coalesce({value}, chr(0))"


def columns_of(connection, name):
    return [[row[0], row[1]] for row in connection.execute(f"describe {name}").fetchall()]


def quote(schema, table):
    return f'"{schema}"."{table}"'


def read_relation(connection, schema, table, kind, patterns):
    """Type, columns, number of rows and hash of one relation, or why it cannot be read."""
    name = quote(schema, table)
    try:
        columns = columns_of(connection, name)
        row = ", ".join(as_text(table, column, type_name, patterns) for column, type_name in columns)
        rows, content = connection.execute(
            f"select count(*), md5(coalesce(string_agg(h, '' order by h), ''))"
            f" from (select md5(concat_ws(chr(1), {row})) as h from {name})"
        ).fetchone()
    except Exception as error:  # a view whose table is gone is a finding, not a failure of this script
        return {"type": kind, "columns": [], "rows": None, "hash": f"unreadable: {type(error).__name__}"}
    return {"type": kind, "columns": columns, "rows": rows, "hash": content}


def read(path, patterns):
    connection = connect(path)
    relations = {
        f"{schema}.{table}": read_relation(connection, schema, table, kind, patterns)
        for schema, table, kind in connection.execute(RELATIONS).fetchall()
    }
    for name, constraints in connection.execute(CONSTRAINTS).fetchall():
        relations[name]["constraints"] = constraints
    comments = dict(connection.execute(COMMENTS).fetchall())
    for name, relation in relations.items():
        found = {key[len(name):]: text for key, text in sorted(comments.items()) if key == name or key.startswith(f"{name}.")}
        if found:
            relation["comments"] = found
    return {"schemas": [row[0] for row in connection.execute(SCHEMAS).fetchall()], "relations": relations}


def rows_of(path, relation, patterns):
    schema, table = relation.split(".", 1)
    connection = connect(path)
    columns = columns_of(connection, quote(schema, table))
    values = ", ".join(as_text(table, column, kind, patterns) for column, kind in columns)
    rows = connection.execute(f"select {values} from {quote(schema, table)}").fetchall()
    return [column for column, _ in columns], Counter(rows)


def sample(first, second, relation, patterns):
    """A few rows that only the one or only the other file has, as two lists of lines."""
    (columns, ours), (other_columns, theirs) = (rows_of(path, relation, patterns) for path in (first, second))
    alone = [sorted((ours - theirs).elements())[:SAMPLE_ROWS], sorted((theirs - ours).elements())[:SAMPLE_ROWS]]
    shown = [telling_columns(columns, row, alone[1]) if columns == other_columns else set(columns) for row in alone[0]]
    shown += [set(columns)] * SAMPLE_ROWS
    return [
        [row_text(names, row, keep) for row, keep in zip(rows, shown)]
        for names, rows in ((columns, alone[0]), (other_columns, alone[1]))
    ]


def telling_columns(columns, row, others):
    """The first column and those that differ from the row of the other side that is most like it."""
    if not others:
        return set(columns)
    differing = min(
        ({column for column, one, two in zip(columns, row, other) if one != two} for other in others), key=len,
    )
    return {columns[0], *differing}


def row_text(columns, row, keep):
    values = zip(columns, ("null" if value == "\0" else value for value in row))
    return ", ".join(f"{column}={value}" for column, value in values if column in keep)


def main(arguments):
    match arguments:
        case ["read", path, *patterns]:
            found = read(path, patterns)
        case ["sample", first, second, relation, *patterns]:
            found = sample(first, second, relation, patterns)
        case _:
            raise SystemExit(__doc__)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
