"""Briefs of runs of other days than the file states: what is taken in proportion, and what is said of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.brief import BriefResult, brief_entry
from experiments.commands import Changes
from experiments.comparison import compare
from experiments.verdict import verdict
from strategies.scenario import Scenario
from strategies.vocabulary import DAY, MONEY_UNIT
from tests.experiments.briefed import BRIEF
from tests.experiments.compared import plain_text
from tests.experiments.made_runs import MadeArm, made_tables
from tests.strategies.language.small import SMALL, load


def shortened(folder: Path, days: int, tail: int | None = None) -> tuple[Scenario, dict[str, Any]]:
    """The small scenario with ``--days`` (and ``--tail``), and what the manifest keeps of it."""
    periods = [f"horizon={days}d", *([] if tail is None else [f"tail={tail}d"])]
    scenario = Changes((), tuple(periods), None).load(folder / "s.yaml")
    return scenario, {"brief": brief_entry(scenario), "stated_days": scenario.stated_days}


def judged(entry: dict[str, Any], days: int, tail: int) -> BriefResult:
    """What becomes of a brief in a made run of so many days."""
    made = made_tables(replications=2, customers=40, horizon=days, tail=tail, log=False)
    calm, loud = made.manifest["arms"]
    found = compare(replace(made, manifest={**made.manifest, "arms": [calm, {**loud, **entry}]})).arms[1].brief
    assert found is not None
    return found


@pytest.mark.slow
def test_of_fewer_days_the_budget_is_judged_in_proportion(tmp_path: Path) -> None:
    text = BRIEF + SMALL
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    horizon = load(tmp_path, text).horizon // DAY
    few, entry = shortened(tmp_path, horizon // 3)
    whole = Changes((), ("tail=3d",), None).load(tmp_path / "s.yaml")
    assert few.brief.budget == 1_000_000 * MONEY_UNIT * (horizon // 3) // horizon
    assert whole.brief.budget == 1_000_000 * MONEY_UNIT
    assert load(tmp_path, text).stated_days is None
    told = f"{horizon // 3} days (the file states {horizon}), for the simulated customers"
    assert judged(entry, horizon // 3, 10).outcomes[-1].period == told
    earlier = {"brief": {**entry["brief"], "budget_part": [horizon // 3, horizon]}}
    assert judged(earlier, horizon // 3, 10).outcomes[-1].period == told


KPIS = """\
brief:
  kpis:
    - {metric: orders, at_least: 1}
    - {metric: contribution, against: silence, at_least: 9}
    - {metric: revenue_tail, at_least: 3}
    - {metric: unsubscribed, at_most: 60%}
    - {metric: open_rate, at_least: 1%}
    - {metric: fatigue, at_most: 2}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("days", "tail", "words"),
    [
        (30, 90, ["at least 0.667 (of 1; 120, 180)",
                  "at least 3 ₽ (of 9 ₽; 30, 90)", "at least 3 ₽",
                  "at most 20 % (of 60 %; 30, 90)", "at least 1 %", "at most 2"]),
        (180, 30, ["at least 1.17 (of 1; 210, 180)",
                   "at least 18 ₽ (of 9 ₽; 180, 90)",
                   "at least 1 ₽ (of 3 ₽; 30, 90)",
                   "at most 100 % (of 60 %; 180, 90)", "at least 1 %", "at most 2"]),
        (90, 90, ["at least 1", "at least 9 ₽", "at least 3 ₽", "at most 60 %", "at least 1 %", "at most 2"]),
    ],
)  # fmt: skip
def test_targets_that_grow_with_the_days_are_taken_in_proportion(
    tmp_path: Path, days: int, tail: int, words: list[str]
) -> None:
    small = re.sub(r"(?m)^(horizon|tail):.*\n", "", SMALL)
    assert load(tmp_path, f"{KPIS}horizon: 90d\ntail: 90d\n{small}").stated_days is None
    _, entry = shortened(tmp_path, days, tail)
    found = judged(entry, days, tail)
    told = [
        one.target + (f" (of {one.stated}; {', '.join(map(str, one.days))})" if one.days else "")
        for one in found.outcomes
    ]
    assert [text.replace("\u00a0", " ") for text in told] == words
    json = found.to_json()["kpis"][0]
    assert (json["at_least"], json.get("in_proportion")) == (
        pytest.approx((days + tail) / 180.0),
        None if (days, tail) == (90, 90) else [days + tail, 180],
    )


