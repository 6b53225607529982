"""The folder of Ostro's state: where things are, and who may read them."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from ostro import private
from ostro.errors import SettingInvalid
from ostro.home import Home


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("environ", "path", "expected"),
    [
        ({"HOME": "/home/ada"}, None, "/home/ada/.ostro"),
        ({"HOME": "/home/ada", "OSTRO_HOME": ""}, None, "/home/ada/.ostro"),
        ({"HOME": "/home/ada", "OSTRO_HOME": "~/o"}, None, "/home/ada/o"),
        ({"OSTRO_HOME": "/srv/o"}, None, "/srv/o"),
        ({"OSTRO_HOME": "/srv/o"}, Path("/given"), "/given"),
    ],
)
def test_where_the_home_is(environ: dict[str, str], path: Path | None, expected: str) -> None:
    assert Home.of(environ, path).path == Path(expected)


def test_everything_made_is_for_the_owner_alone(tmp_path: Path) -> None:
    """S25: keys, database, settings."""
    before = os.umask(0)
    try:
        home = Home(tmp_path / "a" / "home")
        home.ensure()
        home.key("token", lambda: b"k" * 32)
        assert home.write_config("[core]\n") is True
    finally:
        os.umask(before)

    made = [home.path, *home.path.rglob("*")]
    assert {path.name for path in made} >= {"home", "logs", "keys", "run", "token", "ostro.cfg"}
    assert [path for path in made if _mode(path) & 0o077] == []


def test_ensure_tightens_what_is_open_and_leaves_a_home_that_was_there(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "keys").mkdir(mode=0o755)

    Home(tmp_path).ensure()

    assert _mode(tmp_path) == 0o755
    assert _mode(tmp_path / "keys") == 0o700


def test_ensure_tightens_a_database_of_an_earlier_release(tmp_path: Path) -> None:
    for name in ("ostro.db", "ostro.db-wal", "ostro.db-shm"):
        (tmp_path / name).touch(0o644)
        (tmp_path / name).chmod(0o644)

    Home(tmp_path).ensure()

    assert {_mode(path) for path in tmp_path.glob("ostro.db*")} == {0o600}


def test_a_private_folder_is_private_all_the_way(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        private.make_folder(tmp_path / "a" / "b" / "c")
        private.make_folder(str(tmp_path / "a" / "b"))
    finally:
        os.umask(before)
    assert {_mode(path) for path in tmp_path.rglob("*")} == {0o700}
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        private.make_folder(tmp_path / "file")


def test_a_key_is_made_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.ensure()

    assert home.key("token", lambda: b"one") == b"one"
    assert home.key("token", lambda: b"two") == b"one"


def test_all_who_ask_at_once_get_the_same_key(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.ensure()
    start = threading.Barrier(8)
    keys: list[bytes] = []

    def ask(mine: bytes) -> None:
        start.wait()
        keys.append(home.key("token", lambda: mine))

    threads = [threading.Thread(target=ask, args=(bytes([number]) * 32,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [path.name for path in home.keys.iterdir()] == ["token"]


def test_a_config_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "ostro.cfg").write_text("mine")

    assert Home(tmp_path).write_config("other") is False
    assert (tmp_path / "ostro.cfg").read_text() == "mine"


def test_sockets_of_a_deep_home_fit_into_an_address(tmp_path: Path) -> None:
    near, far = Home(Path("/srv/ostro")), Home(tmp_path / ("x" * 120))

    assert near.engine_socket == Path("/srv/ostro/run/engine.sock")
    assert len(os.fsencode(far.nursery_socket)) < 104
    assert far.run != Home(tmp_path / ("y" * 120)).run
    assert far.run == Home(tmp_path / ("x" * 120)).run


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingInvalid, match="cannot be used"):
        Home(tmp_path / "file" / "home").ensure()
