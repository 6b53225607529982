"""1,000 DAG files of 10 tasks, first load: from the files' standing in the folder until the API knows every DAG."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benches.harness import arguments, floor, medians, report
from benches.many_files import empty_standalone, move_in, prepare

COUNT = 1000


def main() -> None:
    args = arguments(__doc__)

    def once() -> float:
        with (
            tempfile.TemporaryDirectory(prefix="ostro-bench-") as name,
            empty_standalone(args.database) as ostro,
        ):
            return move_in(ostro, prepare(Path(name) / "many", COUNT), COUNT)

    result = medians(once, args.runs)
    lowest = medians(lambda: floor(COUNT, parallel=2), 3)
    report("load1000", 6.0, result, database=args.database, floor=lowest["median"])


if __name__ == "__main__":
    main()
