"""Reads artifacts with the models of the PyPI package dbt-artifacts-parser, which refuse unknown and missing fields.

Without arguments it reads the golden files of the artifacts tests; else the files that are named.
"""

import json
import pathlib
import sys

from dbt_artifacts_parser.parser import parse_catalog, parse_manifest, parse_run_results

ROOT = pathlib.Path(__file__).parents[3]
PARSERS = {"manifest": parse_manifest, "run-results": parse_run_results, "catalog": parse_catalog}


def read(path: pathlib.Path) -> dict:
    text = path.read_text()
    if path.suffix == ".snap":
        text = text.split("---\n", 2)[2]
    return json.loads(text)


def main() -> None:
    golden = sorted((ROOT / "snapshots").glob("meshbuild__artifacts__*.snap"))
    paths = [pathlib.Path(argument) for argument in sys.argv[1:]] or golden
    failed = False
    count = 0
    for path in paths:
        artifact = read(path)
        schema = artifact.get("metadata", {}).get("dbt_schema_version", "") if "metadata" in artifact else ""
        kind = schema.rsplit("/", 2)[-2] if schema else ""
        if kind not in PARSERS:
            continue
        count += 1
        try:
            PARSERS[kind](artifact)
            print(f"{path.name}: valid {kind}")
        except Exception as error:  # pydantic's and the parser's own errors
            failed = True
            print(f"{path.name}: {error}")
    sys.exit(1 if failed or count == 0 else 0)


if __name__ == "__main__":
    main()
