"""How large a live test must be: published values, what planned tests do when they are drawn, and how it is told."""

import json
import math
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from experiments.comparison import Comparison, compare
from experiments.live_sizes import NO_UPPER_END, LiveSize, customers_for, live_sizes
from experiments.measures import Measures
from experiments.metrics import catalogue
from experiments.sample_sizes import Groups, customers_needed, power
from experiments.statistics import Estimate, estimate, student_quantile
from experiments.tables import CONTROL, RunTables
from tests.experiments.compared import plain_text
from tests.experiments.made_runs import MadeArm, made_tables

Floats = NDArray[np.float64]
SHARES = st.floats(0.05, 0.95)
GROUPS = st.one_of(
    st.builds(Groups, st.floats(0.1, 100.0), st.floats(0.1, 100.0), SHARES),
    st.builds(Groups.of_shares, st.floats(0.01, 0.99), st.floats(0.01, 0.99), SHARES),
)


@pytest.mark.parametrize(("effect", "each"), [(0.2, 393.41), (0.5, 63.77), (0.8, 25.52)])
def test_published_sizes_of_the_t_test(effect: float, each: float) -> None:
    """Student's t, 80 %, two-sided 5 %: customers in each of two groups by the standardised difference."""
    assert customers_needed(effect, Groups(1.0, 1.0)) / 2.0 == pytest.approx(each, abs=0.005)


def test_published_power_of_the_t_test() -> None:
    assert power(40.0, 1.0, Groups(1.0, 1.0)) == pytest.approx(0.86895, abs=5e-6)


def test_published_size_of_the_test_of_two_proportions() -> None:
    assert customers_needed(0.25, Groups.of_shares(0.5, 0.75), wanted=0.9) / 2.0 == pytest.approx(76.707, abs=5e-4)


@given(GROUPS, st.floats(0.001, 0.5), st.floats(0.7, 0.95))
def test_a_test_of_the_size_that_is_needed_has_the_wanted_power(groups: Groups, effect: float, wanted: float) -> None:
    """From some dozens of customers on; below, the size is that of the smallest groups.

    Findings on the wrong side, which are in the power and not in the plan, are rare unless shares spread less without
    an effect than with it.
    """
    customers = customers_needed(effect, groups, wanted=wanted)
    assume(min(groups.share, 1.0 - groups.share) * customers > 6.0)
    assert power(customers, effect, groups) > wanted - 1e-3
    if groups.variance <= groups.variance_unmoved:
        assert power(customers, effect, groups) < wanted + 1e-3


@given(GROUPS, st.floats(0.001, 0.5), st.floats(0.001, 1_000.0))
def test_a_size_does_not_hang_on_the_currency_and_falls_with_the_effect(
    groups: Groups, effect: float, currency: float
) -> None:
    customers = customers_needed(effect, groups)
    assert customers_needed(1.1 * effect, groups) <= customers
    assert customers_needed(-effect, groups) == customers
    if groups.unmoved is None:
        scaled = replace(groups, first=groups.first * currency**2, second=groups.second * currency**2)
        assert customers_needed(effect * currency, scaled) == pytest.approx(customers, rel=1e-5)
    assert math.isinf(customers_needed(0.0, groups))


@given(SHARES, st.floats(0.001, 0.1))
def test_of_groups_that_spread_alike_halves_need_fewest(share: float, effect: float) -> None:
    assert customers_needed(effect, Groups(1.0, 1.0)) <= customers_needed(effect, Groups(1.0, 1.0, share)) * (1 + 1e-9)


@given(st.floats(-5.0, 5.0), st.floats(0.01, 10.0))
def test_the_ends_of_an_effect_are_those_of_the_size(value: float, half: float) -> None:
    found = customers_for(Estimate(value, value - half, value + half), Groups(400.0, 300.0))
    assert found.low is not None
    if found.value is not None:
        assert found.low <= found.value
    if half < abs(value):
        assert found.value is not None
        assert found.high is not None
        assert found.value <= found.high
    else:
        assert (found.high, found.reason) == (None, NO_UPPER_END)


ARMS = (
    MadeArm("calm"),
    MadeArm("loud", effect=20.0, messages=18.0, unsubscribe=0.08),
    MadeArm("same", noise=9.0, messages=14.0),
)


@cache
def tables(base: int = 0) -> RunTables:
    made = made_tables(ARMS, replications=5, customers=800)
    told = {"base": base, "control": 0.1} if base else {"control": 0.1}
    arms = [{**arm, **told} for arm in made.manifest["arms"]]
    return replace(made, manifest={**made.manifest, "customers": 800, "arms": arms})


@cache
def compared(base: int = 0) -> Comparison:
    return compare(tables(base))


def test_a_lead_that_holm_takes_back_needs_at_least_so_many() -> None:
    """Where the effect's interval leaves zero out by itself only, a test against the baseline has no upper end."""
    measures, manifest = Measures(tables(), "calm"), tables().manifest
    metrics = [catalogue()["contribution"], catalogue()["orders"]]

    def effect(arm: str, other: str, metric: str) -> Estimate:
        return estimate(2.0, 0.9)

    def ends(sure: tuple[str, ...] | None) -> set[tuple[str, str, bool]]:
        found = live_sizes(measures, manifest, metrics, effect, 0.95, sure)
        return {(one.metric, one.against, one.customers.high is None) for one in found if one.arm != "calm"}

    assert not any(endless for *_, endless in ends(None))
    assert ends(("loud", "same")) == ends(None)
    assert {one for one in ends(()) if one[2]} == {("contribution", "calm", True)}


