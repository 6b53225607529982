"""What the last engine of a home was told on its command line, for the commands that are typed beside it.

`ostro standalone --database-url … --dags …` and then `ostro dags trigger`: the second command means the database and the
folder of the first. The engine writes them into `started.json` of the home once it has its lock; a start without such options
forgets them. What a command is told itself, by options, environment or files, goes first.
"""

from __future__ import annotations

import contextlib
import json
import os

from ostro.settings.load import Settings
from ostro.settings.sources import COMMAND_LINE

FILE = "started.json"
#: What decides which DAGs a command sees.
NAMES = ("core.dags_folder", "database.url")


def keep(settings: Settings) -> None:
    """Write down what came from the command line of the engine."""
    told = {
        name: str(getattr(getattr(settings, section), key))
        for name in NAMES
        for section, key in [name.split(".")]
        if settings.origins.get(name) == COMMAND_LINE
    }
    path = settings.home.path / FILE
    # On a full disk the engine works all the same.
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
        if told:
            # The address of a database may hold a password.
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(told, file)


def recall(settings: Settings) -> dict[str, str]:
    """What to add to the options of a command: values that nobody gives it otherwise, by "section.key"."""
    try:
        told = json.loads((settings.home.path / FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {
        name: told[name] for name in NAMES if isinstance(told.get(name), str) and name not in settings.origins
    }
