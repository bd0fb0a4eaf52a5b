"""The verdict: no winner without certainty, every number with its interval."""

import math
import re
from dataclasses import replace
from io import StringIO

import polars as pl
import pytest
from rich.console import Console

from experiments.comparison import Comparison, compare
from experiments.figures import certainty_text, figure_text, interval_text, number, p_text, value_text
from experiments.phrases import PHRASES
from experiments.statistics import Estimate, estimate, exactly, none_seen, share_interval, undefined
from experiments.tables import RunTables
from experiments.terminal import render
from experiments.verdict import verdict
from tests.experiments.made_runs import MadeArm, made_tables


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(made_tables(replications=5, customers=200))


def test_a_certain_winner_is_named(comparison: Comparison) -> None:
    row = comparison.find("loud", "calm", "contribution")
    assert row is not None
    told = plain(figure_text(row.estimate, "money", True))
    assert (
        plain(verdict(comparison).headline)
        == f"loud earns more than calm: {told} per customer (certainty above 99.9 %)."
    )


def test_the_winner_may_be_the_baseline(comparison: Comparison) -> None:
    turned = compare(made_tables(replications=5, customers=200), baseline="loud")
    headline = plain(verdict(turned).headline)
    assert headline.startswith("loud earns more than calm: +")
    assert headline.split("(")[1] == plain(verdict(comparison).headline).split("(")[1]


def test_no_winner_where_the_interval_covers_zero() -> None:
    arms = (MadeArm("calm"), MadeArm("other", effect=0.3, messages=12.0))
    said = verdict(compare(made_tables(arms, replications=4, customers=60)))
    assert said.headline.startswith("It is not decided whether other or calm earns more")
    assert "earns more than" not in said.text
    assert ("is not enough to choose by: a choice needs 97.5 %." in said.text) == ("leans to" in said.text)


def test_arms_that_did_the_same() -> None:
    made = made_tables((MadeArm("calm"),), replications=3, customers=40)
    twins = [
        pl.concat([frame, frame.filter(pl.col("arm") == "calm").with_columns(pl.lit("twin").alias("arm"))])
        for frame in (made.outcomes.collect(), made.aggregates.collect(), made.daily)
    ]
    found = compare(RunTables({}, twins[0].lazy(), twins[1].lazy(), twins[2]))
    said = verdict(found)
    assert said.headline.startswith(
        "twin and calm did the same to every customer of this run: no difference was seen. Neither is known to earn"
    )
    assert (
        "the two files describe the same strategy, or the change never took effect. Not having been seen" in said.text
    )
    rarest = math.floor(1.0 / (share_interval(0.0, 3.0 * found.customers).high or 0.0))
    assert f"at most one customer in {rarest} would meet a difference." in said.text
    same = [{"arm": arm, "sha256": "5a"} for arm in ("calm", "twin")]
    exact = compare(RunTables({"arms": same}, twins[0].lazy(), twins[1].lazy(), twins[2]))
    assert verdict(exact).headline.startswith("twin and calm are the same strategy: no difference at all. Neither")
    assert "Not having been seen" not in verdict(exact).text
    for row in exact.differences:
        if (row.arm, row.baseline) == ("twin", "calm") and row.estimate.value is not None:
            assert (row.estimate.low, row.estimate.high) == (0.0, 0.0), row.metric


def test_holm_takes_back_a_winner_of_many_comparisons(comparison: Comparison) -> None:
    """p = .03 decides alone but not as the smallest of five."""
    rows = []
    for place in range(5):
        arm = f"arm{place}"
        p = 0.03 if place == 0 else 0.5
        low = 0.1 if place == 0 else -1.0
        figure = Estimate(1.0, low, 1.9, 0.45, 9, p)
        rows.append(
            replace(comparison.differences[0], arm=arm, baseline="calm", metric="contribution", estimate=figure)
        )
    arms = (comparison.arms[0], *(replace(comparison.arms[1], arm=row.arm) for row in rows))
    said = verdict(replace(comparison, arms=arms, differences=tuple(rows), among=(), courses=()))
    assert said.headline == "Of no arm is it decided whether it earns more or less than calm."
    assert "Holm's p 0.15" in said.text
    alone = verdict(replace(comparison, arms=arms[:2], differences=(rows[0],), among=(), courses=()))
    assert alone.headline.startswith("arm0 earns more than calm")