def size(comparison: Comparison, arm: str, against: str, metric: str, share: float) -> LiveSize:
    (found,) = (
        one
        for one in comparison.live_sizes
        if (one.arm, one.against, one.metric, one.share) == (arm, against, metric, share)
    )
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("against", "metric", "share"),
    [
        (CONTROL, "contribution", 0.1),
        (CONTROL, "contribution", 0.5),
        ("calm", "contribution", 0.5),
        ("calm", "unsubscribed", 0.5),
        ("calm", "opened", 0.5),
    ],
)
def test_tests_of_the_planned_size_see_the_effect_four_times_of_five(against: str, metric: str, share: float) -> None:
    """2,000 tests drawn from the run's customers, whose money is skewed, and 2,000 of an arm against itself.

    If they see it in 80 % and report nothing in 95 %, more than 4.5 points beside the one happen once in two million
    times, more than 2 points beside the other once in 25,000.
    """
    luck, draws = np.random.default_rng(12), 2_000
    planned = size(compared(), "loud", against, metric, share).customers.value or 0.0
    rows = tables().outcomes.filter(~pl.col("control").cast(pl.Boolean)).collect()
    ours, theirs = (
        rows.filter(pl.col("arm") == arm)[metric].to_numpy().astype(float)
        for arm in ("loud", "silent" if against == CONTROL else against)
    )
    held = round(share * planned)
    sizes = math.ceil(planned) - held, held

    def seen(first: Floats, second: Floats) -> float:
        groups = [luck.choice(pool, (draws, n)) for pool, n in zip((first, second), sizes, strict=True)]
        gap = groups[0].mean(axis=1) - groups[1].mean(axis=1)
        spread = [group.var(axis=1, ddof=1) / n for group, n in zip(groups, sizes, strict=True)]
        return float(np.mean(np.abs(gap) > student_quantile(0.95, min(sizes) - 1.0) * np.sqrt(sum(spread))))

    assert seen(ours, theirs) == pytest.approx(0.8, abs=0.045)
    assert seen(theirs, theirs) == pytest.approx(0.05, abs=0.02)


@pytest.mark.slow
def test_sizes_are_told_beside_the_base() -> None:
    few, many = plain_text(compared(400)), plain_text(compared(2_000_000))
    intro = (
        "To see the effect on contribution with a probability of 80 % (two-sided, 95 % level) a live test of 20 days, "
        "and 10 more in which everybody gets the neutral weekly digest and nothing else, needs"
    )
    assert f"{intro} so many customers in both groups together, in brackets for the ends of the" in few
    assert "; at least so many where the effect may be nothing, for then there is no upper end:\n" in few
    (line,) = (line for line in few.splitlines() if line.startswith("- loud: ") and "control group of 10 %;" in line)
    planned = size(compared(), "loud", CONTROL, "contribution", 0.1).customers.value or 0.0
    assert f" The base of 400 holds {100.0 * 400 / planned:.2g} % of the first." in line
    assert " half and half against calm." in line
    assert "On this base such a test would see: opened, clicked (half and half against calm)." in line
    (line,) = (line for line in few.splitlines() if line.startswith("- same: at least "))
    assert " The base of 400 holds at most " in line
    assert "- loud: " in many
    assert " The base of 2 000 000 is enough for the first.\n" in many
    assert "base of" not in plain_text(compared()).split("To see the effect")[1].split("\n\n")[0]


@pytest.mark.slow
def test_the_json_has_every_test_with_its_range() -> None:
    rows = json.loads(json.dumps(compared(5_000).to_json(), allow_nan=False))["live_tests"]
    found = {(row["arm"], row["against"], row["metric"], row["share"]): row for row in rows}
    assert len(found) == len(rows)
    loud, same = found["loud", "control", "contribution", 0.1], found["same", "calm", "contribution", 0.5]
    assert loud["customers"]["low"] < loud["customers"]["value"] < loud["customers"]["high"]
    assert (loud["power"], loud["level"], loud["base"]) == (0.8, 0.95, 5_000)
    assert loud["effect"]["low"] > 0.0
    assert (same["customers"]["high"], same["customers"]["reason"]) == (None, NO_UPPER_END)
    assert not {row["metric"] for row in rows if row["against"] == "control"} & {"opened", "clicked"}
    assert {row["arm"] for row in rows if row["against"] == "calm"} == {"loud", "same"}


@pytest.mark.parametrize("silent", [True, False])
def test_without_a_control_group_only_halves_are_planned(silent: bool) -> None:
    made = made_tables(replications=3, customers=60, control=0.0, silent=silent, log=False)
    found = {(one.arm, *one.how) for one in compare(made).live_sizes}
    assert found == {("loud", "calm", 0.5)} | ({("calm", CONTROL, 0.5), ("loud", CONTROL, 0.5)} if silent else set())
