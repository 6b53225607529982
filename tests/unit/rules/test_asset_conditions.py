"""Conditions on assets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.rules.assets import Updated, aliases_of, holds
from ostro.sdk.assets import Asset, AssetAlias, AssetAll, AssetAny, BaseAsset

NAMES = "abcd"
KEYS = [(name, f"s3://{name}/k") for name in NAMES]


def asset(name: str) -> Asset:
    return Asset(name=name, uri=f"s3://{name}/k")


_leaves = st.one_of(
    st.sampled_from(NAMES).map(asset),
    st.sampled_from(NAMES).map(lambda n: Asset.ref(name=n)),
    st.sampled_from(NAMES).map(lambda n: Asset.ref(uri=f"s3://{n}/k")),
    st.sampled_from("xy").map(AssetAlias),
)
conditions = st.recursive(
    _leaves,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda p: AssetAll(*p)),
        st.lists(parts, min_size=1, max_size=3).map(lambda p: AssetAny(*p)),
    ),
    max_leaves=8,
)
updates = st.sets(st.sampled_from(KEYS))
aliases = st.dictionaries(st.sampled_from("xy"), st.sets(st.sampled_from(KEYS)))


def meets(thing: BaseAsset, keys: set[Any], behind: dict[str, set[Any]]) -> bool:
    """The same, said another way: over the objects that authors write."""
    if isinstance(thing, AssetAll):
        return all(meets(part, keys, behind) for part in thing.objects)
    if isinstance(thing, AssetAny):
        return any(meets(part, keys, behind) for part in thing.objects)
    if isinstance(thing, AssetAlias):
        return bool(keys & behind.get(thing.name, set()))
    if isinstance(thing, Asset):
        return (thing.name, thing.uri) in keys
    (value,) = thing.__dict__.values()
    return any(value in key for key in keys)


@given(conditions, updates, aliases)
def test_a_condition_means_what_its_author_wrote(
    condition: BaseAsset, keys: set[Any], behind: dict[str, set[Any]]
) -> None:
    assert holds(condition.as_expression(), Updated(keys, behind)) == meets(condition, keys, behind)


@given(conditions, updates, updates, aliases)
def test_more_updates_never_make_a_condition_false(
    condition: BaseAsset, keys: set[Any], more: set[Any], behind: dict[str, set[Any]]
) -> None:
    expression = condition.as_expression()
    if holds(expression, Updated(keys, behind)):
        assert holds(expression, Updated(keys | more, behind))


@given(conditions, aliases)
def test_without_updates_nothing_runs_and_with_all_everything_without_alias(
    condition: BaseAsset, behind: dict[str, set[Any]]
) -> None:
    expression = condition.as_expression()
    assert not holds(expression, Updated((), behind))
    if not aliases_of(expression):
        assert holds(expression, Updated(KEYS, behind))


@given(conditions, conditions, updates, aliases)
def test_and_and_or(one: BaseAsset, other: BaseAsset, keys: set[Any], behind: dict[str, set[Any]]) -> None:
    updated = Updated(keys, behind)
    left, right = (holds(c.as_expression(), updated) for c in (one, other))
    assert holds((one & other).as_expression(), updated) == (left and right)
    assert holds((one | other).as_expression(), updated) == (left or right)


@given(conditions)
def test_aliases_are_found(condition: BaseAsset) -> None:
    assert aliases_of(condition.as_expression()) == {name for name, _ in condition.iter_asset_aliases()}


@pytest.mark.parametrize("wrong", [{}, {"xor": []}, {"all": [], "any": []}])
def test_what_is_no_condition_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="condition on assets"):
        holds(wrong, Updated(KEYS))
