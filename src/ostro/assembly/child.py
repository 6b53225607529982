"""What engine and web server share when they are children of `standalone`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from ostro.assembly.tether import end_with
from ostro.errors import OstroError
from ostro.settings import Settings, load_settings

Ready = Callable[[dict[str, Any]], None]

#: Exit status of a child that has said in one sentence why it cannot work.
CANNOT_WORK = 78


def main(run: Callable[[Settings, bool, Ready], int]) -> int:
    """Read the arguments of a child process and run it; errors for people are one sentence."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--start", default="{}")
    parser.add_argument("--ready-fd", type=int, default=None)
    parser.add_argument("--tether", type=int, nargs=2, default=None)
    args = parser.parse_args()
    if args.tether is not None:
        end_with(*args.tether)
    start = json.loads(args.start)

    def ready(facts: dict[str, Any]) -> None:
        """Tell the supervisor, once, that this process works."""
        if args.ready_fd is not None:
            os.write(args.ready_fd, json.dumps(facts).encode() + b"\n")
            os.close(args.ready_fd)

    try:
        settings = load_settings(os.environ, overrides=start.get("overrides") or {})
        return run(settings, bool(start.get("unpause_new")), ready)
    except OstroError as error:
        print(f"ostro: {error}", file=sys.stderr, flush=True)
        return CANNOT_WORK
