"""SQLFluff reads the coffee shop's templates, and lints our compiled SQL as it lints dbt's."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from sqlfluff.core import FluffConfig, Linter
from support import Check, counted


def linted(files, folder, **settings):
    """The rules that are broken, by file; a file that cannot be templated or parsed breaks TMP or PRS."""
    linter = Linter(config=FluffConfig(overrides={"dialect": "duckdb", **settings}))
    return {
        path.relative_to(folder).as_posix(): counted(violation.rule_code() for violation in linter.lint_path(str(path)).get_violations())
        for path in sorted(files)
    }


def unreadable(found):
    return {path: codes for path, codes in found.items() if {"TMP", "PRS", "LXR"} & set(codes)}


def of_the_project(found):
    """Without generic tests: their SQL is that of our macros, which lay it out in their own way."""
    return {path: codes for path, codes in found.items() if ".yml/" not in path}


def compiled(check, executable, name):
    project = check.coffee_shop(name)
    check.run(executable, project, "seed")
    check.run(executable, project, "compile")
    folder = project / "target" / "compiled" / "coffee_shop"
    return linted(folder.rglob("*.sql"), folder, templater="raw")


def main():
    check = Check(["sqlfluff"])
    project = check.coffee_shop("templates")
    (project / ".sqlfluff").write_text("[sqlfluff]\ntemplater = jinja\n[sqlfluff:templater:jinja]\napply_dbt_builtins = True\nload_macros_from_path = macros\n")
    templates = linted(project.glob("models/**/*.sql"), project, templater="jinja")
    check.that("templates", len(templates), 5)
    check.that("templates that it cannot read", unreadable(templates), {})
    ours = compiled(check, check.binary, "compiled")
    check.that("compiled files", len(ours), 23)
    check.that("compiled files that it cannot read", unreadable(ours), {})
    if check.dbt:
        dbts = compiled(check, check.dbt, "compiled_by_dbt")
        check.that("the same files as dbt's", list(ours), list(dbts))
        check.that("the same rules broken", of_the_project(ours), of_the_project(dbts))
    check.finish()


if __name__ == "__main__":
    main()
