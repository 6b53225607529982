"""From nothing (no home, no database) to a healthy web page; and the memory of the idle product afterwards."""

from __future__ import annotations

import time
from pathlib import Path

from benches.harness import arguments, medians, report, standalone
from support.standalone import Standalone

DAG = "from airflow.sdk import DAG\none = DAG('one', schedule=None)\n"


def pss(ostro: Standalone) -> dict[str, float]:
    """MiB of memory per process, shared pages divided among those that share them."""
    found = {}
    for pid in ostro.pids():
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        kib = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        name = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:80].strip()
        found[f"{pid} {name}"] = round(kib / 1024, 1)
    return found


def main() -> None:
    args = arguments(__doc__)
    memory: list[dict[str, float]] = []

    def once() -> float:
        begin = time.perf_counter()
        with standalone(args.database, {"one.py": DAG}) as ostro:
            took = time.perf_counter() - begin
            ostro.wait_dag("one")
            memory.append(pss(ostro))
        return took

    result = medians(once, args.runs)
    report("cold_start", 2.5, result, database=args.database)
    totals = iter([sum(m.values()) for m in memory])
    idle = medians(lambda: next(totals), len(memory))
    report("idle_memory", 180.0, idle, unit="MiB PSS", database=args.database, processes=memory[-1])


if __name__ == "__main__":
    main()
