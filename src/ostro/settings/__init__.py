"""Settings: read once by the assembly, frozen, split into a small section for each part.

A part never reads a setting by name; it is given its own configuration object. The order of the places a value can come
from, and all options, are on the page docs/reference/configuration.md, which `describe` makes.
"""

from ostro.settings.access import Auth
from ostro.settings.describe import default_config, describe, reference_page
from ostro.settings.load import HIDDEN, OPTIONS, Settings, load_settings
from ostro.settings.option import Option
from ostro.settings.sections import (
    Api,
    Core,
    Database,
    Loader,
    Logging,
    Operators,
    Scheduler,
    Secrets,
    StateStore,
    Triggerer,
    Worker,
)

__all__ = [
    "HIDDEN",
    "OPTIONS",
    "Api",
    "Auth",
    "Core",
    "Database",
    "Loader",
    "Logging",
    "Operators",
    "Option",
    "Scheduler",
    "Secrets",
    "Settings",
    "StateStore",
    "Triggerer",
    "Worker",
    "default_config",
    "describe",
    "load_settings",
    "reference_page",
]
