"""The import names of Apache Airflow, over `ostro.sdk`. Thin modules, no logic.

Real provider packages install beside these modules: `airflow.providers` is a namespace package.
"""

from pkgutil import extend_path

from ostro.sdk import oldpaths
from ostro.sdk.names import forward

__path__ = extend_path(__path__, __name__)
__version__ = "3.3.2"

oldpaths.install()

__getattr__, __dir__ = forward(
    __name__,
    {
        "AirflowException": "exceptions",
        "Asset": "assets",
        "DAG": "dag",
        "Dataset": "assets",
        "XComArg": "xcomarg",
    },
    submodules=(
        "api",
        "api_fastapi",
        "configuration",
        "datasets",
        "decorators",
        "exceptions",
        "hooks",
        "io",
        "jobs",
        "lineage",
        "listeners",
        "macros",
        "models",
        "notifications",
        "operators",
        "partition_mappers",
        "plugins_manager",
        "policies",
        "sdk",
        "secrets",
        "security",
        "sensors",
        "serialization",
        "settings",
        "stats",
        "task",
        "ti_deps",
        "timetables",
        "triggers",
        "utils",
        "version",
    ),
)
