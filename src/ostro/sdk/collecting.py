"""Which DAGs a DAG file makes."""

from __future__ import annotations

from types import ModuleType

from ostro.sdk import parsing
from ostro.sdk.dag import DAG


def collect(module: ModuleType) -> list[DAG]:
    """The DAGs among the module's globals, then those made in a `with` block while it was imported; each once.

    One whose tasks a SubDagOperator of 2.x took into another DAG is none any more.
    """
    found: dict[int, DAG] = {id(v): v for v in vars(module).values() if isinstance(v, DAG)}
    context = parsing.current()
    for dag in context.made if context is not None else ():
        found.setdefault(id(dag), dag)
    return [dag for dag in found.values() if not getattr(dag, "absorbed", False)]
