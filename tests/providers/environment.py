"""The environment with provider packages that the tests of this folder run in.

`python tests/providers/environment.py FOLDER` makes it beforehand; the tests take it when OSTRO_TEST_PROVIDERS names its interpreter.
"""

from __future__ import annotations

import site
import subprocess
import sys
from pathlib import Path

import ostro

#: slack as the article has it, the others as they are today.
PROVIDERS = (
    "slack[http]==8.6.0",
    "http",
    "common.sql",
    "postgres",
    "sqlite",
    "amazon",
    "docker",
    "smtp",
    "ftp",
    "redis",
    "common.messaging",
)
#: What the tests need besides; no providers.
OTHERS = ("moto[s3,server]>=5", "pandas")


class NotInstalled(Exception):
    """A package could not be installed; the text is the end of what the command said."""


def make(folder: Path) -> Path:
    """Make the environment and return its interpreter. It sees the packages of this one, and what was installed into it first.

    Raises NotInstalled when the package index does not give a package.
    """
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    found = folder / "bin" / "python"
    source = Path(ostro.__file__).parents[1]
    library = next(folder.glob("lib/python*/site-packages"))
    (library / "below.pth").write_text("\n".join([str(source), *site.getsitepackages()]) + "\n")
    for command in (
        [found, "-m", "ostro.cli.main", "providers", "install", *PROVIDERS],
        [found, "-m", "pip", "install", "--quiet", *OTHERS],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotInstalled((done.stderr or done.stdout)[-2000:])
    return found


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
