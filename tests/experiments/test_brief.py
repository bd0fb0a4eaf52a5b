"""Briefs: targets against figures, what is said of them, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from experiments.brief import BriefResult, brief_entry, brief_result, check_brief
from experiments.commands import Changes, check
from experiments.comparison import compare
from experiments.statistics import Estimate
from experiments.tables import RunTables
from experiments.verdict import verdict
from strategies.brief import Target
from strategies.language import ScenarioError, scenario_to_yaml, without_chain
from strategies.scenario import Scenario
from strategies.vocabulary import DAY, MONEY_UNIT
from tests.experiments.made_runs import MadeArm, made_tables
from tests.strategies.language.small import SMALL, load

BRIEF = """\
brief:
  goal: Sell more
  owner: Ann
  budget: 1000000
  kpis:
    - {metric: contribution, against: silence, at_least: 5}
    - {metric: contribution, against: silence, at_least: 50}
    - {metric: unsubscribed, at_most: 50%}
    - {metric: unsubscribed, at_most: 6%}
    - {metric: open_rate, channel: email, at_least: 0%}
    - {metric: goal_rate, chain: cart, at_least: 5%}
"""


def tables(brief: dict[str, Any]) -> RunTables:
    """A made run whose arm ``loud``, +8 against silence and 6 % unsubscribed, has the brief."""
    made = made_tables()
    calm, loud = made.manifest["arms"]
    return replace(made, manifest={**made.manifest, "arms": [calm, {**loud, "brief": brief}]})


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return brief_entry(load(tmp_path_factory.mktemp("brief"), BRIEF + SMALL))


@pytest.fixture(scope="module")
def result(entry: dict[str, Any]) -> BriefResult:
    found = compare(tables(entry)).arms[1].brief
    assert found is not None
    return found


def test_targets_are_met_missed_or_open(result: BriefResult) -> None:
    states = {f"{told.label} {told.target}".replace("\u00a0", " "): told.state for told in result.outcomes}
    assert states == {
        "Contribution against silence (horizon and tail) at least 5 ₽": "met",
        "Contribution against silence (horizon and tail) at least 50 ₽": "missed",
        "Unsubscribed (horizon and tail) at most 50 %": "met",
        "Unsubscribed (horizon and tail) at most 6 %": "open",
        "Open rate, email (messages of the horizon) at least 0 %": "met",
        "Goal reached, cart (runs of the horizon; also counts what would have come by itself) at least 5 %": "unknown",
        "Budget of the horizon, for the simulated customers at most 1 000 000 ₽": "met",
    }


def test_the_json_has_each_target_with_its_interval(result: BriefResult) -> None:
    told = result.to_json()
    assert (told["goal"], told["owner"]) == ("Sell more", "Ann")
    first, second, *_ = told["kpis"]
    assert {key: first[key] for key in ("metric", "against", "at_least", "met")} == {
        "metric": "contribution",
        "against": "silence",
        "at_least": 5.0,
        "met": True,
    }
    assert second["met"] is False
    assert first["low"] < first["value"] < first["high"]
    assert told["kpis"][3]["met"] is None


def test_the_budget_is_what_all_customers_cost_together(result: BriefResult, entry: dict[str, Any]) -> None:
    comparison = compare(tables(entry))
    cost = comparison.arms[1].metrics["marketing_cost_horizon"].value
    assert cost is not None
    assert result.outcomes[-1].figure.value == pytest.approx(cost * comparison.customers)


def test_of_a_stated_base_the_budget_is_judged_for_all_of_it(entry: dict[str, Any]) -> None:
    """Twenty times the 400 simulated customers: twenty times the cost, and the same fixed cost for all of them."""
    made = tables(entry)
    calm, loud = made.manifest["arms"]

    def told(customers: int, base: int) -> tuple[str, float, float]:
        arm = {**loud, "base": base, "platform_cost": 8000.0, "production_cost": 400.0}
        comparison = compare(replace(made, manifest={**made.manifest, "customers": customers, "arms": [calm, arm]}))
        (outcome,) = (one for one in comparison.arms[1].brief.outcomes if one.label.startswith("Budget"))  # type: ignore[union-attr]
        variable = comparison.arms[1].variable_cost.value
        assert variable is not None
        assert outcome.figure.value is not None
        times = (outcome.figure.value - (8000.0 * 20 / 30 + 400.0)) / variable / comparison.customers
        return outcome.label.replace("\u00a0", " "), variable, times

    label, variable, times = told(400, 8_000)
    assert label == "Budget of the horizon, for a base of 8 000 customers"
    assert times == pytest.approx(20.0)
    alone = told(400, 0)
    assert alone[0] == "Budget of the horizon, for the simulated customers"
    assert alone[1:] == pytest.approx((variable, 1.0))


IDLE = (MadeArm("calm"), MadeArm("idle", messages=0.0, unsubscribe=0.0, platform_cost=50_000.0, noise=0.0))
IDLE_BRIEF = {"budget": 40_000, "kpis": [{"metric": "romi", "at_least": 1.0}]}


def with_digest(made: RunTables) -> RunTables:
    """The same run where a digest in the tail, if there is one, costs 0.1 for every customer of every arm."""
    if not made.tail_days:
        return made
    first = pl.col("day") == made.horizon_days
    each = pl.when(first).then(0.1 * pl.col("customers")).otherwise(0.0)
    return replace(
        made,
        outcomes=made.outcomes.with_columns(pl.col("contact_cost") + 0.1, pl.col("contribution") - 0.1),
        daily=made.daily.with_columns(pl.col("contact_cost") + each, pl.col("contribution") - each),
    )


@pytest.mark.parametrize("replications", [1, 4])
@pytest.mark.parametrize("base", [0, 120_000])
@pytest.mark.parametrize("tail", [0, 10])
def test_a_cost_that_is_fixed_is_known_exactly(replications: int, base: int, tail: int) -> None:
    """Nothing is sent, and the platform costs 50,000 in 30 days: of 20 days 33,333.33, and all of it is lost."""
    made = with_digest(made_tables(IDLE, replications, tail=tail))
    calm, idle = made.manifest["arms"]
    idle = {**idle, "brief": IDLE_BRIEF, "base": base}
    found = compare(replace(made, manifest={**made.manifest, "customers": 400, "arms": [calm, idle]}))
    assert found.arms[1].brief is not None
    romi, budget = found.arms[1].brief.outcomes
    assert (budget.figure.low, budget.figure.value, budget.figure.high) == pytest.approx((100_000 / 3,) * 3)
    assert budget.figure.low == budget.figure.high
    assert (budget.state, romi.state) == ("met", "missed")
    assert (romi.figure.low, romi.figure.value, romi.figure.high) == (-1.0, -1.0, -1.0)
    said = verdict(found).text.replace("\u00a0", " ")
    assert "is missed: −100.00 % (exactly)" in said
    assert "idle: ROMI −100.00 % (exactly) against silence" in said


def test_of_a_budget_only_the_variable_part_has_an_interval(entry: dict[str, Any]) -> None:
    """Ten times the platform cost moves the line by exactly so much, and its interval stays as wide."""
    made = tables(entry)
    calm, loud = made.manifest["arms"]

    def told(platform: float) -> Estimate:
        arms = [calm, {**loud, "platform_cost": platform}]
        brief = compare(replace(made, manifest={**made.manifest, "arms": arms})).arms[1].brief
        assert brief is not None
        return brief.outcomes[-1].figure

    little, much = told(30_000.0), told(300_000.0)
    assert None not in (little.value, little.low, little.high, much.value, much.low, much.high)
    assert much.value - little.value == pytest.approx(180_000.0)  # type: ignore[operator]
    assert much.high - much.low == pytest.approx(little.high - little.low)  # type: ignore[operator]


def test_what_is_sent_without_effect_is_no_exact_return() -> None:
    """Messages that moved nobody who was looked at may move others."""
    arms = (MadeArm("calm"), MadeArm("vain", unsubscribe=0.0, platform_cost=50_000.0, noise=0.0))
    romi = compare(made_tables(arms)).arms[1].metrics["romi"]
    assert romi.value != -1.0 or romi.low != romi.high


@pytest.mark.parametrize(
    ("limits", "state"),
    [
        ({"at_least": Target(0.3)}, "met"),
        ({"at_least": Target(0.5)}, "open"),
        ({"at_most": Target(0.5)}, "open"),
        ({"at_most": Target(0.3)}, "missed"),
    ],
)
def test_an_interval_with_one_end_may_decide(limits: dict[str, Target], state: str) -> None:
    endless = Estimate(1.2, low=0.4, reason="no upper end")
    kpi = {"metric": "romi", **{name: target.value for name, target in limits.items()}}
    found = brief_result("a", {"kpis": [kpi]}, 0, lambda _: endless, endless)
    assert found is not None
    assert [outcome.state for outcome in found.outcomes] == [state]


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


def test_of_fewer_days_the_budget_is_judged_in_proportion(tmp_path: Path) -> None:
    text = BRIEF + SMALL
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    horizon = load(tmp_path, text).horizon // DAY
    few, entry = shortened(tmp_path, horizon // 3)
    whole = Changes((), ("tail=3d",), None).load(tmp_path / "s.yaml")
    assert few.brief.budget == 1_000_000 * MONEY_UNIT * (horizon // 3) // horizon
    assert whole.brief.budget == 1_000_000 * MONEY_UNIT
    assert load(tmp_path, text).stated_days is None
    told = f"Budget of {horizon // 3} days (the file states {horizon}), for the simulated customers"
    assert judged(entry, horizon // 3, 10).outcomes[-1].label == told
    earlier = {"brief": {**entry["brief"], "budget_part": [horizon // 3, horizon]}}
    assert judged(earlier, horizon // 3, 10).outcomes[-1].label == told


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


@pytest.mark.parametrize(
    ("days", "tail", "words"),
    [
        (30, 90, ["at least 0.6667 (at least 1 in proportion to 120 of 180 days)",
                  "at least 3 ₽ (at least 9 ₽ in proportion to 30 of 90 days)", "at least 3 ₽",
                  "at most 20 % (at most 60 % in proportion to 30 of 90 days)", "at least 1 %", "at most 2"]),
        (180, 30, ["at least 1.1667 (at least 1 in proportion to 210 of 180 days)",
                   "at least 18 ₽ (at least 9 ₽ in proportion to 180 of 90 days)",
                   "at least 1 ₽ (at least 3 ₽ in proportion to 30 of 90 days)",
                   "at most 100 % (at most 60 % in proportion to 180 of 90 days)", "at least 1 %", "at most 2"]),
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
    assert [outcome.target.replace("\u00a0", " ") for outcome in found.outcomes] == words
    json = found.to_json()["kpis"][0]
    assert (json["at_least"], json.get("in_proportion")) == (
        pytest.approx((days + tail) / 180.0),
        None if (days, tail) == (90, 90) else [days + tail, 180],
    )


def test_a_target_is_judged_as_it_is_taken(tmp_path: Path) -> None:
    """A customer opens so much in 20 days: too little for the file's 60, enough for a third of it."""
    kpi = {"metric": "opened", "at_least": 6.0}
    states = {}
    for stated in (20, 60):
        entry = {"brief": {"kpis": [kpi]}, "stated_days": [stated, 0] if stated != 20 else None}
        states[stated] = judged(entry, 20, 0).outcomes[0].state
    assert states == {20: "missed", 60: "met"}


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
    assert [outcome.label for outcome in found.outcomes] == [label]


