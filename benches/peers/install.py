"""Gets the programs that meshbuild is measured beside, into a cache outside the clone.

The cache is $XDG_CACHE_HOME/meshbuild (~/.cache/meshbuild), as `./dev` has it. What is there is not
fetched again. This module starts no measurement.
"""

import os
import shutil
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meshbuild"

DBT_2 = "2.0.0a4"
# Where dbt Core 2.0 looks for the driver of DuckDB, and the npm package whose libduckdb.so is one.
DBT_2_DRIVER = "com.getdbt/adbc/x86_64-manylinux_2_17-linux-gnu/libadbc_driver_duckdb-1.5.4.so"
DBT_2_LIBRARY = "@duckdb/node-bindings-linux-x64@1.5.4-r.1"


@dataclass
class Tool:
    """A program that takes dbt's command line."""

    name: str
    binary: Path
    variables: dict = field(default_factory=dict)


def output_of(*command, cwd=None):
    return subprocess.run([str(word) for word in command], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def oracle():
    """The folder of the Python environment with dbt-core, dbt-duckdb and duckdb."""
    return Path(output_of(ROOT / "dev", "oracle").splitlines()[-1])


def dbt_core(environment):
    return Tool("dbt-core", environment / "bin" / "dbt")


def dbt_2(environment):
    """The alpha of dbt Core 2.0 from PyPI; its driver of DuckDB from npm, in a cache folder of its own."""
    folder = CACHE / f"dbt-{DBT_2}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory() as scratch:
            output_of(environment / "bin" / "pip", "download", "--quiet", "--no-deps", f"dbt-core=={DBT_2}", cwd=scratch)
            with zipfile.ZipFile(only(scratch, "dbt_core-*.whl")) as wheel:
                wheel.extractall(scratch)
            output_of("npm", "pack", "--silent", DBT_2_LIBRARY, cwd=scratch)
            output_of("tar", "xzf", only(scratch, "*.tgz"), "package/libduckdb.so", cwd=scratch)
            driver = folder / "cache" / DBT_2_DRIVER
            driver.parent.mkdir(parents=True)
            shutil.move(Path(scratch) / "package" / "libduckdb.so", driver)
            shutil.move(only(scratch, "dbt_core-*.data/scripts/dbt"), folder / "dbt")
        (folder / "dbt").chmod(0o755)
        (folder / "complete").touch()
    return Tool(f"dbt {DBT_2}", folder / "dbt", {"XDG_CACHE_HOME": str(folder / "cache")})


def walk():
    """The program that walks a folder and asks for the metadata of every file, compiled."""
    source, binary = HERE / "walk.rs", CACHE / "peers" / "walk"
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        binary.parent.mkdir(parents=True, exist_ok=True)
        output_of("rustc", "-O", "--edition", "2024", source, "-o", binary)
    return binary


def only(folder, pattern):
    found = list(Path(folder).glob(pattern))
    if len(found) != 1:
        raise SystemExit(f"expected one {pattern} in {folder}, found {len(found)}")
    return found[0]
