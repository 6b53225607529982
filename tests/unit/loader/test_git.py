"""A repository that is followed, and versions of it."""

from __future__ import annotations

import base64
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ostro.assembly.repositories import _access
from ostro.clock import SystemClock
from ostro.errors import UserError
from ostro.loader.git import Access, GitConfig, Repository, web_template
from ostro.settings.addresses import without_logins
from ostro.settings.bundles import BundleSetting
from support.deadline import wait_for

CANARY = "canary-5e1f"
ENCODED = base64.b64encode(f"me:{CANARY}".encode()).decode()
SETTING = BundleSetting(name="team", tracking_ref="main")


class Remote:
    """A repository that people push to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, **files: str | None) -> str:
        for name, text in files.items():
            path = self.folder / "flows" / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")
        return self.git("rev-parse", "HEAD")


class World:
    def __init__(self, folder: Path) -> None:
        self.remote = Remote(folder / "remote")
        self.said: list[str] = []
        self.folder = folder / "bundles"
        self.made: list[Repository] = []

    def repository(self, access: Callable[[], Access] | None = None, **more: object) -> Repository:
        config = GitConfig(name="team", folder=str(self.folder), subdir="flows", refresh_every=0.05, **more)  # type: ignore[arg-type]
        url = str(self.remote.folder)
        made = Repository(config, SystemClock(), access or (lambda: Access(url=url)), self.said.append)
        self.made.append(made)
        return made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    for repository in made.made:
        repository.close()


def until(repository: Repository, fact: Callable[[], object]) -> None:
    def look() -> object:
        repository.pump()
        return fact()

    wait_for(look, seconds=20)


def test_the_branch_is_followed(world: World) -> None:
    first = world.remote.commit(a="1", b="1")
    repository = world.repository()
    until(repository, lambda: repository.version == first)
    assert (Path(repository.tracking) / "a.py").read_text() == "1"
    assert repository.news
    second = world.remote.commit(a="2", b=None)
    until(repository, lambda: repository.version == second)
    assert sorted(p.name for p in Path(repository.tracking).iterdir()) == ["a.py"]
    assert (Path(repository.tracking) / "a.py").read_text() == "2"


def test_submodules_follow_and_stay_with_their_version(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # git takes submodules from folders only when it is told to.
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    library, inner = Remote(tmp_path / "library"), Remote(tmp_path / "inner")
    inner.commit(deep="inner")
    library.git("submodule", "--quiet", "add", str(inner.folder), "flows/inner")
    library.commit(m="old")
    # Beside the repository, and so named.
    world.remote.git("submodule", "--quiet", "add", "../library", "flows/library")
    first = world.remote.commit(a="1")
    repository = world.repository(submodules=True)
    until(repository, lambda: repository.version == first)
    used = Path(repository.tracking) / "library" / "flows"
    assert (used / "m.py").read_text() == "old"
    assert (used / "inner" / "flows" / "deep.py").read_text() == "inner"
    library.commit(m="new")
    world.remote.git("submodule", "--quiet", "update", "--remote")
    second = world.remote.commit(a="2")
    until(repository, lambda: repository.version == second)
    assert (used / "m.py").read_text() == "new"
    until(repository, lambda: repository.folder_of(first))
    folder = Path(repository.folder_of(first) or "")
    assert ((folder / "a.py").read_text(), (used / "m.py").read_text()) == ("1", "new")
    assert (folder / "library" / "flows" / "m.py").read_text() == "old"
    assert (folder / "library" / "flows" / "inner" / "flows" / "deep.py").read_text() == "inner"
    assert not (folder.parent / ".git").exists()
    assert world.said == []


def test_a_version_stays_as_it_was(world: World) -> None:
    first = world.remote.commit(a="1")
    repository = world.repository()
    until(repository, lambda: repository.version == first)
    second = world.remote.commit(a="2")
    until(repository, lambda: repository.version == second)
    assert repository.folder_of(first) is None
    until(repository, lambda: repository.folder_of(first))
    folder = Path(repository.folder_of(first) or "")
    assert (folder / "a.py").read_text() == "1"
    assert not (folder.parent / ".git").exists()


def test_history_that_was_rewritten_is_followed_and_old_versions_stay(world: World) -> None:
    world.remote.commit(a="1")
    old = world.remote.commit(a="2")
    repository = world.repository()
    until(repository, lambda: repository.version == old)
    world.remote.git("reset", "-q", "--hard", "HEAD~1")
    new = world.remote.commit(a="3")
    until(repository, lambda: repository.version == new)
    until(repository, lambda: repository.folder_of(old))


@pytest.mark.parametrize("ref", ["stable", "v1", "commit"])
def test_a_branch_a_tag_or_a_commit(world: World, ref: str) -> None:
    first = world.remote.commit(a="1")
    world.remote.git("tag", "-a", "v1", "-m", "one")
    world.remote.git("branch", "stable")
    world.remote.commit(a="2")
    repository = world.repository(tracking_ref=first if ref == "commit" else ref)
    until(repository, lambda: repository.version == first)


def test_without_the_remote_repository_what_was_fetched_is_used(world: World) -> None:
    first = world.remote.commit(a="1")
    repository = world.repository()
    until(repository, lambda: repository.version == first)
    world.remote.folder.rename(world.remote.folder.with_name("away"))
    again = world.repository()
    assert again.version == first
    until(again, lambda: world.said)
    assert world.said[0].startswith("The bundle 'team' cannot be brought up to date: ")
    assert "does not appear to be a git repository" in world.said[0]
    until(again, lambda: again.folder_of(first))


def test_an_unknown_branch_is_said(world: World) -> None:
    world.remote.commit(a="1")
    repository = world.repository(tracking_ref="nix")
    until(repository, lambda: world.said)
    assert world.said == [
        "The bundle 'team' cannot be brought up to date: it has no branch, tag or commit 'nix'"
    ]


def test_a_missing_connection_is_said(world: World) -> None:
    def missing() -> Access:
        raise UserError("there is no connection 'nix'")

    repository = world.repository(missing)
    until(repository, lambda: world.said)
    assert world.said == ["The bundle 'team' cannot be brought up to date: there is no connection 'nix'"]


def test_an_unknown_version_is_said_and_asked_for_again(world: World) -> None:
    first = world.remote.commit(a="1")
    repository = world.repository()
    until(repository, lambda: repository.version == first)
    assert repository.folder_of("0" * 40) is None
    until(repository, lambda: world.said)
    assert repository.folder_of("0" * 40) is None


@pytest.mark.parametrize(
    ("address", "template"),
    [
        (
            "https://github.com/apache/airflow.git",
            "https://github.com/apache/airflow/tree/{version}/{subdir}",
        ),
        ("git@github.com:apache/airflow.git", "https://github.com/apache/airflow/tree/{version}/{subdir}"),
        ("ssh://git@gitlab.example.org:2222/a/b", "https://gitlab.example.org/a/b/tree/{version}/{subdir}"),
        ("https://me:secret@bitbucket.org/a/b.git", "https://bitbucket.org/a/b/src/{version}/{subdir}"),
        ("https://git.example.org/a/b.git", None),
        ("/srv/repository", None),
    ],
)
def test_the_page_of_a_version(address: str, template: str | None) -> None:
    assert web_template(address, "flows") == template


def test_a_secret_is_neither_in_a_command_line_nor_said_nor_kept(world: World, tmp_path: Path) -> None:
    """The server wants a login; every call of git is looked at."""
    first = world.remote.commit(a="1")
    world.remote.git("update-server-info")
    shims, calls = tmp_path / "shims", tmp_path / "calls"
    shims.mkdir()
    real = shutil.which("git")
    (shims / "git").write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {calls}\nexec {real} "$@"\n')
    (shims / "git").chmod(0o755)
    with serving(world.remote.folder / ".git", "me", CANARY) as port:
        access = _access(f"http://me:{CANARY}@127.0.0.1:{port}/", SETTING, None, tmp_path)
        config = GitConfig(name="team", folder=str(world.folder), subdir="flows", refresh_every=0.05)
        environment = {**os.environ, "PATH": f"{shims}:{os.environ['PATH']}"}
        repository = Repository(config, SystemClock(), lambda: access, world.said.append, environment)
        world.made.append(repository)
        until(repository, lambda: repository.version == first)
        until(repository, lambda: repository.folder_of(first))
    # The server is gone: what git says now names the address.
    until(repository, lambda: world.said)
    assert f"127.0.0.1:{port}" in world.said[0]
    seen = [calls.read_text(), *world.said]
    seen += [p.read_text(errors="replace") for p in world.folder.rglob("*") if p.is_file()]
    assert "fetch" in seen[0]
    assert [text for text in seen if CANARY in text or ENCODED in text] == []


def test_addresses_that_git_repeats_are_told_without_their_login() -> None:
    text = "fatal: unable to access 'https://me:secret@h/lib.git/': The requested URL returned error: 403; see ssh://git@h/x"
    told = without_logins(text)
    assert "secret" not in told
    assert "https://***@h/lib.git/" in told
    assert "ssh://git@h/x" in told


@contextmanager
def serving(folder: Path, name: str, password: str) -> Iterator[int]:
    """A folder over HTTP, for those with the login."""
    wanted = "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def do_GET(self) -> None:
            if self.headers.get("Authorization") != wanted:
                self.send_error(401)
                return
            super().do_GET()

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