def with_contribution(comparison: Comparison, figure: Estimate, name: str = "loud") -> Comparison:
    """The comparison with another difference of contribution, from the baseline and from silence."""
    kept = (row for row in comparison.differences if row.arm == "loud" and row.kind == "truth")
    rows = tuple(replace(row, estimate=figure, arm=name) for row in kept if row.metric == "contribution")
    arms = (comparison.arms[0], replace(comparison.arms[1], arm=name))
    return replace(comparison, arms=arms, differences=rows, among=(), courses=())


def test_an_open_difference_names_the_threshold_and_what_would_decide(comparison: Comparison) -> None:
    leaning = plain(verdict(with_contribution(comparison, estimate(1.0, 0.6, 4))).text)
    assert "leans to loud with a certainty of 91 %, which is not enough to choose by: a choice needs 97.5 %." in leaning
    assert "With about 10 replications of this size there would be an even chance to decide" in leaning
    blank = plain(verdict(with_contribution(comparison, estimate(1.0, 2.0, 4))).text)
    assert "Nothing can be said yet about which of them earns more. With about 80 replications" in blank
    assert "leans to" not in blank
    assert "even chance" not in verdict(comparison).text


def test_of_several_arms_more_replications_are_needed_to_decide_one(comparison: Comparison) -> None:
    """As Holm's correction asks more of each of them."""
    [row] = [r for r in comparison.differences if (r.arm, r.baseline, r.metric) == ("loud", "calm", "contribution")]
    calm, loud = comparison.arms
    rows = [replace(row, arm=name, estimate=estimate(1.0, 2.0, 4)) for name in ("loud", "odd")]
    both = replace(comparison, arms=(calm, loud, replace(loud, arm="odd")), differences=tuple(rows))
    assert "With about 80 replications" in plain(verdict(with_contribution(comparison, estimate(1.0, 2.0, 4))).text)
    assert "With about 110 replications" in plain(verdict(both).text)


def test_the_same_money_with_other_messages_is_not_the_same(comparison: Comparison) -> None:
    level = with_contribution(comparison, exactly(0.0))
    sent = comparison.find("loud", "calm", "sent")
    assert sent is not None
    assert verdict(level).headline.endswith("no difference at all.")
    said = verdict(replace(level, differences=(*level.differences, sent)))
    assert said.headline.startswith("There is no difference in contribution that matters between loud and calm: 0.00")
    assert plain(said.headline).endswith("0.00 ₽ (exactly) per customer, within ± 0.066 ₽.")


@pytest.mark.parametrize(
    ("beyond", "told"),
    [
        (Estimate(-0.73, -1.49, 0.20), "0.27 ₽ (−0.49 … 1.20); whether that is more than the rouble that was spent is"),
        (Estimate(-0.73, -1.20, -0.26), "0.27 ₽ (−0.20 … 0.74), less than the rouble that was spent."),
        (Estimate(1.0, 0.5, 1.5), "2.00 ₽ (1.50 … 2.50), more than the rouble that was spent."),
    ],
)
def test_of_an_extra_rouble_is_told_what_came_back(comparison: Comparison, beyond: Estimate, told: str) -> None:
    rows = (replace(r, estimate=beyond) if r.metric == "incremental_romi" else r for r in comparison.differences)
    said = plain(verdict(replace(comparison, differences=tuple(rows))).text)
    assert f"per customer more on marketing; each extra rouble brought back {told}" in said


def test_what_holm_leaves_undecided_is_undecided_in_the_sentence_beside(comparison: Comparison) -> None:
    """Two arms with p 0.044: the lead, the extra rouble that came back and the size of a live test are one claim."""
    figure = estimate(-2.0, 0.97, 60)
    two = [replace(r, arm=name) for r in comparison.differences if r.arm == "loud" for name in ("loud", "odd")]
    rows = [replace(r, estimate=figure) if (r.metric, r.baseline) == ("contribution", "calm") else r for r in two]
    lost = Estimate(-0.73, -1.20, -0.26)
    rows = [replace(r, estimate=lost) if r.metric == "incremental_romi" else r for r in rows]
    calm, loud = comparison.arms
    said = plain(
        verdict(replace(comparison, arms=(calm, loud, replace(loud, arm="odd")), differences=tuple(rows))).text
    )
    assert "(Holm's p 0.087): not decided." in said
    assert "is as little decided as the difference of contribution, of 2 comparisons at once." in said
    assert "less than the rouble" not in said
    assert "Horizon and tail agree" not in said


