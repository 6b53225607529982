"""Links that an operator shows on the page of its task instances."""

from __future__ import annotations

from typing import Any, ClassVar


class BaseOperatorLink:
    """A link: a name, and the address for one task instance."""

    #: Operator classes that a plugin's link is added to.
    operators: ClassVar[list[Any]] = []

    @property
    def name(self) -> str:
        """The text of the link; also its key."""
        raise NotImplementedError(f"{type(self).__name__} has no name")

    @property
    def xcom_key(self) -> str:
        """Key of the XCom that keeps the address once the task ran."""
        return f"_link_{type(self).__name__}"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address; empty for none."""
        raise NotImplementedError(f"{type(self).__name__} has no get_link() method")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(type(self))


def run_page(dag_id: str, run_id: str | None = None) -> str:
    """Address of the page of a run, or of a DAG. Asked in a task process, which knows where the web page is."""
    from urllib.parse import quote

    from ostro.sdk.conf import conf
    from ostro.sdk.context import get_current_context

    try:
        base = get_current_context()["ti"].base_url
    except RuntimeError:
        base = ""
    base = base or conf.get("api", "base_url", fallback="")
    run = "" if run_id is None else f"/runs/{quote(run_id, safe='')}"
    return f"{base.rstrip('/')}/dags/{quote(dag_id, safe='')}{run}"
