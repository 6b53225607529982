"""`airflow.sdk.definitions._internal.templater`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "LiteralValue": "templater",
        "NativeEnvironment": "jinja",
        "SandboxedEnvironment": "jinja",
        "Templater": "templater",
    },
)