def with_romi(comparison: Comparison, figure: Estimate) -> Comparison:
    """The comparison with another return of the loud arm."""
    calm, loud = comparison.arms
    return replace(comparison, arms=(calm, replace(loud, metrics={**loud.metrics, "romi": figure})))


def test_romi_is_no_headline_while_the_gain_is_open(comparison: Comparison) -> None:
    assert "loud: ROMI " in verdict(comparison).text
    undecided = with_contribution(comparison, estimate(1.0, 2.0, 4))
    said = plain(verdict(with_romi(undecided, Estimate(0.5, -1.0, 2.0))).text)
    assert "loud: ROMI " not in said
    told = "loud: whether marketing pays for itself is not decided: "
    told += "against silence it brings +1.0 ₽ (−4.6 … +6.6) per customer"
    assert f"{told}, ROMI between −100 and +200 %." in said
    unknown = plain(verdict(with_romi(undecided, undefined("no marketing cost"))).text)
    assert f"{told}; ROMI is not known (no marketing cost)." in unknown


def test_a_certain_gain_is_told_where_its_return_is_not_known(comparison: Comparison) -> None:
    said = plain(verdict(with_romi(comparison, undefined("all agree"))).text)
    assert re.search(r"loud: against silence it brings [^;]+ per customer; its ROMI is not known \(all agree\)\.", said)


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (estimate(0.1, 0.01), "abandoned_cart costs more than it brings: −0.100 ₽ (−0.120 … −0.080) per customer."),
        (estimate(-0.1, 0.01), "abandoned_cart adds +0.100 ₽ (+0.080 … +0.120) per customer."),
        (
            estimate(0.1, 0.2),
            "abandoned_cart: −0.10 ₽ (−0.49 … +0.29) per customer; whether it adds contribution or costs more than it "
            "brings is not decided. With about 80 replications of this size there would be an even chance to decide, "
            "if the difference stays as it looks now; this run has 5.",
        ),
        (
            none_seen(5_000),
            "abandoned_cart changed nothing for any customer of this run: no difference was seen. Not having been seen "
            "is no proof: at most one customer in 1 355 would meet a difference.",
        ),
        (undefined("no reason"), "abandoned_cart: what it adds is not known (no reason)."),
    ],
)
def test_what_each_chain_adds(comparison: Comparison, figure: Estimate, told: str) -> None:
    said = verdict(with_contribution(comparison, figure, "without abandoned_cart"))
    (section,) = (one for one in said.sections if one.title == "What each chain adds")
    assert [plain(line) for line in section.sentences] == [told]
    assert not any(one.name == "chains" for one in verdict(comparison).sections)


@pytest.mark.slow
def test_the_best_of_several_is_ahead_of_each() -> None:
    arms = (MadeArm("calm"), MadeArm("mid", effect=4.0), MadeArm("loud", effect=12.0))
    said = verdict(compare(made_tables(arms, replications=6, customers=200)))
    assert said.headline.startswith("loud earns most: ")
    assert said.headline.endswith("more than mid, the next.")
    arms = (MadeArm("calm"), MadeArm("mid", effect=9.9), MadeArm("loud", effect=10.0))
    said = verdict(compare(made_tables(arms, replications=6, customers=200)))
    assert said.headline.startswith("2 arms earn more than calm: ")
    assert said.headline.endswith("Which arm is best is not decided.")


def test_one_arm_is_told_against_silence() -> None:
    earning = verdict(compare(made_tables((MadeArm("loud", effect=8.0),), replications=4)))
    assert re.match(r"loud earns \+\S+\s₽ \(.*\) per customer against silence\.", earning.headline)
    idle = verdict(compare(made_tables((MadeArm("idle", messages=1.0),), replications=4, customers=60)))
    assert idle.headline.startswith("It is not decided whether idle earns more than silence")
    bare = verdict(compare(made_tables((MadeArm("loud"),), replications=4, silent=False, log=False)))
    assert bare.headline.endswith("what silence would have earned is not known.")


