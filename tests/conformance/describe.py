"""`python -m conformance.describe`: what stored XComs are to a task that reads them, in a process with the DAG's file.

Reads {"describer": path of conformance_describe.py, "folder": DAG folder, "files": {file: [text of a value, …]}} and
writes {file: [description, …]}, both as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from conformance.suite import load_module
from ostro.protocol.task import FileRef
from ostro.runtime import dagfile
from ostro.sdk import xcom


def main() -> None:
    """Entry point."""
    wanted = json.load(sys.stdin)
    out = os.dup(1)
    os.dup2(2, 1)  # what DAG files print must not get among the results
    describe = load_module(Path(wanted["describer"])).describe
    found = {}
    for file, values in wanted["files"].items():
        dagfile.load(FileRef(folder=wanted["folder"], path=file))
        found[file] = [_described(describe, value) for value in values]
    with os.fdopen(out, "w") as stream:
        json.dump(found, stream)


def _described(describe: Any, text: str) -> Any:
    try:
        return describe(xcom.load(text.encode()))
    except Exception as error:  # the suites name it
        return {"$type": "undeserializable", "error": type(error).__name__}


if __name__ == "__main__":
    main()
