"""Settings: where a value comes from, what it may be, and what a person is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from ostro.errors import SettingInvalid
from ostro.settings import (
    OPTIONS,
    Settings,
    default_config,
    describe,
    load_settings,
    reference_page,
)

Load = Callable[..., Settings]
KEY = "A" * 43 + "="


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """load(own="…ostro.cfg…", airflow="…airflow.cfg…", overrides={…}, NAME="value" …)."""

    def call(
        *, own: str = "", airflow: str = "", overrides: dict[str, str | None] | None = None, **environ: str
    ) -> Settings:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        if own:
            (home / "ostro.cfg").write_text(own)
        if airflow:
            (tmp_path / "af").mkdir(exist_ok=True)
            (tmp_path / "af" / "airflow.cfg").write_text(airflow)
            environ["AIRFLOW_HOME"] = str(tmp_path / "af")
        return load_settings({"HOME": "/home/ada", **environ}, home, overrides)

    return call


def test_defaults_lie_in_the_home(load: Load, tmp_path: Path) -> None:
    settings = load()

    home = tmp_path / "home"
    assert settings.core.dags_folder == home / "dags"
    assert settings.logging.base_log_folder == home / "logs"
    assert settings.database.url == f"sqlite:///{home}/ostro.db"
    assert settings.core.parallelism == 32
    assert settings.scheduler.catchup_by_default is None
    assert settings.api.host == "127.0.0.1"
    assert settings.origins == {}
    assert settings.warnings == ()


@pytest.mark.parametrize("places", range(1, 7))
def test_the_first_place_that_has_a_value_wins(load: Load, places: int) -> None:
    """Given the last `places` of the six places (the default is the last), the first of them is used."""
    given: list[tuple[str, dict[str, object]]] = [
        ("the command line", {"overrides": {"core.parallelism": "1"}}),
        ("OSTRO__CORE__PARALLELISM", {"OSTRO__CORE__PARALLELISM": "2"}),
        ("AIRFLOW__CORE__PARALLELISM", {"AIRFLOW__CORE__PARALLELISM": "3"}),
        ("ostro.cfg", {"own": "[core]\nparallelism = 4\n"}),
        ("airflow.cfg", {"airflow": "[core]\nparallelism = 5\n"}),
    ]
    chosen = given[6 - places :]
    arguments = {name: value for _, part in chosen for name, value in part.items()}

    settings = load(**arguments)

    expected = 32 if not chosen else 6 - places + 1
    assert settings.core.parallelism == expected
    origin = settings.origins.get("core.parallelism", "")
    assert (chosen[0][0] if chosen else "") in origin
    assert settings.get("core", "parallelism") == str(expected)


@pytest.mark.parametrize(
    ("variable", "section", "key", "value"),
    [
        ("AIRFLOW__CORE__DAG_CONCURRENCY", "core", "max_active_tasks_per_dag", 7),
        ("AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG", "core", "max_active_tasks_per_dag", 7),
        ("AIRFLOW__WEBSERVER__WEB_SERVER_PORT", "api", "port", 7),
        ("AIRFLOW__API__PORT", "api", "port", 7),
        ("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "loader", "import_timeout", 7.0),
        ("AIRFLOW__SCHEDULER__PARSING_PROCESSES", "loader", "parsing_processes", 7),
        ("AIRFLOW__OPERATORS__DEFAULT_OWNER", "operators", "default_owner", "7"),
        ("OSTRO__LOADER__FILE_TIMEOUT", "loader", "file_timeout", 7.0),
    ],
)
def test_names_of_airflow_old_and_new(
    load: Load, variable: str, section: str, key: str, value: object
) -> None:
    assert getattr(getattr(load(**{variable: "7"}), section), key) == value


def test_the_newer_name_of_airflow_goes_first(load: Load) -> None:
    settings = load(AIRFLOW__CORE__DAG_CONCURRENCY="1", AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG="2")

    assert settings.core.max_active_tasks_per_dag == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("many", "give a whole number of at least 1."),
        ("0", "give a whole number of at least 1."),
        ("", "give a whole number of at least 1."),
        ("1.5", "give a whole number of at least 1."),
    ],
)
def test_a_bad_value_is_told_in_one_sentence(load: Load, text: str, sentence: str) -> None:
    with pytest.raises(SettingInvalid) as error:
        load(AIRFLOW__CORE__PARALLELISM=text)

    expected = f"[core] parallelism = {text!r} (from AIRFLOW__CORE__PARALLELISM) cannot be used: {sentence}"
    assert str(error.value) == expected


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("OSTRO__CORE__DAGS_ARE_PAUSED_AT_CREATION", "maybe"),
        ("OSTRO__CORE__DEFAULT_TIMEZONE", "Mars/Olympus"),
        ("OSTRO__CORE__DEFAULT_TASK_WEIGHT_RULE", "sideways"),
        ("OSTRO__SCHEDULER__ALLOWED_RUN_ID_PATTERN", "("),
        ("OSTRO__SCHEDULER__HEARTBEAT", "nan"),
        ("OSTRO__API__PORT", "65536"),
        ("OSTRO__API__BASE_URL", "localhost:8080"),
        ("OSTRO__LOGGING__LOGGING_LEVEL", "loud"),
        ("OSTRO__LOADER__DIALECT", "1"),
        ("OSTRO__SECRETS__FERNET_KEY", "short"),
        ("OSTRO__SECRETS__TOKEN_KEY", "short"),
    ],
)
def test_values_that_no_part_could_use(load: Load, name: str, bad: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        load(**{name: bad})


@pytest.mark.parametrize("text", ["True", "t", "yes", "ON", "1"])
def test_words_for_true(load: Load, text: str) -> None:
    assert load(OSTRO__API__EXPOSE_CONFIG=text).api.expose_config is True


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@db/x", "postgresql://u:p@db/x"),
        ("postgresql+psycopg2://u:p@db/x?sslmode=require", "postgresql://u:p@db/x?sslmode=require"),
        ("postgres://db/x", "postgresql://db/x"),
        ("sqlite:////srv/o.db", "sqlite:////srv/o.db"),
        ("sqlite:///{home}/other.db", "sqlite:///{home}/other.db"),
    ],
)
def test_database_urls(load: Load, tmp_path: Path, given: str, used: str) -> None:
    settings = load(AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=given)

    assert settings.database.url == used.replace("{home}", str(tmp_path / "home"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("mysql://root:hunter2@db/airflow", "no other database"),
        ("hunter2", "no other database"),
        ("sqlite:////srv/hunter2/airflow.db", "database of Airflow itself"),
        ("sqlite:///hunter2.db", "absolute path"),
    ],
)
def test_databases_that_are_refused(load: Load, given: str, sentence: str) -> None:
    with pytest.raises(SettingInvalid, match=sentence) as error:
        load(OSTRO__DATABASE__URL=given)

    assert "hunter2" not in str(error.value)


def test_the_database_and_host_of_an_airflow_cfg_are_not_taken_over(load: Load, tmp_path: Path) -> None:
    """S3: 127.0.0.1, whatever an airflow.cfg says."""
    settings = load(
        airflow="[database]\nsql_alchemy_conn = postgresql://airflow@db/airflow\n[webserver]\nweb_server_host = 0.0.0.0\n"
    )

    assert settings.database.url.startswith("sqlite:")
    assert settings.api.host == "127.0.0.1"
    assert "is Airflow's and is not used" in settings.warnings[0]


def test_an_airflow_cfg_as_airflow_writes_it(load: Load, tmp_path: Path) -> None:
    settings = load(
        airflow=f"""
