"""Renders cases with dbt's own Jinja: `python_side.py CASES RESULTS`."""

import itertools
import json
import sys
import warnings

from dbt_common.clients import jinja
from dbt_common.exceptions import CompilationError
from dbt_common.exceptions.macros import MacroReturn

PREFIXES = ("duckdb__", "default__")
BLOCKS = {"macro", "test", "data_test", "materialization"}


class Mock:
    """An object with a text, fields and methods."""

    def __str__(self):
        return self._text

    __repr__ = __str__


def mock(text, fields=None, methods=None, call=None):
    members = dict(fields or {})
    members.update({name: staticmethod(method) for name, method in (methods or {}).items()})
    if call is not None:
        members["__call__"] = lambda self, *args, **kwargs: call
    found = type("Mock", (Mock,), members)()
    found._text = text
    return found


def relation(identifier):
    same = lambda *args, **kwargs: relation(identifier)
    fields = {
        "database": "db", "schema": "main", "identifier": identifier, "name": identifier, "table": identifier, "type": "table",
        "is_table": True, "is_view": False, "is_cte": False, "path": {"database": "db", "schema": "main", "identifier": identifier},
    }
    methods = {name: same for name in ("include", "incorporate", "quote", "replace_path", "without_identifier")}
    methods["render"] = lambda: f'"db"."main"."{identifier}"'
    methods["get"] = lambda name, default=None: fields.get(name, default)
    return mock(f'"db"."main"."{identifier}"', fields, methods)


def column(name, dtype):
    fields = {"name": name, "column": name, "quoted": f'"{name}"', "dtype": dtype, "data_type": dtype, "char_size": None}
    methods = {kind: (lambda result: lambda: result)(dtype == kind[3:]) for kind in ("is_string", "is_number", "is_integer")}
    return mock(f"<Column {name} ({dtype})>", fields, methods)


def build(spec, context, as_method=False):
    """The value that a part of mock_context.json stands for. A method that is no function returns its value."""
    value = build_value(spec, context)
    if as_method and not (isinstance(spec, dict) and ({"$builtin", "$returns"} & spec.keys())):
        return lambda *args, **kwargs: build_value(spec, context)
    return value


def build_value(spec, context):
    if isinstance(spec, list):
        return [build_value(item, context) for item in spec]
    if not isinstance(spec, dict):
        return spec
    if "$relation" in spec:
        return relation(spec["$relation"])
    if "$column" in spec:
        return column(*spec["$column"])
    if "$returns" in spec:
        return lambda *args, **kwargs: build_value(spec["$returns"], context)
    if "$builtin" in spec:
        return builtins(context)[spec["$builtin"]]
    if "$object" in spec:
        found = spec["$object"]
        fields = {name: build_value(field, context) for name, field in found.get("fields", {}).items()}
        methods = {name: build(method, context, True) for name, method in found.get("methods", {}).items()}
        return mock(found["text"], fields, methods, found.get("call"))
    return {name: build_value(value, context) for name, value in spec.items()}


def builtins(context):
    def return_(value=None):
        raise MacroReturn(value)

    def raise_(message="", *args, **kwargs):
        raise CompilationError(str(message))

    def set_(value, default=None):
        try:
            return set(value)
        except TypeError:
            return default

    def tojson(value, default=None, sort_keys=False):
        try:
            return json.dumps(value, sort_keys=sort_keys)
        except (TypeError, ValueError):
            return default

    def fromjson(text, default=None):
        try:
            return json.loads(text)
        except (TypeError, ValueError):
            return default

    def dispatch(macro_name, macro_namespace=None, *args, **kwargs):
        for prefix in PREFIXES:
            name = prefix + str(macro_name)
            package = context.get(macro_namespace) if isinstance(macro_namespace, str) else None
            if macro_namespace != "dbt" and isinstance(package, dict) and name in package:
                return package[name]
            if name in context:
                return context[name]
        raise CompilationError(f"In dispatch: No macro named '{macro_name}' found")

    return {
        "return": return_,
        "raise": raise_,
        "relation_of_last_argument": lambda *args, **kwargs: relation(str(args[-1])),
        "second_argument": lambda name, default=None, *args, **kwargs: default,
        "set": set_,
        "zip": lambda *args, **kwargs: list(zip(*args)),
        "tojson": tojson,
        "fromjson": fromjson,
        "quote": lambda name, *args: f'"{name}"',
        "upper": lambda name: str(name).upper(),
        "dispatch": dispatch,
    }


class MacroNode:
    def __init__(self, package, name, sql):
        self.name, self.macro_sql, self.package_name = name, sql, package
        self.unique_id = f"macro.{package}.{name}"
        self.original_file_path = "macros/m.sql"


def macro_names(block):
    found = jinja.parse(block.full_block)
    for macro in found.body:
        name = getattr(macro, "name", "")
        if name.startswith("dbt_macro__"):
            yield name[len("dbt_macro__"):]


def add_macros(context, packages):
    """Adds the macros of all packages, internal ones under `dbt`; of the same name the first package wins."""
    for package in reversed(packages):
        members = context.setdefault("dbt" if package["internal"] else package["name"], {})
        for text in package["files"]:
            for block in jinja.extract_toplevel_blocks(text, allowed_blocks=BLOCKS, collect_raw_data=False):
                for name in macro_names(block):
                    generator = jinja.CallableMacroGenerator(MacroNode(package["name"], name, block.full_block), context)
                    members[name] = generator
                    if package["internal"] or package["root"]:
                        context[name] = generator


def make_context(mocks, packages, variables):
    context = {}
    context.update({name: build_value(spec, context) for name, spec in mocks.items()})
    context["builtins"] = {name: context[name] for name in ("ref", "source", "config")}
    context["modules"] = mock("<modules>", {"itertools": itertools})
    context["context"] = context
    context.update(variables)
    internal = [package for package in packages if package["internal"]]
    add_macros(context, [package for package in packages if not package["internal"]] + internal)
    return context


def main():
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(1500)
    jinja.template_cache.clear()
    shared = make_context(cases["mocks"], cases["packages"], {})
    results = []
    for case in cases["cases"]:
        try:
            context = shared
            if case.get("macros") or case.get("variables") or case.get("parse"):
                jinja.template_cache.clear()
                own = {"name": "root", "internal": False, "root": True, "files": [case.get("macros", "")]}
                context = make_context(cases["mocks"], cases["packages"] + [own], case.get("variables", {}))
            template = jinja.get_template(case["text"], context, None, capture_macros=case.get("parse", False))
            results.append({"output": str(jinja.render_template(template, context, None))})
        except BaseException as error:  # whatever it is, it is the result
            text = str(error)
            text = text.split("\n", 1)[1] if text.startswith("Compilation Error") and "\n" in text else text
            results.append({"error": "\n".join(line.removeprefix("  ") for line in text.split("\n"))})
    with open(sys.argv[2], "w") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main()
