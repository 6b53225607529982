"""CPU seconds a minute of a standalone with 1,000 unchanged DAG files, all processes together."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benches.harness import report
from benches.many_files import cpu_seconds, empty_standalone, move_in, prepare

COUNT = 1000


def command_of(pid: int) -> str:
    """The command line of a process, shortened, with its pid."""
    line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return f"{pid} {line[:70].strip()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--settle", type=float, default=15.0, help="seconds after the load before measuring")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostro-bench-") as name, empty_standalone(args.database) as ostro:
        move_in(ostro, prepare(Path(name) / "many", COUNT), COUNT)
        time.sleep(args.settle)
        names = {pid: command_of(pid) for pid in ostro.pids()}
        before = cpu_seconds(list(names))
        time.sleep(args.minutes * 60)
        after = cpu_seconds(list(names))
    spent = {names[p]: round((after[p] - before[p]) / args.minutes, 3) for p in after}
    result = {"median": round(sum(spent.values()), 3), "values": spent}
    report("idle1000", 0.3, result, unit="CPU s per minute", database=args.database)


if __name__ == "__main__":
    main()
