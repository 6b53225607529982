"""What the tasks of a run see as its params."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ostro.spec import Json, ParamSpec


class RunParam(msgspec.Struct, frozen=True, kw_only=True):
    """A param of the DAG with the value that a run has for it."""

    name: str
    value: Json
    #: The run was given the value; otherwise it is the default of its version.
    is_given: bool


def run_params(params: Iterable[ParamSpec], conf: Mapping[str, Any], *, overrides: bool) -> list[RunParam]:
    """The params of a version for a run with this conf; one that has no value at all is left out.

    `overrides`: the conf replaces params of the same name (`core.dag_run_conf_overrides_params`).
    """
    found = []
    for param in params:
        is_given = overrides and param.name in conf
        value = conf[param.name] if is_given else param.value
        if value is not msgspec.UNSET:
            found.append(RunParam(name=param.name, value=value, is_given=is_given))
    return found
