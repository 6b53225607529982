"""`airflow.sdk.execution_time.secrets_masker`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "SecretsMasker": "masking",
        "mask_secret": "masking",
        "redact": "masking",
        "should_hide_value_for_key": "masking",
    },
)
