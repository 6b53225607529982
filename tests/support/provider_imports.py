"""`python -m support.provider_imports [DISTRIBUTION…]`: imports every module of installed provider packages.

Prints JSON: per distribution how many modules import, and the error of each that does not. Without arguments it takes
all installed distributions with the entry point `apache_airflow_provider`.
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from importlib.metadata import Distribution, distribution, entry_points


def modules_of(dist: Distribution) -> list[str]:
    """Dotted names of the modules that a distribution has below `airflow.providers`."""
    found = []
    for file in dist.files or ():
        parts = file.with_suffix("").parts
        if file.suffix == ".py" and parts[:2] == ("airflow", "providers"):
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(found)


def failures_of(dist: Distribution) -> dict[str, str]:
    """Module and error of each module that cannot be imported."""
    failed = {}
    for name in modules_of(dist):
        try:
            importlib.import_module(name)
        except Exception as error:  # any failure of a provider's module is what this looks for
            failed[name] = f"{type(error).__name__}: {error}"
    return failed


def main(names: list[str]) -> dict[str, dict[str, object]]:
    """The report."""
    warnings.simplefilter("ignore")
    dists = [distribution(name) for name in names] or [
        entry.dist for entry in entry_points(group="apache_airflow_provider") if entry.dist is not None
    ]
    return {
        dist.name: {"version": dist.version, "modules": len(modules_of(dist)), "failed": failures_of(dist)}
        for dist in dists
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:]), indent=1))
