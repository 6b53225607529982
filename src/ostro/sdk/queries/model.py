"""`Model`: the metaclass of what 2.x code queries. A name of `__columns__` on the class is a column, on an instance the value."""

from __future__ import annotations

from typing import Any


class Model(type):
    """See the module."""

    __columns__: frozenset[str] = frozenset()

    def __getattribute__(cls, name: str) -> Any:
        if name in type.__getattribute__(cls, "__columns__"):
            # Only code that builds queries pays for them.
            from ostro.sdk.queries.columns import Column

            return Column(cls, name)
        return type.__getattribute__(cls, name)

    def __clause_element__(cls) -> Any:
        """For `select(Model)`, `delete(Model)` … of SQLAlchemy: a stand-in that `columns.understand` turns back."""
        from ostro.sdk.queries.columns import stand_in

        return stand_in(cls)
