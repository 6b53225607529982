"""`python -m process.run_suite SUITE FILE SCRATCH CASE…`: runs cases of a conformance file, results as JSON."""

from __future__ import annotations

import json
import os
import sys
import traceback
import warnings
from pathlib import Path

from .drive import Driver, load_describer


def main() -> None:
    suite, file, scratch, *cases = sys.argv[1:]
    out = os.dup(1)
    os.dup2(2, 1)  # what DAG files print must not get among the results
    warnings.simplefilter("ignore")
    folder = Path(suite)
    inputs = json.loads((folder / "expected.json").read_text())["cases"]
    load_describer(folder.parent)
    driver = Driver(folder / "dags", file.removeprefix("dags/"), Path(scratch))
    found: dict[str, object] = {}
    for case in cases:
        driver.attempts.engine.xcoms.clear()
        try:
            found[case] = [driver.run(case, wanted) for wanted in inputs[case]["input"]["runs"]]
        except Exception as error:  # a case that cannot be run differs; the others still count
            traceback.print_exc()
            found[case] = [{"state": f"{type(error).__name__}: {error}"}]
    with os.fdopen(out, "w") as stream:
        json.dump(found, stream)


if __name__ == "__main__":
    main()
