"""Python tasks in another interpreter: arguments, results, failures, and environments that are built once."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ostro.sdk.around import python_virtualenv as environments
from ostro.sdk.context import Context
from ostro.sdk.decorators import task as task_decorator
from ostro.sdk.exceptions import AirflowException, AirflowSkipException, DeserializingResultError
from ostro.sdk.operators.python_elsewhere import (
    BranchExternalPythonOperator,
    ExternalPythonOperator,
    PythonVirtualenvOperator,
)

from .made import context_of, dag_of

HERE = sys.executable


def external(function: Any, **kwargs: Any) -> ExternalPythonOperator:
    with dag_of():
        return ExternalPythonOperator(task_id="t", python=HERE, python_callable=function, **kwargs)


def run(operator: Any, **more: Any) -> Any:
    return operator.execute(context_of(operator, **more))


def echo(*args, **kwargs):  # type: ignore[no-untyped-def]
    import os

    return {"pid": os.getpid(), "args": args, "kwargs": sorted(kwargs)}


def test_the_function_runs_in_another_process_with_its_arguments() -> None:
    def add(a, b, *, ds, run_id=None):  # type: ignore[no-untyped-def]
        import os

        return os.getpid(), a + b, ds, run_id

    pid, total, ds, run_id = run(external(add, op_args=[1], op_kwargs={"b": 2}))

    assert pid != os.getpid()
    assert (total, ds, run_id) == (3, "2024-03-05", "r")


def test_what_cannot_travel_of_the_context_is_left_out() -> None:
    found = run(external(echo, op_kwargs={"mine": 1}))

    assert {"ds", "mine", "run_id", "logical_date", "data_interval_end"} <= set(found["kwargs"])
    assert not {"ti", "task", "dag", "var"} & set(found["kwargs"])


def test_an_argument_that_cannot_travel_is_told() -> None:
    with pytest.raises(AirflowException, match=r"arguments of echo\(\) cannot go to another interpreter"):
        run(external(echo, op_args=[threading.Lock()]))


def test_string_arguments_and_templates_dict() -> None:
    def strings(templates_dict):  # type: ignore[no-untyped-def]
        return virtualenv_string_args, templates_dict  # type: ignore[name-defined] # noqa: F821

    operator = external(strings, string_args=["a", "b"], templates_dict={"x": "{{ ds }}"})

    assert run(operator) == (["a", "b"], {"x": "{{ ds }}"})


def test_a_failure_says_what_the_function_raised() -> None:
    def broken():  # type: ignore[no-untyped-def]
        raise KeyError("the reason")

    with pytest.raises(AirflowException, match="KeyError: 'the reason'"):
        run(external(broken))


def test_exit_codes_skip_or_fail() -> None:
    def leave(code):  # type: ignore[no-untyped-def]
        raise SystemExit(code)

    with pytest.raises(AirflowSkipException, match="Process exited with code 99"):
        run(external(leave, op_args=[99], skip_on_exit_code=99))
    with pytest.raises(AirflowException, match="ended with code 3"):
        run(external(leave, op_args=[3], skip_on_exit_code=[99]))


def test_a_result_that_cannot_be_read_here_is_told() -> None:
    def strange():  # type: ignore[no-untyped-def]
        import sys
        import types

        module = types.ModuleType("only_there")
        exec("class Thing: pass", module.__dict__)
        module.Thing.__module__ = "only_there"
        sys.modules["only_there"] = module
        return module.Thing()

    with pytest.raises(DeserializingResultError, match="cannot be read"):
        run(external(strange))


def test_coroutines_run_there_too() -> None:
    async def wait():  # type: ignore[no-untyped-def]
        return 5

    assert run(external(wait)) == 5


def test_the_environment_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def look():  # type: ignore[no-untyped-def]
        import os

        return os.environ.get("MINE"), os.environ.get("INHERITED")

    monkeypatch.setenv("INHERITED", "1")

    assert run(external(look, env_vars={"MINE": "2"})) == ("2", "1")
    assert run(external(look, env_vars={"MINE": "2"}, inherit_env=False)) == ("2", None)


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({"python_callable": lambda: 1}, "only supports functions"),
        ({"python_callable": echo, "python": ""}, "Python Path must be defined"),
    ],
)
def test_what_cannot_be_run_elsewhere_is_refused(kwargs: Any, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        ExternalPythonOperator(task_id="t", **({"python": HERE} | kwargs))


def test_a_path_that_is_no_interpreter_is_told(tmp_path: Path) -> None:
    operator = external(echo)
    operator.python = str(tmp_path / "python")
    with pytest.raises(ValueError, match="must exists"):
        run(operator)


def test_an_unknown_serializer_is_refused_and_a_missing_one_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AirflowException, match="Unsupported serializer 'xml'"):
        external(echo, serializer="xml")
    monkeypatch.setitem(sys.modules, "dill", None)
    operator = external(echo, use_dill=True)
    with pytest.raises(AirflowException, match="needs the package dill"):
        run(operator)


def test_a_branch_is_chosen_there() -> None:
    def choose():  # type: ignore[no-untyped-def]
        return "left"

    from ostro.sdk.operators.empty import EmptyOperator

    with dag_of():
        branch = BranchExternalPythonOperator(task_id="b", python=HERE, python_callable=choose)
        branch >> [EmptyOperator(task_id="left"), EmptyOperator(task_id="right")]
    context = context_of(branch)

    assert branch.execute(context) == "left"
    assert context["ti"].skipped_task_ids == ["right"]


def test_the_decorators_make_these_operators() -> None:
    with dag_of():

        @task_decorator.external_python(python=HERE)
        def double(x, ds=None):  # type: ignore[no-untyped-def]
            """Twice."""
            return x * 2, ds

        @task_decorator.virtualenv(requirements=["a==1"], system_site_packages=False)
        def inside():  # type: ignore[no-untyped-def]
            return 1

        made = double(21).operator
        venv = inside().operator

    assert made.execute(context_of(made)) == (42, "2024-03-05")
    assert "@task" not in made.get_python_source() and made.custom_operator_name == "@task.external_python"
    assert venv.requirements == ["a==1"] and "requirements" in venv.template_fields


# ---- environments ------------------------------------------------------------------------------------------------


def in_environment(function: Any, cache: Path, **kwargs: Any) -> PythonVirtualenvOperator:
    with dag_of():
        return PythonVirtualenvOperator(
            task_id="t", python_callable=function, venv_cache_path=str(cache), **kwargs
        )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Environments without pip, as nothing is installed into them; the commands that were run."""
    commands: list[list[str]] = []
    whole = environments._run

    def without_pip(command: list[str]) -> None:
        commands.append(command)
        if "install" not in command:
            whole([*command, "--without-pip"] if "venv" in command[:3] else command)

    monkeypatch.setattr(environments, "_run", without_pip)
    monkeypatch.setattr(environments.shutil, "which", lambda name: None)
    return commands


