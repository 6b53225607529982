"""The options in words: for `ostro info`, a first ostro.cfg, and docs/reference/configuration.md."""

from __future__ import annotations

import textwrap

from ostro.settings.load import OPTIONS
from ostro.settings.option import Option

_INTRO = """\
# Configuration

Generated from the declarations in `ostro.settings`; `python -m ostro.settings` writes it.

Every setting comes from the first of these places that has it:

1. an option of the command line (`--dags`, `--port`, `--database-url` …)
2. the environment variable `OSTRO__SECTION__KEY`
3. Airflow's name for the same setting in the environment, `AIRFLOW__SECTION__KEY`
4. `ostro.cfg` in the folder of Ostro's state (`OSTRO_HOME`, by default `~/.ostro`)
5. Airflow's name in `airflow.cfg`, when `AIRFLOW_HOME` or `AIRFLOW_CONFIG` says where it is
6. the default

A name that ends in `_CMD` (`OSTRO__SECRETS__FERNET_KEY_CMD`, or `fernet_key_cmd` in a file) holds a command whose output
is the value. `{home}` in a value is the folder of Ostro's state. `load_examples` and other settings of Airflow that are
not in the tables are kept for DAG code that reads them with `conf.get`.
"""

_CFG_INTRO = """\
# Settings of Ostro. Lines that begin with # show the defaults; take the # away to change one.
# Each can also be given as OSTRO__SECTION__KEY in the environment, which goes before this file.
"""


def describe() -> tuple[Option, ...]:
    """Every option, in the order of the file."""
    return tuple(option for options in OPTIONS.values() for option in options)


def default_config() -> str:
    """Text of an ostro.cfg in which every option stands as a comment."""
    lines = [_CFG_INTRO]
    for section, options in OPTIONS.items():
        lines.append(f"[{section}]")
        for option in options:
            unit = f" ({option.unit})" if option.unit else ""
            lines += textwrap.wrap(
                f"{option.description}{unit}", 100, initial_indent="# ", subsequent_indent="# "
            )
            lines.append(f"#{option.key} = {option.default}".rstrip())
            lines.append("")
    return "\n".join(lines)


def reference_page() -> str:
    """Text of docs/reference/configuration.md."""
    lines = [_INTRO]
    for section, options in OPTIONS.items():
        lines += [
            f"## [{section}]",
            "",
            "| key | value | default | what it does | in Airflow |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(option) for option in options]
        lines.append("")
    return "\n".join(lines)


def _row(option: Option) -> str:
    kind = f"{option.type_name}, {option.unit}" if option.unit else option.type_name
    default = f"`{option.default}`" if option.default else ""
    names = [f"`[{section}] {key}`" for section, _, key in (name.partition(".") for name in option.airflow)]
    if names and not option.airflow_file:
        names.append("(not from airflow.cfg)")
    cells = (f"`{option.key}`", kind, default, option.description, ", ".join(names))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
