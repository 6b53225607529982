"""The supervisor of `ostro standalone`, as the process it stays for days: without what only parsed the command line.

`python -m ostro.cli.supervise JSON`: {"overrides": {…}, "unpause_new": bool}.
"""

from __future__ import annotations

import json
import os
import sys

from ostro.errors import OstroError
from ostro.settings import load_settings


def main() -> int:
    """Run everything until Ctrl-C; returns the exit status."""
    start = json.loads(sys.argv[1])
    from ostro.assembly import standalone

    try:
        settings = load_settings(os.environ, overrides=start["overrides"])
        return standalone.run(settings, start["overrides"], unpause_new=start["unpause_new"])
    except OstroError as error:
        print(f"ostro: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
