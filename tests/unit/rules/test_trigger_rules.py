"""Each trigger rule as a table: states upstream → verdict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.rules.counts import Counts
from ostro.rules.trigger_rules import RULES, Verdict, canonical, evaluate
from ostro.states import FINISHED, TaskState

_LETTERS = {
    "s": TaskState.SUCCESS,
    "k": TaskState.SKIPPED,
    "f": TaskState.FAILED,
    "u": TaskState.UPSTREAM_FAILED,
    "x": TaskState.REMOVED,
    "-": TaskState.RUNNING,
}
RUN, WAIT, SKIP, UF = Verdict.RUN, Verdict.WAIT, Verdict.SKIP, Verdict.UPSTREAM_FAILED


def counts(states: str) -> Counts:
    """One letter for each upstream instance: s success, k skipped, f failed, u upstream failed, x removed, - running."""
    found = Counts()
    for letter in states:
        found.expect(1)
        found.tally(_LETTERS[letter], 1)
    return found


@pytest.mark.parametrize(
    ("rule", "states", "verdict"),
    [
        ("all_success", "ss", RUN), ("all_success", "s-", WAIT), ("all_success", "f-", UF),
        ("all_success", "u-", UF), ("all_success", "k-", SKIP), ("all_success", "kf", UF), ("all_success", "sx", RUN),
        ("all_failed", "ff", RUN), ("all_failed", "fu", RUN), ("all_failed", "f-", WAIT), ("all_failed", "s-", SKIP),
        ("all_failed", "k-", SKIP),
        ("all_done", "sfkux", RUN), ("all_done", "sf-", WAIT),
        ("one_success", "s-", RUN), ("one_success", "f-", WAIT), ("one_success", "fk", UF), ("one_success", "kk", SKIP),
        ("one_success", "uk", UF),
        ("one_failed", "f-", RUN), ("one_failed", "u-", RUN), ("one_failed", "s-", WAIT), ("one_failed", "sk", SKIP),
        ("one_done", "s-", RUN), ("one_done", "f-", RUN), ("one_done", "k-", WAIT), ("one_done", "ku", SKIP),
        ("none_failed", "sk", RUN), ("none_failed", "kk", RUN), ("none_failed", "f-", UF), ("none_failed", "s-", WAIT),
        ("none_failed_min_one_success", "sk", RUN), ("none_failed_min_one_success", "kk", SKIP),
        ("none_failed_min_one_success", "f-", UF), ("none_failed_min_one_success", "s-", WAIT),
        ("none_skipped", "sfu", RUN), ("none_skipped", "k-", SKIP), ("none_skipped", "s-", WAIT),
        ("all_skipped", "kk", RUN), ("all_skipped", "k-", WAIT), ("all_skipped", "ks", SKIP), ("all_skipped", "u-", SKIP),
        ("all_done_min_one_success", "sf", RUN), ("all_done_min_one_success", "ff", UF),
        ("all_done_min_one_success", "sk", SKIP), ("all_done_min_one_success", "s-", WAIT),
        ("all_done_setup_success", "sf", RUN), ("all_done_setup_success", "s-", WAIT),
        ("always", "-", RUN),
    ],
)  # fmt: skip
def test_verdict(rule: str, states: str, verdict: Verdict) -> None:
    assert evaluate(rule, counts(states)) is verdict


@pytest.mark.parametrize(
    ("setup", "verdict"), [(TaskState.SUCCESS, RUN), (TaskState.SKIPPED, SKIP), (TaskState.FAILED, UF)]
)
def test_a_teardown_follows_its_setup(setup: TaskState, verdict: Verdict) -> None:
    found = counts("f")
    found.expect(1, setup=True)
    found.tally(setup, 1, setup=True)

    assert evaluate("all_done_setup_success", found) is verdict


def test_a_mapped_instance_whose_upstream_shrank_is_removed() -> None:
    assert evaluate("all_success", counts("ssx"), map_index=2) is Verdict.REMOVED
    assert evaluate("all_success", counts("ssx"), map_index=1) is RUN


@pytest.mark.parametrize(
    ("old", "new"), [("dummy", "always"), ("none_failed_or_skipped", "none_failed_min_one_success")]
)
def test_old_names(old: str, new: str) -> None:
    assert canonical(old) == new
    assert evaluate(old, counts("k")) is evaluate(new, counts("k"))


def test_an_unknown_rule_is_told() -> None:
    with pytest.raises(ValueError, match="no trigger rule 'most_done'"):
        canonical("most_done")


@given(st.sampled_from(sorted(RULES)), st.text("skfux", min_size=1, max_size=6))
def test_nothing_waits_for_finished_upstreams(rule: str, states: str) -> None:
    assert evaluate(rule, counts(states)) is not WAIT


@given(st.sampled_from(sorted(RULES)), st.text("skfux-", max_size=6), st.sampled_from("skfu"))
def test_what_runs_or_ends_at_once_is_not_undone_by_what_finishes_later(
    rule: str, states: str, more: str
) -> None:
    """A verdict given while others run stays, but for all_success, where the first of skip and failure wins."""
    before = evaluate(rule, counts(states + "-"))
    after = evaluate(rule, counts(states + more))

    assert before is WAIT or before is after or (rule == "all_success" and after in (SKIP, UF))


@given(st.lists(st.sampled_from(sorted(TaskState)), max_size=20))
def test_done_and_left_add_up(states: list[TaskState]) -> None:
    found = Counts()
    for state in states:
        found.expect(1)
        found.tally(state, 1)

    assert found.done == sum(s in FINISHED for s in states)
    assert found.left == len(states) - found.done
