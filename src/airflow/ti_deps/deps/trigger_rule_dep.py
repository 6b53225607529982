"""`airflow.ti_deps.deps.trigger_rule_dep`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TriggerRuleDep": "later",
    },
)
