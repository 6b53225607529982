"""`python -m ostro.runtime.bundle DESCRIPTOR`: works with a DAG bundle of somebody else's class, as Airflow's processor does.

The class is user code: it is imported and called in this process alone, which ends with its last word.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from typing import TYPE_CHECKING, Any

from ostro.protocol.bundle import BundleFailed, BundleOrder, BundleTold
from ostro.protocol.frames import Unpacker, pack

if TYPE_CHECKING:
    from ostro.sdk.around.bundles import BaseDagBundle

#: Characters of a traceback that are kept.
LONGEST_TRACE = 8000


def work(order: BundleOrder) -> BundleTold | BundleFailed:
    """Make the bundle and have it prepare its files. What its class raises is told, not raised."""
    try:
        return _work(order)
    except BaseException as error:  # the boundary to user code
        text = str(error) or type(error).__name__
        return BundleFailed(
            text=f"{type(error).__name__}: {text}", traceback=traceback.format_exc()[-LONGEST_TRACE:]
        )


def _work(order: BundleOrder) -> BundleTold:
    from ostro.sdk.around.bundles import BaseDagBundle
    from ostro.sdk.around.modules import import_string

    sys.path.extend(folder for folder in order.folders if folder not in sys.path)
    kind = import_string(order.classpath)
    if not (isinstance(kind, type) and issubclass(kind, BaseDagBundle)):
        raise TypeError(
            f"{order.classpath} is no subclass of airflow.dag_processing.bundles.base.BaseDagBundle"
        )
    bundle = kind(**{**order.kwargs, "name": order.name, "version": order.version})
    bundle.initialize()
    if order.version is None:
        bundle.refresh()
    version = order.version
    if version is None and kind.supports_versioning:
        version = bundle.get_current_version()
    return BundleTold(
        path=os.path.abspath(os.fspath(bundle.path)), version=version, url=_url(bundle, order, version)
    )


def _url(bundle: BaseDagBundle, order: BundleOrder, version: str | None) -> str | None:
    """Where people see the version; nobody's loss when the class does not know."""
    if version is None:
        return None
    try:
        template = bundle.view_url_template()
        if template:
            return template.format(version=version, subdir=order.kwargs.get("subdir") or "")
        return bundle.view_url(version)
    except Exception:  # of user code
        traceback.print_exc()
        return None


def main() -> int:
    """Read the order, work, tell."""
    from ostro.runtime.parse import SocketAsker
    from ostro.sdk import asking

    with socket.socket(fileno=int(sys.argv[1])) as sock:
        order = _read(sock)
        # The class makes its folder in there, whatever this process would find by itself.
        os.environ["OSTRO__LOADER__BUNDLE_STORAGE_PATH"] = order.storage
        asking.use(SocketAsker(sock))
        answer: Any = work(order)
        sock.sendall(pack(answer))
    return 0


def _read(sock: socket.socket) -> BundleOrder:
    unpacker = Unpacker(BundleOrder)
    while data := sock.recv(1 << 16):
        for order in unpacker.feed(data):
            assert isinstance(order, BundleOrder)
            return order
    raise ConnectionError("the engine is gone")


if __name__ == "__main__":
    sys.exit(main())