def where():  # type: ignore[no-untyped-def]
    import sys

    try:
        import jinja2  # noqa: F401
    except ImportError:
        return sys.prefix, False
    return sys.prefix, True


def test_an_environment_is_built_once_and_sees_the_packages_of_the_installation(
    tmp_path: Path, quick: list[list[str]]
) -> None:
    first = run(in_environment(where, tmp_path))
    second = run(in_environment(where, tmp_path))

    assert first == second and first[1] is True
    assert Path(first[0]).parent == tmp_path
    assert len(quick) == 1


def test_another_recipe_is_another_environment(tmp_path: Path, quick: list[list[str]]) -> None:
    clean = in_environment(where, tmp_path, system_site_packages=False)
    other = in_environment(where, tmp_path, requirements="b==1\na==2", pip_install_options=["--pre"])

    assert run(clean)[1] is False
    assert run(other)[0] != run(clean)[0]
    install = quick[-1]
    assert install[1:5] == ["-m", "pip", "install", "--quiet"] and "--pre" in install
    assert Path(install[-1]).read_text() == "b==1\na==2\n"


def test_builders_of_the_same_environment_wait_for_each_other(tmp_path: Path, quick: list[list[str]]) -> None:
    recipe = environments.Recipe(python=HERE, system_site_packages=False)
    threads = [
        threading.Thread(target=environments.cached_environment, args=(tmp_path, recipe)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(quick) == 1


def test_an_environment_whose_builder_died_is_built_again(tmp_path: Path, quick: list[list[str]]) -> None:
    recipe = environments.Recipe(python=HERE, system_site_packages=False)
    (tmp_path / recipe.name()).mkdir()
    (tmp_path / recipe.name() / "half").write_text("")

    python = environments.cached_environment(tmp_path, recipe)

    assert Path(python).exists() and not (tmp_path / recipe.name() / "half").exists()


def test_a_package_that_cannot_be_installed_is_told_with_the_words_of_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = environments._run
    monkeypatch.setattr(
        environments,
        "_run",
        lambda c: whole(
            [*c, "--without-pip"] if c[-1].startswith(str(tmp_path / "venv-")) and "install" not in c else c
        ),
    )
    monkeypatch.setattr(environments.shutil, "which", lambda name: None)
    operator = in_environment(where, tmp_path, requirements=["x"], system_site_packages=False)

    with pytest.raises(AirflowException, match=r"(?s)cannot be built: .* ended with 1:.*No module named pip"):
        run(operator)
    assert not list(tmp_path.glob(f"*/{environments.MARK}"))


def test_an_interpreter_that_is_not_there_is_told(tmp_path: Path, quick: list[list[str]]) -> None:
    with pytest.raises(AirflowException, match=r"python3\.1 does not start"):
        run(in_environment(where, tmp_path, python_version="3.1"))


def test_package_indexes_come_from_arguments_and_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_INDEX", "package-index://me:p%40ss@mirror.example/simple")
    operator = in_environment(
        where, tmp_path, index_urls="https://a/simple", index_urls_from_connection_ids="index"
    )

    assert operator._recipe().index_urls == ("https://a/simple", "https://me:p%40ss@mirror.example")
    assert environments._pip_conf(["a", "b"]) == "[global]\nindex-url = a\nextra-index-url = b\n"
    assert environments._pip_conf([]) == "[global]\nno-index = true\n"


def test_a_serializer_is_among_the_requirements_of_a_clean_environment(tmp_path: Path) -> None:
    clean = in_environment(where, tmp_path, serializer="dill", system_site_packages=False, requirements=["a"])
    given = in_environment(
        where, tmp_path, serializer="dill", system_site_packages=False, requirements=["dill==1"]
    )

    assert clean._requirements() == ["a", "dill"]
    assert given._requirements() == ["dill==1"]


def test_objects_of_airflow_travel_only_where_it_is(tmp_path: Path) -> None:
    def takes(params, logical_date):  # type: ignore[no-untyped-def]
        return params, logical_date

    def keys(**kwargs: Any) -> set[str]:
        operator = in_environment(takes, tmp_path, **kwargs)
        return operator._keys(Context({"params": {}, "logical_date": 1, "ti": 2}))

    assert keys() == {"params", "logical_date"}
    assert keys(expect_airflow=False) == {"logical_date"}
    assert keys(system_site_packages=False) == set()
    assert keys(system_site_packages=False, requirements=["pendulum"]) == {"logical_date"}
