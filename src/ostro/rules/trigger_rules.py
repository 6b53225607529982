"""The 13 trigger rules (and two old names), each a small function of the counts of its upstream instances.

Source: Airflow's documentation, "Core concepts / DAGs / Trigger rules", and what Airflow 3.3 was observed to do:
all_success, none_failed, none_failed_min_one_success and all_failed decide at once when they can no longer be met;
the one_* rules run at once when met. Removed instances never hold a rule back.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from ostro.rules.counts import Counts


class Verdict(StrEnum):
    """What becomes of an instance."""

    RUN = "run"
    WAIT = "wait"
    SKIP = "skip"
    UPSTREAM_FAILED = "upstream_failed"
    REMOVED = "removed"


RUN, WAIT, SKIP = Verdict.RUN, Verdict.WAIT, Verdict.SKIP
UPSTREAM_FAILED, REMOVED = Verdict.UPSTREAM_FAILED, Verdict.REMOVED

#: Names that Airflow 1.10 and 2.x had for rules of today.
LEGACY_NAMES = {"dummy": "always", "none_failed_or_skipped": "none_failed_min_one_success"}

#: Rules that may be met before all upstream instances are known.
FAST_RULES = frozenset({"one_success", "one_failed", "one_done"})

Rule = Callable[[Counts, int], Verdict]


def canonical(rule: str) -> str:
    """Today's name of a rule. Raises ValueError for a name that no Airflow knows."""
    name = LEGACY_NAMES.get(rule, rule)
    if name not in RULES:
        raise ValueError(f"there is no trigger rule {rule!r}")
    return name


def evaluate(rule: str, counts: Counts, map_index: int = -1) -> Verdict:
    """The verdict of a rule. An instance without upstream instances runs."""
    if counts.total == 0:
        return RUN
    return RULES[LEGACY_NAMES.get(rule, rule)](counts, map_index)


def _when_done(c: Counts) -> Verdict:
    return RUN if c.done >= c.total else WAIT


def _all_success(c: Counts, map_index: int) -> Verdict:
    if c.failed or c.upstream_failed:
        return UPSTREAM_FAILED
    if c.skipped:
        return SKIP
    if c.done < c.total:
        return WAIT
    # The upstream shrank below this index: the instance has nothing to follow any more.
    if c.removed and c.success and map_index >= c.success:
        return REMOVED
    return RUN


def _all_failed(c: Counts, map_index: int) -> Verdict:
    if c.success or c.skipped:
        return SKIP
    return _when_done(c)


def _all_done(c: Counts, map_index: int) -> Verdict:
    return _when_done(c)


def _one_success(c: Counts, map_index: int) -> Verdict:
    if c.success:
        return RUN
    if c.done < c.total:
        return WAIT
    return SKIP if c.skipped + c.removed == c.done else UPSTREAM_FAILED


def _one_failed(c: Counts, map_index: int) -> Verdict:
    if c.failed or c.upstream_failed:
        return RUN
    return WAIT if c.done < c.total else SKIP


def _one_done(c: Counts, map_index: int) -> Verdict:
    if c.success or c.failed:
        return RUN
    return WAIT if c.done < c.total else SKIP


def _none_failed(c: Counts, map_index: int) -> Verdict:
    if c.failed or c.upstream_failed:
        return UPSTREAM_FAILED
    return _when_done(c)


def _none_failed_min_one_success(c: Counts, map_index: int) -> Verdict:
    if c.failed or c.upstream_failed:
        return UPSTREAM_FAILED
    if c.done < c.total:
        return WAIT
    return RUN if c.success else SKIP


def _none_skipped(c: Counts, map_index: int) -> Verdict:
    return SKIP if c.skipped else _when_done(c)


def _all_skipped(c: Counts, map_index: int) -> Verdict:
    if c.success or c.failed or c.upstream_failed:
        return SKIP
    return _when_done(c)


def _all_done_min_one_success(c: Counts, map_index: int) -> Verdict:
    if c.skipped:
        return SKIP
    if c.done < c.total:
        return WAIT
    return RUN if c.success else UPSTREAM_FAILED


def _all_done_setup_success(c: Counts, map_index: int) -> Verdict:
    if c.done < c.total:
        return WAIT
    if not c.setups or c.setup_success:
        return RUN
    return SKIP if c.setup_skipped >= c.setups else UPSTREAM_FAILED


def _always(c: Counts, map_index: int) -> Verdict:
    return RUN


RULES: dict[str, Rule] = {
    "all_success": _all_success,
    "all_failed": _all_failed,
    "all_done": _all_done,
    "all_done_min_one_success": _all_done_min_one_success,
    "all_done_setup_success": _all_done_setup_success,
    "all_skipped": _all_skipped,
    "always": _always,
    "none_failed": _none_failed,
    "none_failed_min_one_success": _none_failed_min_one_success,
    "none_skipped": _none_skipped,
    "one_done": _one_done,
    "one_failed": _one_failed,
    "one_success": _one_success,
}

#: What each rule asks for, to complete "waits until …".
WANTS: dict[str, str] = {
    "all_success": "all upstream tasks succeeded",
    "all_failed": "all upstream tasks failed",
    "all_done": "all upstream tasks are finished",
    "all_done_min_one_success": "all upstream tasks are finished, one of them well",
    "all_done_setup_success": "all upstream tasks are finished and a setup succeeded",
    "all_skipped": "all upstream tasks were skipped",
    "always": "the run has started",
    "none_failed": "all upstream tasks succeeded or were skipped",
    "none_failed_min_one_success": "all upstream tasks succeeded or were skipped, one at least succeeded",
    "none_skipped": "all upstream tasks are finished and none was skipped",
    "one_done": "one upstream task succeeded or failed",
    "one_failed": "one upstream task failed",
    "one_success": "one upstream task succeeded",
}
