#!/usr/bin/env python3
"""What data tests cost in statements of several tests: the figures of docs/benchmarks.md, "Tests in groups".

    test_groups.py [--tables 250] [--rows 10000000] [--runs 4] [--threads 2]

Small tables: a `not_null` and a `unique` of each of --tables tables with 20 rows, in statements of 1 to 64 tests; processor
time of DuckDB for a test, parsing and planning included. A large table of --rows rows: tests one by one and in one statement,
those that DuckDB answers from statistics apart from those that read all the rows; elapsed time. The least of --runs runs each,
in turns.

The statements are those of `meshbuild build`. Needs duckdb.
"""

import argparse
import sys
import time

try:
    import duckdb
except ImportError:
    print("not run: duckdb is not installed (pip install duckdb)", file=sys.stderr)
    sys.exit(3)

SIZES = [1, 2, 4, 8, 16, 32, 64]


def statement(query):
    """A test's own statement, for the failures that `query` selects."""
    return f"""select
    count(*) as failures,
    count(*) != 0 as should_warn,
    count(*) != 0 as should_error
  from (
    {query}
  ) dbt_internal_test"""


def not_null(table, column):
    return statement(f"select {column} from {table} where {column} is null")


def unique(table, column):
    return statement(
        f"select {column} as unique_field, count(*) as n_records from {table} where {column} is not null group by {column} having count(*) > 1"
    )


def accepted_values(table, column, values):
    return statement(
        f"with all_values as (select {column} as value_field, count(*) as n_records from {table} group by {column})"
        f" select * from all_values where value_field not in ({', '.join(values)})"
    )


def grouped(statements):
    parts = (
        f"select '{number}' as test, failures, should_warn, should_error from (\n{one}\n) as dbt_internal_group"
        for number, one in enumerate(statements)
    )
    return "\nunion all\n".join(parts)


def in_groups(statements, size):
    if size == 1:
        return statements
    return [grouped(statements[start : start + size]) for start in range(0, len(statements), size)]


def ask(connection, statements):
    """Processor and elapsed seconds of all `statements`; every test must pass."""
    processor, elapsed = time.process_time(), time.perf_counter()
    rows = [row for one in statements for row in connection.execute(one).fetchall()]
    spent = time.process_time() - processor, time.perf_counter() - elapsed
    if any(row[-1] for row in rows):
        raise SystemExit("a test failed")
    return spent


def least(connection, ways, runs):
    """The least processor and elapsed seconds of each of `ways`, which take turns."""
    spent = [[ask(connection, statements) for statements in ways] for _ in range(runs)]
    return [(min(one[0] for one in times), min(one[1] for one in times)) for times in zip(*spent)]


def small_tables(connection, count, runs):
    for number in range(count):
        connection.execute(f"create table small_{number} as select range as id, 'name ' || range as name from range(20)")
    statements = [test for number in range(count) for test in (not_null(f"small_{number}", "name"), unique(f"small_{number}", "id"))]
    times = least(connection, [in_groups(statements, size) for size in SIZES], runs)
    print(f"\n{len(statements)} tests of tables with 20 rows\n\ntests in a statement  microseconds a test")
    for size, (processor, _) in zip(SIZES, times):
        print(f"{size:>20}  {processor / len(statements) * 1e6:>19.0f}")


def large_table(connection, rows, runs):
    connection.execute(
        f"create table large as select range as id, range % 7 as kind, range * 3 as amount from range({rows})"
    )
    quick = [not_null("large", column) for column in ("id", "kind", "amount")]
    dear = [unique("large", "id"), unique("large", "amount"), accepted_values("large", "kind", map(str, range(7)))]
    print(f"\ntests of a table with {rows:,} rows\n\n{'':<28} one by one   in one")
    for name, tests in [("3 answered from statistics", quick), ("5, of which 3 read all rows", quick[:2] + dear)]:
        (_, alone), (_, together) = least(connection, [tests, [grouped(tests)]], runs)
        print(f"{name:<28} {alone * 1e3:>7.1f} ms {together * 1e3:>5.1f} ms  {together / alone:.2f} times")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=250)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2, help="of DuckDB")
    arguments = parser.parse_args()
    with duckdb.connect(config={"threads": arguments.threads}) as connection:
        print(f"DuckDB {duckdb.__version__}")
        small_tables(connection, arguments.tables, arguments.runs)
        large_table(connection, arguments.rows, arguments.runs)


if __name__ == "__main__":
    main()
