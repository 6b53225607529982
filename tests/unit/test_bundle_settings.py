"""The list of bundles, as Airflow writes it and as a short line; secrets of repositories."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ostro.assembly import parts
from ostro.assembly.repositories import access_of
from ostro.clock import SystemClock
from ostro.errors import SettingInvalid, UserError
from ostro.settings import OPTIONS, load_settings
from ostro.settings.bundles import BundleSetting, parse_bundles
from ostro.store import Cipher, ConnectionRecord, Store, connections

DAGS = Path("/srv/dags")
GIT = "airflow.providers.git.bundles.git.GitDagBundle"
LOCAL = "airflow.dag_processing.bundles.local.LocalDagBundle"


def one(text: str) -> BundleSetting:
    (found,) = parse_bundles(text, DAGS)
    return found


def test_nothing_said_means_the_folder() -> None:
    assert one("") == BundleSetting(name="dags-folder", path=DAGS)


def test_airflows_json() -> None:
    text = json.dumps(
        [
            {"name": "here", "classpath": LOCAL, "kwargs": {}},
            {"name": "there", "classpath": LOCAL, "kwargs": {"path": "/there", "refresh_interval": 10}},
            {
                "name": "git",
                "classpath": GIT,
                "kwargs": {
                    "tracking_ref": "prod",
                    "git_conn_id": "mine",
                    "subdir": "/flows/",
                    "refresh_interval": 60,
                    "view_url_template": "https://x/{version}",
                },
                "team_name": "a",
            },
        ]
    )
    here, there, git = parse_bundles(text, DAGS)
    assert (here.path, there.path, git.is_git) == (DAGS, Path("/there"), True)
    assert (git.git_conn_id, git.tracking_ref, git.subdir, git.refresh_interval) == (
        "mine",
        "prod",
        "flows",
        60,
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a = /x", {"path": Path("/x")}),
        ("a = git+https://h/r.git", {"repo_url": "https://h/r.git"}),
        (
            "a = git+https://h/r.git@v1:flows/x",
            {"repo_url": "https://h/r.git", "tracking_ref": "v1", "subdir": "flows/x"},
        ),
        ("a = git+https://me@h:8080/r.git@v1", {"repo_url": "https://me@h:8080/r.git", "tracking_ref": "v1"}),
        ("a = git+git@h.org:team/r.git@main", {"repo_url": "git@h.org:team/r.git"}),
        ("a = git+/srv/repo:flows", {"repo_url": "/srv/repo", "subdir": "flows"}),
    ],
)
def test_a_short_line(line: str, expected: dict[str, Any]) -> None:
    assert one(line) == BundleSetting(name="a", **expected)


def test_several_short_lines() -> None:
    assert [b.name for b in parse_bundles("a = /x, b = git+https://h/r.git\n c = /y", DAGS)] == [
        "a",
        "b",
        "c",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "needs a name"),
        ('{"name": "a"}', "must be a list"),
        ("[{", "no JSON"),
        (
            json.dumps([{"name": "a", "classpath": "Bundle"}]),
            "the dotted path of a subclass of BaseDagBundle",
        ),
        (json.dumps([{"name": "a"}]), "has the class ''; give LocalDagBundle, GitDagBundle"),
        (json.dumps([{"name": "a", "classpath": GIT, "kwargs": {"repo_url": "x"}}]), "needs a tracking_ref"),
        (
            json.dumps([{"name": "a", "classpath": LOCAL, "kwargs": {"paths": "x"}}]),
            "unknown argument 'paths'",
        ),
        ("a = /x, a = /y", "two bundles have the name 'a'"),
        ("a/b = /x", "is no name"),
        ("/x", "must be like"),
        ("a = git+https://h/r.git@main:../x", "leads out of the repository"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(SettingInvalid, match="bundles cannot be used") as caught:
        parse_bundles(text, DAGS)
    assert said in str(caught.value)


def test_submodules_are_fetched_when_they_are_asked_for(tmp_path: Path) -> None:
    kwargs = {"repo_url": "https://h/r.git", "tracking_ref": "main", "prune_dotgit_folder": True}
    entries = [
        {"name": name, "classpath": GIT, "kwargs": {**kwargs, "submodules": name == "with"}}
        for name in ("with", "without")
    ]
    found = parts.bundles(settings_of(tmp_path, json.dumps(entries)))
    assert [one.git.submodules for one in found if one.git is not None] == [True, False]


def test_any_other_class_is_used_as_it_is(tmp_path: Path) -> None:
    s3 = "airflow.providers.amazon.aws.bundles.s3.S3DagBundle"
    kwargs = {"bucket_name": "dags", "prefix": "team/", "refresh_interval": 30}
    # A class of one's own may have any name.
    text = json.dumps(
        [{"name": "a", "classpath": s3, "kwargs": kwargs}, {"name": "b", "classpath": "my.GitDagBundle"}]
    )
    first, second = parse_bundles(text, DAGS)
    assert (first.classpath, first.kwargs, first.refresh_interval) == (s3, kwargs, 30.0)
    assert (second.classpath, second.path, second.is_git) == ("my.GitDagBundle", None, False)
    made, _ = parts.bundles(settings_of(tmp_path, text))
    assert made.foreign is not None
    assert (made.folder, made.foreign.storage) == (f"{tmp_path}/bundles/_places/a", f"{tmp_path}/bundles")
    assert made.foreign.refresh_every == 30.0


def settings_of(home: Path, bundles: str, **more: str) -> Any:
    return load_settings({"OSTRO__LOADER__BUNDLES": bundles, **more}, home)


def test_a_bad_list_stops_the_start_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match=r"\[loader\] bundles = '/x' \(from .*must be like"):
        settings_of(tmp_path, "/x")


def test_the_loader_gets_folders(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "a = /x, b = git+https://h/r.git:flows")
    a, b = parts.bundles(settings)
    assert (a.folder, a.git) == ("/x", None)
    assert b.folder == f"{tmp_path}/bundles/b/tracking/flows"
    assert b.git is not None
    assert b.git.pins


def test_a_folder_on_the_command_line_is_meant_alone(tmp_path: Path) -> None:
    environ = {"OSTRO__LOADER__BUNDLES": "a = /x"}
    settings = load_settings(environ, tmp_path, overrides={"core.dags_folder": "/mine"})
    assert [b.folder for b in parts.bundles(settings)] == ["/mine"]


class Database:
    def __init__(self, folder: Path) -> None:
        self.store = Store.open(f"sqlite:///{folder}/x.db")
        self.store.migrate()
        self.cipher = Cipher([Cipher.new_key()])

    def add(self, **fields: Any) -> None:
        with self.store.begin() as tx:
            record = ConnectionRecord(conn_id="mine", **fields)
            connections.save(tx, record, self.cipher, now=SystemClock().now())

    def access(self, home: Path, **kwargs: Any) -> Any:
        entry = {"name": "b", "classpath": GIT, "kwargs": {"tracking_ref": "main", **kwargs}}
        return access_of(settings_of(home, json.dumps([entry])), self.store, self.cipher)("b")


@pytest.fixture
def database(tmp_path: Path) -> Any:
    made = Database(tmp_path)
    yield made
    made.store.dispose()


def test_a_token_goes_by_the_environment(tmp_path: Path, database: Database) -> None:
    database.add(host="https://h/r.git", login="me", password="secret")
    access = database.access(tmp_path, git_conn_id="mine")
    assert access.url == "https://h/r.git"
    # To that server alone: a submodule may be another's.
    assert access.environment["GIT_CONFIG_KEY_0"] == "http.https://h/.extraHeader"
    assert access.environment["GIT_CONFIG_VALUE_0"] == "Authorization: Basic bWU6c2VjcmV0"


def test_a_key_is_kept_for_ourselves(tmp_path: Path, database: Database) -> None:
    database.add(host="git@h:r.git", extra=json.dumps({"private_key": "KEY", "ssh_port": 2222}))
    command = database.access(tmp_path, git_conn_id="mine").environment["GIT_SSH_COMMAND"]
    key = tmp_path / "bundles" / "b" / "key"
    assert f"-i {key}" in command
    assert "-p 2222" in command
    assert key.read_text() == "KEY\n"
    assert key.stat().st_mode & 0o777 == 0o600


def test_an_address_without_secrets(tmp_path: Path, database: Database) -> None:
    access = database.access(tmp_path, repo_url="https://h/r.git")
    assert (access.url, access.environment) == ("https://h/r.git", {})


@pytest.mark.parametrize(
    ("url", "bare", "header"),
    [
        ("https://me:to%40ken@h:8443/r.git", "https://h:8443/r.git", "me:to@ken"),
        ("https://token@h/r.git", "https://h/r.git", "token:"),
        ("https://a@b:c@h/r.git", "https://h/r.git", "a@b:c"),
        ("ssh://git:secret@h:22/r.git", "ssh://git@h:22/r.git", None),
        ("git@h:r.git", "git@h:r.git", None),
        ("/srv/r.git", "/srv/r.git", None),
    ],
)
def test_a_login_in_the_address_goes_by_the_environment(
    tmp_path: Path, database: Database, url: str, bare: str, header: str | None
) -> None:
    access = database.access(tmp_path, repo_url=url)
    assert access.url == bare
    if header is None:
        assert access.environment == {}
        return
    wanted = "Authorization: Basic " + base64.b64encode(header.encode()).decode()
    assert access.environment["GIT_CONFIG_VALUE_0"] == wanted
    parts = urlsplit(bare)
    assert access.environment["GIT_CONFIG_KEY_0"] == f"http.https://{parts.netloc}/.extraHeader"


def test_the_connection_wins_over_the_address(tmp_path: Path, database: Database) -> None:
    database.add(login="me", password="secret")
    access = database.access(tmp_path, repo_url="https://old:token@h/r.git", git_conn_id="mine")
    assert access.url == "https://h/r.git"
    assert access.environment["GIT_CONFIG_VALUE_0"] == "Authorization: Basic bWU6c2VjcmV0"


@pytest.mark.parametrize(
    "text",
    [
        "b = git+https://me:canary@h/r.git",
        json.dumps([{"name": "b", "classpath": GIT, "kwargs": {"tracking_ref": "m", "repo_url": "https://canary@h/r"}}]),
    ],
)  # fmt: skip
def test_a_login_in_the_address_is_not_told(tmp_path: Path, text: str) -> None:
    settings = settings_of(tmp_path, text)
    assert "canary" in str(settings.bundles[0].repo_url)
    (option,) = [o for o in OPTIONS["loader"] if o.key == "bundles"]
    assert "canary" not in settings.shown(option)
    assert "***@h/r" in settings.shown(option)
    told = {k: v for k, v in settings.for_children().items() if "BUNDLE" in k}
    assert told
    assert "canary" not in str(told)


def test_a_login_in_an_address_that_cannot_be_used_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid) as told:
        settings_of(tmp_path, "b = nonsense+https://me:canary@h/r.git, b = /x, b = /y")
    assert "canary" not in str(told.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (None, "there is no connection 'mine'; make it with: ostro connections add mine"),
        ({}, "has no host"),
        ({"host": "git@h:r", "extra": "{"}, "is no JSON"),
        ({"host": "git@h:r", "extra": '{"private_key": "a", "key_file": "b"}'}, "give one of them"),
        ({"host": "git@h:r", "extra": '{"private_key": "a", "private_key_passphrase": "b"}'}, "passphrase"),
    ],
)
def test_connections_that_cannot_be_used(
    tmp_path: Path, database: Database, fields: dict[str, Any] | None, said: str
) -> None:
    if fields is not None:
        database.add(**fields)
    with pytest.raises(UserError, match=said):
        database.access(tmp_path, git_conn_id="mine")
