"""Runs the installed dbt with the macro library of this repository in place of the two packages it came with.

Owns the environment in which a Python process reads another library; changes nothing in the installation."""

import os
import pathlib
import tempfile

# dbt takes both paths at import, so they are set before anything else is imported.
SITECUSTOMIZE = """
import os
import dbt.include.duckdb
import dbt.include.global_project
root = os.environ["MESHBUILD_MACRO_OVERLAY"]
dbt.include.global_project.PACKAGE_PATH = os.path.join(root, "global_project")
dbt.include.duckdb.PACKAGE_PATH = os.path.join(root, "duckdb")
"""


class Overlay:
    """A folder that puts `library` under the names that dbt expects; a context manager that removes it."""

    def __init__(self, library):
        self.folder = tempfile.TemporaryDirectory(prefix="macro-overlay-")
        root = pathlib.Path(self.folder.name)
        (root / "sitecustomize.py").write_text(SITECUSTOMIZE)
        # the adapter's package is named after its folder: dbt_<folder>
        (root / "duckdb").symlink_to(library / "dbt_duckdb")
        (root / "global_project").symlink_to(library / "dbt")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def environment(self):
        """The environment of a process that is to use the library."""
        path = os.pathsep.join(filter(None, [self.folder.name, os.environ.get("PYTHONPATH")]))
        return {**os.environ, "PYTHONPATH": path, "MESHBUILD_MACRO_OVERLAY": self.folder.name}
