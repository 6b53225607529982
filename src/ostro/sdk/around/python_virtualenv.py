"""Python environments for tasks, and the script that runs a function in one: `…standard.utils.python_virtualenv`.

An environment is built once and kept, named by a hash of all that it is made of. Builders of the same one wait for each
other at a file lock, which the system opens when its holder dies; only a finished one has its mark.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import shutil
import site
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ostro.sdk.exceptions import AirflowException
from ostro.sdk.log import get_logger

#: Written into an environment when it is complete.
MARK = "ostro-complete.json"
#: What a program prints is shown from the end, so many characters of it.
_SHOWN = 4000
_log = get_logger("airflow.task.virtualenv")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What an environment is made of. Equal recipes share an environment."""

    #: Interpreter: a path or a name on PATH.
    python: str
    requirements: tuple[str, ...] = ()
    system_site_packages: bool = True
    pip_options: tuple[str, ...] = ()
    #: None: as pip is configured; (): no index at all.
    index_urls: tuple[str, ...] | None = None

    def name(self) -> str:
        """Name of its folder."""
        parts = asdict(self) | {"version": sys.version, "prefix": sys.prefix}
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        return f"venv-{digest[:16]}"


def interpreter_of(folder: str | Path) -> str:
    """The interpreter of an environment."""
    return str(Path(folder) / "bin" / "python")


