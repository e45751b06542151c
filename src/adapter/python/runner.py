"""Runs one Python model of a dbt project for meshbuild, which holds the database.

Requests go out and replies come in as lines of JSON on what were stdout and stdin when this process started; what the model
prints goes to stderr. `dbt.ref` and `dbt.source` ask for a relation, which arrives as a Parquet file; what the model returns
goes back as one, and the statements of `materialize` are run by meshbuild on its own connection.
"""

import asyncio
import json
import linecache
import os
import re
import sys
import threading
import traceback
import types

# Types that Parquet has not, or not exactly: they travel as text.
AS_TEXT = re.compile(
    r""""(?:[^"]|"")*"|'(?:[^']|'')*'|\b(?:U?HUGEINT|BIGNUM|BIT|INTERVAL|TIME WITH TIME ZONE|TIME_NS)\b(?=[,)\[]|$)"""
)


def carried(data_type):
    return AS_TEXT.sub(lambda found: found[0] if found[0][0] in "\"'" else "VARCHAR", data_type)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def cast(column, data_type):
    return f"cast({quoted(column)} as {data_type}) as {quoted(column)}"


class Channel:
    """Asks meshbuild, one request at a time."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        self.replies = os.fdopen(os.dup(0), "r", encoding="utf-8")
        os.dup2(2, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def receive(self):
        line = self.replies.readline()
        if not line:
            os._exit(1)
        return json.loads(line)

    def send(self, **request):
        self.requests.write(json.dumps(request) + "\n")
        self.requests.flush()

    def ask(self, **request):
        import duckdb

        with self.lock:
            self.send(**request)
            reply = self.receive()
        error = reply.get("error")
        if error is not None:
            kind = duckdb.CatalogException if error.startswith("Catalog Error") else duckdb.Error
            raise kind(error)
        return reply


class Relations:
    """Relations of the warehouse, each of them a view of its own name in this process's database."""

    PART = r'("(?:[^"]|"")+")'
    NAME = re.compile(rf"{PART}\.{PART}\.{PART}")

    def __init__(self, connection, channel):
        self.connection = connection
        self.channel = channel
        self.loaded = {}

    def load(self, name):
        """What `dbt.ref` gives: a relation of DuckDB."""
        if name not in self.loaded:
            reply = self.channel.ask(do="load", relation=name)
            columns = ", ".join(cast(column, data_type) for column, data_type in reply["columns"])
            query = f"select {columns} from read_parquet({literal(reply['path'])})"
            self.loaded[name] = self.view(name, query)
        return self.connection.query(f"select * from {self.loaded[name]}")

    def load_if_there(self, name):
        """For `dbt.this`, whose name may stand in the SQL of the model; on a first run there is no such table."""
        import duckdb

        try:
            self.load(name)
        except duckdb.CatalogException:
            pass

    def view(self, name, query):
        parts = self.NAME.fullmatch(name)
        if parts is None:
            return f"({query})"
        # Another connection to the same database: a result that the model has not fetched yet stays.
        cursor = self.connection.cursor()
        cursor.execute(f"attach if not exists ':memory:' as {parts[1]}")
        cursor.execute(f"create schema if not exists {parts[1]}.{parts[2]}")
        cursor.execute(f"create or replace view {name} as {query}")
        cursor.close()
        return name


class RunConnection:
    """The connection of the run, as `materialize` uses it."""

    def __init__(self, connection, channel, folder):
        self.connection = connection
        self.channel = channel
        self.folder = folder
        self.count = 0

    def register(self, name, frame):
        import duckdb

        if "pyarrow" in sys.modules:
            # https://github.com/duckdb/duckdb/issues/6584
            import pyarrow.dataset  # noqa: F401
        relation = frame
        if not isinstance(frame, duckdb.DuckDBPyRelation):
            self.connection.register(name, frame)
            relation = self.connection.view(name)
        # A column of nothing but nulls has no type.
        columns = [
            (column, "INTEGER" if str(data_type) == '"NULL"' else str(data_type))
            for column, data_type in zip(relation.columns, relation.types)
        ]
        self.count += 1
        path = os.path.join(self.folder, f"result_{self.count}.parquet")
        relation.project(", ".join(cast(column, carried(data_type)) for column, data_type in columns)).write_parquet(path)
        self.channel.ask(do="register", name=name, path=path, columns=columns)
        return self

    def unregister(self, name):
        self.channel.ask(do="unregister", name=name)
        return self

    def execute(self, query, parameters=None):
        if parameters:
            raise NotImplementedError("statements of materialize() take no parameters in meshbuild")
        self.channel.ask(do="execute", sql=query)
        return self

    sql = query = execute

    def cursor(self):
        return self


def load_module(job):
    """The compiled code as a module, whose lines tracebacks can show."""
    code, file = job["code"].lstrip(), job["file"]
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    module = types.ModuleType(job["name"])
    module.__file__ = file
    sys.modules[job["name"]] = sys.modules.get(job["name"], module)
    exec(compile(code, file, "exec"), module.__dict__)
    return module


def run(job, channel):
    import duckdb

    connection = duckdb.connect(":memory:")
    catalog, schema = quoted(job["database"]), quoted(job["schema"])
    connection.execute(f"attach if not exists ':memory:' as {catalog}")
    connection.execute(f"create schema if not exists {catalog}.{schema}")
    connection.execute(f"use {catalog}.{schema}")
    relations = Relations(connection, channel)
    asyncio.set_event_loop(asyncio.new_event_loop())
    module = load_module(job)

    class Dbt(module.dbtObj):
        @property
        def this(self):
            relations.load_if_there(repr(self._this))
            return self._this

        @this.setter
        def this(self, value):
            self._this = value

    frame = module.model(Dbt(relations.load), connection)
    module.materialize(frame, RunConnection(connection, channel, job["folder"]))


def without_own_frames(error):
    """The traceback without the frames of this file."""
    described = traceback.TracebackException.from_exception(error)
    one = described
    while one is not None:
        one.stack = traceback.StackSummary.from_list([frame for frame in one.stack if frame.filename != "<string>"])
        one = one.__cause__ or one.__context__
    return "".join(described.format())


def main():
    channel = Channel()
    # As in dbt, the working folder is no place to import from.
    sys.path[:] = [path for path in sys.path if path]
    job = channel.receive()
    try:
        run(job, channel)
    except BaseException as error:
        channel.send(do="failed", text=without_own_frames(error))
    else:
        channel.send(do="done")
    sys.stdout.flush()
    sys.stderr.flush()


main()