def test_horizon_and_tail_may_disagree() -> None:
    arms = (MadeArm("calm"), MadeArm("loud", effect=0.0))
    made = made_tables(arms, replications=5, customers=100)
    tilt = pl.when(pl.col("day") < 20).then(2000.0).otherwise(-3000.0) + 10.0 * pl.col("replication")
    loud = (pl.col("arm") == "loud") & (pl.col("control") == 0)
    daily = made.daily.with_columns(
        contribution=pl.when(loud).then(pl.col("contribution") + tilt).otherwise(pl.col("contribution"))
    )
    text = verdict(compare(replace(made, daily=daily))).text
    assert "Horizon and tail disagree" in text
    assert "A report at the end of the horizon would get it wrong." in text


def test_what_holds_of_every_run_is_one_line_on_the_terminal(comparison: Comparison) -> None:
    [doubts] = [section for section in verdict(comparison).sections if section.name == "doubts"]
    assert len(doubts.usual) > 3
    assert set(doubts.usual) < set(doubts.sentences)
    assert doubts.short == (*(line for line in doubts.sentences if line not in doubts.usual), doubts.instead)
    assert "“What remains unsure”: the population is not calibrated on a company" in doubts.instead
    other = compare(made_tables(replications=4, customers=60, seed=8))
    [there] = [section for section in verdict(other).sections if section.name == "doubts"]
    praise = "Meeting the same customers"
    assert {line for line in doubts.usual if praise not in line} == {line for line in there.usual if praise not in line}
    out = StringIO()
    render(comparison, Console(file=out, width=200))
    printed = " ".join(out.getvalue().split())
    assert "intervals cover chance and not the assumptions of the model" in printed
    assert "those graded D belong into a sensitivity run" not in printed


def test_doubts_are_told(comparison: Comparison) -> None:
    text = verdict(comparison).text
    assert "not calibrated" in text
    assert "customers like these, from 5 replications" in text
    assert "There are only 5 replications" in text
    assert "times as many" in text
    assert "degrees of freedom" not in text
    assert "variance" not in text
    assert "Silence means no marketing at all within the horizon. In the tail of 10 days" in text
    calibrated = replace(comparison, manifest={**comparison.manifest, "calibrated": True})
    assert "not calibrated" not in verdict(calibrated).text
    one = verdict(compare(made_tables(replications=1))).text
    assert "There is one replication only" in one
    bare = verdict(compare(made_tables(replications=2, customers=40, silent=False, tail=0, log=False))).text
    assert "no silent arm" in bare
    assert "no tail" in bare


@pytest.mark.slow
def test_a_live_test_too_small_to_see_the_truth_is_told() -> None:
    text = verdict(compare(made_tables(replications=4, customers=100))).text
    assert "too wide to see the true effect of" in text
    bare = verdict(compare(made_tables(replications=2, customers=40, control=0.0))).text
    assert "loud has no control group: a live run could not tell its effect." in bare


def test_every_rate_and_sum_of_money_has_its_interval(comparison: Comparison) -> None:
    """A figure with a unit is followed by '(low … high)', or is a half width or a certainty."""
    planned = r"probability of 80 % \(two-sided, 95 % level\)|(group|one) of [\d.]+ %"
    stated = rf"A difference of less than .* counts as|{planned}"
    text = re.sub(stated, "", plain(verdict(comparison).text))
    for found in re.finditer(r"(\S+ )?([+−]?[\d ]*\d(?:\.\d+)? (?:₽|pp|%))(.?.?)", text):
        before, after = found.group(1) or "", found.group(3)
        allowed = (
            after == " ("
            or "±" in before
            or "certainty" in before
            or "above" in before
            or "needs" in before
            or "and" in before
        )
        assert allowed, text[max(found.start() - 40, 0) : found.end() + 20]


def test_terminal_prints_the_verdict_and_the_table(comparison: Comparison) -> None:
    out = StringIO()
    render(comparison, Console(file=out, width=160))
    printed = plain(out.getvalue())
    assert plain(verdict(comparison).headline) in printed
    assert "loud − calm" in printed
    assert "Contribution, tail" in printed
    row = comparison.find("loud", "calm", "orders")
    assert row is not None
    assert plain(figure_text(row.estimate, "number", True)) in printed


