"""The frozen description of a DAG: what the loader saves, the rules read and a run is pinned to."""

from ostro.spec.codec import decode, encode, version_hash
from ostro.spec.dag import DagSpec, GroupSpec, Json, ParamSpec
from ostro.spec.mapping import (
    Concat,
    Expansion,
    FromXCom,
    Literal,
    MapInput,
    Mapped,
    Zipped,
)
from ostro.spec.task import Placing, TaskSpec
from ostro.spec.topology import Topology

__all__ = [
    "Concat",
    "DagSpec",
    "Expansion",
    "FromXCom",
    "GroupSpec",
    "Json",
    "Literal",
    "MapInput",
    "Mapped",
    "ParamSpec",
    "Placing",
    "TaskSpec",
    "Topology",
    "Zipped",
    "decode",
    "encode",
    "version_hash",
]