def cached_environment(cache: Path, recipe: Recipe) -> str:
    """The interpreter of the environment of a recipe, built when there is none. Raises AirflowException."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AirflowException(
            f"no Python environment can be kept in {cache}: {error}; give the task another venv_cache_path"
        ) from error
    folder = cache / recipe.name()
    if (folder / MARK).exists():
        _log.info("Reusing the Python environment %s", folder)
        return interpreter_of(folder)
    with _locked(cache / f"{recipe.name()}.lock"):
        if not (folder / MARK).exists():
            shutil.rmtree(folder, ignore_errors=True)
            _build(folder, recipe)
            (folder / MARK).write_text(json.dumps(asdict(recipe) | {"index_urls": None}, indent=1))
    return interpreter_of(folder)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.info("Another task builds this Python environment; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(folder: Path, recipe: Recipe) -> None:
    _log.info(
        "Building the Python environment %s with %s", folder, list(recipe.requirements) or "no packages"
    )
    uv = _uv(recipe)
    flags = ["--system-site-packages"] if recipe.system_site_packages else []
    if uv is not None:
        _run([uv, "venv", "--quiet", "--python", recipe.python, *flags, str(folder)])
    else:
        _run([recipe.python, "-m", "venv", *flags, str(folder)])
    if recipe.system_site_packages:
        _add_own_packages(folder, recipe)
    if recipe.index_urls is not None:
        (folder / "pip.conf").write_text(_pip_conf(recipe.index_urls))
    if recipe.requirements:
        wanted = folder / "requirements.txt"
        wanted.write_text("\n".join(recipe.requirements) + "\n")
        _run([*_installer(uv, folder, recipe), "-r", str(wanted)])


def _uv(recipe: Recipe) -> str | None:
    """uv, when it is there and [standard] venv_install_method lets it; options are written for pip."""
    from ostro.sdk.conf import conf

    method = conf.get("standard", "venv_install_method", fallback="auto")
    if method == "pip" or (method == "auto" and recipe.pip_options):
        return None
    found = shutil.which("uv")
    if method == "uv" and found is None:
        raise AirflowException("[standard] venv_install_method is uv, but there is no program uv; install it")
    return found


def _installer(uv: str | None, folder: Path, recipe: Recipe) -> list[str]:
    if uv is None:
        return [interpreter_of(folder), "-m", "pip", "install", "--quiet", *recipe.pip_options]
    command = [uv, "pip", "install", "--quiet", "--python", interpreter_of(folder), *recipe.pip_options]
    urls = recipe.index_urls
    if urls is None:
        return command
    if not urls:
        return [*command, "--no-index"]
    extras = [part for url in urls[1:] for part in ("--extra-index-url", url)]
    return [*command, "--index-url", urls[0], *extras]


def _pip_conf(urls: Sequence[str]) -> str:
    if not urls:
        return "[global]\nno-index = true\n"
    extra = f"extra-index-url = {' '.join(urls[1:])}\n" if len(urls) > 1 else ""
    return f"[global]\nindex-url = {urls[0]}\n{extra}"


def _add_own_packages(folder: Path, recipe: Recipe) -> None:
    """The packages of the environment that Ostro runs in, too: "system" means the interpreter below it otherwise."""
    own = f"python{sys.version_info.major}.{sys.version_info.minor}"
    library = folder / "lib" / own / "site-packages"
    if sys.prefix == sys.base_prefix or not library.is_dir():
        return
    lines = [f"import site; site.addsitedir({path!r})" for path in site.getsitepackages()]
    # Behind the packages of the environment itself, which come first.
    (library / "zz-ostro.pth").write_text("\n".join(lines) + "\n")


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise AirflowException(
            f"the Python environment cannot be built: {command[0]} does not start: {error}"
        ) from error
    if done.returncode:
        raise AirflowException(
            f"the Python environment cannot be built: `{' '.join(_without_secrets(command))}` ended with "
            f"{done.returncode}:\n{done.stdout[-_SHOWN:].strip()}"
        )


def _without_secrets(command: Sequence[str]) -> list[str]:
    return [word if "://" not in word else "<index>" for word in command]


def prepare_virtualenv(
    venv_directory: str,
    python_bin: str,
    system_site_packages: bool,
    requirements: list[str] | None = None,
    requirements_file_path: str | None = None,
    pip_install_options: list[str] | None = None,
    index_urls: list[str] | None = None,
) -> str:
    """Build an environment in a folder; gives its interpreter."""
    if requirements is not None and requirements_file_path is not None:
        raise ValueError("Either requirements OR requirements_file_path has to be passed, but not both")
    if requirements_file_path is not None:
        requirements = Path(requirements_file_path).read_text().splitlines()
    recipe = Recipe(
        python=python_bin,
        requirements=tuple(requirements or ()),
        system_site_packages=system_site_packages,
        pip_options=tuple(pip_install_options or ()),
        index_urls=None if index_urls is None else tuple(index_urls),
    )
    _build(Path(venv_directory), recipe)
    return interpreter_of(venv_directory)


def write_python_script(
    jinja_context: Mapping[str, Any], filename: str, render_template_as_native_obj: bool = False
) -> None:
    """Write the script that calls a function. It is started as `python SCRIPT INPUT OUTPUT STRING_ARGS ERROR`.

    INPUT holds {"args": …, "kwargs": …} in the format of `pickling_library` (it may be empty), OUTPUT gets the result,
    STRING_ARGS is a text file whose lines become `virtualenv_string_args`, ERROR gets the text of an exception.
    Keys: pickling_library, python_callable (the name), python_callable_source.
    """
    text = _SCRIPT.format(
        source=jinja_context["python_callable_source"].rstrip(),
        name=jinja_context["python_callable"],
        library=jinja_context["pickling_library"],
    )
    Path(filename).write_text(text, encoding="utf-8")


_SCRIPT = """\
virtualenv_string_args = []

{source}


def __ostro_main(function):
    import inspect
    import os
    import sys

    import {library} as library

    given, result_to, strings, error_to = sys.argv[1:]
    if os.path.exists(strings):
        with open(strings) as file:
            virtualenv_string_args.extend(line.strip() for line in file)
    args, kwargs = [], {{}}
    try:
        if os.path.exists(given) and os.path.getsize(given):
            with open(given, "rb") as file:
                loaded = library.load(file)
            args, kwargs = loaded["args"], loaded["kwargs"]
        result = function(*args, **kwargs)
        if inspect.iscoroutine(result):
            import asyncio

            result = asyncio.run(result)
        with open(result_to, "wb") as file:
            library.dump(result, file)
    except Exception as error:
        with open(error_to, "w") as file:
            file.write("%s: %s" % (type(error).__name__, error))
        raise


if __name__ == "__main__":
    __ostro_main({name})
"""
