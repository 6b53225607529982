"""What the DAG of other releases has and this one has not: the error names what to use."""

from __future__ import annotations

import pytest

from ostro.sdk import DAG


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("validate", "list-import-errors"),
        ("update_relative", "set_downstream"),
        ("get_serialized_fields", "ostro dags show"),
    ],
)
def test_an_attribute_without_a_place_names_what_to_use(name: str, instead: str) -> None:
    dag = DAG("d", schedule=None)
    assert not hasattr(dag, name)
    with pytest.raises(
        AttributeError, match=f"DAG.{name} is not possible in code of a DAG file: .*{instead}"
    ):
        getattr(dag, name)
