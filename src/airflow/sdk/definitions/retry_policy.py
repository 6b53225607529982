"""`airflow.sdk.definitions.retry_policy`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ExceptionRetryPolicy": "retry",
        "RetryAction": "retry",
        "RetryDecision": "retry",
        "RetryPolicy": "retry",
        "RetryRule": "retry",
    },
)
