"""Runs each project of `projects/` with dbt's own macros and with ours, and compares what is left behind.

A project is an ordinary dbt project with a file `steps.json`: a list of dbt command lines. After each step the statuses in
run_results.json, the compiled texts under target/compiled of analyses, and everything in the database are compared."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import duckdb

PROFILE = """
macros:
  target: dev
  outputs:
    dev: {type: duckdb, path: warehouse.duckdb, schema: main, threads: 1}
"""
# Values that two runs can never share.
VOLATILE_TYPES = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
VOLATILE_COLUMNS = ("dbt_scd_id", "scd_id")


def compare(project, overlay_environment):
    """(lines of differences, {step: (statements with dbt's macros, with ours)})."""
    steps = json.loads((project / "steps.json").read_text())
    theirs = run_steps(project, steps, None)
    ours = run_steps(project, steps, overlay_environment)
    problems, statements = [], {}
    for number, step in enumerate(steps):
        name = f"{project.name} step {number + 1} (dbt {' '.join(step)})"
        expected, found = theirs[number], ours[number]
        statements[name] = (expected.pop("statements"), found.pop("statements"))
        if expected["exit code"][""] == 2:
            problems.append(f"{name}: does not run with dbt's macros")
        for part in expected:
            problems += [f"{name}: {part}: {line}" for line in difference(expected[part], found[part])]
    return problems, statements


def run_steps(project, steps, environment):
    """What each step left behind."""
    states = []
    with tempfile.TemporaryDirectory(prefix="macro-project-") as folder:
        root = pathlib.Path(folder) / project.name
        shutil.copytree(project, root)
        (root / "profiles.yml").write_text(PROFILE)
        for step in steps:
            shutil.rmtree(root / "logs", ignore_errors=True)
            (root / "target" / "run_results.json").unlink(missing_ok=True)
            dbt = pathlib.Path(sys.executable).parent / "dbt"
            process = subprocess.run(
                [dbt, *step, "--profiles-dir", ".", "--no-use-colors"],
                cwd=root, env=environment, capture_output=True, text=True,
            )
            states.append(state(root, process))
    return states


def state(root, process):
    """Everything that is compared, as {part: {name: value}}, and the number of statements sent."""
    log = (root / "logs" / "dbt.log").read_text()
    return {
        "exit code": {"": process.returncode},
        "statuses": statuses(root),
        "analyses": analyses(root),
        "relations": relations(root / "warehouse.duckdb"),
        "statements": len(re.findall(r"^.*\[debug\].*: On \S+: ", log, re.MULTILINE)),
    }


def message(text):
    """A node's message without what names the library's files, generated relations and line numbers."""
    lines = [line.rstrip() for line in (text or "").split("\n") if not re.match(r"\s*(>|LINE \d+:|\^)", line)]
    return re.sub(r"\d{12,}", "<time>", "\n".join(lines)).strip()


def statuses(root):
    path = root / "target" / "run_results.json"
    if not path.exists():
        return {}
    results = json.loads(path.read_text())["results"]
    return {result["unique_id"]: (result["status"], result["failures"], message(result["message"])) for result in results}


def analyses(root):
    """Compiled analyses without comments and white space: texts of macros that projects embed."""
    texts = {}
    for path in sorted((root / "target" / "compiled").rglob("analyses/*.sql")):
        for part in path.read_text().split("-- case ")[1:]:
            name, _, text = part.partition("\n")
            texts[f"{path.stem} {name.strip()}"] = re.sub(r"\s+", "", re.sub(r"--.*", "", text))
    return texts


def relations(path):
    """Every relation's kind, columns, comments, constraints, number of indexes and rows, volatile values masked."""
    if not path.exists():
        return {}
    found = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "select table_schema, table_name, table_type from information_schema.tables order by all"
        ).fetchall()
        for schema, name, kind in rows:
            found[f"{schema}.{name}"] = relation(connection, schema, name, kind)
    return found


def relation(connection, schema, name, kind):
    key = [schema, name]
    columns = connection.execute(
        "select column_name, data_type, comment from duckdb_columns() where schema_name = ? and table_name = ?"
        " order by column_index", key).fetchall()
    comments = connection.execute(
        "select comment from duckdb_tables() where schema_name = $1 and table_name = $2"
        " union all select comment from duckdb_views() where schema_name = $1 and view_name = $2", key).fetchall()
    constraints = connection.execute(
        "select constraint_text from duckdb_constraints() where schema_name = ? and table_name = ? order by all", key
    ).fetchall()
    indexes = connection.execute(
        "select is_unique, expressions from duckdb_indexes() where schema_name = ? and table_name = ? order by all", key
    ).fetchall()
    selected = ", ".join(
        f'("{column}" is null)' if data_type in VOLATILE_TYPES or column in VOLATILE_COLUMNS else f'"{column}"'
        for column, data_type, _ in columns)
    try:
        rows = connection.execute(f'select {selected} from "{schema}"."{name}" order by all').fetchall()
    except duckdb.Error as error:
        rows = str(error)
    return [kind, columns, comments, constraints, indexes, rows]


def difference(expected, found):
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            yield f"{name}\n    dbt:  {expected.get(name)}\n    ours: {found.get(name)}"
