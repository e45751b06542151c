"""Writes tests/functional/adapter_auto: a subclass of every class of dbt-tests-adapter that dbt-duckdb does not apply itself.

    generate.py SUITE
"""

import ast
import importlib
import inspect
import sys
from pathlib import Path

import dbt.tests.adapter

ROOT = Path(list(dbt.tests.adapter.__path__)[0])
HEAD = '''"""Generated: the classes of dbt.tests.adapter.{area} as they are."""
import importlib
import os

import pytest


'''
DATA = "PKG = os.path.join(list(importlib.import_module('dbt.tests.adapter').__path__)[0], {area!r})\n\n\n"
DATA_FIXTURE = '''@pytest.fixture(scope="module")
def test_data_dir():
    return os.path.join(PKG, "data")


'''
BASE = '''def _cls(m, c):
    return getattr(importlib.import_module(m), c)


'''
WITH_BOM = '''    @pytest.fixture(scope="class", autouse=True)
    def _package_test_dir(self, project):
        project.test_dir = PKG'''


def applied(folder, generated):
    """(module, class) of every class that the suite already has a subclass of."""
    found = set()
    for path in folder.rglob("*.py"):
        if generated in path.parents:
            continue
        tree = ast.parse(path.read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dbt.tests.adapter")]
        names = {name.asname or name.name: (node.module, name.name) for node in imports for name in node.names}
        bases = (base for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases)
        found |= {names[base.id] for base in bases if isinstance(base, ast.Name) and base.id in names}
    return found


def test_classes(name):
    """The classes of a module that hold tests and that the module does not specialise itself."""
    module = importlib.import_module(name)
    classes = [
        found for _, found in inspect.getmembers(module, inspect.isclass)
        if found.__module__ == name and any(member.startswith("test_") or member == "test" for member in dir(found))
    ]
    return [found for found in classes if not any(other is not found and issubclass(other, found) for other in classes)]


def main():
    folder = Path(sys.argv[1]) / "tests" / "functional"
    generated = folder / "adapter_auto"
    generated.mkdir(exist_ok=True)
    known = applied(folder, generated)
    areas = {}
    for path in sorted(ROOT.rglob("*.py")):
        if path.name == "__init__.py":
            continue
        name = "dbt.tests.adapter." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
        try:
            classes = test_classes(name)
        except ImportError as error:
            print(f"left out {name}: {error}", file=sys.stderr)
            continue
        area = path.relative_to(ROOT).parts[0].removesuffix(".py")
        areas.setdefault(area, []).extend((name, found.__name__) for found in classes if (name, found.__name__) not in known)
    for area, classes in areas.items():
        if classes:
            (generated / f"test_auto_{area}.py").write_text(source(area, classes))


def source(area, classes):
    text = HEAD.format(area=area)
    if area in ("hooks", "simple_seed"):
        text += DATA.format(area=area)
    if area == "hooks":
        text += DATA_FIXTURE
    text += BASE
    seen = set()
    for module, name in sorted(classes):
        title = name
        for prefix in ("Test", "Base"):
            title = title.removeprefix(prefix)
        title = f"Test{title}"
        while title in seen:
            title += "_"
        seen.add(title)
        body = WITH_BOM if name.endswith("WithBOM") else "    pass"
        text += f"class {title}(_cls({module!r}, {name!r})):\n{body}\n\n\n"
    return text


if __name__ == "__main__":
    main()
