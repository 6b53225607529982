"""A repository of DAG files on this machine: followed in one folder, and each version that runs need in one of its own.

    bundles/NAME/repository   all branches and tags, without files
    bundles/NAME/tracking     the files of the branch that is followed; changed in place, as an editor would
    bundles/NAME/versions/C   the files of commit C, never changed: runs that are pinned to it

Who is authoritative: the remote repository for what is new; the local copy while the remote one cannot be reached. `git`
runs in processes of its own, one at a time; nothing here waits for it. A step that fails is said and tried again at the
next look.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import msgspec

from ostro import private
from ostro.clock import Clock
from ostro.settings.addresses import without_logins

#: Seconds that one call of git may take.
TIME_LIMIT = 600.0
#: Seconds between two looks at whether a call of git has ended; there are a few in some minutes.
POLL = 0.03
#: Seconds before the first look is tried again when it failed; later ones wait for their turn.
AGAIN = 10.0
#: Versions that are kept whatever their age, and seconds that one which nobody uses is kept.
KEEP = 10
KEEP_SECONDS = 6 * 3600.0


#: Bring the submodules of a work tree, and theirs, to what its commit says; their addresses may have changed.
_SUBMODULES = (
    ("submodule", "--quiet", "sync", "--recursive"),
    ("submodule", "--quiet", "update", "--init", "--recursive", "--force"),
)

#: https://host/path.git, git@host:path.git, ssh://git@host:22/path.git
_ADDRESS = re.compile(
    r"(?:(?:https?|ssh)://)?(?:[^@/]+@)?(?P<host>[\w.-]+)(?::\d+/|[:/])(?P<path>[^:]+?)(?:\.git)?/?"
)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the remote repository."""

    #: Without a login: everybody on this machine sees it in the list of processes.
    url: str
    #: Secrets go by the environment, never by the command line.
    environment: dict[str, str] = {}


class GitConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One repository."""

    name: str
    #: `bundles/NAME`.
    folder: str
    tracking_ref: str = "main"
    subdir: str = ""
    #: Whether its submodules are fetched, and theirs.
    submodules: bool = False
    #: Seconds between two looks at the remote repository.
    refresh_every: float = 300.0
    #: Address of a version on the web, with `{version}` and `{subdir}`; None = made from that of the repository.
    view_url: str | None = None
    #: Runs are pinned to the commit that they begin with.
    pins: bool = True


class _Step(msgspec.Struct, frozen=True):
    """One call of git, or of another program."""

    command: list[str]
    environment: dict[str, str] = {}
    folder: str | None = None


class _Failed(Exception):
    """A step failed; the text is what it said."""


class Repository:
    """Keeps the folders of one repository as they should be."""

    def __init__(
        self,
        config: GitConfig,
        clock: Clock,
        access: Callable[[], Access],
        complain: Callable[[str], None],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`access` is asked at each look, so that a changed connection counts at once; it may raise UserError."""
        self.config = config
        self._clock = clock
        self._access = access
        self._complain = complain
        self._environment = dict(os.environ if environment is None else environment)
        self._folder = Path(config.folder)
        #: Commit of the files in `tracking`; None before the first.
        self.version: str | None = self._read_version()
        #: Set when `version` changed, or a version's folder came, until somebody took notice.
        self.news = self.version is not None
        self._address = ""
        self._look_at = clock.monotonic()
        self._wanted: dict[str, float] = {}
        self._queue: deque[Generator[_Step, None, None]] = deque()
        self._work: Generator[_Step, None, None] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - as long as this object
        self._said = ""
        self._deadline = 0.0

    # ---- what others ask -------------------------------------------------------------------------------------------

    @property
    def tracking(self) -> str:
        """Folder of the DAG files that are parsed."""
        return str(self._folder / "tracking" / self.config.subdir).rstrip("/")

    @property
    def has_versions(self) -> bool:
        """Whether runs are pinned to versions of it."""
        return True

    def folder_of(self, version: str) -> str | None:
        """Folder of the DAG files of a version; None: it is being made, `news` tells when it is there."""
        folder = self._folder / "versions" / version
        if version in self._wanted or folder.is_dir():
            if folder.is_dir():
                self._wanted[version] = self._clock.monotonic()
                return str(folder / self.config.subdir).rstrip("/")
            return None
        self._wanted[version] = self._clock.monotonic()
        self._queue.append(self._make_version(version))
        return None

    def url_of(self, version: str) -> str | None:
        """Where people see the files of a version on the web; None where nobody knows."""
        template = self.config.view_url or web_template(self._address, self.config.subdir)
        try:
            return None if template is None else template.format(version=version, subdir=self.config.subdir)
        except (KeyError, IndexError, ValueError):
            self._complain(
                f"The view_url_template of bundle {self.config.name!r} has an unknown field: {template}"
            )
            return None

    # ---- the loop --------------------------------------------------------------------------------------------------

    def pump(self) -> None:
        """Go on with what is under way, begin what is due."""
        now = self._clock.monotonic()
        if self._process is not None and not self._ended(now):
            return
        if self._work is None and not self._queue and now >= self._look_at:
            self._look_at = now + self.config.refresh_every
            self._queue.append(self._look())
        while self._process is None and (self._work is not None or self._queue):
            if self._work is None:
                self._work = self._queue.popleft()
            self._next_step(None)

    def next_wakeup(self) -> float | None:
        """Monotonic moment at which `pump` must be called at the latest."""
        if self._process is not None:
            return min(self._deadline, self._clock.monotonic() + POLL)
        return self._clock.monotonic() if self._queue or self._work is not None else self._look_at

    def close(self) -> None:
        """End what is under way; the next start does it again."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._output.close()

    # ---- what is to be done ------------------------------------------------------------------------------------------

    def _look(self) -> Generator[_Step, None, None]:
        """Fetch, and go to the newest commit of the branch."""
        access = self._access()
        self._address = access.url
        repository = self._folder / "repository"
        if not (repository / "HEAD").exists():
            private.make_folder(self._folder)
            yield _Step(["git", "init", "--quiet", "--bare", str(repository)])
        refs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        yield self._git(
            "fetch", "--quiet", "--prune", "--no-auto-maintenance", "--update-head-ok", access.url, *refs,
            environment=access.environment,
        )  # fmt: skip
        ref = self.config.tracking_ref
        commit = ""
        for name in (f"refs/heads/{ref}", f"refs/tags/{ref}", ref):
            try:
                yield self._git("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")
            except _Failed:
                continue
            commit = self._said.strip()
            break
        if not commit:
            raise _Failed(f"it has no branch, tag or commit {ref!r}")
        if commit != self.version:
            yield from self._go_to(commit, access)
        self._forget_old()

    def _go_to(self, commit: str, access: Access) -> Generator[_Step, None, None]:
        tracking = self._folder / "tracking"
        private.make_folder(tracking)
        yield self._git(
            "checkout", "--quiet", "--force", "--detach", commit,
            environment={"GIT_WORK_TREE": str(tracking)}, folder=str(tracking),
        )  # fmt: skip
        if self.config.submodules:
            # Their addresses may be relative to that of the repository.
            yield self._git("config", "remote.origin.url", access.url)
            for step in _SUBMODULES:
                yield self._git(
                    *step, environment={**access.environment, "GIT_WORK_TREE": str(tracking)}, folder=str(tracking)
                )  # fmt: skip
        written = self._folder / "version.tmp"
        written.write_text(commit)
        written.replace(self._folder / "version")
        self.version = commit
        self.news = True

    def _make_version(self, version: str) -> Generator[_Step, None, None]:
        """The files of a commit, in a folder that appears when it is complete."""
        versions = self._folder / "versions"
        made, index = versions / f".{version}.tmp", versions / f".{version}.index"
        try:
            if made.exists():
                yield _Step(["rm", "-rf", str(made)])
            if self.config.submodules:
                yield from self._clone_version(version, made)
                made.rename(versions / version)
                self.news = True
                return
            private.make_folder(made)
            environment = {"GIT_WORK_TREE": str(made), "GIT_INDEX_FILE": str(index)}
            yield self._git("read-tree", version, environment=environment, folder=str(made))
            yield self._git("checkout-index", "--all", "--quiet", environment=environment, folder=str(made))
            made.rename(versions / version)
            self.news = True
        except _Failed:
            # Asked for again by the next look of the scheduler.
            self._wanted.pop(version, None)
            raise
        finally:
            index.unlink(missing_ok=True)

    def _clone_version(self, version: str, made: Path) -> Generator[_Step, None, None]:
        """A commit with its submodules. They keep data of their own for each folder, so it gets a copy of the repository,
        which goes when the files are there."""
        access = self._access()
        private.make_folder(made.parent)
        yield _Step(
            [
                "git",
                "clone",
                "--quiet",
                "--shared",
                "--no-checkout",
                str(self._folder / "repository"),
                str(made),
            ]
        )
        here = ("git", "-C", str(made))
        yield _Step([*here, "config", "remote.origin.url", access.url])
        yield _Step([*here, "checkout", "--quiet", "--force", "--detach", version])
        for step in _SUBMODULES:
            yield _Step([*here, *step], access.environment)
        yield _Step(["rm", "-rf", str(made / ".git")])

    def _forget_old(self) -> None:
        """Versions that no run has asked for lately go."""
        versions = self._folder / "versions"
        with contextlib.suppress(OSError):
            kept = sorted(versions.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)
            for folder in kept[KEEP:]:
                used = self._wanted.get(folder.name)
                idle = time.time() - folder.stat().st_mtime
                if used is not None and self._clock.monotonic() - used < KEEP_SECONDS:
                    continue
                if folder.name != self.version and idle >= KEEP_SECONDS:
                    self._wanted.pop(folder.name, None)
                    self._queue.append(self._remove(folder))

    @staticmethod
    def _remove(folder: Path) -> Generator[_Step, None, None]:
        yield _Step(["rm", "-rf", str(folder)])

    def _git(
        self, *arguments: str, environment: Mapping[str, str] | None = None, folder: str | None = None
    ) -> _Step:
        command = ["git", f"--git-dir={self._folder / 'repository'}", *arguments]
        return _Step(command, dict(environment or {}), folder)

    # ---- one process at a time -----------------------------------------------------------------------------------------

    def _next_step(self, failure: str | None) -> None:
        """Give the work its result and start its next process."""
        assert self._work is not None
        try:
            if failure is None:
                step = next(self._work)
            else:
                step = self._work.throw(_Failed(failure))
        except StopIteration:
            self._work = None
            return
        except Exception as error:  # of this repository alone; the others go on
            self._work = None
            self._complain(
                f"The bundle {self.config.name!r} cannot be brought up to date: {_sentence(error)}"
            )
            if self.version is None:
                self._look_at = self._clock.monotonic() + AGAIN
            return
        self._run(step)

    def _run(self, step: _Step) -> None:
        self._output.seek(0)
        self._output.truncate()
        environment = {
            **self._environment,
            # Nobody is there to be asked for a password, and no hook of the user belongs here.
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C",
            **step.environment,
        }
        try:
            self._process = subprocess.Popen(
                step.command,
                env=environment,
                cwd=step.folder,
                stdin=subprocess.DEVNULL,
                umask=private.UMASK,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            self._next_step(f"{step.command[0]} cannot be started: {error.strerror}")
            return
        self._deadline = self._clock.monotonic() + TIME_LIMIT

    def _ended(self, now: float) -> bool:
        assert self._process is not None
        status = self._process.poll()
        if status is None and now < self._deadline:
            return False
        if status is None:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._output.seek(0)
        self._said = self._output.read(1 << 16).decode(errors="replace")
        if status == 0:
            self._next_step(None)
        elif status is None:
            self._next_step(f"git took longer than {TIME_LIMIT:g} seconds")
        else:
            self._next_step(" ".join(self._said.split())[:500] or f"git ended with status {status}")
        return self._process is None

    def _read_version(self) -> str | None:
        if shutil.which("git") is None:
            self._complain(f"The bundle {self.config.name!r} needs the program git, which is not installed")
        try:
            return (self._folder / "version").read_text().strip() or None
        except OSError:
            return None


def web_template(address: str, subdir: str = "") -> str | None:
    """The template of a version's page of a repository at one of the well-known services; None for others.

    Source: the pages of the services; Airflow's git provider knows the same ones.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return None
    host, path = found["host"], found["path"]
    place = "/{subdir}" if subdir else ""
    if host in ("github.com", "gitlab.com") or host.startswith(("github.", "gitlab.")):
        return f"https://{host}/{path}/tree/{{version}}{place}"
    if host == "bitbucket.org":
        return f"https://{host}/{path}/src/{{version}}{place}"
    return None


def _sentence(error: Exception) -> str:
    text = str(error) or type(error).__name__
    # The addresses of submodules are the authors' own, and git repeats them.
    return without_logins(text).removeprefix("fatal: ").removesuffix(".")


__all__ = ["Access", "GitConfig", "Repository"]
