"""Runs for partitions: made by asset events that carry a key, or by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ostro.timetable import partition_codec
from ostro.timetable.assets import AssetTriggeredTimetable, Condition, StoredCondition
from ostro.timetable.mappers import IdentityMapper, PartitionMapper
from ostro.timetable.trivial import NullTimetable


class PartitionedAssetTimetable(AssetTriggeredTimetable):
    """A run for each partition of which the assets in the condition have events.

    `partition_mapper_config` says per asset how the key of its event becomes that of the run; others take the default.
    """

    description = "Triggered by assets"
    partitioned = True
    run_ordering = ("logical_date",)

    def __init__(
        self,
        assets: Condition | Iterable[Condition],
        partition_mapper_config: Mapping[Condition, PartitionMapper] | None = None,
        default_partition_mapper: PartitionMapper | None = None,
    ) -> None:
        super().__init__(assets)
        self.partition_mapper_config = dict(partition_mapper_config or {})
        self.default_partition_mapper = default_partition_mapper or IdentityMapper()
        for mapper in (*self.partition_mapper_config.values(), self.default_partition_mapper):
            if not isinstance(mapper, PartitionMapper):
                raise ValueError(f"{mapper!r} is no partition mapper")
        for asset in self.partition_mapper_config:
            if not isinstance(asset, Condition):
                raise ValueError(f"partition_mapper_config maps assets to mappers; {asset!r} is no asset")

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> PartitionedAssetTimetable:
        config = [
            (StoredCondition(asset), partition_codec.decode(mapper))
            for asset, mapper in data["partition_mapper_config"]
        ]
        default = partition_codec.decode(data["default_partition_mapper"])
        return cls(StoredCondition(data["asset_condition"]), dict(config), default)

    def serialize(self) -> dict[str, Any]:
        return {
            **super().serialize(),
            "partition_mapper_config": [
                [asset.as_expression(), partition_codec.encode(mapper)]
                for asset, mapper in self.partition_mapper_config.items()
            ],
            "default_partition_mapper": partition_codec.encode(self.default_partition_mapper),
        }

    @property
    def summary(self) -> str:
        return "Partitioned Asset"

    def get_partition_mapper(self, *, name: str = "", uri: str = "") -> PartitionMapper:
        """The mapper for events of the asset with this name or URI."""
        for asset, mapper in self.partition_mapper_config.items():
            for data in asset.as_expression().values():
                pairs = ((name, data.get("name")), (uri, data.get("uri")))
                known = [(wanted, has) for wanted, has in pairs if wanted and has]
                if known and all(wanted == has for wanted, has in known):
                    return mapper
        return self.default_partition_mapper

    @property
    def rollup_fingerprint(self) -> str:
        """Changes when what rollups wait for changes; "" without rollups."""
        mappers = (*self.partition_mapper_config.values(), self.default_partition_mapper)
        if not any(mapper.is_rollup for mapper in mappers):
            return ""
        import hashlib
        import json

        said = json.dumps(self.serialize(), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def resolve_partition_date(self, run_after: datetime) -> None:
        """Dates come from the keys of events."""


class PartitionedAtRuntime(NullTimetable):
    """Runs by hand only; tasks say which partitions they wrote."""

    partitioned_at_runtime = True
    description = "Only when it is triggered; tasks say which partitions they wrote"
    periodic = False

    @property
    def summary(self) -> str:
        return "PartitionedAtRuntime"
