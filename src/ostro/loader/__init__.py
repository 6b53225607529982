"""DAG files: found, watched, parsed in processes of their own when what they depend on has changed.

The loader runs inside the engine's loop and never blocks it. It keeps for each file what the last parse read, and a
fingerprint of all that. A notice of change leads to a look, a look that finds another fingerprint leads to a parse,
a parse gives specs or errors. Nothing else leads to a parse, but for files built from outside data (network) and a
slow refresh.

Who is authoritative: the disk for what files there are, the database for what was parsed (`Loader.restore`), the
parse process for what a file holds and depends on.

What happens when a party dies
* a parse process: its death becomes the error of its file; the other files do not notice.
* the parent of parse processes: its jobs are started again by the next one.
* the engine: parse processes end at their time limit; the next engine compares fingerprints and parses what differs.
"""

from ostro.loader.config import Bundle, LoaderConfig
from ostro.loader.jobs import AskedByParse
from ostro.loader.loader import Loader, LoaderRound
from ostro.loader.spawner import Ended, ForkSpawner, ParseSpawner, SpawnFailed

__all__ = [
    "AskedByParse",
    "Bundle",
    "Ended",
    "ForkSpawner",
    "Loader",
    "LoaderConfig",
    "LoaderRound",
    "ParseSpawner",
    "SpawnFailed",
]
