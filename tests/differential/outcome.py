"""Runs a tool that takes dbt's command line in a project, and says what came of it.

An outcome is made of plain facts, {aspect: {item: value}}, so that two of them can be
compared without knowing what they mean. This module never says which of two is right,
and prints nothing.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NOT_COPIED = ("target", "logs", "*.duckdb", "*.duckdb.wal", ".git", "__pycache__", ".meshbuild", "compare.json")

# Sections of manifest.json in which every entry has a unique id. Macros of dbt itself
# are left out: how many there are is the tool's own affair.
SECTIONS = (
    "nodes", "sources", "exposures", "metrics", "groups", "macros", "semantic_models",
    "saved_queries", "unit_tests", "functions",
)
FIELDS = (
    "alias", "schema", "database", "relation_name", "fqn", "original_file_path", "patch_path",
    "description", "access", "group", "version", "latest_version", "tags", "checksum",
    "test_metadata.name", "test_metadata.namespace", "column_name", "attached_node",
    "config.materialized", "config.enabled", "config.severity", "config.tags",
    "depends_on.nodes", "depends_on.macros",
)
UNORDERED = {"tags", "config.tags", "depends_on.nodes", "depends_on.macros"}
INTERNAL_PACKAGES = {"dbt", "dbt_duckdb"}


@dataclass
class Step:
    """One command of a tool that has ended."""

    command: str
    exit_code: int
    output: str
    seconds: float
    facts: dict


class Workspace:
    """A copy of a project (or mesh) for one tool, with a home folder of its own."""

    def __init__(self, binary, source, folder, variables=None):
        self.binary = Path(binary)
        self.project = folder / source.name
        self.home = folder / "home"
        self.variables = variables or {}
        self.home.mkdir(parents=True)
        shutil.copytree(source, self.project, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED))

    def environment(self):
        """Nothing of the caller's environment but what a process needs to start."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ", "TMPDIR") if name in os.environ}
        return {
            **kept, "HOME": str(self.home), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_PROFILES_DIR": str(self.project), **self.variables,
        }

    def run(self, arguments):
        """Run the tool: (exit code, output). What an earlier run reported is removed."""
        (self.target() / "run_results.json").unlink(missing_ok=True)
        done = subprocess.run(
            [str(self.binary), "--no-use-colors", *arguments], cwd=self.project, env=self.environment(),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def target(self):
        return self.project / (project_setting(self.project, "target-path") or "target")

    def artifact(self, name):
        path = self.target() / name
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def databases(self):
        """DuckDB files in the copy, by their magic bytes."""
        found = {}
        for path in sorted(self.project.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.suffix in {".duckdb", ".db", ".ddb"}:
                with path.open("rb") as file:
                    if file.read(12)[8:] == b"DUCK":
                        found[path.relative_to(self.project).as_posix()] = path
        return found


def project_setting(project, key):
    """A top-level scalar of dbt_project.yml, as far as it is written on one line."""
    path = project / "dbt_project.yml"
    if not path.exists():
        return None
    found = re.search(rf"^{key}:\s*(.+?)\s*(?:#.*)?$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1).strip("'\"") if found else None


def provide_profile(project):
    """Write profiles.yml when the project brings none that has its profile."""
    profile = project_setting(project, "profile") or "default"
    path = project / "profiles.yml"
    if path.exists() and re.search(rf"^['\"]?{re.escape(profile)}['\"]?\s*:", path.read_text(encoding="utf-8"), re.MULTILINE):
        return
    output = {"type": "duckdb", "path": f"{profile}.duckdb", "threads": 4}
    path.write_text(json.dumps({profile: {"target": "dev", "outputs": {"dev": output}}}))


def field_of(entry, field):
    value = entry
    for key in field.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if field in UNORDERED and isinstance(value, list):
        # Macros of dbt call each other in ways that are the tool's own affair.
        return sorted(item for item in value if item.split(".")[1:2] not in [[name] for name in INTERNAL_PACKAGES])
    return value


def result_facts(run_results):
    """{unique id: {status, failures}}, with the message of a test that failed or warned."""
    found = {}
    for result in run_results.get("results", []):
        facts = {"status": result["status"]}
        if result.get("failures"):
            facts["failures"] = result["failures"]
        if result["unique_id"].startswith("test.") and result["status"] in {"fail", "warn"}:
            facts["message"] = result.get("message")
        found[result["unique_id"]] = facts
    return found


def manifest_facts(manifest, packages=None):
    """{unique id: fields} of a manifest, of some packages only when given."""
    found = {}
    for section in SECTIONS:
        for unique_id, entry in (manifest.get(section) or {}).items():
            if keeps(entry, packages):
                found[unique_id] = {field: field_of(entry, field) for field in FIELDS}
    for unique_id, entries in (manifest.get("disabled") or {}).items():
        if keeps(entries[0], packages):
            found[f"{unique_id} (disabled)"] = {"count": len(entries)}
    return found


def keeps(entry, packages):
    package = entry.get("package_name")
    return package in packages if packages else package not in INTERNAL_PACKAGES


def compiled_facts(manifest, packages=None):
    """{unique id: compiled SQL without regard to white space} of what was compiled."""
    return {
        unique_id: {"compiled_code": " ".join(entry["compiled_code"].split())}
        for section in ("nodes", "unit_tests")
        for unique_id, entry in (manifest.get(section) or {}).items()
        if keeps(entry, packages) and entry.get("compiled_code")
    }


def call_contents(dbt, arguments, folder=None):
    """Run contents.py with the python that stands beside dbt."""
    command = [str(Path(dbt).parent / "python"), str(HERE / "contents.py"), *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"cannot read {' '.join(map(str, arguments))}:\n{done.stderr}")
    return json.loads(done.stdout)


def content_facts(dbt, databases, folder, patterns=()):
    """(relations, schemas) of DuckDB files: facts by `file:schema.table`."""
    relations, schemas = {}, {}
    for name, path in databases.items():
        found = call_contents(dbt, ["read", path, *patterns], folder)
        schemas[name] = found["schemas"]
        relations |= {f"{name}:{relation}": facts for relation, facts in found["relations"].items()}
    return relations, schemas


def differences(first, second):
    """[(item, field, value in the first, value in the second)] of two {item: value}."""
    found = []
    for item in sorted({*first, *second}):
        one, other = first.get(item), second.get(item)
        if one == other:
            continue
        if isinstance(one, list) and isinstance(other, list):
            found.append((item, "", *parting(one, other)))
        elif not (isinstance(one, dict) and isinstance(other, dict)):
            found.append((item, "", "absent" if one is None else brief(one), "absent" if other is None else brief(other)))
        else:
            found += [(item, *row) for row in field_differences(one, other)]
    return found


def field_differences(one, other):
    """[(field, left, right)]; a message may say more than the one that it has to hold."""
    return [
        (field, *parting(one.get(field), other.get(field)))
        for field in {**one, **other}
        if one.get(field) != other.get(field) and not (field == "message" and contains(other.get(field), one.get(field)))
    ]


def contains(text, part):
    return isinstance(text, str) and isinstance(part, str) and part in text


def brief(value):
    if isinstance(value, dict):
        return value.get("status") or ("present" if "rows" not in value else f"{value['rows']} rows")
    return str(value)


def parting(left, right):
    """Two values as text; of two lists only what the other has not, if that tells them apart."""
    if isinstance(left, list) and isinstance(right, list):
        alone = [[item for item in one if item not in other] for one, other in ((left, right), (right, left))]
        if any(alone):
            return tuple(", ".join(map(str, items)) or "-" for items in alone)
    return str(left), str(right)


def temporary_folder(keep=None):
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="compare-")).resolve()
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()):
        raise SystemExit(f"{keep} is not empty")
    return keep.resolve()


def existing(text):
    """The absolute path of a file that an argument names."""
    path = Path(text).expanduser().absolute()
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{path} does not exist")
    return path