@pytest.mark.slow
def test_a_target_is_judged_as_it_is_taken(tmp_path: Path) -> None:
    """A customer opens so much in 20 days: too little for the file's 60, enough for a third of it."""
    kpi = {"metric": "opened", "at_least": 6.0}
    states = {}
    for stated in (20, 60):
        entry = {"brief": {"kpis": [kpi]}, "stated_days": [stated, 0] if stated != 20 else None}
        states[stated] = judged(entry, 20, 0).outcomes[0].state
    assert states == {20: "missed", 60: "met"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("metric", "tail", "label"),
    [
        ("revenue_tail", 10, "Revenue (tail)"),
        ("revenue_horizon", 10, "Revenue (horizon)"),
        ("revenue", 0, "Revenue (horizon)"),
        ("romi_horizon", 10, "ROMI (horizon)"),
        ("reachable_any", 10, "Reachable at all (at the end of the tail)"),
        ("reachable_any", 0, "Reachable at all (at the end of the horizon)"),
        ("reachable_any_horizon", 10, "Reachable at all (at the end of the horizon)"),
    ],
)
def test_every_line_says_its_period(metric: str, tail: int, label: str) -> None:
    made = made_tables(replications=2, customers=40, tail=tail)
    calm, loud = made.manifest["arms"]
    loud = {**loud, "brief": {"kpis": [{"metric": metric, "at_least": 0.1}]}}
    found = compare(replace(made, manifest={**made.manifest, "arms": [calm, loud]})).arms[1].brief
    assert found is not None
    assert [f"{outcome.name} ({outcome.period})" for outcome in found.outcomes] == [label]


@pytest.mark.slow
@pytest.mark.parametrize(("stated", "told"), [([60, 0], True), ([20, 60], False), (None, False)])
def test_the_report_says_who_bears_a_part_of_what_is_paid_once(stated: list[int] | None, told: bool) -> None:
    made = made_tables(replications=2, customers=40, log=False)
    calm, loud = made.manifest["arms"]
    paying = {**loud, "production_cost": 9.0, "stated_days": stated}
    said = verdict(compare(replace(made, manifest={**made.manifest, "arms": [calm, paying]}))).text
    part = (
        "What making the messages of loud costs once is borne by the 20 days of this run in proportion to the horizon "
        "that the file states."
    )
    assert (part in said) == told


@pytest.mark.slow
def test_a_tail_of_which_no_day_was_run_is_told_so() -> None:
    made = made_tables(replications=3, customers=60, tail=0)
    calm, loud = made.manifest["arms"]
    brief = {"kpis": [{"metric": "unsubscribed", "at_most": "4%"}, {"metric": "orders", "at_least": 1.0}]}
    arms = [calm, {**loud, "brief": brief, "stated_days": [90, 60]}]
    said = plain_text(compare(replace(made, manifest={**made.manifest, "arms": arms})))
    assert "None of the 60 days of tail that the file of loud states was run: what comes then is in no figure" in said
    assert "at most 0.889 % (of 4 %)" in said


@pytest.mark.slow
@pytest.mark.parametrize(("stated", "effect"), [(180, 9.0), (180, 0.0), (10, 9.0)])
def test_a_tail_that_was_cut_is_told_with_what_came_in_it(stated: int, effect: float) -> None:
    """A quarter of what the arm brings, if it brings anything, comes in the 10 days of tail that were run."""
    made = made_tables((MadeArm("calm"), MadeArm("loud", effect=effect, noise=9.0)), replications=4, customers=100)
    calm, loud = made.manifest["arms"]
    brief = {"kpis": [{"metric": "contribution", "against": "silence", "at_least": 3.0}]}
    arms = [calm, {**loud, "brief": brief, "stated_days": [60, stated]}]
    said = plain_text(compare(replace(made, manifest={**made.manifest, "arms": arms})))
    told = "Only 10 of the 180 days of tail that the file of loud states were run: what comes later is in no figure and"
    assert (told in said) == (stated == 180)
    assert ("no proportion (loud against silence: +2" in said) == (stated == 180 and effect > 0.0)
    assert ("no proportion.\n" in said) == (stated == 180 and effect == 0.0)
