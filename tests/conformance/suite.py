"""Fixtures of the suite in the place of dbt-duckdb's own tests/conftest.py, and SQL of Postgres turned into DuckDB's.

Every test class has a database file of its own, since two processes cannot share a database in memory.
"""

import os
import re
import resource
from pathlib import Path

import pytest
import yaml
from dbt.tests.util import write_file

# Catalog name of the file: dbt's tests expect "dbt".
DATABASE = "dbt"
NOT_HERE = {
    "with_s3_creds": "no S3", "requires_ducklake": "no DuckLake extension",
}
# Literals that take a whole test out only because they are Postgres'.
DIALECT = [
    (re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)-0(?=['\",\s]|$)", re.MULTILINE), r"\1"),
    (re.compile(r"to_date\('(\d\d)/(\d\d)/(\d{4})', *'mm/dd/yyyy'\)"), r"cast('\3-\1-\2' as date)"),
    (re.compile(r"\bBIGSERIAL PRIMARY KEY\b", re.IGNORECASE), "BIGINT"),
    (re.compile(r"\bBIGSERIAL\b", re.IGNORECASE), "BIGINT"),
    (re.compile(r"\bSERIAL PRIMARY KEY\b", re.IGNORECASE), "INTEGER"),
]


def in_duckdb(text):
    if isinstance(text, str):
        for pattern, replacement in DIALECT:
            text = pattern.sub(replacement, text)
    return text


def translate_sql():
    """Files that tests write, and statements that they run, are translated."""
    import dbt.tests.util as util

    write, run = util.write_file, util.run_sql_with_adapter

    def write_translated(contents, *paths):
        return write(in_duckdb(contents) if Path(paths[-1]).suffix in {".sql", ".csv", ".yml", ".yaml"} else contents, *paths)

    util.write_file = write_translated
    util.run_sql_with_adapter = lambda adapter, sql, fetch=None: run(adapter, in_duckdb(sql), fetch=fetch)


def on_file(profiles, path):
    """Outputs of Postgres, and databases in memory, become the class's file."""
    for profile in profiles.values():
        outputs = profile.get("outputs") if isinstance(profile, dict) else None
        for name, output in (outputs or {}).items():
            if not isinstance(output, dict):
                continue
            if output.get("type") == "postgres":
                kept = {key: output[key] for key in ("schema", "threads") if key in output}
                outputs[name] = {"type": "duckdb", "path": path, **kept}
            elif output.get("type") == "duckdb" and output.get("path", ":memory:") == ":memory:" and "remote" not in output:
                output["path"] = path
                if output.get("database") == "memory":
                    del output["database"]
    return profiles


@pytest.fixture(scope="class")
def database_path(tmpdir_factory):
    return str(tmpdir_factory.mktemp("db") / f"{DATABASE}.duckdb")


@pytest.fixture(scope="class")
def dbt_profile_target(database_path):
    return {"type": "duckdb", "threads": 4, "path": database_path}


@pytest.fixture(scope="class")
def dbt_profile_data(unique_schema, dbt_profile_target, profiles_config_update, database_path):
    target = dbt_profile_target
    if isinstance(target, dict):
        target["schema"] = unique_schema
    profiles = {"test": {"outputs": {"default": target}, "target": "default"}, **(profiles_config_update or {})}
    return on_file(profiles, database_path)


@pytest.fixture(scope="class")
def profiles_yml(profiles_root, dbt_profile_data, database_path):
    if isinstance(dbt_profile_data, dict):
        on_file(dbt_profile_data, database_path)
    os.environ["DBT_PROFILES_DIR"] = str(profiles_root)
    write_file(yaml.safe_dump(dbt_profile_data), profiles_root, "profiles.yml")
    yield dbt_profile_data
    del os.environ["DBT_PROFILES_DIR"]


@pytest.fixture(scope="session")
def profile_type():
    return "file"


@pytest.fixture(scope="session")
def database_type():
    return "duckdb"


@pytest.fixture(scope="session")
def test_database_name():
    return DATABASE


@pytest.fixture(scope="session")
def bv_server_process():
    yield None


@pytest.fixture(scope="class")
def profile_user():
    return "root"


@pytest.fixture(scope="session")
def test_data_path(pytestconfig):
    return str(pytestconfig.rootpath / "tests" / "data")


def configure(config):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for marker in ("requires_ducklake", "skip_database_type(database_type)", "skip_profile(profile)", "with_s3_creds"):
        config.addinivalue_line("markers", marker)


def skip_what_is_not_here(items):
    for item in items:
        reasons = [reason for keyword, reason in NOT_HERE.items() if keyword in item.keywords]
        reasons += ["not on a file" for mark in item.iter_markers("skip_profile") if "file" in mark.args]
        reasons += ["not on duckdb" for mark in item.iter_markers("skip_database_type") if "duckdb" in mark.args]
        if reasons:
            item.add_marker(pytest.mark.skip(reason=reasons[0]))
