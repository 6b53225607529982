"""`ostro config`: what the settings are, where each came from, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from ostro.cli import config_update
from ostro.cli.context import Context
from ostro.cli.output import ColorOption, VerboseOption
from ostro.cli.remote import facts
from ostro.errors import BadRequest, NotFound, SettingInvalid
from ostro.settings import HIDDEN, OPTIONS, Option, Settings

app = typer.Typer(no_args_is_help=True)
app.command("update")(config_update.command)

Section = Annotated[list[str] | None, typer.Option("--section", help="Only of this section.")]
Key = Annotated[list[str] | None, typer.Option("--option", help="Only of this option.")]
IgnoreSection = Annotated[list[str] | None, typer.Option("--ignore-section", help="Not of this section.")]
IgnoreKey = Annotated[list[str] | None, typer.Option("--ignore-option", help="Not of this option.")]


@app.command("get-value")
def get_value(section: str, option: str, verbose: VerboseOption = False) -> None:
    """Print one setting, by its own name or the one that Airflow gives it; secrets too."""
    context = Context()
    if context.remote is not None:
        print(facts.setting(context.remote, section, option))
        return
    settings = context.settings
    try:
        print(settings.get(section, option))
    except SettingInvalid:
        raise NotFound(f"there is no setting [{section}] {option}") from None


@app.command("list")
def list_settings(
    section: Annotated[str | None, typer.Option("--section", help="Only this section.")] = None,
    include_descriptions: Annotated[
        bool, typer.Option("--include-descriptions", "-d", help="With what each is for.")
    ] = False,
    include_sources: Annotated[
        bool, typer.Option("--include-sources", "-s", help="With where each came from.")
    ] = False,
    include_env_vars: Annotated[
        bool, typer.Option("--include-env-vars", "-V", help="With the names of the variables.")
    ] = False,
    include_examples: Annotated[
        bool, typer.Option("--include-examples", "-e", help="With what may be given.")
    ] = False,
    comment_out_everything: Annotated[
        bool, typer.Option("--comment-out-everything", "-c", help="Each line as a comment.")
    ] = False,
    defaults: Annotated[
        bool, typer.Option("--defaults", "-a", help="The defaults instead of what is set.")
    ] = False,
    show_values: Annotated[bool, typer.Option("--show-values", help="Secrets, too.")] = False,
    hide_sensitive: Annotated[bool, typer.Option("--hide-sensitive", hidden=True)] = False,
    exclude_providers: Annotated[bool, typer.Option("--exclude-providers", "-p", hidden=True)] = False,
    color: ColorOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Print all settings as a file for ostro.cfg; secrets are hidden unless they are asked for."""
    context = Context()
    if context.remote is not None:
        if include_descriptions or include_sources or include_env_vars or include_examples or defaults:
            raise BadRequest("over the network settings are listed with their values only")
        for name, values in facts.settings(context.remote, section).items():
            print(f"[{name}]")
            for key, text in values.items():
                print(f"{'# ' if comment_out_everything or text == HIDDEN else ''}{key} = {text}")
            print()
        return
    settings = context.settings
    if section is not None and section not in OPTIONS:
        raise NotFound(f"there is no section {section!r}; there are {', '.join(OPTIONS)}")
    for name, options in OPTIONS.items():
        if section not in (None, name):
            continue
        print(f"[{name}]")
        for option in options:
            notes = _notes(settings, option, include_descriptions, include_sources, include_env_vars)
            if include_examples:
                notes = [*notes, f"Give {option.allowed}."]
            for note in notes:
                print(f"# {note}")
            text = _shown(settings, option, defaults, show_values and not hide_sensitive)
            # A file made of this must not hold the mask for a value.
            print(f"{'# ' if comment_out_everything or text == HIDDEN else ''}{option.key} = {text}")
        print()


@app.command("lint")
def lint(
    section: Section = None,
    option: Key = None,
    ignore_section: IgnoreSection = None,
    ignore_option: IgnoreKey = None,
    verbose: VerboseOption = False,
) -> None:
    """Say what in the settings is not used, or not as it was meant. Exit status 1 when one cannot be read at all."""
    found = [
        text
        for text in Context().settings.warnings
        if _named(text, section, option, default=True) and not _named(text, ignore_section, ignore_option)
    ]
    for text in found:
        print(f"- {text}")
    print(f"{len(found)} issues found in the settings." if found else "No issues found in the settings.")


def _named(
    text: str, sections: Iterable[str] | None, keys: Iterable[str] | None, *, default: bool = False
) -> bool:
    """Whether a warning speaks of one of these sections or options."""
    words = [*(f"[{name}]" for name in sections or ()), *(keys or ())]
    words += [f"__{name.upper()}__" for name in sections or ()] + [f"__{key.upper()}" for key in keys or ()]
    return any(word in text for word in words) if words else default


def _notes(settings: Settings, option: Option, words: bool, source: bool, variable: bool) -> list[str]:
    notes = []
    if words:
        notes.append(option.description)
    if source:
        notes.append(f"From {settings.origins.get(option.name, 'the default')}.")
    if variable:
        notes.append(f"Variable: {option.variable}")
    return notes


def _shown(settings: Settings, option: Option, defaults: bool, secrets: bool) -> str:
    if defaults:
        return option.default.replace("{home}", str(settings.home.path))
    return settings.get(option.section, option.key) if secrets else settings.shown(option)
