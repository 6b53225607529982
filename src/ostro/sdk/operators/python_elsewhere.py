"""Python tasks in another interpreter: PythonVirtualenvOperator, ExternalPythonOperator and their branching forms.

The source of the function goes into a script, its arguments into a file beside it; the script writes the result into
another one. Of the context the function gets what can travel: plain values always, dates of pendulum where the other
interpreter has pendulum, objects of Airflow where it has Airflow.
"""

from __future__ import annotations

import copy
import inspect
import os
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from ostro.sdk.around import python_virtualenv as environments
from ostro.sdk.callables import determine_kwargs
from ostro.sdk.dagrun import DagRun
from ostro.sdk.exceptions import AirflowException, AirflowSkipException, DeserializingResultError
from ostro.sdk.operators.branch import BaseBranchOperator
from ostro.sdk.operators.python import PythonOperator
from ostro.sdk.params import ParamsDict
from ostro.sdk.subprocess_hook import SubprocessHook

#: Serializers by name, and the module that each needs on both sides.
_SERIALIZERS_BY_NAME = {"pickle": "pickle", "cloudpickle": "cloudpickle", "dill": "dill"}
#: Keys of the context whose values any interpreter can read.
PLAIN_KEYS = frozenset(
    [
        "ds", "ds_nodash", "expanded_ti_count", "inlets", "outlets", "run_id", "task_instance_key_str", "test_mode", "ts",
        "ts_nodash", "ts_nodash_with_tz", "next_ds", "next_ds_nodash", "prev_ds", "prev_ds_nodash", "tomorrow_ds",
        "tomorrow_ds_nodash", "yesterday_ds", "yesterday_ds_nodash", "partition_key", "templates_dict",
    ]
)  # fmt: skip
#: Keys whose values are dates of pendulum.
PENDULUM_KEYS = frozenset(
    [
        "data_interval_end", "data_interval_start", "logical_date", "prev_data_interval_end_success",
        "prev_data_interval_start_success", "prev_start_date_success", "prev_end_date_success", "execution_date",
        "next_execution_date", "prev_execution_date", "prev_execution_date_success",
    ]
)  # fmt: skip
#: Keys whose values are objects that need the packages of Ostro.
AIRFLOW_KEYS = frozenset(["conf", "dag_run", "params", "triggering_asset_events"])


