"""`conf`, time zones and macros as DAG files use them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pendulum
import pytest

from ostro.sdk import macros, timezone
from ostro.sdk.conf import Conf
from ostro.sdk.exceptions import AirflowConfigException


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Conf:
    monkeypatch.setenv("OSTRO_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
    (tmp_path / "airflow").mkdir()
    (tmp_path / "ostro.cfg").write_text("[core]\nparallelism = 8\n[mine]\nlist = a, b\n")
    (tmp_path / "airflow" / "airflow.cfg").write_text("[core]\nparallelism = 4\n[smtp]\nsmtp_host = mail\n")
    return Conf()


def test_order_of_the_places(conf: Conf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert conf.getint("core", "parallelism") == 8
    assert conf.get("smtp", "smtp_host") == "mail"
    assert conf.get("core", "dags_folder") == f"{tmp_path}/dags"
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "3")
    assert conf.getint("core", "parallelism") == 3
    monkeypatch.setenv("OSTRO__CORE__PARALLELISM", "2")
    assert conf.getint("core", "parallelism") == 2
    monkeypatch.setenv("AIRFLOW__NEW__KEY_CMD", "echo from a command")
    assert conf.get("new", "key") == "from a command"


def test_types(conf: Conf) -> None:
    assert conf.getlist("mine", "list") == ["a", "b"]
    assert conf.getboolean("core", "load_examples") is False
    assert conf.get("no", "where", fallback=None) is None
    assert conf.has_option("core", "parallelism") and not conf.has_option("no", "where")
    assert conf.getsection("mine") == {"list": "a, b"}
    with pytest.raises(AirflowConfigException, match=r"no/where"):
        conf.get("no", "where")
    with pytest.raises(AirflowConfigException, match="no int"):
        conf.getint("mine", "list")


def test_naive_and_aware() -> None:
    naive = dt.datetime(2024, 1, 1)

    assert timezone.is_naive(naive) and timezone.make_aware(naive).utcoffset() == dt.timedelta(0)
    assert timezone.make_naive(timezone.utcnow()).tzinfo is None
    with pytest.raises(ValueError, match="naive"):
        timezone.make_aware(timezone.utcnow())
    seoul = timezone.parse_timezone("Asia/Seoul")
    assert timezone.make_aware(naive, seoul).utcoffset() == dt.timedelta(hours=9)
    assert (
        timezone.convert_to_utc(timezone.make_aware(naive, seoul)).isoformat() == "2023-12-31T15:00:00+00:00"
    )
    assert isinstance(timezone.coerce_datetime(naive), pendulum.DateTime)
    assert timezone.parse("2024-01-01T00:00:00+09:00").offset_hours == 9


def test_td_format() -> None:
    assert timezone.td_format(dt.timedelta(days=1, hours=2, seconds=3)) == "1d:2h:3s"
    assert timezone.td_format(0.5) == "<1s"
    assert timezone.td_format(None) is None


def test_macros() -> None:
    assert macros.ds_add("2024-02-28", 2) == "2024-03-01"
    assert macros.ds_format("2024-02-28", "%Y-%m-%d", "%d/%m") == "28/02"
    assert macros.datetime_diff_for_humans("2024-01-01T00:00:00Z", "2024-01-04T00:00:00Z") == "3 days before"
    assert macros.dateutil.parser.parse("2024-01-02").day == 2
    assert macros.yaml.safe_load("a: 1") == {"a": 1}
