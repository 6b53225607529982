"""What hooks report of the data that they read and write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ostro.sdk import plugins
from ostro.sdk.around.hook_lineage import (
    HookLineageCollector,
    HookLineageReader,
    NoOpCollector,
    get_hook_lineage_collector,
)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    get_hook_lineage_collector.cache_clear()
    yield
    plugins.forget()
    get_hook_lineage_collector.cache_clear()


def test_without_a_reader_nothing_is_kept() -> None:
    collector = get_hook_lineage_collector()
    collector.add_output_asset(None, scheme="s3", asset_kwargs={"bucket": "b", "key": "k"})
    collector.add_extra(None, "k", 1)

    assert isinstance(collector, NoOpCollector) and not collector.has_collected


def test_a_plugin_with_a_reader_makes_it_keep_what_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from ostro.sdk.around.plugins import AirflowPlugin
    from ostro.sdk.plugins.registry import Plugins

    class Mine(AirflowPlugin):
        name = "mine"
        hook_lineage_readers = [HookLineageReader]

    installed = Plugins()
    installed.add(Mine, "here")
    monkeypatch.setattr(plugins, "installed", installed)
    hook = object()
    collector = get_hook_lineage_collector()
    collector.add_input_asset(hook, uri="s3://b/k")
    collector.add_input_asset(hook, uri="s3://b/k")
    collector.add_output_asset(hook, uri="s3://b/other")
    collector.add_extra(hook, "rows", 5)

    found = HookLineageReader().retrieve_hook_lineage()
    assert [(i.asset.uri, i.count) for i in found.inputs] == [("s3://b/k", 2)]
    assert [i.asset.uri for i in found.outputs] == ["s3://b/other"]
    assert [(e.key, e.value) for e in found.extra] == [("rows", 5)]


def test_a_scheme_that_nobody_knows_is_not_kept() -> None:
    collector = HookLineageCollector()
    collector.add_input_asset(None, scheme="nobody", asset_kwargs={})

    assert not collector.has_collected
