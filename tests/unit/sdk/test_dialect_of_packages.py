"""What installed packages import does not tell for which Airflow a DAG file was written."""

from __future__ import annotations

import importlib
import sys
import warnings
from pathlib import Path

import pytest

from ostro.sdk import parsing
from ostro.sdk.dialect import decide

OLD = "from airflow.utils.dates import days_ago\nfrom airflow.models.dagrun import DagRun\n"


@pytest.mark.parametrize(
    ("folder", "module", "dialect"),
    [
        ("site-packages", "some_library", 3),
        ("dags", "some_helper", 2),
        ("anywhere", "airflow.providers.made_up.operators", 3),
    ],
)
def test_whose_imports_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, module: str, dialect: int
) -> None:
    file = tmp_path / folder / (module.replace(".", "/") + ".py")
    file.parent.mkdir(parents=True)
    file.write_text(OLD)
    if module.startswith("airflow."):
        import airflow.providers

        (file.parent / "__init__.py").write_text("")
        path = [*airflow.providers.__path__, str(tmp_path / folder / "airflow" / "providers")]
        monkeypatch.setattr(airflow.providers, "__path__", path)
    monkeypatch.syspath_prepend(str(tmp_path / folder))
    context = parsing.ParseContext()
    with parsing.parsing(context), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(module)
    sys.modules.pop(module, None)

    assert decide(context.notes) == dialect
