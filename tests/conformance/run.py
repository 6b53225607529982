"""`python -m conformance.run SUITE OUT [CASE…]`, in the folder `tests`: runs a suite, writes its actual.json."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from conformance.room import Room
from conformance.suite import Suite


def main() -> int:
    """Entry point; the number of cases that differ, at most 1, is the exit status."""
    folder, out, *only = sys.argv[1:]
    suite = Suite(Path(folder))
    if only:
        suite.cases = [case for case in suite.cases if case.id in only]
    results = {}
    begin = time.monotonic()
    for number, cases in enumerate(suite.rooms()):
        with tempfile.TemporaryDirectory(prefix="ostro-") as scratch:
            results |= Room(suite, cases, Path(scratch) / str(number)).play()
    Path(out).write_text(json.dumps({"cases": {c: {"expect": r} for c, r in results.items()}}, indent=1))
    differing = 0
    for case in suite.cases:
        if found := suite.differences(case, results[case.id]):
            differing += 1
            print(case.id, case.file, *found[:8], sep="\n    ")
    took = time.monotonic() - begin
    print(
        f"{suite.name}: {len(suite.cases)} cases, {differing} differ, {took:.1f} s; missing {suite.missing}"
    )
    return min(differing, 1)


if __name__ == "__main__":
    sys.exit(main())
