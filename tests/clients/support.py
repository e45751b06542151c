"""What the checks of all clients share: projects copied into a scratch folder, the two executables, and checks that count.

A check runs in the environment of its client, so this file needs nothing but Python.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COFFEE_SHOP = ROOT / "tests" / "differential" / "projects" / "coffee_shop"
RETAIL = ROOT / "projects"
# Each after the domains that it reads.
DOMAINS = ["product", "customer", "orders", "store", "marketing"]
NOT_COPIED = shutil.ignore_patterns("target", "logs", "*.duckdb", ".meshbuild", ".user.yml")


class Check:
    """One run of a client's check: its scratch folder, its executables, and what was found."""

    def __init__(self, packages):
        parser = argparse.ArgumentParser()
        parser.add_argument("--bin", type=Path, required=True, help="the meshbuild binary")
        parser.add_argument("--dbt", type=Path, help="dbt, for what is compared with its artifacts")
        parser.add_argument("--keep", type=Path, help="work in this folder and leave it there")
        arguments = parser.parse_args()
        self.binary = arguments.bin.resolve()
        # Not resolved: a link of a virtual environment says which environment it is.
        self.dbt = arguments.dbt and arguments.dbt.absolute()
        self.scratch = arguments.keep and arguments.keep.resolve()
        self.temporary = None
        if self.scratch is None:
            self.temporary = tempfile.TemporaryDirectory(prefix="meshbuild-clients-")
            self.scratch = Path(self.temporary.name)
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.passed = self.failed = 0
        print(" ".join(f"{package} {version(package)}" for package in packages), flush=True)

    def that(self, what, found, expected):
        """Compare, print one line, and the difference where there is one."""
        if found == expected:
            self.passed += 1
            print(f"  ok    {what}: {shortened(found)}", flush=True)
        else:
            self.failed += 1
            print(f"  FAIL  {what}:\n        found    {found}\n        expected {expected}", flush=True)

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        if self.temporary:
            self.temporary.cleanup()
        sys.exit(1 if self.failed else 0)

    def retail(self, name="retail"):
        """A copy of the retail mesh whose tables go to a file in it."""
        mesh = self.scratch / name
        shutil.rmtree(mesh, ignore_errors=True)
        shutil.copytree(RETAIL, mesh, ignore=NOT_COPIED)
        os.environ["RETAIL_DUCKDB_PATH"] = str(mesh / "retail.duckdb")
        return mesh

    def coffee_shop(self, name="coffee_shop"):
        """A copy of the coffee shop, a dbt project with a profile beside it."""
        project = self.scratch / name
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(COFFEE_SHOP, project, ignore=NOT_COPIED)
        output = {"type": "duckdb", "path": str(project / "coffee_shop.duckdb"), "threads": 2}
        (project / "profiles.yml").write_text(json.dumps({"coffee_shop": {"target": "dev", "outputs": {"dev": output}}}))
        return project

    def run(self, executable, project, *arguments):
        """Run a command in a project; its output stands in the message when it fails."""
        environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_PROFILES_DIR": ""}
        environment.pop("DBT_PROFILES_DIR")
        done = subprocess.run(
            [str(executable), *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False,
        )
        if done.returncode:
            raise SystemExit(f"{executable} {' '.join(arguments)} exited with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout


def shortened(value):
    text = str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."


def read(project, artifact):
    return json.loads((project / "target" / artifact).read_text())


def counted(values):
    return dict(sorted(Counter(values).items()))
