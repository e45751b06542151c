"""The pytest plugin: what a test gives to dbtRunner.invoke runs as a process of the binary under test.

Environment: CONFORMANCE_BIN, the binary; CONFORMANCE_TESTS, the list of tests whose classes run; CONFORMANCE_RESULTS, the
JSON file for the outcomes, by test.
"""

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "False")
os.environ.setdefault("DO_NOT_TRACK", "1")

import results  # noqa: E402
import suite  # noqa: E402

BINARY = os.environ["CONFORMANCE_BIN"]
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
# A test may empty os.environ.
KEPT = {name: os.environ[name] for name in ("PATH", "HOME")}
OUTCOMES = {}
CLOCK = {"now": None}


def invoke(self, arguments, **options):
    """In the place of dbtRunner.invoke."""
    from dbt.cli.main import dbtRunnerResult
    from dbt_common.events.functions import get_capture_stream

    line = results.CommandLine([str(word) for word in arguments] + as_arguments(options))
    before = line.signatures()
    close_connections()
    environment, log_file = {}, None
    if self.callbacks:
        folder = line.option("--log-path") or tempfile.mkdtemp(prefix="conformance-log")
        environment = {"DBT_LOG_FORMAT_FILE": "json", "DBT_LOG_LEVEL_FILE": "debug", "DBT_LOG_PATH": folder}
        log_file = Path(folder) / "dbt.log"
    capture = get_capture_stream()
    process = run(line.words + (["--quiet"] if line.lists_alone(capture) else []), environment)
    name_connections()
    (capture or sys.stdout).write(process.output)
    sys.stderr.write(process.errors)
    if log_file:
        results.replay_events(log_file, self.callbacks)
    if process.code not in (0, 1):
        return dbtRunnerResult(success=False, exception=results.exception_of(process))
    try:
        result = line.result(process, before, run)
    except Exception as error:
        text = f"the result of {line.command} cannot be read back: {error!r}"
        return dbtRunnerResult(success=False, exception=results.CommandFailed(text))
    return dbtRunnerResult(success=process.code == 0, result=result)


def run(words, environment):
    environment = {**KEPT, **os.environ, **environment}
    now = CLOCK["now"] or results.frozen_now()
    if now:
        environment["MESHBUILD_TEST_NOW"] = now
    return results.Process.run([BINARY, *words], environment)


def as_arguments(options):
    """Keyword arguments of invoke as words of a command line."""
    words = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            words.append(option if value else f"--no-{option[2:]}")
        elif isinstance(value, (list, tuple, set)):
            words += [word for item in value for word in (option, str(item))]
        elif value is not None:
            words += [option, json.dumps(value) if isinstance(value, dict) else str(value)]
    return words


def adapters():
    from dbt.adapters.factory import FACTORY

    return list(FACTORY.adapters.values())


def close_connections():
    """DuckDB lets one process write to a file."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager as manager

    for adapter in adapters():
        with contextlib.suppress(Exception):
            adapter.connections.cleanup_all()
    environment, manager._ENV = manager._ENV, None
    if environment is not None:
        with contextlib.suppress(Exception):
            environment.close()
        with contextlib.suppress(Exception):
            environment.conn.close()
            environment.conn = None


def name_connections():
    """After a command in the same process this thread would have a connection."""
    for adapter in adapters():
        with contextlib.suppress(Exception):
            adapter.connections.set_connection_name("master")


@contextlib.contextmanager
def microbatch_end_time(text):
    earlier, CLOCK["now"] = CLOCK["now"], f"{text.replace(' ', 'T')}Z"
    try:
        yield
    finally:
        CLOCK["now"] = earlier


def install():
    import dbt.tests.util as util
    from dbt.cli.main import dbtRunner

    suite.translate_sql()
    dbtRunner.invoke = invoke
    util.get_manifest = results.get_manifest
    util.patch_microbatch_end_time = microbatch_end_time
    raises = pytest.raises

    def raises_too(expected=None, *arguments, **options):
        """A command that could not run raises CommandFailed: its class is not compared, its text is."""
        if expected is None:
            return raises(*arguments, **options)
        classes = expected if isinstance(expected, tuple) else (expected,)
        if not any(issubclass(found, AssertionError) for found in classes):
            classes += (results.CommandFailed,)
        return raises(classes, *arguments, **options)

    pytest.raises = raises_too


install()


def pytest_configure(config):
    suite.configure(config)


def pytest_collection_modifyitems(config, items):
    suite.skip_what_is_not_here(items)
    # Tests of a class may build on each other: whole classes run.
    wanted = {class_of(line[2:].strip()) for line in Path(os.environ["CONFORMANCE_TESTS"]).read_text().splitlines() if not line.startswith("#")}
    gone = [item for item in items if class_of(item.nodeid) not in wanted]
    items[:] = [item for item in items if class_of(item.nodeid) in wanted]
    config.hook.pytest_deselected(items=gone)


def class_of(test):
    return test.split("[")[0].rpartition("::")[0]


def pytest_runtest_logreport(report):
    outcome = OUTCOMES.setdefault(report.nodeid, {"passed": False, "message": ""})
    if report.when == "call":
        outcome["passed"] = report.passed or hasattr(report, "wasxfail")
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        outcome["message"] = crash.message if crash else str(report.longrepr)[-1500:]


def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):
        Path(os.environ["CONFORMANCE_RESULTS"]).write_text(json.dumps(OUTCOMES, indent=1, sort_keys=True))
