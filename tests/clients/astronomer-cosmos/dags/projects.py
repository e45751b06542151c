"""Airflow DAGs of dbt projects whose tasks run our binary; `check.py` says where everything is."""

import os
from pathlib import Path

from cosmos import DbtDag, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import InvocationMode, LoadMode, SourceRenderingBehavior, TestBehavior
from pendulum import datetime

SCRATCH = Path(os.environ["CLIENTS_SCRATCH"])
BINARY = os.environ["CLIENTS_BINARY"]
WARNED = SCRATCH / "warned.txt"


def note_warnings(context):
    with WARNED.open("a") as file:
        file.writelines(f"{name}: {result}\n" for name, result in zip(context["test_names"], context["test_results"], strict=True))


def dag_of(name, project, profile, profiles, load, tests, **selection):
    return DbtDag(
        dag_id=name,
        start_date=datetime(2025, 1, 1),
        schedule=None,
        project_config=ProjectConfig(
            dbt_project_path=project,
            manifest_path=project / "target" / "manifest.json" if load == LoadMode.DBT_MANIFEST else None,
            install_dbt_deps=False,
        ),
        profile_config=ProfileConfig(profile_name=profile, target_name="dev", profiles_yml_filepath=profiles / "profiles.yml"),
        execution_config=ExecutionConfig(dbt_executable_path=BINARY, invocation_mode=InvocationMode.SUBPROCESS),
        render_config=RenderConfig(
            load_method=load, test_behavior=tests, invocation_mode=InvocationMode.SUBPROCESS,
            source_rendering_behavior=SourceRenderingBehavior.ALL,
            # Else a test of two models runs when only one of them is there, with dbt as with us.
            should_detach_multiple_parents_tests=True,
            **selection,
        ),
        operator_args={"install_deps": False, "on_warning_callback": note_warnings},
    )


def all_dags():
    coffee, retail = SCRATCH / "coffee_shop", SCRATCH / "retail"
    for source, load in (("manifest", LoadMode.DBT_MANIFEST), ("ls", LoadMode.DBT_LS)):
        yield dag_of(f"coffee_shop_from_{source}", coffee, "coffee_shop", coffee, load, TestBehavior.AFTER_EACH)
        yield dag_of(f"orders_from_{source}", retail / "orders", "retail", retail, load, TestBehavior.BUILD)
        staging = {"select": ["tag:staging", "resource_type:seed"], "exclude": ["stg_returns+"]}
        yield dag_of(f"staging_from_{source}", retail / "orders", "retail", retail, load, TestBehavior.NONE, **staging)


DAGS = {dag.dag_id: dag for dag in all_dags()}
globals().update(DAGS)
