"""`airflow.utils.operator_helpers`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "KeywordParameters": "callables",
        "determine_kwargs": "callables",
        "make_kwargs_callable": "callables",
    },
    old={
        "context_to_airflow_vars": "context_vars",
    },
)
