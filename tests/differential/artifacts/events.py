"""Compares JSON log lines with dbt's own events: same name, same fields, then the same code, level (unless dbt's caller
chooses it) and text.

Reads the golden JSON logs of the report tests, or the files that are named.
"""

import json
import pathlib
import sys

import dbt.adapters.events.types
import dbt.events.types
import dbt_common.events.types
from dbt_common import ui
from dbt_common.events.base_types import DynamicLevel

ROOT = pathlib.Path(__file__).parents[3]
MODULES = (dbt.events.types, dbt.adapters.events.types, dbt_common.events.types)
# Lines whose text names this program, the time of printing, or what dbt does not have.
OWN = {"MainReportVersion", "CommandCompleted", "Diagnostic"}
# dbt lowers these to debug for nodes that were skipped with a message (task/printer.py).
LEVEL_BY_CALLER = {"Formatting", "RunResultError"}


def event_class(name: str):
    return next(getattr(module, name) for module in MODULES if hasattr(module, name))


def compare(line: dict) -> list[str]:
    info = line["info"]
    if info["name"] in OWN:
        return []
    event = event_class(info["name"])(**line["data"])
    problems = []
    for what, theirs, ours in (("code", event.code(), info["code"]), ("text", event.message(), info["msg"])):
        if theirs != ours:
            problems.append(f"{info['name']} {what}: dbt {theirs!r}, here {ours!r}")
    if not isinstance(event, DynamicLevel) and info["name"] not in LEVEL_BY_CALLER and event.level_tag() != info["level"]:
        problems.append(f"{info['name']} level: dbt {event.level_tag()!r}, here {info['level']!r}")
    return problems


def main() -> None:
    ui.USE_COLOR = False
    golden = sorted((ROOT / "snapshots").glob("meshbuild__report__*_json.snap"))
    problems, count = [], 0
    for path in [pathlib.Path(argument) for argument in sys.argv[1:]] or golden:
        for text in path.read_text().splitlines():
            if text.startswith("{"):
                count += 1
                problems += compare(json.loads(text))
    print("\n".join([*problems, f"{count} lines, {len(problems)} differences"]))
    sys.exit(1 if problems or count == 0 else 0)


if __name__ == "__main__":
    main()
