"""Spec to canonical JSON and back. Equal DAGs give equal bytes, so that the hash can be the version."""

from __future__ import annotations

import hashlib

import msgspec

from ostro.spec.dag import DagSpec

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(DagSpec)


def encode(spec: DagSpec) -> bytes:
    """Canonical JSON: keys sorted, defaults left out."""
    return _encoder.encode(spec)


def decode(data: bytes | str) -> DagSpec:
    """The spec of canonical JSON. Raises msgspec.DecodeError when it is none."""
    return _decoder.decode(data)


def version_hash(data: bytes) -> str:
    """The version of an encoded spec: 32 hex digits."""
    return hashlib.sha256(data).hexdigest()[:32]
