"""One of 1,000 DAG files is edited: until the API shows the new version; and the loader's part of it alone."""

from __future__ import annotations

import os
import select
import tempfile
import time
from pathlib import Path

from benches.harness import arguments, medians, report
from benches.many_files import empty_standalone, move_in, prepare, source
from ostro.loader import Bundle, ForkSpawner, Loader, LoaderConfig
from support.deadline import wait_for

COUNT = 1000


def edit(path: Path, text: str) -> None:
    """Write as editors do: a new file takes the old one's place."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    os.rename(new, path)


def loader_alone(folder: Path, runs: int) -> dict[str, object]:
    """Seconds from the edit to the result in the loader's hands."""
    loader = Loader(LoaderConfig(bundles=(Bundle(folder=str(folder)),)), ForkSpawner())

    def turn() -> list[str]:
        wakeup = loader.next_wakeup()
        wait = None if wakeup is None else max(0.0, wakeup - time.monotonic())
        select.select(list(loader.filenos()), [], [], wait)
        return [file.path for file, _ in loader.run_once().parsed]

    def once() -> float:
        name = "d0500.py"
        begin = time.perf_counter()
        edit(folder / name, source("d0500", [f"at{time.time_ns()}"]))
        while name not in turn():
            pass
        took = time.perf_counter() - begin
        while not loader.idle:
            turn()
        return took

    try:
        while not loader.idle:
            turn()
        return medians(once, runs)
    finally:
        loader.close()


def main() -> None:
    args = arguments(__doc__, runs=9)
    with tempfile.TemporaryDirectory(prefix="ostro-bench-") as name:
        alone = loader_alone(prepare(Path(name) / "alone", COUNT), args.runs)
        with empty_standalone(args.database) as ostro:
            move_in(ostro, prepare(Path(name) / "many", COUNT), COUNT)
            path = ostro.dags / "many" / "d0500.py"

            def once() -> float:
                tag = f"at{time.time_ns()}"
                begin = time.perf_counter()
                edit(path, source("d0500", [tag]))
                wait_for(
                    lambda: [t["name"] for t in ostro.get("/dags/d0500")["tags"]] == [tag],
                    seconds=30,
                    what="the new version",
                )
                return time.perf_counter() - begin

            result = medians(once, args.runs)
    report("edit1", 0.5, result, database=args.database, loader_alone=alone)


if __name__ == "__main__":
    main()
