"""`airflow.utils.yaml`."""

from __future__ import annotations

from typing import Any

import yaml
from yaml import FullLoader, YAMLError, load

__all__ = ["FullLoader", "YAMLError", "dump", "load", "safe_load"]


def safe_load(stream: Any) -> Any:
    """The value of a YAML text or file, plain types only."""
    return yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def dump(data: Any, **kwargs: Any) -> Any:
    """YAML of a value, plain types only."""
    return yaml.dump(data, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), **kwargs)
