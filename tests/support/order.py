"""The order in which several processes take the files of the tests; one process alone keeps pytest's own.

Folder by folder, so that what a folder starts once (the servers and the browser of `tests/browser`) is started once in
each process and not for every file; what takes longest first, so that only short files are left when a process runs
out of work. Nothing is right or wrong by it: each file passes alone and in any order.
"""

from __future__ import annotations

#: Folders of `tests`, those with long files first. A folder that is not named comes before all of them.
FOLDERS = (
    "browser",
    "providers",
    "journeys",
    "client",
    "conformance",
    "compat",
    "process",
    "migrations",
    "cli",
    "testing",
    "executors",
    "scheduler",
    "store",
    "commands",
    "api",
    "architecture",
    "unit",
)
#: Files that take much longer than others of their folder, which they begin. None of the first folder: there is time.
LONG = (
    "journeys/test_engine_killed.py",
    "conformance/test_suites.py",
    "compat/test_airflow_examples.py",
    "api/test_limits.py",
    "architecture/test_promises.py",
)


def place(file: str) -> tuple[int, int]:
    """What to sort by: where a file (its path below `tests`, with slashes) stands among the others."""
    folder = file.partition("/")[0]
    return (
        FOLDERS.index(folder) if folder in FOLDERS else -1,
        LONG.index(file) if file in LONG else len(LONG),
    )
