"""What the engine and a process that works with a DAG bundle of a foreign class say to each other.

The process gets one order, may ask as a parse process may (connections, variables), and says one last word.
"""

from __future__ import annotations

from typing import Any

from ostro.protocol.task import FromProcess, Message


class BundleOrder(Message, frozen=True, kw_only=True):
    """Bring a bundle up to date, or one version of it into being."""

    name: str
    #: Dotted path of its class, a subclass of Airflow's `BaseDagBundle`.
    classpath: str
    kwargs: dict[str, Any]
    #: Folder in which bundles keep their files, one folder each.
    storage: str
    #: None: the newest.
    version: str | None = None
    #: Folders whose modules the class may come from.
    folders: list[str] = []


class BundleTold(Message, frozen=True, kw_only=True):
    """It is done."""

    #: Folder with the DAG files.
    path: str
    #: None: the bundle has no versions.
    version: str | None = None
    #: Where people see that version on the web.
    url: str | None = None


class BundleFailed(Message, frozen=True, kw_only=True):
    """The class refused, or is none."""

    text: str
    traceback: str = ""


#: What the process says.
FromBundle = FromProcess | BundleTold | BundleFailed
