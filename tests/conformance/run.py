#!/usr/bin/env python3
"""Run dbt's own adapter tests against a binary.

    run.py --bin PATH [-k EXPRESSION] [--workers N] [--out FOLDER] [FILE ...]

FILE is a test file of the suite, such as tests/functional/adapter/test_basic.py. Makes what it needs in a cache folder, from
PyPI alone: a Python environment (requirements.txt) and the suite (the source distribution of dbt-duckdb). Prints a table by
area, and every failure. Exit code: 0 all pass but those of known_failures.txt, 1 not so.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFTEST = 'pytest_plugins = ["dbt.tests.fixtures.project"]\nfrom suite import *  # noqa: E402, F401, F403\n'
IGNORED = ("plugins/motherduck", "plugins/test_delta.py", "plugins/test_postgres.py", "plugins/test_mysql.py")
# Areas that are named differently by the two packages.
SAME_AREA = {
    "store_test_failures_tests": "store_test_failures", "incremental_microbatch": "microbatch", "fast_seed": "simple_seed",
    "test_utils": "utils", "changing_relation_type": "relations", "drop_relation": "relations",
    "get_columns_in_relation": "relations", "rematerialize": "external", "write_options": "external",
    "ducklake_partitioned_by": "ducklake", "ducklake_partitioned_by_integration": "ducklake", "ducklake_sorted_by": "ducklake",
    "ducklake_sorted_by_integration": "ducklake", "python_model": "python_models",
}


def cache_folder():
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meshbuild"


def environment():
    """The folder of a Python environment with the pinned packages."""
    pins = (HERE / "requirements.txt").read_bytes()
    folder = cache_folder() / f"conformance-{hashlib.sha256(pins).hexdigest()[:12]}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        (folder / "complete").touch()
    return folder


def suite(python):
    """The folder of the suite: dbt-duckdb's tests, and a class for each that it does not apply."""
    version = re.search(r"^dbt-duckdb==(\S+)", (HERE / "requirements.txt").read_text(), re.MULTILINE).group(1)
    folder = python / f"suite-{version}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        with tempfile.TemporaryDirectory() as scratch:
            download = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", "-d", scratch, f"dbt-duckdb=={version}"]
            subprocess.run([python / "bin" / "pip", *download], check=True)
            with tarfile.open(next(Path(scratch).glob("dbt_duckdb-*.tar.gz"))) as archive:
                archive.extractall(scratch, filter="data")
            unpacked = Path(scratch) / f"dbt_duckdb-{version}"
            shutil.copytree(unpacked / "tests", folder / "tests")
            shutil.copy(unpacked / "pytest.ini", folder)
        # Its fixtures are replaced by those of suite.py.
        (folder / "tests" / "conftest.py").write_text(CONFTEST)
        subprocess.run([python / "bin" / "python", HERE / "generate.py", folder], check=True)
        (folder / "complete").touch()
    return folder


def listed(name):
    """Lines of a list: (mark, test) without comments."""
    lines = (HERE / name).read_text().splitlines()
    return [(line[0], line[2:].split("  #")[0].strip()) for line in lines if line.strip() and not line.startswith("#")]


def run_tests(arguments, python, folder, out):
    results = out / "results.json"
    results.unlink(missing_ok=True)
    paths = arguments.files or ["tests/functional"]
    command = [
        python / "bin" / "python", "-m", "pytest", "-p", "plugin", "-p", "no:cacheprovider", "-q", "--tb=short", "-W", "ignore",
        "--continue-on-collection-errors", "--timeout", "300", "--basetemp", out / "tmp",
        *(f"--ignore=tests/functional/{name}" for name in IGNORED), *(["-k", arguments.k] if arguments.k else []), *paths,
    ]
    if arguments.workers > 1:
        command += ["-n", str(arguments.workers), "--dist", "loadscope"]
    variables = {
        **os.environ, "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1", "CONFORMANCE_BIN": str(arguments.bin),
        "CONFORMANCE_TESTS": str(HERE / "tests.txt"), "CONFORMANCE_RESULTS": str(results),
        # Python models run in the interpreter that has their packages.
        "MESHBUILD_PYTHON": os.environ.get("MESHBUILD_PYTHON", str(python / "bin" / "python")),
    }
    with (out / "pytest.log").open("w") as log:
        subprocess.run([str(word) for word in command], cwd=folder, env=variables, stdout=log, stderr=log, check=False)
    if not results.exists():
        print((out / "pytest.log").read_text()[-3000:])
        raise SystemExit("pytest wrote no results")
    return json.loads(results.read_text())


def area(test):
    path, _, rest = test.partition("::")
    parts = path.split("/")
    if re.search(r"Python(Model|Incremental|UnitTest)|PyModel", rest):
        return "python_models"
    if parts[2] == "adapter_auto":
        name = parts[3].removeprefix("test_auto_").removesuffix(".py")
    elif parts[2] == "adapter" and len(parts) == 4:
        name = parts[3].removeprefix("test_").removesuffix(".py")
    else:
        name = parts[3] if parts[2] == "adapter" else parts[2]
    return "microbatch" if "microbatch" in rest.lower() and parts[2] == "adapter_auto" else SAME_AREA.get(name, name)


def report(outcomes, is_partial):
    """Prints the table; whether what failed is what is known to fail."""
    known = {test for _, test in listed("known_failures.txt")}
    strict = [test for mark, test in listed("tests.txt") if mark != "-"]
    weak = [test for mark, test in listed("tests.txt") if mark == "-"]
    if is_partial:
        strict, weak = ([test for test in tests if test in outcomes] for tests in (strict, weak))
    passes = lambda test: outcomes.get(test, {}).get("passed", False)  # noqa: E731
    total, passed = Counter(map(area, strict)), Counter(area(test) for test in strict if passes(test))
    print(f"{'area':24} {'passed':>8} {'of':>5}")
    for name in sorted(total):
        print(f"{name:24} {passed[name]:8} {total[name]:5}")
    count, of = sum(passed.values()), sum(total.values())
    print(f"{'all':24} {count:8} {of:5}   {100 * count / max(of, 1):.1f} %")
    print(f"Beside these, {sum(map(passes, weak))} of {len(weak)} pass that a program passes, too, which does nothing.")
    wrong = [test for test in strict + weak if passes(test) == (test in known)]
    for test in wrong:
        message = outcomes.get(test, {}).get("message", "did not run").strip().splitlines() or [""]
        print(f"  {'passes, but is listed in known_failures.txt' if passes(test) else 'FAILED'}: {test}\n      {message[0][:200]}")
    print(f"{len(strict + weak) - len(wrong)} passed, {len(wrong)} failed")
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--bin", required=True, type=lambda text: Path(text).resolve(), help="the binary under test")
    parser.add_argument("-k", metavar="EXPRESSION", help="tests that match, as pytest understands it")
    parser.add_argument("--workers", type=int, default=2, help="test processes (2)")
    parser.add_argument("--out", type=Path, help="folder for the log and the results")
    arguments = parser.parse_args()
    if not os.access(arguments.bin, os.X_OK):
        parser.error(f"{arguments.bin} cannot be run")
    python = environment()
    folder = suite(python)
    out = (arguments.out or Path(tempfile.mkdtemp(prefix="conformance-"))).resolve()
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    outcomes = run_tests(arguments, python, folder, out)
    print(f"{len(outcomes)} tests in {time.monotonic() - started:.0f} s; log: {out / 'pytest.log'}")
    return 0 if report(outcomes, bool(arguments.k or arguments.files)) else 1


if __name__ == "__main__":
    sys.exit(main())
