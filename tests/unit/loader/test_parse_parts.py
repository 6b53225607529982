"""Parts of a parse process: what is printed, what is said of errors, what is loaded beforehand."""

from __future__ import annotations

import sys

import pytest

from ostro.errors import UserError
from ostro.runtime.capture import Printed
from ostro.runtime.file_errors import LONGEST_TRACEBACK, Places, describe, sentence
from ostro.runtime.lessons import Lessons, may_load

from .child import in_child


def test_the_beginning_of_what_is_printed_is_kept_and_the_rest_counted() -> None:
    printed = Printed(kept=10)
    for _ in range(100):
        assert printed.write("abcd") == 4
    assert printed.text() == "abcdabcdab\n… and 390 characters more"


def test_nothing_printed_is_nothing() -> None:
    assert Printed().text() == ""


def test_printing_bytes_is_the_mistake_that_it_always_is() -> None:
    with pytest.raises(TypeError):
        Printed().write(b"x")  # type: ignore[arg-type]


class Rude(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SyntaxError("bad"), "This is not valid Python: bad"),
        (
            ModuleNotFoundError("No module named 'x'", name="x"),
            "The module x cannot be found; install it where Ostro runs (pip install x), or put it into the folder of the DAG files",
        ),
        (ImportError("cannot import name 'y'"), "An import failed: cannot import name 'y'"),
        (SystemExit(), "The file called sys.exit() while it was imported"),
        (SystemExit(3), "The file called sys.exit(3) while it was imported"),
        (KeyboardInterrupt(), "The import of the file was interrupted"),
        (UserError("DAG 'a' has no tasks"), "DAG 'a' has no tasks"),
        (ValueError(), "ValueError"),
        (ValueError(" spaces "), "ValueError: spaces"),
        (Rude(), "Rude"),
    ],
)
def test_one_sentence_for_each_error(error: BaseException, text: str) -> None:
    assert sentence(error) == text


def test_the_place_is_the_innermost_line_of_the_user() -> None:
    code = "def f():\n    raise ValueError('x')\n"
    space: dict[str, object] = {}
    exec(compile(code, "/dags/utils/x.py", "exec"), space)
    try:
        exec(compile("\n\nf()", "/dags/a.py", "exec"), space)
    except ValueError as error:
        found = describe(error, Places("/dags"))
    assert (found.path, found.line) == ("utils/x.py", 2)
    assert found.traceback.index("/dags/a.py") < found.traceback.index("/dags/utils/x.py")
    assert __file__ not in found.traceback


def test_an_error_without_a_line_of_the_user_shows_ours() -> None:
    try:
        raise ValueError("internal")
    except ValueError as error:
        found = describe(error, Places("/dags"))
    assert (found.path, found.line) == ("", None)
    assert __file__ in found.traceback


def test_long_tracebacks_keep_their_end() -> None:
    found = describe(ValueError("x" * 50_000 + "end"), Places("/dags"))
    assert len(found.traceback) <= LONGEST_TRACEBACK + 1
    assert found.traceback.rstrip().endswith("end")


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("json", True),
        ("ostro.sdk.dag", True),
        ("airflow.operators.bash", True),
        ("croniter.croniter", True),
        ("airflow.providers.slack.hooks", False),
        ("pandas", False),
        ("utils.x", False),
        ("antigravity", False),
        ("dagfile_0123_a", False),
    ],
)
def test_what_the_parent_may_load(name: str, allowed: bool) -> None:
    assert may_load(name) is allowed


def test_a_lesson_reaches_the_parent() -> None:
    def taught() -> list[bool]:
        sys.modules.pop("colorsys", None)
        lessons = Lessons()
        in_child(lambda: (__import__("colorsys"), lessons.tell())[1])
        before = "colorsys" in sys.modules
        lessons.learn()
        lessons.learn()
        return [before, "colorsys" in sys.modules]

    assert in_child(taught) == [False, True]


def test_lies_do_no_harm() -> None:
    def lied() -> bool:
        lessons = Lessons()
        sys.modules["ostro.never.was"] = sys
        lessons.tell()
        del sys.modules["ostro.never.was"]
        lessons.learn()
        return "ostro.never.was" in sys.modules

    assert in_child(lied) is False
