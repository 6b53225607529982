"""`@asset`: a function becomes an asset and a DAG of one task that makes it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ostro.protocol.task import GetAssets
from ostro.sdk import asking
from ostro.sdk.assets import Asset, AssetNameRef, BaseAsset
from ostro.sdk.context import context_merge
from ostro.sdk.dag import DAG
from ostro.sdk.decorators.base import TaskDecorator
from ostro.sdk.decorators.signature import CONTEXT_KEYS
from ostro.sdk.exceptions import DagInvalid
from ostro.sdk.operators.python import PythonOperator

#: Parameters of the function that are no assets.
_SPECIAL = ("self", "context", *sorted(CONTEXT_KEYS))
_OF_ASSET = ("name", "uri", "group", "extra", "watchers")
_OF_DAG = (
    "schedule",
    "is_paused_upon_creation",
    "dag_id",
    "dag_display_name",
    "description",
    "params",
    "on_success_callback",
    "on_failure_callback",
    "owner_links",
    "tags",
)


class AssetTask(PythonOperator):
    """Calls the function: `self` is the asset, `context` the context, context keys by name, other names are inlets."""

    def __init__(self, *, definition: BaseAsset, **kwargs: Any) -> None:
        function = kwargs["python_callable"]
        names = [
            name
            for name, parameter in inspect.signature(function).parameters.items()
            if name not in _SPECIAL and parameter.default is inspect.Parameter.empty
        ]
        super().__init__(inlets=[AssetNameRef(n) for n in names], **kwargs)
        self.definition = definition

    def determine_kwargs(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        values: dict[str, Any] = {}
        for name, parameter in inspect.signature(self.python_callable).parameters.items():
            if name == "self":
                values[name] = self.definition
            elif name == "context":
                values[name] = context
            elif name in CONTEXT_KEYS:
                values[name] = context[name]
            elif parameter.default is inspect.Parameter.empty:
                values[name] = _asset_named(name)
        return values

    def execute(self, context: Any) -> Any:
        """Call the function."""
        context_merge(context, {})
        return super().execute(context)


def _asset_named(name: str) -> BaseAsset:
    """The asset of that name as the engine knows it."""
    if not asking.connected():
        return AssetNameRef(name)
    (found,) = asking.demand(GetAssets(seq=0, keys=[(name, "")]))
    if found is None:
        return AssetNameRef(name)
    return Asset(name=found[0], uri=found[1], group=found[2], extra=found[3])


class AssetDefinition(Asset):
    """An asset that a function makes."""

    def __init__(
        self, function: Callable[..., Any], of_asset: dict[str, Any], of_dag: dict[str, Any]
    ) -> None:
        super().__init__(**{"group": "asset", **of_asset, "name": of_asset.get("name") or _name_of(function)})
        self._function = function
        _make_dag(function, self, [self], {"dag_id": self.name, **of_dag})


class MultiAssetDefinition(BaseAsset):
    """Several assets that one function makes."""

    def __init__(
        self, function: Callable[..., Any], outlets: Sequence[BaseAsset], of_dag: dict[str, Any]
    ) -> None:
        if not outlets:
            raise ValueError("no outlets provided: @asset.multi needs at least one asset")
        self.name = _name_of(function)
        self.outlets = list(outlets)
        self._function = function
        _make_dag(function, self, self.outlets, {"dag_id": self.name, **of_dag})

    def as_expression(self) -> Any:
        return {"all": [o.as_expression() for o in self.outlets]}

    def iter_assets(self) -> Any:
        for outlet in self.outlets:
            yield from outlet.iter_assets()


class _AssetDecorator:
    """`asset`: `@asset(schedule=...)` and `@asset.multi(schedule=..., outlets=[...])`."""

    def __call__(
        self, *, schedule: Any, access_control: Any = None, **kwargs: Any
    ) -> Callable[..., AssetDefinition]:
        unknown = sorted(set(kwargs) - {*_OF_ASSET, *_OF_DAG})
        if unknown:
            raise TypeError(f"@asset got unexpected arguments {', '.join(unknown)}")
        of_asset = {k: v for k, v in kwargs.items() if k in _OF_ASSET and v is not None}
        of_dag = {"schedule": schedule, **{k: v for k, v in kwargs.items() if k in _OF_DAG and v is not None}}

        def decorate(function: Callable[..., Any]) -> AssetDefinition:
            _check(function)
            return AssetDefinition(function, of_asset, of_dag)

        return decorate

    def multi(
        self, *, schedule: Any, outlets: Sequence[BaseAsset], **kwargs: Any
    ) -> Callable[..., MultiAssetDefinition]:
        """One function that makes several assets."""
        kwargs.pop("access_control", None)
        unknown = sorted(set(kwargs) - set(_OF_DAG))
        if unknown:
            raise TypeError(f"@asset.multi got unexpected arguments {', '.join(unknown)}")
        of_dag = {"schedule": schedule, **{k: v for k, v in kwargs.items() if v is not None}}

        def decorate(function: Callable[..., Any]) -> MultiAssetDefinition:
            _check(function)
            return MultiAssetDefinition(function, outlets, of_dag)

        return decorate


def _check(function: Callable[..., Any]) -> None:
    plain: Any = function.function if isinstance(function, TaskDecorator) else function
    name = plain.__name__
    if name != plain.__qualname__:
        raise DagInvalid(f"@asset functions cannot be nested: move {name}() to the top of the file")
    if name in ("self", "context"):
        raise DagInvalid(f"an asset cannot be called {name!r}, a word of @asset's own; rename the function")
    parameters = inspect.signature(plain).parameters
    if name in parameters:
        raise DagInvalid(f"the asset {name!r} cannot depend on itself; rename the parameter of {name}()")
    for parameter in parameters.values():
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            raise TypeError(
                f"@asset takes no wildcard parameter such as {parameter} of {name}(); name the assets"
            )


def _name_of(function: Any) -> str:
    return str(function.function.__name__ if isinstance(function, TaskDecorator) else function.__name__)


def _make_dag(
    function: Callable[..., Any], definition: BaseAsset, outlets: Sequence[BaseAsset], kwargs: dict[str, Any]
) -> None:
    doc = function.function.__doc__ if isinstance(function, TaskDecorator) else function.__doc__
    with DAG(**{"catchup": False, "description": inspect.cleandoc(doc) if doc else None, **kwargs}):
        if isinstance(function, TaskDecorator):
            # @asset over @task.…: that task, with the asset as its outlet.
            function.override(outlets=[*(function.kwargs.get("outlets") or ()), *outlets])()
            return
        AssetTask(
            task_id=function.__name__,
            definition=definition,
            python_callable=function,
            outlets=list(outlets),
        )


asset = _AssetDecorator()