def test_the_report_says_for_whom_amounts_are_meant(entry: dict[str, Any]) -> None:
    made = tables(entry)
    said = verdict(compare(made)).text.replace("\u00a0", " ")
    assert "Budget and fixed costs of loud are taken for the simulated customers" in said
    calm, loud = made.manifest["arms"]
    stated = {**made.manifest, "customers": 400, "arms": [calm, {**loud, "base": 120_000}]}
    said = verdict(compare(replace(made, manifest=stated))).text.replace("\u00a0", " ")
    assert "are meant for a base of 120 000 customers; the simulated customers have their part" in said
    assert "the file does not state" not in said
    assert "base of" not in verdict(compare(made_tables())).text


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


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("control:", "platform_cost: 50000\ncontrol:", "platform_cost"),
        ("control:", "brief: {budget: 5}\ncontrol:", "brief.budget"),
        ("  caps:\n", "  budget: {max: 5, per: month}\n  caps:\n", "contact_policy.budget"),
        (
            "channels:\n  email: {",
            "platform_cost: 5\nchannels:\n  email: {throughput: 5/h, ",
            "platform_cost, channels.email.throughput",
        ),
        ("control:", "teams: {sales: {people: 5}}\nplatform_cost: 5\ncontrol:", "platform_cost, teams"),
    ],
)
def test_amounts_without_a_base_are_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = SMALL.replace(old, new).replace(", throughput: 50000/h", "")
    (notice,) = (one for one in load(tmp_path, text).notices if "base" in one.text)
    assert notice.text == (
        f"{told}: taken for the simulated customers, however many --customers says, since no 'base' is stated; state "
        "the customers that this is meant for, such as base: 120000"
    )
    assert not any("base" in one.text for one in load(tmp_path, text + "base: 120000\n").notices)


