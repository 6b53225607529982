"""What holds for the whole source tree: layers, sizes, words, generated pages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Lines of a source file; most have a fifth of it.
LONGEST_FILE = 600
SOURCES = {".py", ".ts", ".tsx"}
#: Names of places and people of a workshop, never of the product. Written so that this file does not hold them.
FOREIGN = re.compile(r"/wor[k]/|/far[m]/|sub[a]gent|before-[s]top|\bCE[O]\b|far[m]-(bench|studio)")
#: What an unfinished place is marked with.
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|not implemented ye[t]|NotImplementedErro[r]\(\)")


def tracked(*folders: str) -> Iterator[Path]:
    """Files under version control; those on disk where there is no git (an unpacked sdist)."""
    git = shutil.which("git")
    if git is not None and (ROOT / ".git").exists():
        listed = subprocess.run(
            [git, "ls-files", "-z", "--", *folders], cwd=ROOT, capture_output=True, check=True, text=True
        )
        files = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        skipped = {"node_modules", "__pycache__", ".venv", "static", "dist"}
        files = [f for name in folders for f in (ROOT / name).rglob("*") if not skipped & set(f.parts)]
    yield from (f for f in files if f.is_file())


def texts(*folders: str) -> Iterator[tuple[Path, str]]:
    """Text files with what is in them."""
    for file in tracked(*folders):
        try:
            yield file.relative_to(ROOT), file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture


def test_imports_go_downwards() -> None:
    """The contracts of .importlinter."""
    script = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_airflow_modules_only_pass_names_on() -> None:
    """`src/airflow` has no logic, and leaves room for provider distributions beside it."""
    assert not (ROOT / "src" / "airflow" / "providers" / "__init__.py").exists()
    control = re.compile(r"^(class|for|while|try)\b", re.MULTILINE)
    found = [
        str(path) for path, text in texts("src/airflow") if path.suffix == ".py" and control.search(text)
    ]
    assert found == []


def test_no_file_is_too_long_to_read() -> None:
    long = {
        str(path): lines
        for path, text in texts("src", "tests", "benches", "ui/src")
        if path.suffix in SOURCES and (lines := text.count("\n")) > LONGEST_FILE
    }
    assert long == {}


def test_no_test_file_hides_another() -> None:
    """Files in folders that are no packages are known by their names alone: of two, only one can be collected."""
    loose = [
        path for path in (ROOT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()
    ]
    names = Counter(path.name for path in loose)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("words", "folders"),
    [(FOREIGN, ["."]), (UNFINISHED, ["src", "ui/src"])],
    ids=["of a workshop", "of unfinished work"],
)
def test_words_that_do_not_belong(words: re.Pattern[str], folders: list[str]) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in texts(*folders)
        for number, line in enumerate(text.splitlines(), 1)
        if words.search(line)
    ]
    assert found == []


def test_the_page_of_the_command_line_is_up_to_date() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "ostro.cli.describe"], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert made.returncode == 0, made.stderr
    page = ROOT / "docs" / "reference" / "cli.md"
    assert page.read_text() == made.stdout, "run: python -m ostro.cli.describe > docs/reference/cli.md"
