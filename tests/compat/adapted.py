"""Names of the tables that are there and do not do all that Airflow's do: how they differ, or what they say."""

from __future__ import annotations

#: module:name → ("adapted" | "refused", what a user should know).
ADAPTED: dict[str, tuple[str, str]] = {
    "airflow.sdk:lineage": (
        "adapted",
        "`airflow.sdk.lineage` can be used; in 1.3.2 the attribute raises AttributeError",
    ),
    "airflow.sdk:EventsTimetable": (
        "adapted",
        "dates are sorted always; 1.3.2 sorts them only with presorted=True",
    ),
    "airflow.sdk:AssetAccessControl": (
        "adapted",
        "kept with the asset; there are no teams whose events it would filter",
    ),
    "airflow.sdk:TaskInstance": ("adapted", "the object in the context; it has no database session"),
    "airflow.providers.standard.triggers.hitl:HITLTrigger": (
        "adapted",
        "a task that is deferred with it waits in the state awaiting_input; no trigger looks for the answer",
    ),
}