[core]
dags_folder = $AIRFLOW_HOME/dags
plugins_folder = plug
fernet_key = {KEY}
default_timezone = utc
xcom_backend = airflow.models.xcom.BaseXCom
load_examples = True
[logging]
log_format = [%%(asctime)s] %%(message)s
[webserver]
base_url = http://airflow.example:8080/
"""
    )

    airflow_home = tmp_path / "af"
    assert settings.core.dags_folder == airflow_home / "dags"
    assert settings.core.plugins_folder == airflow_home / "plug"
    assert settings.secrets.fernet_key == KEY
    assert settings.core.xcom_backend == ""
    assert settings.get("logging", "log_format") == "[%(asctime)s] %(message)s"
    assert settings.get("webserver", "base_url") == "http://airflow.example:8080"
    assert settings.warnings == ()


def test_airflow_config_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "other.cfg").write_text("[core]\nparallelism = 9\n")

    settings = load_settings({"AIRFLOW_CONFIG": str(tmp_path / "other.cfg")}, tmp_path)

    assert settings.core.parallelism == 9


def test_paths(load: Load, tmp_path: Path) -> None:
    settings = load(
        own="[core]\ndags_folder = flows\nplugins_folder = ~/plug\n[logging]\nbase_log_folder = ${DATA}/logs\n",
        DATA="/srv",
    )

    assert settings.core.dags_folder == tmp_path / "home" / "flows"
    assert settings.core.plugins_folder == Path("/home/ada/plug")
    assert settings.logging.base_log_folder == Path("/srv/logs")
    assert load(overrides={"core.dags_folder": "flows"}).core.dags_folder == Path.cwd() / "flows"


def test_a_command_gives_the_value(load: Load, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{KEY}\n")

    assert load(AIRFLOW__CORE__FERNET_KEY_CMD=f"cat '{secret}'").secrets.fernet_key == KEY
    assert load(own=f"[secrets]\nfernet_key_cmd = cat {secret}\n").secrets.fernet_key == KEY


@pytest.mark.parametrize("command", ["false", "/no/such/program", "cat 'unclosed"])
def test_a_command_that_fails(load: Load, command: str) -> None:
    with pytest.raises(SettingInvalid, match="OSTRO__SECRETS__TOKEN_KEY_CMD"):
        load(OSTRO__SECRETS__TOKEN_KEY_CMD=command)


def test_secrets_are_not_shown(load: Load) -> None:
    settings = load(OSTRO__SECRETS__FERNET_KEY=KEY, OSTRO__DATABASE__URL="postgresql://u:hunter2@db/x")

    assert KEY not in repr(settings.secrets)
    assert "hunter2" not in repr(settings)
    shown = {option.name: settings.shown(option) for option in describe()}
    assert shown["secrets.fernet_key"] == shown["database.url"] == "(hidden)"
    assert shown["secrets.token_key"] == ""
    assert shown["core.parallelism"] == "32"


@pytest.mark.parametrize("text", ["no section = 1\n", "[core]\nparallelism = 1\nparallelism = 2\n"])
def test_a_file_that_is_no_ini_file(load: Load, text: str) -> None:
    with pytest.raises(SettingInvalid, match=r"ostro\.cfg"):
        load(own=text)


def test_a_misspelt_key_is_told(load: Load) -> None:
    settings = load(own="[core]\nparalelism = 4\n[mine]\nanything = 1\n", OSTRO__API__PROT="1")

    assert len(settings.warnings) == 2
    assert "[core] paralelism; did you mean parallelism?" in settings.warnings[0]
    assert "[api] prot; did you mean port?" in settings.warnings[1]


def test_what_is_not_used_is_told(load: Load) -> None:
    settings = load(AIRFLOW__CORE__EXECUTOR="CeleryExecutor", AIRFLOW__CORE__FERNET_KEY_SECRET="vault/fernet")

    assert any("CeleryExecutor is not used" in text for text in settings.warnings)
    assert any("AIRFLOW__CORE__FERNET_KEY_SECRET is not used" in text for text in settings.warnings)


def test_get_answers_for_any_option(load: Load) -> None:
    settings = load(
        own="[team]\nowner = ada\n", AIRFLOW__SMTP__SMTP_HOST="mail.example", AIRFLOW__LAB__PATH="$HOME/x"
    )

    assert settings.get("team", "owner") == "ada"
    assert settings.get("smtp", "smtp_host") == "mail.example"
    assert settings.get("SMTP", "smtp_port") == "25"
    assert settings.get("lab", "path") == "/home/ada/x"
    assert settings.get("core", "dag_concurrency") == "16"
    assert settings.get("webserver", "base_url") == "http://127.0.0.1:8080"
    assert settings.get("no", "such", fallback=None) is None
    with pytest.raises(SettingInvalid, match=r"\[no\] such"):
        settings.get("no", "such")


def test_defaults_for_a_parse(load: Load) -> None:
    assert "catchup_by_default" not in load().parse_defaults()

    given = load(OSTRO__SCHEDULER__CATCHUP_BY_DEFAULT="true", OSTRO__LOADER__DIALECT="2")

    assert given.parse_defaults()["catchup_by_default"] is True
    assert given.parse_defaults()["default_task_retry_delay"] == 300.0
    assert given.dialect == 2
    assert load().dialect is None


def test_what_task_processes_are_told(load: Load) -> None:
    settings = load(
        overrides={"core.dags_folder": "/flows"},
        OSTRO__SECRETS__FERNET_KEY=KEY,
        AIRFLOW__CORE__PARALLELISM="8",
    )

    assert settings.for_children() == {
        "OSTRO__CORE__DAGS_FOLDER": "/flows",
        "AIRFLOW__CORE__DAGS_FOLDER": "/flows",
        "OSTRO__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "OSTRO__API__BASE_URL": "http://127.0.0.1:8080",
        "AIRFLOW__API__BASE_URL": "http://127.0.0.1:8080",
        "AIRFLOW__WEBSERVER__BASE_URL": "http://127.0.0.1:8080",
    }


def test_an_override_that_is_no_setting(load: Load) -> None:
    with pytest.raises(SettingInvalid, match=r"core\.nothing"):
        load(overrides={"core.nothing": "1"})
    assert load(overrides={"api.port": None}).api.port == 8080


def test_settings_are_frozen(load: Load) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load().core.parallelism = 1  # type: ignore[misc]


def test_every_option_is_described() -> None:
    for option in describe():
        assert option.description.endswith("."), option.name
        assert all(name.count(".") == 1 for name in option.airflow), option.name
    names = [name for option in describe() for name in option.airflow]
    assert len(names) == len(set(names)), "one name of Airflow for one option"


def test_a_generated_file_says_the_defaults_and_nothing_else(load: Load, tmp_path: Path) -> None:
    plain = load()
    text = default_config()
    switched_on = "\n".join(
        line.removeprefix("#") if line.startswith("#") and not line.startswith("# ") else line
        for line in text.splitlines()
    )

    assert load(own=text).origins == {}
    uncommented = load(own=switched_on)
    assert len(uncommented.origins) == sum(len(options) for options in OPTIONS.values())
    for section in OPTIONS:
        assert getattr(uncommented, section) == getattr(plain, section)


def test_the_reference_page_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"

    assert page.read_text() == reference_page(), (
        "run: python -m ostro.settings > docs/reference/configuration.md"
    )
