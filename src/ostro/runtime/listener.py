"""The process beside the engine that runs listeners of plugins, and the XCom backend for what was deleted.

`python -m ostro.runtime.listener JSON`. It hears of the engine's start and end, of runs, asset events and import errors;
listeners of tasks run in the tasks' own processes. It leaves when the engine does. What it prints goes to the engine's
standard error.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from typing import Any

import msgspec

from ostro.protocol.frames import Unpacker, pack
from ostro.protocol.listening import Hello, Purge, Purged, Tell, ToListener
from ostro.runtime.channel import Channel
from ostro.sdk import asking, plugins, xcom
from ostro.sdk.plugins.listeners import HOOKS, EngineMarker, Listeners

_READ = 1 << 16
#: Seconds that a question of a listener waits for an engine.
PATIENCE = 10.0


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line."""

    #: Descriptor of the connection to the engine.
    fd: int
    #: Path of the engine's socket, for what listeners ask.
    engine: str
    plugins_folder: str | None = None


def main(options_json: str) -> int:
    """Load the plugins, say what they hear, and call them until the engine leaves."""
    options = msgspec.json.decode(options_json, type=Options)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="listener: %(name)s: %(message)s")
    sock = socket.socket(fileno=options.fd)
    asking.use(Channel(options.engine, patience=PATIENCE))
    listeners = _load(options.plugins_folder, sock)
    unpacker = Unpacker(ToListener)
    while data := sock.recv(_READ):
        for message in unpacker.feed(data):
            if isinstance(message, Tell):
                _tell(listeners, message)
            else:
                sock.sendall(pack(_purge(message)))
    return 0


def _load(folder: str | None, sock: socket.socket) -> Listeners:
    from ostro.sdk.plugins.sources import config_folders

    broken: list[tuple[str, str]] = []
    for path in (folder, *config_folders()):
        if path and path not in sys.path:
            sys.path.append(path)
    try:
        plugins.load(folder)
    except Exception as error:  # the boundary to airflow_local_settings
        broken.append(("airflow_local_settings", f"{type(error).__name__}: {error}"))
    installed = plugins.installed
    listeners = Listeners() if installed is None else installed.listeners
    broken += [] if installed is None else list(installed.errors.items())
    try:
        purges = xcom.backend().purge is not xcom.BaseXCom.purge
    except Exception as error:  # the boundary to the backend's module
        purges = False
        broken.append(("xcom_backend", f"{type(error).__name__}: {error}"))
    hooks = [hook for hook in HOOKS if listeners.hears(hook)]
    sock.sendall(pack(Hello(hooks=hooks, purges=purges, broken=broken)))
    return listeners


def _tell(listeners: Listeners, message: Tell) -> None:
    arguments: dict[str, Any] = {"msg": message.text}
    if message.hook in ("on_starting", "before_stopping"):
        arguments = {"component": EngineMarker()}
    elif message.run is not None:
        from ostro.sdk.dagrun import DagRun

        arguments["dag_run"] = DagRun(message.run)
    elif message.hook == "on_asset_created" and message.asset is not None:
        from ostro.sdk.assets import Asset

        arguments = {"asset": Asset(**message.asset)}
    elif message.alias is not None:
        from ostro.sdk.assets import AssetAlias

        arguments = {"asset_alias": AssetAlias(**message.alias)}
    elif message.asset is not None:
        from ostro.sdk.asset_event import AssetEvent

        event = AssetEvent(message.asset)
        arguments = {"asset": event.asset, "asset_event": event}
    elif message.path:
        arguments = {"filename": message.path, "stacktrace": message.text}
    listeners.call(message.hook, **arguments)


def _purge(message: Purge) -> Purged:
    text = ""
    for item in message.items:
        where: dict[str, Any] = {"dag_id": item.dag_id, "run_id": item.run_id, "task_id": item.task_id}
        try:
            xcom.purge(item.value, item.key, **where)
        except FileNotFoundError:
            # Gone already: another engine had the same row, or this one before it was confirmed.
            continue
        except Exception as error:  # the boundary to backends of users
            text = text or f"XCom {item.key!r} of {item.task_id!r}: {type(error).__name__}: {error}"
    return Purged(ids=[item.id for item in message.items], text=text)


if __name__ == "__main__":
    # Nothing is run at the end but what plugins registered.
    sys.stdout = os.fdopen(os.dup(2), "w", buffering=1)
    sys.exit(main(sys.argv[1]))
