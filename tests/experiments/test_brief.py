"""Briefs: targets against figures, what is said of them, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from experiments.brief import BriefResult, brief_result
from experiments.comparison import compare
from experiments.statistics import Estimate
from experiments.tables import RunTables
from experiments.terminal import render
from experiments.verdict import verdict
from strategies.brief import Target
from strategies.language import scenario_to_yaml, without_chain
from tests.experiments.briefed import BRIEF, brief_of_small, tables
from tests.experiments.made_runs import MadeArm, made_tables
from tests.experiments.undrawn import page_in_words
from tests.strategies.language.small import SMALL, load


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return brief_of_small(tmp_path_factory.mktemp("brief"))


@pytest.fixture(scope="module")
def result(entry: dict[str, Any]) -> BriefResult:
    found = compare(tables(entry)).arms[1].brief
    assert found is not None
    return found


@pytest.mark.slow
def test_targets_are_met_missed_or_open(result: BriefResult) -> None:
    states = {
        f"{told.name} ({told.period}) {told.target}".replace("\u00a0", " "): told.state for told in result.outcomes
    }
    assert states == {
        "Contribution against silence (horizon and tail) at least 5 ₽": "met",
        "Contribution against silence (horizon and tail) at least 50 ₽": "missed",
        "Unsubscribed (horizon and tail) at most 50 %": "met",
        "Unsubscribed (horizon and tail) at most 6 %": "open",
        "Open rate, email (messages of the horizon) at least 0 %": "met",
        "Goal reached, cart (runs of the horizon; also counts what would have come by itself) at least 5 %": "unknown",
        "Budget (horizon, for the simulated customers) at most 1 000 000 ₽": "met",
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


@pytest.mark.slow
def test_the_budget_is_what_all_customers_cost_together(result: BriefResult, entry: dict[str, Any]) -> None:
    comparison = compare(tables(entry))
    cost = comparison.arms[1].metrics["marketing_cost_horizon"].value
    assert cost is not None
    assert result.outcomes[-1].figure.value == pytest.approx(cost * comparison.customers)


@pytest.mark.slow
def test_of_a_stated_base_the_budget_is_judged_for_all_of_it(entry: dict[str, Any]) -> None:
    """Twenty times the 400 simulated customers: twenty times the cost, and the same fixed cost for all of them."""
    made = tables(entry)
    calm, loud = made.manifest["arms"]

    def told(customers: int, base: int) -> tuple[str, float, float]:
        arm = {**loud, "base": base, "platform_cost": 8000.0, "production_cost": 400.0}
        comparison = compare(replace(made, manifest={**made.manifest, "customers": customers, "arms": [calm, arm]}))
        (outcome,) = (one for one in comparison.arms[1].brief.outcomes if one.name == "Budget")  # type: ignore[union-attr]
        variable = comparison.arms[1].variable_cost.value
        assert variable is not None
        assert outcome.figure.value is not None
        times = (outcome.figure.value - (8000.0 * 20 / 30 + 400.0)) / variable / comparison.customers
        return outcome.period.replace("\u00a0", " "), variable, times

    label, variable, times = told(400, 8_000)
    assert label == "horizon, for a base of 8 000 customers"
    assert times == pytest.approx(20.0)
    alone = told(400, 0)
    assert alone[0] == "horizon, for the simulated customers"
    assert alone[1:] == pytest.approx((variable, 1.0))


IDLE = (MadeArm("calm"), MadeArm("idle", messages=0.0, unsubscribe=0.0, platform_cost=50_000.0, noise=0.0))
TASK = "task: {to: sales, do: call, about: nudge, within: 1d}"
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


@pytest.mark.slow
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
    assert "ROMI, at least 100 %: idle −100.00 % (exactly) missed." in said
    assert "idle: ROMI −100.00 % (exactly) against silence" in said


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
        ("    steps:\n", f"    steps:\n      - {TASK}\n", "teams"),
    ],
)
def test_amounts_without_a_base_are_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = SMALL.replace(old, new).replace(", throughput: 50000/h", "")
    text = text.replace("control:", "teams: {sales: {people: 5}}\ncontrol:")
    (notice,) = (one for one in load(tmp_path, text).notices if "base" in one.text)
    assert notice.text == (
        f"{told}: taken for the simulated customers, however many --customers says, since no 'base' is stated; state "
        "the customers that this is meant for, such as base: 120000"
    )
    assert not any("base" in one.text for one in load(tmp_path, text + "base: 120000\n").notices)


@pytest.mark.parametrize("nothing", ["  budget: []\n  caps:\n", "  caps:\n"])
def test_no_base_is_missed_where_no_amount_is_stated(tmp_path: Path, nothing: str) -> None:
    """Neither of a budget that is none, nor of a team that nobody asks for anything."""
    text = SMALL.replace("  caps:\n", nothing).replace("control:", "teams: {sales: {people: 5}}\ncontrol:")
    assert not any("base" in one.text for one in load(tmp_path, text).notices)


@pytest.mark.slow
def test_the_verdict_begins_with_the_brief(entry: dict[str, Any]) -> None:
    section = verdict(compare(tables(entry))).sections[0]
    assert section.title == "The brief"
    goal, periods, *others = (line.replace("\u00a0", " ") for line in section.sentences)
    assert goal == "Goal of loud: Sell more (answers for it: Ann)."
    assert periods == (
        "Figures of the targets: horizon and tail; Open rate, email: messages of the horizon; Goal reached, cart: runs "
        "of the horizon; also counts what would have come by itself; Budget: horizon, for the simulated customers."
    )
    assert others[0].startswith("Open: not decided, the interval lies on both sides")
    assert others[1].startswith("loud, Goal reached, cart: not known (")
    assert section.targets is not None
    lines = [line.replace("\u00a0", " ") for line in section.targets.sentences]
    assert re.fullmatch(r"Contribution against silence, at least 5 ₽: loud \+7\S* ₽ \(\+\S+ … \+\S+\) met\.", lines[0])
    assert [line.rpartition(") ")[2] for line in lines[:5]] == ["met.", "missed.", "met.", "open.", "met."]
    assert lines[5].endswith("Goal reached, cart, at least 5 %: loud not known.")


@pytest.mark.slow
def test_targets_of_several_arms_stand_in_one_table(entry: dict[str, Any]) -> None:
    """What they have in common is said once; what only one of them has leaves the other's place empty."""
    made = tables(entry)
    calm, loud = made.manifest["arms"]
    other = {**entry, "kpis": entry["kpis"][1:3], "budget": 5}
    of_other_days = {**loud, "stated_days": [60, 30]}
    arms = [{**calm, "brief": other, "stated_days": [60, 30]}, of_other_days]
    comparison = compare(replace(made, manifest={**made.manifest, "arms": arms}))
    section = verdict(comparison).sections[0]
    assert section.sentences[0] == "Goal of calm, loud: Sell more (answers for it: Ann)."
    assert (
        sum("are for 20 of the file's 60 days" in line for line in section.sentences),
        sum("horizon and tail" in line for line in section.sentences),
    ) == (1, 1)
    table = section.targets
    assert table is not None
    assert table.arms == ("calm", "loud")
    found = {
        f"{line.what}: {line.target}".replace("\u00a0", " "): ["" if c is None else c.state for c in line.cells]
        for line in table.lines
    }
    assert found["Contribution against silence: at least 16.67 ₽ (of 50 ₽)"] == ["missed", "missed"]
    assert found["Unsubscribed: at most 2 % (of 6 %)"][0] == ""
    out = StringIO()
    render(comparison, Console(file=out, width=80))
    lines = out.getvalue().replace("\u00a0", " ").splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(bool(re.fullmatch(r"Target +calm +loud *", line)) for line in lines) == 1
    first, second = next(
        pair for pair in pairwise(lines) if re.match(r"Unsubscribed +1\.5\d \(.* … .*\) +6\.", pair[0])
    )
    assert re.match(r"at most 16\.7 % \(of 50 %\) +met +met *", second), first


@pytest.mark.slow
def test_the_page_has_the_table_of_targets(entry: dict[str, Any]) -> None:
    found = page_in_words(compare(tables(entry))).replace("\u00a0", " ")
    assert "<thead><tr><th>Target</th>" in found
    assert re.search(r"Unsubscribed: at most 50 %</th><td class=\"figure\">6\.\d+ % \(\S+ … \S+\) met</td>", found)


@pytest.mark.slow
def test_without_a_brief_nothing_is_said_of_it() -> None:
    comparison = compare(made_tables())
    assert [arm.brief for arm in comparison.arms] == [None, None]
    assert "brief" not in comparison.to_json()["arms"][0]
    assert verdict(comparison).sections[0].name == "money"


def test_a_chain_that_is_switched_off_takes_its_key_figure_along(tmp_path: Path) -> None:
    scenario = without_chain(load(tmp_path, BRIEF + SMALL), "cart")
    assert [kpi.metric for kpi in scenario.brief.kpis].count("goal_rate") == 0
    assert load(tmp_path, scenario_to_yaml(scenario)).brief == scenario.brief
