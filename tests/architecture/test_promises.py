"""The guide's table of security promises: each has a test that names it, and servers run no code of others."""

from __future__ import annotations

import ast
import re

import pytest

from .test_contracts import ROOT, texts

GUIDE = ROOT / "docs" / "guide" / "security.md"
NUMBER = re.compile(r"\bS\d{1,2}\b")
#: Parts that hold the database or the keys.
SERVERS = ("api", "assembly", "commands", "rules", "scheduler", "store", "protocol", "settings", "executors")
#: Modules and functions that turn data into code.
DANGEROUS = frozenset(
    {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "code", "codeop", "runpy", "joblib"}
)
CALLS = frozenset(
    {"eval", "exec", "compile", "__import__", "import_string", "import_module", "unsafe_load", "full_load"}
)


def promised() -> set[str]:
    """The numbers of the table."""
    return set(re.findall(r"^\| (S\d+) \|", GUIDE.read_text(), re.MULTILINE))


def with_tests() -> set[str]:
    """The numbers in docstrings of tests."""
    found: set[str] = set()
    for path, text in texts("tests"):
        if path.suffix != ".py" or not path.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            ) and node.name.lower().startswith("test"):
                found |= set(NUMBER.findall(ast.get_docstring(node) or ""))
    return found


def test_every_promise_of_the_guide_has_a_test() -> None:
    assert len(promised()) >= 20
    assert sorted(promised() - with_tests()) == []


@pytest.mark.parametrize("part", SERVERS)
def test_servers_turn_no_data_into_code(part: str) -> None:
    """S18: no pickle, no eval, no import of a name that is data, where the database and the keys are."""
    found = []
    for path, text in texts(f"src/ostro/{part}"):
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names = {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {(node.module or "").partition(".")[0]} if node.level == 0 else set()
            elif isinstance(node, ast.Call):
                called = node.func
                name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                # re.compile and the like are of their modules.
                is_own = isinstance(called, ast.Name) or name not in {"compile"}
                names = {name} if is_own and name in CALLS else set()
                if (
                    name == "load"
                    and isinstance(called, ast.Attribute)
                    and getattr(called.value, "id", "") == "yaml"
                ):
                    names = {"yaml.load"}
            else:
                continue
            found += [f"{path}:{node.lineno} {name}" for name in names & (DANGEROUS | CALLS | {"yaml.load"})]
    assert found == []
