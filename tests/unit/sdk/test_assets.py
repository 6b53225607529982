"""Assets: names, URIs, conditions, Dataset of 2.x."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.sdk import Asset, AssetAlias, AssetAll, AssetAny, Dataset, Metadata, Model
from ostro.sdk.assets import AssetUniqueKey, reference
from ostro.sdk.exceptions import DagInvalid


def test_name_and_uri_stand_for_each_other() -> None:
    assert Asset("s3://b/k").uri == "s3://b/k" and Asset(uri="s3://b/k").name == "s3://b/k"
    named = Asset("orders", "s3://b/orders", group="g", extra={"k": 1})
    assert (named.name, named.uri, named.group, named.extra) == ("orders", "s3://b/orders", "g", {"k": 1})
    with pytest.raises(TypeError, match="needs a name or a uri"):
        Asset()


@pytest.mark.parametrize(
    ("uri", "clean"),
    [
        ("S3://bucket/key/", "s3://bucket/key"),
        ("s3://bucket/key?b=2&a=1", "s3://bucket/key?a=1&b=2"),
        ("https://user:secret@host/x#part", "https://host/x"),
        ("https://user@host", "https://user@host/"),
        ("s3://bucket?a=&b=1", "s3://bucket/?b=1"),
        ("plain name", "plain name"),
        ("x-own://Any/thing/", "x-own://Any/thing/"),
        ("file:///tmp/x", "file:///tmp/x"),
        ("file:a/b", "file:///a/b"),
        ("foo:bar", "foo:bar"),
        ("foo://", "foo:/"),
    ],
)
def test_uris_are_normalized(uri: str, clean: str) -> None:
    assert Asset(uri=uri).uri == clean


@pytest.mark.parametrize("uri", ["airflow://x", "", "  ", "x" * 1501])
def test_uris_that_cannot_be(uri: str) -> None:
    with pytest.raises(DagInvalid):
        Asset(uri=uri)


def test_combinations() -> None:
    a, b, c = Asset("a"), Asset("b"), AssetAlias("c")

    assert isinstance(a | b, AssetAny) and isinstance(a & b, AssetAll)
    assert ((a | b) | c).as_expression() == {
        "any": [a.as_expression(), b.as_expression(), {"alias": {"name": "c", "group": "asset"}}]
    }
    assert (a & (b | c)).as_expression() == {
        "all": [a.as_expression(), {"any": [b.as_expression(), c.as_expression()]}]
    }
    assert [k for k, _ in (a & (b | a)).iter_assets()] == [AssetUniqueKey("a", "a"), AssetUniqueKey("b", "b")]
    with pytest.raises(TypeError):
        a | "b"


def test_equal_assets_are_one() -> None:
    assert len({Asset("a"), Asset("a"), Asset("b")}) == 2
    assert Asset("a") != Asset("a", extra={"x": 1})
    assert AssetAlias("a") == AssetAlias("a")


def test_dataset_of_2x() -> None:
    assert Dataset("s3://b/k").uri == "s3://b/k"
    assert Dataset("s3://b/k", {"x": 1}).extra == {"x": 1}
    assert Dataset(uri="s3://b/k", name="n").name == "n"
    assert Dataset("n", "s3://b/k").name == "n"
    assert Model("m").group == "model"


@pytest.mark.parametrize(
    ("thing", "described"),
    [
        (Asset("a"), {"type": "asset", "name": "a", "uri": "a", "group": "asset"}),
        (AssetAlias("a"), {"type": "alias", "name": "a", "group": "asset"}),
        (Asset.ref(name="a"), {"type": "ref", "name": "a"}),
        (Asset.ref(uri="u"), {"type": "ref", "uri": "u"}),
        ("text", {"type": "other", "name": "str"}),
    ],
)
def test_references(thing: Any, described: dict[str, Any]) -> None:
    assert reference(thing) == described


def test_metadata() -> None:
    found = Metadata("a", {"rows": 1}, alias="b")

    assert found.asset == Asset("a") and found.extra == {"rows": 1} and found.alias == AssetAlias("b")


@pytest.mark.parametrize(
    "thing", [Asset("a", "s3://b/k", group="g", extra={"x": 1}), AssetAlias("a", group="g")]
)
def test_assets_survive_as_xcoms(thing: Any) -> None:
    from ostro.sdk import serde

    assert serde.deserialize(serde.serialize(thing)) == thing


def test_assets_as_arguments_and_results_of_a_task_are_its_inlets_and_outlets() -> None:
    from ostro.sdk import DAG, task

    a, b, c = Asset("a"), Asset("b"), Asset("c")
    with DAG("d"):

        @task(outlets=[c])
        def one(x: Any, y: Any = None) -> Any:
            return b

        @task
        def many() -> Any:
            return [b, c, "text"]

        first, second = one(a, y=AssetAlias("q")).operator, many().operator
    first.execute({})
    second.execute({})
    assert (first.inlets, first.outlets) == ([a], [c, b])
    assert second.outlets == [b, c]


def test_a_provider_says_how_uris_of_its_scheme_look(monkeypatch: pytest.MonkeyPatch) -> None:
    from ostro.sdk import assets
    from ostro.sdk.providers import ProvidersManager

    entries = [
        {"schemes": ["keyed"], "handler": f"{__name__}.keyed"},
        {"schemes": ["broken"], "handler": "no.such.module.f"},
        {"schemes": ["none"], "handler": None},
    ]
    monkeypatch.setitem(ProvidersManager._shared, "asset_uris", entries)
    assets._of_providers.cache_clear()
    try:
        assert Asset(uri="keyed://h/K").uri == "keyed://h/k"
        assert Asset(uri="broken://h/K").uri == "broken://h/K"
        with pytest.raises(DagInvalid, match="needs a key"):
            Asset(uri="keyed://h")
    finally:
        assets._of_providers.cache_clear()


def keyed(parts: Any) -> Any:
    if parts.path == "/":
        raise ValueError("it needs a key")
    return parts._replace(path=parts.path.lower())
