"""A repository that is followed, and versions of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ostro.clock import SystemClock
from ostro.errors import UserError
from ostro.loader.git import Access, GitConfig, Repository, web_template
from support.deadline import wait_for


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
