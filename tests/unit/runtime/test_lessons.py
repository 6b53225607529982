"""What the parent of parse processes loads for them."""

from __future__ import annotations

import pytest

from ostro.runtime.lessons import may_load


@pytest.mark.parametrize(
    ("name", "loaded"),
    [
        ("airflow", True),
        ("airflow.models.dag", True),
        ("airflow.utils.trigger_rule", True),
        ("airflow.sdk", True),
        ("airflow.providers.standard.operators.bash", False),
        # Packages that users put beside ours: their files change, and the parent would keep the old ones.
        ("airflow.example_dags.plugins.workday", False),
        ("airflow.my_company.operators", False),
        ("ostro.sdk.dag", True),
        ("decimal", True),
        ("pendulum", True),
        ("pandas", False),
        ("dags.helpers", False),
        ("this", False),
    ],
)
def test_only_what_cannot_change_is_loaded_in_the_parent(name: str, loaded: bool) -> None:
    assert may_load(name) is loaded
