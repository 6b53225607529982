"""The floor: N × fork + exit + wait from a process with the same modules loaded as a host has."""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import time

from ostro.runtime.nursery import PRELOAD


def forks(count: int, parallel: int) -> float:
    """Seconds for `count` forks, with at most `parallel` children at once."""
    begin = time.perf_counter()
    alive = 0
    for _ in range(count):
        if alive == parallel:
            os.wait()
            alive -= 1
        if os.fork() == 0:
            os._exit(0)
        alive += 1
    for _ in range(alive):
        os.wait()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forks", type=int, default=40)
    parser.add_argument("--parallel", type=int, default=1)
    args = parser.parse_args()
    for name in PRELOAD:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    gc.disable()
    forks(10, args.parallel)
    seconds = forks(args.forks, args.parallel)
    with open("/proc/self/statm") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    print(
        json.dumps(
            {
                "bench": "floor",
                "forks": args.forks,
                "parallel": args.parallel,
                "seconds": round(seconds, 4),
                "resident_mib": round(resident / 2**20, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