class _PythonElsewhere(PythonOperator):
    """Base: what both kinds share."""

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        serializer: str | None = None,
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        string_args: Iterable[str] | None = None,
        templates_dict: dict[str, Any] | None = None,
        templates_exts: list[str] | None = None,
        expect_airflow: bool = True,
        skip_on_exit_code: int | Container[int] | None = None,
        env_vars: dict[str, str] | None = None,
        inherit_env: bool = True,
        use_dill: bool = False,
        use_airflow_context: bool = False,
        **kwargs: Any,
    ) -> None:
        if not isinstance(python_callable, types.FunctionType) or python_callable.__name__ == "<lambda>":
            raise ValueError(f"{type(self).__name__} only supports functions for python_callable arg")
        if inspect.isgeneratorfunction(python_callable):
            raise ValueError(f"{type(self).__name__} does not support using 'yield' in python_callable")
        super().__init__(
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            templates_dict=templates_dict,
            templates_exts=templates_exts,
            **kwargs,
        )
        self.string_args = string_args or []
        self.serializer = serializer or ("dill" if use_dill else "pickle")
        if self.serializer not in _SERIALIZERS_BY_NAME:
            raise AirflowException(
                f"Unsupported serializer {self.serializer!r}. Expected one of {', '.join(map(repr, _SERIALIZERS_BY_NAME))}"
            )
        self.expect_airflow = expect_airflow
        if skip_on_exit_code is None:
            skip_on_exit_code = ()
        self.skip_on_exit_code: Container[int] = (
            (skip_on_exit_code,) if isinstance(skip_on_exit_code, int) else skip_on_exit_code
        )
        self.env_vars = env_vars
        self.inherit_env = inherit_env
        self._hook: SubprocessHook | None = None

    @property
    def pickling_library(self) -> Any:
        """The module that writes arguments and reads the result. Raises AirflowException when it is not installed."""
        try:
            return import_module(_SERIALIZERS_BY_NAME[self.serializer])
        except ModuleNotFoundError as error:
            raise AirflowException(
                f"serializer {self.serializer!r} needs the package {self.serializer} where Ostro runs, too; install it"
            ) from error

    # ---- arguments -----------------------------------------------------------------------------------------

    def _has(self, module: str) -> bool:
        """Whether the other interpreter has a package."""
        raise NotImplementedError

    def determine_kwargs(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the function takes of op_kwargs, and of the context as far as it can travel."""
        everything = {**{key: context[key] for key in self._keys(context)}, **self.op_kwargs}
        if self.templates_dict is not None:
            everything["templates_dict"] = self.templates_dict
        chosen = dict(determine_kwargs(self.python_callable, self.op_args, everything))
        own = self.op_kwargs.keys() | {"templates_dict"}
        for key in [key for key in chosen if key not in own]:
            value = _plain(chosen[key])
            try:
                self.pickling_library.dumps(value)
            except Exception as error:  # any object of the context may refuse to travel
                self.log.debug("%s of the context is left out: %s", key, error)
                del chosen[key]
            else:
                chosen[key] = value
        return chosen

    def _keys(self, context: Mapping[str, Any]) -> set[str]:
        """Keys of the context that the function asks for and that can travel."""
        parameters = inspect.signature(self.python_callable).parameters
        if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
            asked = {*PLAIN_KEYS, *PENDULUM_KEYS, *AIRFLOW_KEYS}
        else:
            asked = set(parameters)
        asked = {key for key in asked if key in context}
        wanted = asked & PLAIN_KEYS
        # The other interpreter is asked only when there is something that it must understand.
        if asked & PENDULUM_KEYS and self._has("pendulum"):
            wanted |= asked & PENDULUM_KEYS
        if asked & AIRFLOW_KEYS and self.expect_airflow and self._has("airflow"):
            wanted |= asked & AIRFLOW_KEYS
        return wanted

    def get_python_source(self) -> str:
        """The text of the function without decorators."""
        from ostro.sdk.decorators.signature import source_of

        return source_of(self.python_callable)

    # ---- the other interpreter -----------------------------------------------------------------------------

    def _run_in(self, python: str) -> Any:
        with tempfile.TemporaryDirectory(prefix="ostro-venv-call") as folder:
            where = Path(folder)
            given, result, strings, error = (
                where / n for n in ("script.in", "script.out", "strings.txt", "end.log")
            )
            self._write_arguments(given)
            strings.write_text("\n".join(str(item) for item in self.string_args))
            environments.write_python_script(
                {
                    "pickling_library": self.pickling_library.__name__,
                    "python_callable": self.python_callable.__name__,
                    "python_callable_source": self.get_python_source(),
                },
                filename=str(where / "script.py"),
            )
            files = [str(where / "script.py"), str(given), str(result), str(strings), str(error)]
            self._hook = SubprocessHook()
            code = self._hook.run_command([python, *files], env=self._environment(), cwd=folder).exit_code
            if code in self.skip_on_exit_code:
                raise AirflowSkipException(f"Process exited with code {code}. Skipping.")
            if code:
                told = error.read_text().strip() if error.exists() else ""
                raise AirflowException(
                    told or f"the function's process ended with code {code}; its output is in the log above"
                )
            return self._read_result(result)

    def _write_arguments(self, path: Path) -> None:
        if not self.op_args and not self.op_kwargs:
            path.touch()
            return
        try:
            data = self.pickling_library.dumps({"args": list(self.op_args), "kwargs": dict(self.op_kwargs)})
        except Exception as error:  # pickle raises what the object's own code raises
            raise AirflowException(
                f"the arguments of {self.python_callable.__name__}() cannot go to another interpreter: {error}"
            ) from error
        path.write_bytes(data)

    def _read_result(self, path: Path) -> Any:
        if not path.exists() or not path.stat().st_size:
            return None
        try:
            return self.pickling_library.loads(path.read_bytes())
        except (ValueError, ImportError, AttributeError) as error:
            raise DeserializingResultError from error

    def _environment(self) -> dict[str, str]:
        env = os.environ.copy() if self.inherit_env else {}
        env.update(self.env_vars or {})
        return env

    def on_kill(self) -> None:
        """End the other interpreter."""
        if self._hook is not None:
            self._hook.send_sigterm()


class PythonVirtualenvOperator(_PythonElsewhere):
    """Calls the function in a virtual environment made for its requirements, which is kept for the next time.

    `requirements`: a list, or text in the format of a requirements file; a text that ends in .txt is a template file.
    `python_version`: "3.12" for another interpreter. `system_site_packages`: the packages of this installation are there
    too. `index_urls`: package indexes to use, [] for none; `index_urls_from_connection_ids`: connections of type
    package_index. `venv_cache_path`: where environments are kept, the folder venvs in Ostro's home otherwise.
    """

    template_fields: ClassVar[Sequence[str]] = (
        *_PythonElsewhere.template_fields,
        "requirements",
        "index_urls",
        "index_urls_from_connection_ids",
        "venv_cache_path",
    )
    template_ext: ClassVar[Sequence[str]] = (".txt",)

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        requirements: Iterable[str] | str | None = None,
        python_version: str | float | None = None,
        serializer: str | None = None,
        system_site_packages: bool = True,
        pip_install_options: list[str] | None = None,
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        string_args: Iterable[str] | None = None,
        templates_dict: dict[str, Any] | None = None,
        templates_exts: list[str] | None = None,
        expect_airflow: bool = True,
        skip_on_exit_code: int | Container[int] | None = None,
        index_urls: Collection[str] | str | None = None,
        index_urls_from_connection_ids: Collection[str] | str | None = None,
        venv_cache_path: str | os.PathLike[str] | None = None,
        env_vars: dict[str, str] | None = None,
        inherit_env: bool = True,
        **kwargs: Any,
    ) -> None:
        if python_version is not None and str(python_version).split(".")[0] != str(sys.version_info.major):
            if op_args or op_kwargs:
                raise AirflowException(
                    "Passing op_args or op_kwargs is not supported across different Python major versions for "
                    "PythonVirtualenvOperator. Please use string_args."
                )
        super().__init__(
            python_callable=python_callable,
            serializer=serializer,
            op_args=op_args,
            op_kwargs=op_kwargs,
            string_args=string_args,
            templates_dict=templates_dict,
            templates_exts=templates_exts,
            expect_airflow=expect_airflow,
            skip_on_exit_code=skip_on_exit_code,
            env_vars=env_vars,
            inherit_env=inherit_env,
            **kwargs,
        )
        self.requirements: Any = (
            requirements if isinstance(requirements, str) or requirements is None else list(requirements)
        )
        self.python_version = None if python_version is None else str(python_version)
        self.system_site_packages = system_site_packages
        self.pip_install_options = pip_install_options
        self.index_urls = [index_urls] if isinstance(index_urls, str) else index_urls
        ids = index_urls_from_connection_ids
        self.index_urls_from_connection_ids = [ids] if isinstance(ids, str) else ids
        self.venv_cache_path = None if venv_cache_path is None else os.fspath(venv_cache_path)

    def execute_callable(self) -> Any:
        """Find or build the environment, and call the function there."""
        return self._run_in(environments.cached_environment(self._cache(), self._recipe()))

    def _cache(self) -> Path:
        if self.venv_cache_path:
            return Path(self.venv_cache_path)
        from ostro.sdk.conf import home

        return home() / "venvs"

    def _recipe(self) -> environments.Recipe:
        return environments.Recipe(
            python=self._interpreter(),
            requirements=tuple(self._requirements()),
            system_site_packages=self.system_site_packages,
            pip_options=tuple(self.pip_install_options or ()),
            index_urls=self._indexes(),
        )

    def _interpreter(self) -> str:
        version = self.python_version
        own = f"{sys.version_info.major}.{sys.version_info.minor}"
        if version is None or version == own or own.startswith(f"{version}."):
            return sys.executable
        return f"python{version}"

    def _requirements(self) -> list[str]:
        given = self.requirements
        lines = given.splitlines() if isinstance(given, str) else [str(item) for item in given or ()]
        wanted = [line for line in lines if line.strip()]
        library = _SERIALIZERS_BY_NAME[self.serializer]
        listed = any(line.strip().startswith(library) for line in wanted)
        if library != "pickle" and not self.system_site_packages and not listed:
            wanted.append(library)
        return wanted

    def _indexes(self) -> tuple[str, ...] | None:
        urls = None if self.index_urls is None else list(self.index_urls)
        if self.index_urls_from_connection_ids:
            from ostro.sdk.hooks.package_index import PackageIndexHook

            found = [PackageIndexHook(i).get_connection_url() for i in self.index_urls_from_connection_ids]
            urls = [*(urls or ()), *found]
        return None if urls is None else tuple(urls)

    def _has(self, module: str) -> bool:
        distribution = "apache-airflow" if module == "airflow" else module
        return self.system_site_packages or any(
            r.strip().startswith(distribution) for r in self._requirements()
        )


class BranchPythonVirtualenvOperator(BaseBranchOperator, PythonVirtualenvOperator):
    """The function, in its environment, gives the id or ids of the tasks or groups to follow."""

    def choose_branch(self, context: Any) -> str | Iterable[str] | None:
        """What the function says."""
        chosen: str | Iterable[str] | None = PythonVirtualenvOperator.execute(self, context)
        return chosen


class ExternalPythonOperator(_PythonElsewhere):
    """Calls the function with an interpreter that is there already.

    `python`: its absolute path. `expect_airflow`, `expect_pendulum`: warn when it does not have them.
    """

    template_fields: ClassVar[Sequence[str]] = ("python", *_PythonElsewhere.template_fields)

    def __init__(
        self,
        *,
        python: str,
        python_callable: Callable[..., Any],
        expect_airflow: bool = True,
        expect_pendulum: bool = False,
        **kwargs: Any,
    ) -> None:
        if not python:
            raise ValueError("Python Path must be defined in ExternalPythonOperator")
        super().__init__(python_callable=python_callable, expect_airflow=expect_airflow, **kwargs)
        self.python = python
        self.expect_pendulum = expect_pendulum
        self._found: dict[str, bool] = {}

    def execute_callable(self) -> Any:
        """Call the function there. Raises ValueError for a path that is no interpreter."""
        path = Path(self.python)
        if not path.exists():
            raise ValueError(f"Python Path '{path}' must exists")
        if not path.is_file():
            raise ValueError(f"Python Path '{path}' must be a file")
        if self.expect_pendulum and not self._has("pendulum"):
            self.log.warning("%s has no package pendulum, but the task expects it", self.python)
        return self._run_in(self.python)

    def _has(self, module: str) -> bool:
        if module not in self._found:
            code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
            try:
                done = subprocess.run([self.python, "-c", code], check=False, capture_output=True)
            except OSError:
                return False  # told in a sentence when the function is to be called
            self._found[module] = done.returncode == 0
        return self._found[module]


class BranchExternalPythonOperator(BaseBranchOperator, ExternalPythonOperator):
    """The function, in its interpreter, gives the id or ids of the tasks or groups to follow."""

    def choose_branch(self, context: Any) -> str | Iterable[str] | None:
        """What the function says."""
        chosen: str | Iterable[str] | None = ExternalPythonOperator.execute(self, context)
        return chosen


def _plain(value: Any) -> Any:
    """What of a value of the context travels: params as a dict, a run without its DAG."""
    if isinstance(value, DagRun):
        run = copy.copy(value)
        run.dag = None
        return run
    return value.dump() if isinstance(value, ParamsDict) else value


def __getattr__(name: str) -> Any:
    # Provider packages read the table of serializer modules.
    if name == "_SERIALIZERS":
        found = {}
        for key, module in _SERIALIZERS_BY_NAME.items():
            try:
                found[key] = import_module(module)
            except ModuleNotFoundError:
                continue
        return found
    raise AttributeError(name)