def test_the_verdict_begins_with_the_brief(entry: dict[str, Any]) -> None:
    section = verdict(compare(tables(entry))).sections[0]
    assert section.title == "The brief"
    assert section.sentences[0] == "Goal of loud: Sell more (answers for it: Ann)."
    lines = [line.replace("\u00a0", " ").partition(": +")[0] for line in section.sentences]
    assert "loud, Contribution against silence (horizon and tail): the target, at least 5 ₽, is met" in lines
    assert "loud, Contribution against silence (horizon and tail): the target, at least 50 ₽, is missed" in lines


def test_without_a_brief_nothing_is_said_of_it() -> None:
    comparison = compare(made_tables())
    assert [arm.brief for arm in comparison.arms] == [None, None]
    assert "brief" not in comparison.to_json()["arms"][0]
    assert verdict(comparison).sections[0].name == "money"


def test_a_chain_that_is_switched_off_takes_its_key_figure_along(tmp_path: Path) -> None:
    scenario = without_chain(load(tmp_path, BRIEF + SMALL), "cart")
    assert [kpi.metric for kpi in scenario.brief.kpis].count("goal_rate") == 0
    assert load(tmp_path, scenario_to_yaml(scenario)).brief == scenario.brief


REFUSED = {
    "{metric: rmi, at_least: 1}": (
        "25: unknown figure 'rmi' in the brief; did you mean 'romi'? (expected one of: romi, …; "
        "all in docs/reference/metrics.md)"
    ),
    "{metric: unsubscribed, at_most: 3}": "25: unsubscribed: found at_most: 3, expected a share; did you mean '3%'?",
    "{metric: revenue, at_least: 3%}": "25: revenue: found at_least: 3%, expected currency units per customer",
    "{metric: orders, at_least: 3%}": "25: orders: found at_least: 3%, expected a number",
    "{metric: goal_rate, at_least: 3%}": "25: goal_rate: is a figure of one chain, expected 'chain: name' beside it",
    "{metric: revenue, chain: cart, at_least: 3}": (
        "25: revenue: is not told of a single chain, expected one of: sent_horizon, delivery_rate, bounce_rate, "
        "open_rate, click_rate, click_to_open_rate, unsubscribe_rate, complaint_rate, blocked_rate, "
        "push_disabled_rate, goal_rate"
    ),
    "{metric: open_rate, against: silence, at_least: 3%}": (
        "25: open_rate: is not told against silence, expected a figure per customer, such as contribution or orders"
    ),
    "{metric: incremental_romi, at_least: 1}": (
        "25: incremental_romi: tells two strategies apart, expected a figure of one, such as romi"
    ),
    "{metric: revenue_tail, at_least: 1}": (
        "25: revenue_tail: needs a tail, expected 'tail: 90d' in the scenario, or revenue"
    ),
}


