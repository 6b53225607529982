"""What to tell people whose DAG file is nearly right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: Folders of `airflow.providers` that hold several providers.
NESTED = frozenset({"apache", "cncf", "common", "microsoft"})
#: Kinds of `@task` that provider packages bring, and which.
TASK_KINDS: Mapping[str, str] = {
    "analytics": "common-sql",
    "docker": "docker",
    "kubernetes": "cncf-kubernetes",
    "kubernetes_cmd": "cncf-kubernetes",
    "pyspark": "apache-spark",
    "snowpark": "snowflake",
    "sql": "common-sql",
    "agent": "common-ai",
    "llm": "common-ai",
}


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """A half sentence with the name that was probably meant; empty when none is near."""
    from difflib import get_close_matches

    near = get_close_matches(given, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def provider_of(module: str) -> str:
    """Name of the provider of a module below `airflow.providers`, as in its distribution."""
    parts = module.split(".")[2:]
    return "-".join(parts[: 2 if parts and parts[0] in NESTED else 1])


def install_provider(name: str) -> str:
    """How to get a provider."""
    return f"install apache-airflow-providers-{name} (ostro providers install {name})"
