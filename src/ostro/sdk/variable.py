"""Variables: named texts of the installation, from the environment (AIRFLOW_VAR_KEY) or the engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ostro.protocol.task import DeleteVariable, GetVariable, ListVariables, SetVariable
from ostro.sdk import asking, secrets
from ostro.sdk.exceptions import AirflowRuntimeError
from ostro.sdk.masking import mask_secret, should_hide_value_for_key
from ostro.sdk.queries.model import Model
from ostro.sdk.types import NOTSET


class VariableNotFound(AirflowRuntimeError, KeyError):
    """No Variable of this key. A KeyError too, as in Airflow 2."""

    def __init__(self, key: str) -> None:
        AirflowRuntimeError.__init__(self, f"Variable {key} does not exist")
        self.key = key

    def __str__(self) -> str:
        return f"Variable {self.key} does not exist"


class Variable(metaclass=Model):
    """A Variable. All access goes through the class methods."""

    __columns__ = frozenset({"id", "key", "val", "value", "description"})

    def __init__(
        self,
        key: str = "",
        value: Any = None,
        description: str | None = None,
        *,
        val: Any = None,
        id: int | None = None,
    ) -> None:
        self.key = key
        self.value = val if value is None else value
        self.description = description
        self.id = id

    @property
    def val(self) -> Any:
        """The value, by the name of 2.x."""
        return self.value

    def get_val(self) -> Any:
        """The value, by the name of 2.x."""
        return self.value

    def __repr__(self) -> str:
        return f"{self.key} : ***" if should_hide_value_for_key(self.key) else f"{self.key} : {self.value}"

    @classmethod
    def get(
        cls, key: str, default: Any = NOTSET, deserialize_json: bool = False, *, default_var: Any = NOTSET
    ) -> Any:
        """The text of a variable, or its JSON value with `deserialize_json`.

        `default` (`default_var` in 2.x) is given back as it is when there is no such variable; without one
        VariableNotFound is raised. Raises ValueError when the text is no JSON.
        """
        text = cls._find(key)
        if text is None:
            fallback = default if default is not NOTSET else default_var
            if fallback is NOTSET:
                raise VariableNotFound(key)
            return fallback
        value = json.loads(text) if deserialize_json else text
        mask_secret(value, key)
        return value

    @staticmethod
    def _find(key: str) -> str | None:
        asking.note_read("variable", key)
        text = secrets.find_variable(key)
        if text is None and asking.connected():
            found = asking.demand(GetVariable(seq=0, key=key))
            text = None if found is None else str(found)
        return text

    @staticmethod
    def get_variable_from_secrets(key: str, *_: Any) -> str | None:
        """The text wherever it comes from, None when there is none (2.x)."""
        return Variable._find(key)

    @classmethod
    def set(
        cls, key: str, value: Any, description: str | None = None, serialize_json: bool = False, **_: Any
    ) -> None:
        """Store a variable, as text or as JSON."""
        text = json.dumps(value, indent=2) if serialize_json else str(value)
        asking.demand(SetVariable(seq=0, key=key, value=text, description=description))

    @classmethod
    def update(cls, key: str, value: Any, serialize_json: bool = False, **_: Any) -> None:
        """Change a variable that exists. Raises VariableNotFound when it does not."""
        if cls._find(key) is None:
            raise VariableNotFound(key)
        cls.set(key, value, serialize_json=serialize_json)

    @classmethod
    def setdefault(
        cls, key: str, default: Any, description: str | None = None, deserialize_json: bool = False
    ) -> Any:
        """The variable's value; when there is none, `default` is stored and given back."""
        found = cls.get(key, default=None, deserialize_json=deserialize_json)
        if found is not None:
            return found
        if default is None:
            raise ValueError("a Variable cannot be set to None")
        cls.set(key, default, description=description, serialize_json=deserialize_json)
        return default

    @classmethod
    def delete(cls, key: str, **_: Any) -> int:
        """Delete a variable; the number deleted."""
        return 1 if asking.demand(DeleteVariable(seq=0, key=key)) else 0

    @classmethod
    def keys(cls, prefix: str = "", **_: Any) -> Sequence[str]:
        """Keys of the variables that the engine has."""
        return list(asking.demand(ListVariables(seq=0, prefix=prefix)) or [])