def test_languages_have_the_same_sentences() -> None:
    keys = {frozenset(table) for table in PHRASES.values()}
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("figure", "unit", "difference", "text"),
    [
        (Estimate(7.4265, 6.569, 8.284), "money", True, "+7.43 ₽ (+6.57 … +8.28)"),
        (Estimate(-12345.6, -13000.0, -11000.0), "money", True, "−12 346 ₽ (−13 000 … −11 000)"),
        (Estimate(0.0312, 0.0281, 0.0343), "share", False, "3.12 % (2.81 … 3.43)"),
        (Estimate(0.0312, 0.0281, 0.0343), "share", True, "+3.12 pp (+2.81 … +3.43)"),
        (Estimate(1.5, 1.0, 2.0), "return", False, "150 % (100 … 200)"),
        (Estimate(0.1, -0.02, 0.22), "relative", True, "+10 % (−2 … +22)"),
        (Estimate(-18.6, -36.8, -0.4), "money", True, "−19 ₽ (−36.8 … −0.4)"),
        (Estimate(18.0, -0.04, 36.0), "money", True, "+18 ₽ (−0.04 … +36.00)"),
        (Estimate(18.0, 0.0, 36.0), "money", True, "+18 ₽ (0 … +36)"),
        (Estimate(0.004, 0.0001, 0.4), "share", False, "0 % (0 … 40)"),
        (exactly(0.0), "number", True, "0.00 (exactly)"),
        (none_seen(5_000), "number", True, "none seen (at most 1 customer in 1 355 would show one)"),
        (none_seen(5_000, share=True), "share", True, "0.000 pp (−0.074 … +0.074)"),
        (Estimate(1.2, low=0.35, reason="too uncertain"), "return", False, "120 % (at least 35, no upper end)"),
        (Estimate(-1.2, high=-0.35, reason="too uncertain"), "return", False, "−120 % (at most −35, no lower end)"),
        (exactly(150_000.0), "money", False, "150 000.00 ₽ (exactly)"),
        (undefined("no marketing cost"), "return", False, "not known (no marketing cost)"),
    ],
)
def test_figures_as_text(figure: Estimate, unit: str, difference: bool, text: str) -> None:
    assert plain(figure_text(figure, unit, difference)) == text  # type: ignore[arg-type]


def test_a_value_without_interval_is_not_shown() -> None:
    bare = Estimate(3.0, reason="one replication")
    assert value_text(bare, "money") == "–"
    assert interval_text(bare, "money") == "one replication"


def test_small_texts() -> None:
    assert [plain(p_text(p)) for p in (None, 0.0001, 0.0123, 0.5)] == ["", "< 0.001", "0.012", "0.50"]
    assert [certainty_text(c) for c in (0.5, 0.995, 0.9999)] == ["50 %", "99.5 %", "above 99.9 %"]
    assert number(-0.001, 2) == "0.00"


def test_what_has_no_price_is_named() -> None:
    made = made_tables(replications=3, customers=40)
    arms = [
        {**entry, "unpriced": unpriced}
        for entry, unpriced in zip(made.manifest["arms"], ([], ["sms", "calls by sales"]), strict=True)
    ]
    said = verdict(compare(replace(made, manifest={**made.manifest, "arms": arms}))).text
    told = (
        "In loud sms and calls by sales cost nothing apiece, which no provider offers: what they bring is told without"
    )
    assert told in said
    assert "In calm sms" not in said
    assert "cost nothing apiece" not in verdict(compare(made)).text


def test_a_team_with_hardly_a_task_a_day_is_named() -> None:
    made = made_tables(replications=3, customers=40)
    slow = ({}, {"sales": 0.533})
    arms = [{**entry, "slow_teams": teams} for entry, teams in zip(made.manifest["arms"], slow, strict=True)]
    said = verdict(compare(replace(made, manifest={**made.manifest, "arms": arms}))).text
    assert "The simulated customers of loud have the time of only 0.53 tasks by sales a day: " in said
    assert "customers of calm have" not in said
