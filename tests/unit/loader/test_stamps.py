"""Fingerprints: they change when content changes, and only then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ostro.loader.stamps import Stamps, is_noise
from ostro.protocol.parse import Dependency


def on(kind: str, name: object) -> Dependency:
    return Dependency(kind=kind, name=str(name))


def test_a_touched_file_has_the_same_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1")
    stamps = Stamps("")
    before = stamps.fingerprint([on("file", path)])
    os.utime(path, ns=(1, 1))
    assert stamps.fingerprint([on("file", path)]) == before


def test_a_second_edit_of_equal_size_at_once_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    stamps = Stamps("")
    seen = set()
    for text in "abcdef":
        path.write_text(text)
        seen.add(stamps.fingerprint([on("file", path)]))
    assert len(seen) == 6


def test_a_file_that_comes_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    stamps = Stamps("")
    absent = stamps.fingerprint([on("file", path)])
    path.write_text("")
    present = stamps.fingerprint([on("file", path)])
    path.unlink()
    assert absent != present
    assert stamps.fingerprint([on("file", path)]) == absent


def test_a_directory_is_its_names(tmp_path: Path) -> None:
    stamps = Stamps("")
    (tmp_path / "a").write_text("1")
    before = stamps.fingerprint([on("directory", tmp_path)])
    (tmp_path / "a").write_text("2")
    (tmp_path / ".a.swp").write_text("")
    (tmp_path / "a~").write_text("")
    assert stamps.fingerprint([on("directory", tmp_path)]) == before
    (tmp_path / "b").write_text("")
    assert stamps.fingerprint([on("directory", tmp_path)]) != before


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    stamps = Stamps("")
    monkeypatch.delenv("OSTRO_TEST_STAMP", raising=False)
    absent = stamps.fingerprint([on("env", "OSTRO_TEST_STAMP")])
    monkeypatch.setenv("OSTRO_TEST_STAMP", "1")
    assert stamps.fingerprint([on("env", "OSTRO_TEST_STAMP")]) != absent


def test_the_network_is_no_part_of_it() -> None:
    stamps = Stamps("")
    assert stamps.fingerprint([on("network", "a:80")]) == stamps.fingerprint([])


def test_the_salt_is() -> None:
    assert Stamps("a").fingerprint([]) != Stamps("b").fingerprint([])


def test_values_must_be_learnt_first() -> None:
    stamps = Stamps("")
    variable = on("variable", "x")
    assert stamps.unknown([variable, on("file", "/x")]) == [variable]
    assert not stamps.learn("variable", "x", b"1")
    assert stamps.unknown([variable]) == []
    before = stamps.fingerprint([variable])
    assert stamps.learn("variable", "x", b"2")
    assert stamps.fingerprint([variable]) != before
    stamps.forget_value("variable", "x")
    assert stamps.unknown([variable]) == [variable]


def test_special_files_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert Stamps("").stamp(on("file", tmp_path / "pipe")) == "special"
    assert Stamps("").stamp(on("file", tmp_path)) == "directory"


def test_differs_reads_no_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("1")
    os.utime(path, ns=(1, 1))
    stamps = Stamps("")
    assert not stamps.differs(on("file", path))
    stamps.stamp(on("file", path))
    path.write_text("22")
    assert stamps.differs(on("file", path))


@pytest.mark.parametrize(
    ("name", "noise"), [(".x.swp", True), ("x~", True), ("__pycache__", True), ("x.py", False)]
)
def test_noise(name: str, noise: bool) -> None:
    assert is_noise(name) is noise