@pytest.mark.parametrize("kpi", REFUSED)
def test_figures_that_no_report_has_and_wrong_units_are_refused(tmp_path: Path, kpi: str) -> None:
    scenario = load(tmp_path, f"brief: {{kpis: [{kpi}]}}\n" + SMALL)
    assert [str(problem).removeprefix(f"{tmp_path / 's.yaml'}:1:") for problem in check_brief(scenario)] == [
        REFUSED[kpi]
    ]


@pytest.mark.parametrize(
    "kpi",
    [
        "{metric: romi, at_least: 150%}",
        "{metric: unsubscribed, against: silence, at_most: 1%}",
        "{metric: open_rate, message: digest, at_least: 0.2}",
        "{metric: fatigue, at_most: 2}",
    ],
)
def test_figures_of_the_report_are_accepted(tmp_path: Path, kpi: str) -> None:
    assert check_brief(load(tmp_path, f"brief: {{kpis: [{kpi}]}}\n" + SMALL)) == []


def test_all_faults_of_a_brief_are_told_at_once(tmp_path: Path) -> None:
    kpis = "{metric: rmi, at_least: 1}, {metric: unsubscribed, at_most: 3}, {metric: open_rate, chanel: email}"
    text = f"brief: {{budget: 60k, kpis: [{kpis}]}}\n" + SMALL
    with pytest.raises(ScenarioError):
        load(tmp_path, text)
    found = [problem.text.partition(" (")[0] for problem in check(str(tmp_path / "s.yaml")).problems]
    assert found == [
        "brief.budget: found '60k', expected an amount of at least 0 in currency units; write the number alone: 60000",
        "unknown figure 'rmi' in the brief; did you mean 'romi'?",
        "unsubscribed: found at_most: 3, expected a share; did you mean '3%'?",
        "brief.kpis[2]: found no target, expected at_least or at_most",
        "unknown key 'chanel' in brief.kpis[2]; did you mean 'channel'?",
    ]
