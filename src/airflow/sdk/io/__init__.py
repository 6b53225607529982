"""`airflow.sdk.io`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ObjectStoragePath": "io.path",
        "attach": "io.store",
        "get_fs": "io.store",
        "has_fs": "io.store",
    },
    submodules=("fs", "path", "store"),
)
