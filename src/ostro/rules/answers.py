"""What a task that asked a person goes on with: the answer, the defaults, or that nobody answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def answered(
    chosen: Sequence[str],
    params_input: Mapping[str, Any],
    at: datetime,
    *,
    user: Mapping[str, str] | None,
    timed_out: bool = False,
) -> dict[str, Any]:
    """The event of an answer, as `ostro.sdk.serde` writes it. Without `user` the defaults were taken."""
    return {
        "chosen_options": list(chosen),
        "params_input": dict(params_input),
        "responded_at": {
            "__classname__": "datetime.datetime",
            "__version__": 2,
            "__data__": {"value": at.isoformat(), "tz": "UTC", "fold": 0},
        },
        "responded_by_user": None if user is None else dict(user),
        "timedout": timed_out,
    }


def unanswered(text: str) -> dict[str, Any]:
    """The event of a question that nobody answered and that has no defaults."""
    return {"error": text, "error_type": "timeout"}


def default_values(params: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The values of a form as its author filled it in."""
    return {name: param.get("value") for name, param in params.items()}


def complaint(
    options: Sequence[str], params: Mapping[str, Any], *, multiple: bool, chosen: Sequence[str], given: Mapping[str, Any]
) -> str | None:  # fmt: skip
    """Why an answer cannot be taken, in one sentence; None when it can. Values of the form are checked elsewhere."""
    if not chosen:
        return "an answer chooses at least one option"
    wrong = [option for option in chosen if option not in options]
    if wrong:
        return f"{', '.join(map(repr, wrong))} is not among the options {', '.join(map(repr, options))}"
    if len(set(chosen)) != len(chosen):
        return "an option is chosen twice"
    if len(chosen) > 1 and not multiple:
        return f"only one option may be chosen, not {len(chosen)}"
    unknown = sorted(set(given) - set(params))
    if unknown:
        return f"the form has no field {', '.join(map(repr, unknown))}"
    return None
